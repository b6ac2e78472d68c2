"""Room flows: the tables somebody brought: which there are, and one of them as a file again, on a known device."""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of
from tepati.flows.tables import cells, columns, is_table
from tepati.flows.visitors import Visitor
from tepati.rules.facts import Facts, Row, Use
from tepati.rules.tables import write


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One table: its point, its number, when it came and until when it is kept (microseconds)."""

    point: str
    number: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A table as a file again: the number it is named by, and its bytes (CSV)."""

    number: str
    body: bytes


def offered(desk: Desk, population: str = "") -> tuple[str, ...]:
    """Name the points at which people of a population (any where none is named) bring tables themselves."""
    return tuple(
        name for name, point in desk.notice.points.items()
        if is_table(desk.notice, name) and "upload" in point.channels and not (point.entered_by or point.sent_by)
        and population in ("", point.who)
    )  # fmt: skip


def brings(desk: Desk, actor: Actor) -> tuple[str, ...]:
    """Name the points at which this member of staff brings tables for people."""
    return tuple(
        name for name, point in desk.notice.points.items()
        if is_table(desk.notice, name) and "upload" in point.channels and point.entered_by in actor.roles
    )  # fmt: skip


async def uploads(desk: Desk, who: Visitor) -> tuple[tuple[str, ...], list[Uploaded]]:
    """Return the points where this person may bring tables, and the tables that are kept, the newest first."""

    async def look(sheet: Sheet) -> tuple[tuple[str, ...], list[Uploaded]]:
        facts, _ = await sheet.facts(who.person)
        found = [
            Uploaded(row.point, number_of(desk.org, who.person, bytes.fromhex(name)), row.created, _until(row))
            for name, row in _tables(desk, facts).items()
        ]
        return offered(desk, facts.population), sorted(found, key=lambda one: one.at, reverse=True)

    return await desk.read(look)


async def fetch(desk: Desk, who: Visitor, number: str) -> Taken:
    """Write one table as a file. Raises Refused (a mailed link alone does not do), NotFound, Tampered."""
    who.proven("rights.access")

    async def act(sheet: Sheet) -> Taken:
        facts, _ = await sheet.facts(who.person)
        named = {number_of(desk.org, who.person, bytes.fromhex(name)): name for name in _tables(desk, facts)}
        record = named.get(number, "")
        if not record:
            raise NotFound("page")
        row = facts.rows[record]
        fields = frozenset(p for p in desk.notice.points[row.point].collects if p.partition(".")[0] in row.ends)
        use = Use(act="export", purpose="requests", fields=fields, at=0, role="person", record=record,
                  person=who.person)  # fmt: skip
        permit = await sheet.ask(use, facts)
        parts = await desk.vault.open(sheet.tx, permit, facts)
        held = {f"{p.category}.{name}": cells(v.show()) for p in parts for name, v in p.values.items()}
        told = sheet.to_person(who.person, {"at": sheet.at, "fields": sorted(held), "role": "person", "effect": "csv"})
        await sheet.line("export", promise="rights.access", purpose="requests", answer="allowed", told=[told])
        order = [one.path for one in columns(desk.notice, desk.policy.collects[row.point]) if one.path in held]
        return Taken(number, write({path.partition(".")[2]: held[path] for path in order}))

    return await desk.write(act)


def _tables(desk: Desk, facts: Facts) -> dict[str, Row]:
    return {name: row for name, row in facts.rows.items() if is_table(desk.notice, row.point) and row.ends}


def _until(row: Row) -> int:
    return max(row.ends.values())
