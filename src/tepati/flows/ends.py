"""Room flows: until when a category of one person is kept, for what, and what other law adds: the person's own view.

No category is without an end (F11). An end that waits for something that has not happened yet (the booking closes) is
told as what it waits for, with the instant it will not pass in any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.flows.desk import Desk, Sheet
from tepati.notice.values import Duration, Text
from tepati.rules import retention
from tepati.rules.facts import Facts, Row, vouched


@dataclass(frozen=True, slots=True)
class Held:
    """What another law keeps of a category: the fields, the rule, the instant, and who read the law so."""

    fields: frozenset[str]
    rule: str
    until: int
    by: Text
    reading: Text


@dataclass(frozen=True, slots=True)
class Kept:
    """One category of a person: how many records hold it, what it serves, until when.

    ``until`` is the latest end of all its values (microseconds). Where ``waits`` names an event that has not happened,
    the values end ``length`` after it, and at ``until`` in any case. ``lawful``: what is past its own end and waits,
    cut down to the fields of its hold, for that hold's end; it is told apart from what the category still serves.
    """

    category: str
    fields: frozenset[str]
    records: int
    purposes: tuple[str, ...]
    until: int
    waits: str
    length: Duration
    then: str
    held: Held | None
    specific: bool
    unproven: bool = False
    lawful: bool = False


def kept(sheet: Sheet, facts: Facts, *, joined: bool = True) -> list[Kept]:
    """List the categories of a person's records, in the notice's order: of proven ones, or of the others.

    A category of which a part has ended and is only held comes twice: what it still serves, and what law keeps of it.
    """
    rows = {name: row for name, row in facts.rows.items() if vouched(facts, row) == joined}
    holds = retention.kept(sheet.desk.policy, facts, sheet.at)
    found = []
    for category in sheet.desk.notice.data:
        own = {name: row for name, row in rows.items() if category in row.ends and category not in row.held}
        law = {name: row for name, row in rows.items() if category in row.held}
        found += [_own(sheet, facts, category, own, _longest(holds, category, own))] if own else []
        found += [_lawful(sheet, facts, category, law, _longest(holds, category, law))] if law else []
    return found


def _longest(
    holds: Mapping[tuple[bytes, str], retention.Hold], category: str, rows: Mapping[str, Row]
) -> retention.Hold | None:
    mine = [hold for (record, held), hold in holds.items() if held == category and record.hex() in rows]
    return max(mine, key=lambda hold: hold.until, default=None)


def _own(
    sheet: Sheet, facts: Facts, category: str, rows: Mapping[str, Row], hold: retention.Hold | None
) -> Kept:  # fmt: skip
    """Say what a category still serves, and what other law will keep of it."""
    desk, life = sheet.desk, sheet.desk.notice.retention[category]
    proven = all(vouched(facts, row) for row in rows.values())
    waits = proven and any(_waits(facts, row, life.from_.event) for row in rows.values())
    return Kept(
        category=category,
        fields=_fields(desk, category, rows),
        records=len(rows),
        purposes=_purposes(desk, category, rows, facts),
        until=max(row.ends[category] for row in rows.values()),
        waits=life.from_.event if waits else "",
        length=life.for_,
        then=life.then,
        held=_held(desk, category, hold) if proven else None,
        specific=_specific(sheet, facts, category),
        unproven=not proven,
    )


def _lawful(
    sheet: Sheet, facts: Facts, category: str, rows: Mapping[str, Row], hold: retention.Hold | None
) -> Kept:  # fmt: skip
    """Say what law keeps of a category past its own end: for the purposes that rest on the very rule."""
    desk, life = sheet.desk, sheet.desk.notice.retention[category]
    rule = hold.rule if hold else ""
    return Kept(
        category=category,
        fields=(hold.fields if hold else frozenset()) & _fields(desk, category, rows),
        records=len(rows),
        purposes=tuple(name for name in desk.notice.purposes if rule and desk.policy.aims[name].because == rule),
        until=max(row.held[category] for row in rows.values()),
        waits="",
        length=life.for_,
        then=life.then,
        held=_held(desk, category, hold),
        specific=_specific(sheet, facts, category),
        lawful=True,
    )


def _held(desk: Desk, category: str, hold: retention.Hold | None) -> Held | None:
    because = desk.notice.retention[category].hold
    return Held(hold.fields, hold.rule, hold.until, because.by, because.reading) if hold and because else None


def _specific(sheet: Sheet, facts: Facts, category: str) -> bool:
    """Say whether a category is of the specific kind, by itself or because its person is under age."""
    said = sheet.desk.notice.data[category]
    return "specific" in (said.class_.partition(":")[0], said.treat_as) or facts.minor_until > sheet.at


def _waits(facts: Facts, row: Row, event: str) -> bool:
    """Say whether a record's end waits for an event of its dealing, or of a part of that, which has not come."""
    kind, _, name = event.partition(".")
    if kind == "record":
        return False
    spoken = [d for n, d in facts.dealings.items() if row.dealing and row.dealing in {n, d.part} and d.kind == kind]
    come = [{**d.moments, "opened": d.opened, "closed": d.closed}.get(name, 0) for d in spoken]
    return not come or not all(come)


def _fields(desk: Desk, category: str, rows: Mapping[str, Row]) -> frozenset[str]:
    points = desk.notice.points
    taken = [points[row.point].collects for row in rows.values() if row.point in points]
    return frozenset(path for paths in taken for path in paths if path.partition(".")[0] == category)


def _purposes(desk: Desk, category: str, rows: Mapping[str, Row], facts: Facts) -> tuple[str, ...]:
    """Name what the category serves: the points' own purposes, and those a yes opened."""
    points, found = {row.point for row in rows.values()}, []
    for name in desk.notice.purposes:
        aim = desk.policy.aims[name]
        given = [pool for question, pool in aim.pools.items() if question in facts.consents]
        pools = given if aim.consent else [aim.points, *given]
        paths = frozenset(path for pool in pools for point in points for path in pool.get(point, ()))
        if any(path.partition(".")[0] == category for path in paths):
            found.append(name)
    return tuple(found)
