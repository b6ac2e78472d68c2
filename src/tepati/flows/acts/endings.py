"""Room flows: what the sweep would end, counted and not done; and of how many people a hold keeps something."""

import datetime as dt
from dataclasses import dataclass

from tepati.flows.actor import Actor
from tepati.flows.coarse import few
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.registers import holds, records
from tepati.rules.calendar import local, midnight_after

AHEAD = 30  # days


@dataclass(frozen=True, slots=True)
class Ending:
    """One category: parts that are over and not destroyed yet, that end by today's midnight, within 30 days.

    ``held``: people of whom other law keeps something of it. Few are told as few (-1).
    """

    category: str
    over: int
    today: int
    later: int
    held: int


@dataclass(frozen=True, slots=True)
class Endings:
    """Every declared category, the two instants looked ahead to, and the next end after now (0: nothing is sealed)."""

    rows: tuple[Ending, ...]
    midnight: int
    ahead: int
    next: int


async def endings(desk: Desk, actor: Actor) -> Endings:
    """Count what ends when. Raises Refused (a role that answers for nothing)."""
    await desk.write(lambda sheet: _may(sheet, actor))
    held = await holds.held(desk.store, desk.org)

    async def look(sheet: Sheet) -> Endings:
        day = local(sheet.at, desk.policy.days).date()
        midnight = midnight_after(day, desk.policy.days)
        ahead = midnight_after(day + dt.timedelta(days=AHEAD), desk.policy.days)
        found = await records.endings(sheet.tx, desk.org, sheet.at, midnight, ahead)
        by = {one.category: one for one in found}
        least = desk.notice.statistics.smallest_group
        rows = [_row(category, by.get(category), held.get(category, 0), least) for category in desk.notice.retention]
        return Endings(tuple(rows), midnight, ahead, await records.next_end(sheet.tx, desk.org, sheet.at))

    return await desk.read(look)


async def _may(sheet: Sheet, actor: Actor) -> None:
    steward(sheet, actor, "look", "retention")


def _row(category: str, found: records.Ending | None, held: int, least: int) -> Ending:
    over, today, later = (found.over, found.today, found.later) if found else (0, 0, 0)
    return Ending(category, few(over, least), few(today, least), few(later, least), few(held, least))
