"""Room notice: the sections of the document, each from its part of the declaration."""

from collections.abc import Iterable

import msgspec

from tepati.notice.blocks import Block, Cell, Fact, Facts, Items, Paragraph, Row, Table
from tepati.notice.labels import Labels
from tepati.notice.model import Life, Notice, Role
from tepati.notice.speech import capital


class Audience(msgspec.Struct, frozen=True):
    """For whom the document is written: names and phrases, the kinds of people, and the sentences of all promises."""

    said: Labels
    people: frozenset[str]
    texts: dict[str, str]

    def categories(self) -> list[str]:
        """Name the categories that hold data of these people."""
        data = self.said.notice.data
        return [name for name, one in data.items() if {one.of, one.also_of} & self.people]

    def touches(self, fields: Iterable[str]) -> bool:
        """Tell whether any field is of these people."""
        mine = set(self.categories())
        return any(field.partition(".")[0] in mine for field in fields)

    def own(self, fields: Iterable[str]) -> frozenset[str]:
        """Keep the fields that are of these people."""
        mine = set(self.categories())
        return frozenset(field for field in fields if field.partition(".")[0] in mine)

    def paragraph(self, *paths: str) -> Paragraph:
        """Join the sentences of promises to one paragraph."""
        found = [path for path in paths if self.texts.get(path)]
        return Paragraph(" ".join(self.texts[path] for path in found), tuple(found))

    def say(self, key: str, **values: str | int) -> str:
        return self.said.say(f"doc.{key}", **values)

    def head(self, *names: str) -> tuple[str, ...]:
        return tuple(self.say(f"table_{name}") for name in names)


def readers(notice: Notice, population: str = "") -> frozenset[str]:
    """Give the kinds of people a document is for: the one named, or all who are not the controller's own staff."""
    if population:
        return frozenset({population})
    sources: dict[str, set[str]] = {}
    for category in notice.data.values():
        sources.setdefault(category.of, set()).add(category.source)
    return frozenset(name for name in notice.populations if sources.get(name) != {"staff"})


def summary(for_: Audience) -> tuple[Block, ...]:
    """Say on one screen what we take, why, who sees it, who gets it, how long, and what people can do."""
    return (Facts((_asked(for_), _used(for_), _seen(for_), _sent(for_), _ended(for_), _can(for_))),)


def _asked(for_: Audience) -> Fact:
    points = {
        n: p for n, p in for_.said.notice.points.items() if not p.automatic and not p.sent_by and p.who in for_.people
    }
    fields = {field for point in points.values() for field in point.collects}
    text = for_.say("sum_what_text", fields=capital(for_.said.fields(for_.own(fields))))
    return Fact(for_.say("sum_what"), text, ("data", *(f"points.{name}" for name in points)))


def _used(for_: Audience) -> Fact:
    purposes = {n: p for n, p in for_.said.notice.purposes.items() if for_.touches(p.uses)}
    plain = [name for name, one in purposes.items() if one.basis != "consent"]
    asked = [name for name, one in purposes.items() if one.basis == "consent"]
    consented = for_.say("sum_why_consent", purposes=for_.said.purposes(asked)) if asked else ""
    text = for_.say("sum_why_text", purposes=for_.said.purposes(plain), consented=consented).strip()
    return Fact(for_.say("sum_why"), text, tuple(f"purposes.{name}" for name in purposes))


def _everyday(for_: Audience) -> dict[str, Role]:
    roles = for_.said.notice.roles
    return {n: r for n, r in roles.items() if for_.touches(r.sees) and any(how == "full" for how in r.how.values())}


def _seen(for_: Audience) -> Fact:
    roles = _everyday(for_)
    said = [f"{for_.said.role(name)} {for_.said.window(role)}" for name, role in roles.items()]
    text = for_.say("sum_who_text", roles=capital("; ".join(said)) or for_.said.say("list.none"))
    return Fact(for_.say("sum_who"), text, ("roles", *(f"roles.{name}" for name in roles)))


def _sent(for_: Audience) -> Fact:
    recipients, never = for_.said.notice.recipients, for_.said.notice.never
    getting = [name for name, one in recipients.items() if for_.touches(one.gets)]
    sealed = [n for n, one in recipients.items() if not one.gets and one.kind in ("processor", "sub_processor")]
    vows = [f"never.{name}" for name in ("sale", "rent", "sharing") if name in never]
    vowed = " ".join(for_.texts[path] for path in vows)
    stored = for_.say("sum_gets_sealed", names=for_.said.join(map(for_.said.recipient, sealed))) if sealed else ""
    names = for_.said.join(map(for_.said.recipient, getting))
    text = for_.say("sum_gets_text", names=names, never=vowed) if getting else f"{for_.say('sum_gets_none')} {vowed}"
    paths = ("recipients", *(f"recipients.{name}" for name in (*getting, *sealed)), *vows)
    return Fact(for_.say("sum_gets"), f"{text} {stored}".strip(), paths)


