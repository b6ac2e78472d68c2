"""Room flows: until when a category of one person is kept, for what, and what other law adds: the person's own view.

No category is without an end (F11). An end that waits for something that has not happened yet (the booking closes) is
told as what it waits for, with the instant it will not pass in any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.flows.desk import Desk, Sheet
from tepati.notice.values import Duration
from tepati.registers import records
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Facts, Row


@dataclass(frozen=True, slots=True)
class Held:
    """What another law keeps of a category: the fields, the rule, the instant, and who read the law so."""

    fields: frozenset[str]
    rule: str
    until: int
    by: str
    reading: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One category of a person: how many records hold it, what it serves, until when.

    ``until`` is the latest end of all its values (microseconds). Where ``waits`` names an event that has not happened,
    the values end ``length`` after it, and at ``until`` in any case. ``consents``: purposes that only a yes allows.
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


async def kept(sheet: Sheet, person: bytes, facts: Facts, *, joined: bool = True) -> list[Kept]:
    """List the categories of a person's records, in the notice's order: of proven ones, or of the others."""
    rows = {name: row for name, row in facts.rows.items() if row.joined == joined}
    made = {r.record.hex(): r for r in await records.of_person(sheet.tx, person)}
    names = [name for name in sheet.desk.notice.data if any(name in row.ends for row in rows.values())]
    return [_kept(sheet, facts, name, {n: row for n, row in rows.items() if name in row.ends}, made) for name in names]


def _kept(sheet: Sheet, facts: Facts, category: str, rows: Mapping[str, Row], made: Mapping[str, Record]) -> Kept:
    desk, life = sheet.desk, sheet.desk.notice.retention[category]
    proven = all(row.joined for row in rows.values())
    waits = life.from_.event if proven and any(_waits(facts, row, life.from_.event) for row in rows.values()) else ""
    created = max((made[name].created for name in rows if name in made), default=sheet.at)
    said = desk.notice.data[category]
    return Kept(
        category=category,
        fields=_fields(desk, category, rows),
        records=len(rows),
        purposes=_purposes(desk, category, rows, facts),
        until=max(row.ends[category] for row in rows.values()),
        waits=waits,
        length=life.for_,
        then=life.then,
        held=_held(sheet, facts, category, created) if proven else None,
        specific="specific" in (said.class_.partition(":")[0], said.treat_as) or facts.minor_until > sheet.at,
        unproven=not proven,
    )


def _waits(facts: Facts, row: Row, event: str) -> bool:
    """Say whether a record's end waits for an event of its dealing that has not come."""
    kind, _, name = event.partition(".")
    if kind == "record":
        return False
    dealing = facts.dealings.get(row.dealing)
    if dealing is None or dealing.kind != kind:
        return True
    return not {**dealing.moments, "opened": dealing.opened, "closed": dealing.closed}.get(name, 0)


def _fields(desk: Desk, category: str, rows: Mapping[str, Row]) -> frozenset[str]:
    points = desk.notice.points
    taken = [points[row.point].collects for row in rows.values() if row.point in points]
    return frozenset(path for paths in taken for path in paths if path.partition(".")[0] == category)


def _purposes(desk: Desk, category: str, rows: Mapping[str, Row], facts: Facts) -> tuple[str, ...]:
    """Name what the category serves: the points' own purposes, and those a question opened that was answered yes."""
    points, found = {row.point for row in rows.values()}, []
    for name in desk.notice.purposes:
        aim = desk.policy.aims[name]
        given = [pool for question, pool in aim.pools.items() if question in facts.consents]
        pools = given if aim.consent else [aim.points, *given]
        paths = frozenset(path for pool in pools for point in points for path in pool.get(point, ()))
        if any(path.partition(".")[0] == category for path in paths):
            found.append(name)
    return tuple(found)


def _held(sheet: Sheet, facts: Facts, category: str, created: int) -> Held | None:
    """Give the hold of a category where the person has all that its rule speaks of."""
    life, has = sheet.desk.notice.retention[category], {c for row in facts.rows.values() for c in row.ends}
    for hold in retention.holds(sheet.desk.policy, category, created):
        if hold.needs <= has and hold.until > sheet.at and life.hold:
            return Held(hold.fields, hold.rule, hold.until, life.hold.by, life.hold.reading)
    return None
