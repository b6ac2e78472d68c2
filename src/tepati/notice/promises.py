"""Room notice: every promise of a notice. A promise's id is its path in the file, or where the file would say it.

A section that lists things, each named thing, and each clock is one promise (language.md section 1, idea 6).
"""

from collections.abc import Collection

import msgspec

from tepati.notice import sentences as s
from tepati.notice.labels import Labels, labels
from tepati.notice.law.pack import Pack, pack
from tepati.notice.model import Notice, Part, Thing
from tepati.notice.values import Text

CLOSED = (
    "data",
    "retention",
    "purposes",
    "points",
    "consents",
    "messages",
    "cookies",
    "roles",
    "recipients",
    "endpoints",
)
KINDS = frozenset({"closed_list", *s.SENTENCES})


class Promise(msgspec.Struct, frozen=True):
    """One checkable commitment. ``ids``: the sentences of the old notice and duties of the law it keeps."""

    id: str
    ids: tuple[str, ...]
    kind: str
    text: Text
    law: tuple[str, ...]  # "UU PDP 32"
    default: bool  # the law speaks here, not the company (bawaan hukum)


def promises(notice: Notice) -> tuple[Promise, ...]:
    """List all promises in the order of the language."""
    both = {"id": labels(notice, "id"), "en": labels(notice, "en")}
    packs = [pack(name) for name in notice.laws]
    found = _found(notice)
    ids = _ids(notice, packs, [path for path, _, _ in found])
    return tuple(
        _promise(notice, path, kind, thing, both, packs, ids) for path, kind, thing in sorted(found, key=_order)
    )


def paths(notice: Notice) -> frozenset[str]:
    """Give the ids of all promises, without their sentences: also of a notice that has faults."""
    return frozenset(path for path, _, _ in _found(notice))


def sentences(notice: Notice, wanted: Collection[str], lang: str) -> dict[str, str]:
    """Give what some promises say in one language, without making all the others."""
    names = labels(notice, lang)
    return {
        p: _own(thing, kind, lang) or s.sentence(names, p, kind) for p, kind, thing in _found(notice) if p in wanted
    }


def meant(notice: Notice) -> dict[str, Text]:
    """Give the sentence that the declaration itself makes, for each promise that is said in own words instead."""
    names = labels(notice, "id"), labels(notice, "en")
    return {
        path: Text(*(s.sentence(each, path, kind) for each in names))
        for path, kind, thing in _found(notice)
        if _said(thing, kind)
    }


def _own(thing: Part | None, kind: str, lang: str) -> str:
    said = _said(thing, kind)
    return said.of(lang) if said else ""


def _said(thing: Part | None, kind: str) -> Text | None:
    """Give a promise's own words, or None."""
    return thing.says if isinstance(thing, Thing) and kind not in _DEFAULT else None


_DEFAULT = ("clock", "agreement", "transfer")  # parts of a thing: its own words are not theirs


def _found(notice: Notice) -> "list[Found]":
    return [*_listed(notice), *_named(notice), *_fixed(notice), *_guards(notice)]


def _promise(  # noqa: PLR0913 one call, one line above
    notice: Notice,
    path: str,
    kind: str,
    thing: Part | None,
    both: dict[str, Labels],
    packs: list[Pack],
    ids: dict[str, tuple[str, ...]],
) -> Promise:
    text = _said(thing, kind) or Text(s.sentence(both["id"], path, kind), s.sentence(both["en"], path, kind))
    law = tuple(f"{one.law} {article}" for one in packs for article in one.behind(path))
    return Promise(path, ids.get(path, ()), kind, text, law, _by_law(notice, path))


def _by_law(notice: Notice, path: str) -> bool:
    return any(path == silent or path.startswith(f"{silent}.") for silent in notice.defaults)


Found = tuple[str, str, Part | None]
_SECTIONS = [f.name for f in msgspec.structs.fields(Notice)]


def _order(found: Found) -> tuple[int, str]:
    section = found[0].partition(".")[0]
    return _SECTIONS.index(section), found[0]


def _listed(notice: Notice) -> list[Found]:
    optional = [name for name in ("systems", "decisions") if getattr(notice, name)]
    return [(name, "closed_list", None) for name in (*CLOSED, *optional)]


def _named(notice: Notice) -> list[Found]:
    return [
        *_things(notice),
        *(
            (f"data.{c}.fields.{f}", "field", one)
            for c, k in notice.data.items()
            for f, one in k.fields.items()
            if _tells(one)
        ),
        *((f"retention.{c}.hold", "hold", life.hold) for c, life in notice.retention.items() if life.hold),
        *((f"points.{p}.age", "age_gate", None) for p, point in notice.points.items() if point.age),
        *((f"recipients.{r}.agreement", "agreement", None) for r, one in notice.recipients.items() if one.agreement),
        *((f"recipients.{r}.transfer", "transfer", None) for r, one in notice.recipients.items() if one.transfer),
        *((f"cases.{c}.within", "clock", None) for c, case in notice.cases.items() if case.within),
        *((f"cases.{c}.tell", "clock", None) for c, case in notice.cases.items() if case.tell),
        *((f"rights.{r}.within", "clock", None) for r, right in notice.rights.items() if right.within),
        *((f"mailboxes.{m}.within", "clock", None) for m, box in notice.mailboxes.items() if box.within),
    ]