def _ended(for_: Audience) -> Fact:
    lives = {name: for_.said.notice.retention[name] for name in for_.categories() if name in for_.said.notice.retention}
    asked = {name for name, one in for_.said.notice.data.items() if one.source == "person"}
    stored = {name: life for name, life in lives.items() if name in asked and not life.not_stored} or lives
    longest = max(stored, key=lambda name: stored[name].for_.rough_seconds())
    erasure = dict(for_.said.notice.rights).get("erasure")
    within = for_.said.duration(erasure.within) if erasure and erasure.within else ""
    text = for_.say("sum_long_text", life=capital(lifetime(for_, stored[longest])), within=within)
    return Fact(for_.say("sum_long"), text, ("retention", f"retention.{longest}", "rights.erasure.within"))


def _can(for_: Audience) -> Fact:
    erasure = dict(for_.said.notice.rights).get("erasure")
    channels = for_.said.channels(erasure.channels if erasure and erasure.channels else ("site", "email"))
    named = tuple(f"rights.{name}" for name in ("access", "correction", "erasure", "restriction", "withdrawal"))
    return Fact(for_.say("sum_can"), for_.say("sum_can_text", channels=channels), named)


def data(for_: Audience) -> tuple[Block, ...]:
    """List what is collected, and what is said of single fields."""
    rows = []
    for name in for_.categories():
        category = for_.said.notice.data[name]
        fields = for_.said.fields([f"{name}.{field}" for field in category.fields])
        cells = (for_.said.category(name), fields, for_.said.source(category.source), for_.said.klass(category.class_))
        rows.append(row(cells, f"data.{name}"))
    special = [path for path in for_.texts if path.startswith("data.") and ".fields." in path]
    notes = [for_.paragraph(path) for path in special if path.split(".")[1] in for_.categories()]
    table = Table(for_.head("group", "fields", "source", "class"), tuple(rows))
    return (table, *([Items(tuple(notes))] if notes else []))


def purposes(for_: Audience) -> tuple[Block, ...]:
    """List purposes with their basis, the weighing of interests, and that use is no consent."""
    rows, weighed = [], []
    for name, purpose in for_.said.notice.purposes.items():
        if not for_.touches(purpose.uses):
            continue
        path = f"purposes.{name}"
        own = purpose.says.of(for_.said.lang) if purpose.says else ""
        first = Cell(capital(for_.said.purpose(name)), own)
        basis = Cell(for_.said.say(f"basis.{purpose.basis}"), purpose.because)
        rows.append(Row((first, Cell(capital(for_.said.fields(for_.own(purpose.uses)))), basis), (path,)))
        if purpose.balance:
            weighed.append(Paragraph(_weighed(for_, name), (path,)))
    table = Table(for_.head("purpose", "data", "basis"), tuple(rows))
    note = Paragraph(for_.say("purposes_note"), ("purposes", "consents", "notice.shown"))
    return (table, *([Items(tuple(weighed))] if weighed else []), note, for_.paragraph("notice.new_purpose"))


def _weighed(for_: Audience, name: str) -> str:
    purpose = for_.said.notice.purposes[name]
    balance, lang = purpose.balance, for_.said.lang
    if balance is None:
        return ""
    values = {"purpose": capital(for_.said.purpose(name)), "by": balance.by, "on": for_.said.date(balance.on)}
    values |= {"interest": balance.interest.of(lang), "effect": balance.effect.of(lang)}
    return for_.say("balance" if purpose.objection else "balance_closed", **values)


def access(for_: Audience) -> tuple[Block, ...]:
    """List the roles that see data of these people, and when."""
    rows = []
    for name, role in for_.said.notice.roles.items():
        if not for_.touches(role.sees):
            continue
        ways = sorted(set(role.how.values()))
        how = "" if ways == ["full"] else for_.said.each("how", ways)
        fields = Cell(capital(for_.said.fields(for_.own(role.sees))), how)
        cells = (Cell(capital(for_.said.role(name))), fields, Cell(for_.said.purposes(role.for_)))
        rows.append(Row((*cells, Cell(capital(for_.said.window(role)))), (f"roles.{name}",)))
    if not rows:
        return (for_.paragraph("roles"),)
    table = Table(for_.head("role", "data", "for", "window"), tuple(rows))
    return (table, for_.paragraph("accountability.supervision", "security.second_factor", "security.access_log"))


