"""Room board: promises that the door keeps by refusing, and those about what leaves the company.

A count that the audience and the judge read from one register proves nothing about what happens outside: what leaves
is *kept* only while somebody looks from outside, and *unproven* until then, however many refusals were counted.
"""

from dataclasses import replace

from tepati.board.verdict import DAY, Case, Coverage, Grade, Used, Verdict, under, used
from tepati.notice.model import Point
from tepati.notice.values import Duration
from tepati.registers.counters import CLAIMS_DROPPED, CLAIMS_KEPT, WHOLE
from tepati.registers.observations import DAYS, OK

STORED = "stored."  # how the door counts places, by metres (flows.submission)
PROOF_DAYS = 30  # what leaves must have been watched this many days before it is called kept


def door(case: Case) -> Verdict:
    """Judge one declared thing: kept once the door has answered for it, unused before."""
    judged = _verdict(case, used(case.seen, _fed(case)), Coverage(1, 1))
    said = {what: sum(case.seen.count(path, what).n for path in _fed(case)) for what in (CLAIMS_KEPT, CLAIMS_DROPPED)}
    if not any(said.values()):
        return judged
    return replace(judged, says="claims", evidence={**judged.evidence, **said})


def point(case: Case) -> Verdict:
    """Judge where data enters; of one that takes tables each line is one upload."""
    judged, declared = door(case), case.notice.points.get(case.name)
    return replace(judged, says="uploads") if declared and declared.rows != "one" and judged.lines else judged


def field(case: Case) -> Verdict:
    """Judge one field; of a place, by the finest precision that was ever stored: the door cuts it before it is sealed.

    What an older version stored finer may lie there until its end: then nothing is called kept.
    """
    _, category, _, name = case.path.split(".")
    declared = case.notice.data[category].fields[name].precision
    stored = {int(what.removeprefix(STORED)): count.n for what, count in case.seen.counts.get(case.path, {}).items()
              if what.startswith(STORED)}  # fmt: skip
    if not declared or not stored:
        return door(case)
    figures = case.looks() | {"stored": sum(stored.values()), "finest": min(stored), "declared": declared}
    state = "kept" if min(stored) >= declared else "unproven"
    return Verdict(state, "precise", ("enforced",), Coverage(1, 1), figures)  # type: ignore[arg-type]


def section(case: Case) -> Verdict:
    """Judge *nothing else*: the closed list a section is; covered as far as its things were exercised."""
    declared = _declared(case)
    paths = under(case.seen, case.path)
    if case.path == "purposes":  # a line counts under its purpose already
        paths = tuple(p for p in paths if p != case.path)
    if case.path == "data":
        paths = (*paths, *under(case.seen, "points"))
    alive = sum(1 for name in declared if used(case.seen, _fed_by(case, f"{case.path}.{name}")).allowed)
    return _verdict(case, used(case.seen, paths), Coverage(alive, len(declared)))


def act(case: Case) -> Verdict:
    """Judge a promise kept by one kind of act wherever it happens: who looked, what was erased, what was withdrawn."""
    verbs = _ACTS.get(case.path, ())
    parts = [used(case.seen, (WHOLE,), verb) for verb in verbs]
    total = Used(
        sum(p.allowed for p in parts),
        sum(p.refused for p in parts),
        tuple(sorted({idx for p in parts for idx in p.lines})),
    )
    return _verdict(case, total, Coverage(1, 1))


_ACTS: dict[str, tuple[str, ...]] = {
    "security.access_log": ("look", "show", "export"),
    "security.second_factor": ("sign_in",),
    "security.own_account": ("guard",),
    "rights.who_looked": ("look",),
    "notice.covers": ("collect",),
}


def _verdict(case: Case, total: Used, coverage: Coverage) -> Verdict:
    happened = total.allowed + total.refused
    seen_ok = case.fresh()
    grades: tuple[Grade, ...] = ("enforced", "observed") if seen_ok else ("enforced",)
    if not happened:
        return Verdict("unused", "unused", ("enforced",), coverage._replace(n=0), _figures(case, total), ())
    return Verdict("kept", "door", grades, coverage, _figures(case, total), total.lines)


def consent(case: Case) -> Verdict:
    """Judge consent: who said yes, no, and took it back, and every use without it that was refused."""
    paths = (case.path,) if case.name else under(case.seen, case.path)
    total = used(case.seen, paths)
    figures = case.looks() | {
        "given": _answered(case, paths, "given"), "declined": _answered(case, paths, "refused_by_person"),
        "withdrawn": _answered(case, paths, "withdrawn"), "refused": total.refused, "attempts": _attempts(case),
    }  # fmt: skip
    if not total.lines:
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1), figures)
    asked = sum(1 for name in case.notice.consents if case.seen.counts.get(f"consents.{name}"))
    coverage = Coverage(1, 1) if case.name else Coverage(asked, len(case.notice.consents))
    grades: tuple[Grade, ...] = ("enforced", "observed") if case.fresh() else ("enforced",)
    return Verdict("kept", "consent", grades, coverage, figures, total.lines)