_THINGS = {
    "populations": "population",
    "data": "collection",
    "retention": "life",
    "systems": "system",
    "cases": "case",
    "purposes": "purpose",
    "points": "point",
    "consents": "consent",
    "messages": "message",
    "decisions": "decision",
    "roles": "access",
    "recipients": "sharing",
    "endpoints": "endpoint",
    "never": "prohibition",
    "rights": "right",
    "mailboxes": "mailbox",
    "terms": "terms",
    "cookies.set": "cookie",
    "statistics.groups": "statistics",
    "statistics.releases": "release",
    "accountability.impact_assessments": "assessment",
}


def _things(notice: Notice) -> list[Found]:
    found: list[Found] = []
    for path, kind in _THINGS.items():
        section, _, inner = path.partition(".")
        things = getattr(getattr(notice, section), inner) if inner else getattr(notice, section)
        found.extend(
            (f"{path}.{name}", kind, thing if isinstance(thing, Part) else None) for name, thing in things.items()
        )
    if "automatic_decisions" not in notice.never and "never.automated_decisions" in notice.defaults:
        found.append(("never.automated_decisions", "prohibition", None))
    return found


def _tells(field: Part) -> bool:
    precision, ask = getattr(field, "precision", 0), getattr(field, "ask", "once")
    stored, claim = getattr(field, "stored", True), getattr(field, "claim", "")
    return bool(precision or claim) or ask == "each_time" or not stored or getattr(field, "type", "") == "unclear"


def _fixed(notice: Notice) -> list[Found]:
    publication, minors = notice.notice, notice.minors
    found: list[Found] = [
        ("notice.announce", "announcing", publication.announce),
        ("notice.shown", "showing", None),
        ("notice.covers", "scope", None),
        ("notice.new_purpose", "new_purpose", None),
        ("notice.history", "showing", None),
        ("notice.approvals", "approvals", publication.approvals),
        ("notice.page", "showing", None),
        ("minors", "guardian", minors),
        ("minors.guardian", "guardian", minors.guardian),
        ("cookies.choice", "cookie_choice", notice.cookies.choice),
        ("cookies.refused", "cookie_choice", notice.cookies.refused),
        ("statistics", "statistics", notice.statistics),
        ("disclosure.compelled", "disclosure", notice.disclosure.compelled),
        ("disclosure.voluntary", "disclosure", notice.disclosure.voluntary),
        ("business_transfer", "business_transfer", notice.business_transfer),
        ("breach", "breach", notice.breach),
        ("breach.within", "clock", None),
    ]
    if minors.asked_at:
        found.append(("minors.asked_at", "age_gate", None))
    if minors.guardian.within:
        found.append(("minors.guardian.within", "clock", None))
    if notice.visits:
        found.append(("visits", "visits", notice.visits))
    if notice.questions:
        found += [("questions", "questions", notice.questions), ("questions.within", "clock", None)]
    return found


_CLOCKS = ("audit", "drills", "decoys", "backups", "access_log")
_ACCOUNTS = {"supervision": "undertaking", "impact_assessments": "assessment"}


def _guards(notice: Notice) -> list[Found]:
    found: list[Found] = []
    for field in msgspec.structs.fields(type(notice.security)):
        value = getattr(notice.security, field.name)
        if value and field.name not in ("says", "was"):
            kind = "clock" if field.name in _CLOCKS else "security"
            found.append((f"security.{field.name}", kind, value if isinstance(value, Part) else None))
    for field in msgspec.structs.fields(type(notice.accountability)):
        value = getattr(notice.accountability, field.name)
        if field.name in ("officer", "impact_assessments") or (value and field.name not in ("says", "was")):
            kind = _ACCOUNTS.get(field.name, "accountability")
            found.append((f"accountability.{field.name}", kind, value if isinstance(value, Part) else None))
    return found


def _ids(notice: Notice, packs: list[Pack], paths: list[str]) -> dict[str, tuple[str, ...]]:
    kept: dict[str, list[str]] = {}
    for name, clause in notice.clauses.items():
        for path in (*clause.kept_by, *clause.instead):
            kept.setdefault(path, []).append(name)
    for duty in (duty for one in packs for duty in one.duty):
        for pattern in duty.paths:
            for path in paths:
                if _fits(pattern, path):
                    kept.setdefault(path, []).append(duty.id)
    return {path: tuple(dict.fromkeys(ids)) for path, ids in kept.items()}


def _fits(pattern: str, path: str) -> bool:
    left, star, right = pattern.partition("*")
    if not star:
        return pattern == path
    inner = path[len(left) : len(path) - len(right)]
    return path.startswith(left) and path.endswith(right) and bool(inner) and "." not in inner