def recipients(for_: Audience) -> tuple[Block, ...]:
    """List who receives data, orders that must be obeyed, and what happens when the business moves."""
    rows = []
    for name, one in for_.said.notice.recipients.items():
        if one.gets and not for_.touches(one.gets):
            continue
        kind = for_.said.say(f"recipient.{one.kind}")
        sealed = "sealed" if one.kind in ("processor", "sub_processor") else "nothing"
        got = for_.said.fields(for_.own(one.gets)) if one.gets else for_.said.say(f"recipient.{sealed}")
        paths = (f"recipients.{name}", f"recipients.{name}.agreement", f"recipients.{name}.transfer")
        small = for_.texts.get(f"recipients.{name}.transfer", "")
        cells = (Cell(for_.said.recipient(name), kind), Cell(capital(got)), Cell(for_.said.country(one.country), small))
        rows.append(Row((*cells, Cell(_agreed(for_, name))), tuple(p for p in paths if p in for_.texts)))
    vows = [path for path in for_.texts if path.startswith("never.")]
    table = [Table(for_.head("recipient", "data", "country", "agreement"), tuple(rows))] if rows else []
    orders = for_.paragraph("disclosure.compelled", "disclosure.voluntary")
    told = [Items(tuple(for_.paragraph(path) for path in vows))] if vows else []
    return (*table, *told, orders, for_.paragraph("business_transfer"))


def _agreed(for_: Audience, name: str) -> str:
    one = for_.said.notice.recipients[name]
    if one.agreement is None:
        return for_.said.say("recipient.no_agreement")
    if one.agreement.renew:
        return for_.said.say("recipient.renew", every=for_.said.every(one.agreement.renew))
    return for_.said.say("recipient.required")


def retention(for_: Audience) -> tuple[Block, ...]:
    """List how long each category lives, what happens then, and what is held longer."""
    rows = []
    for name in for_.categories():
        life = for_.said.notice.retention.get(name)
        if life is None:
            continue
        longest = for_.said.say("life.longest", longest=for_.said.duration(life.longest)) if life.longest else ""
        then = "" if life.not_stored else for_.said.say(f"life.{life.then}")
        cells = (Cell(capital(for_.said.category(name))), Cell(capital(lifetime(for_, life)), longest), Cell(then))
        paths = (f"retention.{name}", *([f"retention.{name}.hold"] if life.hold else []))
        rows.append(Row((*cells, _reason(for_, life)), paths))
    return (
        Table(for_.head("group", "for_long", "then", "because"), tuple(rows)),
        for_.paragraph("retention", "security.backups"),
    )


def lifetime(for_: Audience, kept: Life) -> str:
    """Say how long something lives, and from when."""
    if kept.not_stored:
        return for_.said.say("life.not_stored")
    return for_.said.say("life.line", event=for_.said.event(kept.from_.event), **{"for": for_.said.duration(kept.for_)})


def _reason(for_: Audience, life: Life) -> Cell:
    because = life.because.of(for_.said.lang) if life.because else for_.say("keeps_with_purpose")
    hold = life.hold
    if hold is None:
        return Cell(because)
    values = {"for": for_.said.duration(hold.for_), "fields": for_.said.fields(hold.fields), "rule": hold.rule}
    reading = for_.say("reading", reading=hold.reading, by=hold.by, on=for_.said.date(hold.on))
    return Cell(because, f"{for_.say('hold_line', **values)}. {reading}")


def rights(for_: Audience) -> tuple[Block, ...]:
    """List what people may ask, by when and how; where the law speaks instead of the company it is said."""
    rows = []
    notice = for_.said.notice
    for name, right in notice.rights.items():
        paths = tuple(path for path in (f"rights.{name}", f"rights.{name}.within") if path in for_.texts)
        silent = set(paths) & notice.defaults
        small = _by_law(for_, min(silent)) if silent else ""
        if right.to:
            small = f"{for_.say('objection_to', purposes=for_.said.purposes(right.to))} {small}".strip()
        first = Cell(for_.said.say(f"right.{name}"), small)
        within = for_.said.duration(right.within) if right.within else ""
        now = for_.say("withdraw_now") if name == "withdrawal" else ""
        cells = (first, Cell(within, now), Cell(capital(for_.said.channels(right.channels or ("site", "email")))))
        rows.append(Row(cells, paths))
    boxes = [for_.paragraph(path) for path in for_.texts if path.startswith("mailboxes.") and path.count(".") == 1]
    return (Table(for_.head("right", "within", "how"), tuple(rows)), *([Items(tuple(boxes))] if boxes else []))


def _by_law(for_: Audience, path: str) -> str:
    from tepati.notice.document import articles  # noqa: PLC0415 the document is made of these parts
    from tepati.notice.law.pack import pack  # noqa: PLC0415 only where the law speaks

    law = tuple(f"{one.law} {a}" for one in map(pack, for_.said.notice.laws) for a in one.behind(path))
    return for_.say("law_default", articles=articles(law, for_.said.lang))


def row(cells: tuple[str, ...], path: str, *, keep: bool = False) -> Row:
    """Make a row of plain cells; ``keep`` leaves the first as written."""
    return Row(tuple(Cell(text if keep and n == 0 else capital(text)) for n, text in enumerate(cells)), (path,))