def _answered(case: Case, paths: tuple[str, ...], answer: str) -> int:
    whats = [item for path in paths for item in case.seen.counts.get(path, {}).items()]
    return sum(count.n for what, count in whats if what.endswith(f".{answer}"))


def leaving(case: Case) -> Verdict:
    """Judge what leaves the company: kept only when watched from outside on 30 days, and still watched."""
    paths = under(case.seen, case.path) if case.path.count(".") == 0 else _fed(case)
    total = used(case.seen, paths)
    days = min(case.seen.count(case.path, DAYS + OK).n, PROOF_DAYS)
    watched = days >= PROOF_DAYS and case.fresh(_rhythm(case))
    figures = _figures(case, total) | {"watched_days": days, "needed_days": PROOF_DAYS}
    if not (total.allowed or total.refused or days):
        return Verdict("unproven", "unwatched", ("enforced",), _routes(case), figures)
    grades: tuple[Grade, ...] = ("enforced", "observed") if days else ("enforced",)
    if not watched:
        figures["proven_at"] = case.now + (PROOF_DAYS - days) * DAY
    return Verdict("kept" if watched else "unproven", "leaving", grades, _routes(case), figures, total.lines)


def message(case: Case) -> Verdict:
    """Judge what we send: nothing sent is no occasion; sent is unproven until a mailbox outside was looked into."""
    total = used(case.seen, _fed(case) if case.name else under(case.seen, case.path))
    figures = _figures(case, total)
    if not (total.allowed or total.refused):
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1), figures)
    sent = [n for n in case.notice.messages if used(case.seen, (f"messages.{n}",)).allowed]
    says, figures = ("message", figures) if case.name else ("messages", figures | _by_channel(case))
    if case.name:
        sent = [case.name]
    watched = [n for n in sent if case.fresh(path=f"messages.{n}")]
    kept = bool(sent) and sent == watched
    grades: tuple[Grade, ...] = ("enforced", "observed") if kept else ("enforced",)
    return Verdict(
        "kept" if kept else "unproven", says, grades, Coverage(len(watched), len(sent)), figures, total.lines
    )


CHANNELS = ("email", "sms", "whatsapp")
TEXTS = "texts"  # how the door counts short messages handed to a gateway (flows.texting), by its endpoint


def _by_channel(case: Case) -> dict[str, int | str]:
    """Count what was sent by each channel: the declared messages of it."""
    declared = case.notice.messages.items()
    mine = {channel: [f"messages.{n}" for n, one in declared if one.channel == channel] for channel in CHANNELS}
    return {channel: used(case.seen, tuple(paths)).allowed for channel, paths in mine.items()}


def carried(case: Case) -> Verdict:
    """Judge who carries short messages: how many were handed over, codes too; nobody looks at telephones from outside.

    A gateway's own word proves nothing of what it does with a number: it is unproven, however many went well.
    """
    handed, refused = case.seen.count(case.path, TEXTS).n, used(case.seen, _fed(case)).refused
    figures = case.looks() | {"handed": handed, "refused": refused}
    if not handed:
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1), figures)
    return Verdict("unproven", "carried", ("enforced",), Coverage(0, 1), figures)


def _rhythm(case: Case) -> Duration | None:
    security, accountability = case.notice.security, case.notice.accountability
    declared = accountability.synthetic or security.decoys
    return declared.every if declared else None


def _routes(case: Case) -> Coverage:
    """Count ways out of the house: those watched of those declared."""
    watched = 1 if case.fresh() else 0
    return Coverage(watched, 1)


def _figures(case: Case, total: Used) -> dict[str, int | str]:
    return {"allowed": total.allowed, "refused": total.refused, "attempts": _attempts(case)} | case.looks()


def _attempts(case: Case) -> int:
    """Count the synthetic attempts at this promise, or below a section, that the door refused."""
    paths = (case.path,) if case.name else under(case.seen, case.path)
    return sum(case.seen.count(path, "watch.refused").n for path in paths)


def _declared(case: Case) -> tuple[str, ...]:
    things = getattr(case.notice, case.path, None)
    if case.path == "cookies":
        things = case.notice.cookies.set
    return tuple(things) if isinstance(things, dict) else ()


def _fed(case: Case) -> tuple[str, ...]:
    return _fed_by(case, case.path)


def _fed_by(case: Case, path: str) -> tuple[str, ...]:
    """Name the counted promises that speak for a path: itself, and the points through which it is exercised."""
    section_name, name, *_ = (*path.split("."), "", "")
    points = case.notice.points
    if section_name == "points":
        return tuple(dict.fromkeys((path, f"points.{name}")))
    return (path, *(f"points.{key}" for key, point in points.items() if _speaks(point, section_name, name)))


def _speaks(point: Point, section_name: str, name: str) -> bool:
    """Say whether what enters at a point exercises a thing of another section."""
    if section_name == "data":
        return any(field.startswith(f"{name}.") for field in point.collects)
    if section_name == "minors":  # the guardian's yes is another matter than the question
        return bool(point.age) and name != "guardian"
    named = {"cases": point.opens, "populations": point.who, "terms": point.terms, "notice": name}
    return bool(name) and named.get(section_name) == name
