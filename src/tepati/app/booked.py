"""Composition root: for when the demo's people book: an hour that has a place, on days that leave others free."""

import datetime as dt
from functools import partial
from zlib import crc32

from tepati.app.cast import DONE, Guest
from tepati.app.compose import Org, now
from tepati.flows import hours

DAY = 86_400_000_000
LAST, EMPTY = 12, 4  # days in which people come whom we know by name, and those after them in which nobody books
SPREAD, MOST = 9, 30  # days over which those spread whom nobody has visited yet, and that are looked through


def wanted(at: int, guest: Guest) -> int:
    """Choose when a guest asks to be visited: soon after they book, or, where nobody has come yet, after today.

    Those who wait are spread over some days by their address, so that hours stay free on each.
    """
    waits = max(at + (LAST + EMPTY) * DAY, now()) + crc32(guest.email.encode()) % SPREAD * DAY
    return at if guest.visit == DONE else waits


async def free_hour(org: Org, at: int, slot: str) -> tuple[str, str]:
    """Find an hour from the second day after an instant on that has a place, this one where it does, as a form says it.

    Raises LookupError.
    """
    first = dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC).date() + dt.timedelta(days=2)
    for day in (first + dt.timedelta(days=n) for n in range(MOST)):
        offered = hours.hours(org.desk.notice, day)
        taken = await org.desk.read(partial(hours.full, offered=offered)) if offered else frozenset()
        left = [each.key for each in offered if each.key not in taken]
        if left:
            return day.isoformat(), slot if slot in left else left[0]
    raise LookupError("no free hour in a month")
