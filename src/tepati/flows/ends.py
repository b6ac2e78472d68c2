"""Room flows: until when a category of one person is kept, for what, and what other law adds: the person's own view.

No category is without an end (F11). An end that waits for something that has not happened yet (the booking closes) is
told as what it waits for, with the instant it will not pass in any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.flows.desk import Desk, Sheet
from tepati.notice.values import Duration
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
    the values end ``length`` after it, and at ``until`` in any case. ``open`` are the fields that their person may
    open: all but what is past its own end and waits, cut down, for the end of a hold.
    """

    category: str
    fields: frozenset[str]
    open: frozenset[str]
    records: int
    purposes: tuple[str, ...]
    until: int
    waits: str
    length: Duration
    then: str
    held: Held | None
    specific: bool
    unproven: bool = False


def kept(sheet: Sheet, facts: Facts, *, joined: bool = True) -> list[Kept]:
    """List the categories of a person's records, in the notice's order: of proven ones, or of the others."""
    rows = {name: row for name, row in facts.rows.items() if row.joined == joined}
    holds = retention.kept(sheet.desk.policy, facts, sheet.at)
    longest: dict[str, retention.Hold] = {}
    for (_, category), hold in holds.items():
        if category not in longest or hold.until > longest[category].until:
            longest[category] = hold
    names = [name for name in sheet.desk.notice.data if any(name in row.ends for row in rows.values())]
    return [
        _kept(sheet, facts, name, {n: row for n, row in rows.items() if name in row.ends}, longest.get(name))
        for name in names
    ]


def _kept(sheet: Sheet, facts: Facts, category: str, rows: Mapping[str, Row], hold: retention.Hold | None) -> Kept:
    desk, life = sheet.desk, sheet.desk.notice.retention[category]
    proven = all(row.joined for row in rows.values())
    own = {name: row for name, row in rows.items() if category not in row.held}  # the others wait for a hold's end only
    waits = proven and any(_waits(facts, row, life.from_.event) for row in own.values())
    said, opens = desk.notice.data[category], _fields(desk, category, own)
    law = hold.fields if hold and len(own) < len(rows) else frozenset()
    because = life.hold if hold and proven else None
    return Kept(
        category=category,
        fields=opens | law,
        open=opens,
        records=len(rows),
        purposes=_purposes(desk, category, own, facts, hold.rule if law and hold else ""),
        until=max(row.ends[category] for row in rows.values()),
        waits=life.from_.event if waits else "",
        length=life.for_,
        then=life.then,
        held=Held(hold.fields, hold.rule, hold.until, because.by, because.reading) if hold and because else None,
        specific="specific" in (said.class_.partition(":")[0], said.treat_as) or facts.minor_until > sheet.at,
        unproven=not proven,
    )


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


def _purposes(desk: Desk, category: str, rows: Mapping[str, Row], facts: Facts, rule: str) -> tuple[str, ...]:
    """Name what the category serves: the points' own purposes, those a yes opened, and the law that holds it."""
    points, found = {row.point for row in rows.values()}, []
    for name in desk.notice.purposes:
        aim = desk.policy.aims[name]
        given = [pool for question, pool in aim.pools.items() if question in facts.consents]
        pools = given if aim.consent else [aim.points, *given]
        paths = frozenset(path for pool in pools for point in points for path in pool.get(point, ()))
        if any(path.partition(".")[0] == category for path in paths) or (rule and aim.because == rule):
            found.append(name)
    return tuple(found)
