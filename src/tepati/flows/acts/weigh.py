"""Room flows: what a new version of the notice would mean for the people who are there now, before it is published."""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.flows.coarse import few
from tepati.flows.desk import Desk, Sheet
from tepati.notice.revision import Revision
from tepati.registers import census


@dataclass(frozen=True, slots=True)
class Weighed:
    """How many people are to be told, by population, and asked again, by consent; FEW: fewer than ``least``."""

    told: Mapping[str, int]
    again: Mapping[str, int]
    least: int


async def weigh(desk: Desk, revision: Revision) -> Weighed:
    """Count whom a revision concerns; small groups are told as ``coarse.FEW``. Nothing is opened, nothing changes."""
    least = desk.notice.statistics.smallest_group

    async def look(sheet: Sheet) -> Weighed:
        there = await census.by_population(sheet.tx, desk.org)
        given = await census.given(sheet.tx, desk.org, sheet.at)
        return Weighed(
            told={name: few(there.get(name, 0), least) for name in revision.people},
            again={one.consent: few(given.get(one.consent, 0), least) for one in revision.again},
            least=least,
        )

    return await desk.read(look)
