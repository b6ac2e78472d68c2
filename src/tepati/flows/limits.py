"""Room flows: how often one person, or one member of staff, may enter something at a point (``points.<p>.limit``).

A person is counted by what is proven to be theirs: what strangers send in their name takes nothing from them, and is
asked about when its link is pressed. A member of staff, and a program of theirs, from their first within the time.
"""

from tepati.errors import Refused
from tepati.flows.desk import Sheet
from tepati.notice.values import Duration
from tepati.registers import entered
from tepati.rules.facts import Facts

HOUR = 3_600_000_000  # microseconds


async def staff(sheet: Sheet, person: bytes, point: str, n: int, line: bytes) -> None:
    """Count ``n`` more of a member of staff, where a role enters; elsewhere it is the person who is counted.

    Raises Refused (with the hours until there may be more), Conflict.
    """
    most, span = _limit(sheet, point)
    if not most or not sheet.desk.notice.points[point].entered_by:
        return
    since, had = await entered.since(sheet.tx, person, point)
    fresh = since + span <= sheet.at
    if (0 if fresh else had) + n > most:
        raise _over(point, sheet.at + span if fresh else since + span, sheet.at)
    who = (person, point)
    if not since:
        await entered.begin(sheet.tx, sheet.desk.org, who, sheet.at, n, line)
    else:
        await entered.keep(sheet.tx, who, sheet.at if fresh else since, n if fresh else had + n, line)


def own(sheet: Sheet, facts: Facts, point: str) -> None:
    """Check that there may be one more of a person's. Raises Refused."""
    most, span = _limit(sheet, point)
    recent = sorted(
        row.created for row in facts.rows.values()
        if row.joined and row.point == point and row.created + span > sheet.at
    )  # fmt: skip
    if most and len(recent) >= most:
        raise _over(point, recent[-most] + span, sheet.at)


def _limit(sheet: Sheet, point: str) -> tuple[int, int]:
    """Say how many, in how many microseconds; (0, 0) where nothing limits it."""
    known = sheet.desk.notice.points.get(point)
    if known is None or known.limit is None:
        return 0, 0
    return known.limit.count, Duration(1, known.limit.per).rough_seconds() * 1_000_000


def _over(point: str, until: int, at: int) -> Refused:
    return Refused("limit_reached", f"points.{point}", hours=max(1, -(-(until - at) // HOUR)))
