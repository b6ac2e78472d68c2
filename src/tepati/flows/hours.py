"""Room flows: hours that can be booked: which a day has, which instant a booking means, and the place it holds.

A notice that declares a date and an hour (``booking.date``, ``booking.slot`` with options like ``s0800``) sells hours;
each has as many places as there are staff in a role that is only given what is assigned to it (the cleaners).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from tepati.errors import BadInput
from tepati.flows.desk import Sheet
from tepati.notice.derived import derived
from tepati.notice.model import Notice
from tepati.registers import places, staff
from tepati.registers.places import FIELD, Place
from tepati.rules.facts import FOREVER, Facts

DATE, SLOT = "booking.date", "booking.slot"
LENGTH = dt.timedelta(hours=2)  # of a visit
HELD = 3_600_000_000  # an hour to open the confirmation letter; after that the place is anybody's again
NAMED, AHEAD = 4, 14  # free hours that whoever meets a full one is told, looked for on so many days


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a day: ``key`` is the option in the notice, instants in microseconds since 1970 UTC."""

    key: str
    starts: int
    ends: int


def hours(notice: Notice, day: dt.date) -> tuple[Hour, ...]:
    """List the hours of a day; none on a day that is no working day, or where the notice sells no hours."""
    return _all(notice, day) if day.weekday() in notice.organisation.working_days and sells(notice) else ()


@derived
def _all(notice: Notice, day: dt.date) -> tuple[Hour, ...]:
    zone = ZoneInfo(notice.organisation.timezone)
    found = []
    for key in notice.data["booking"].fields["slot"].options:
        start = dt.datetime.combine(day, dt.time(int(key[1:3]), int(key[3:5])), zone)
        found.append(Hour(key, _us(start), _us(start + LENGTH)))
    return tuple(found)


@derived
def sells(notice: Notice) -> bool:
    """Say whether the notice declares a date and an hour to be booked."""
    fields = notice.data["booking"].fields if "booking" in notice.data else {}
    return "date" in fields and "slot" in fields and all(_is_hour(key) for key in fields["slot"].options)


def wanted(notice: Notice, point: str) -> bool:
    """Say whether a point asks for an hour that the notice sells."""
    return sells(notice) and {DATE, SLOT} <= notice.points[point].collects


def hour_of(notice: Notice, date: str, slot: str, *, any_day: bool = False) -> Hour | None:
    """Return the hour that a booking means; None where that day has no such hour. Staff may agree on ``any_day``."""
    try:
        found = (_all if any_day and sells(notice) else hours)(notice, dt.date.fromisoformat(date))
    except ValueError:
        return None
    return next((each for each in found if each.key == slot), None)


@derived
def crew(notice: Notice) -> frozenset[str]:
    """Name the roles that see what is assigned to them: who goes to the visits."""
    return frozenset(name for name, role in notice.roles.items() if role.whose == "assigned")


def ahead(sheet: Sheet, values: Mapping[str, str]) -> Hour | None:
    """Return the hour that a booking means, where it is offered and has not begun."""
    hour = hour_of(sheet.desk.notice, values.get(DATE, ""), values.get(SLOT, ""))
    return hour if hour and hour.starts > sheet.at else None


async def hold(
    sheet: Sheet, whose: tuple[bytes, bytes], values: Mapping[str, str], line: bytes, until: int, room: int = 0
) -> None:
    """Hold until an instant a place of the hour that an unproven record (person, record) means.

    ``room`` is how many places an hour has (``seats``), where the act asked already. Raises BadInput: the hour is not
    offered, or full; ``free`` then names the next ones.
    """
    hour = ahead(sheet, values)
    if hour is None:
        raise BadInput("faulty_form", {DATE: "date_range"})
    if not await _take(sheet, hour, Place(*whose, b"", until), line, room):
        raise await is_full(sheet, hour)


async def is_full(sheet: Sheet, hour: Hour) -> BadInput:
    """Make the answer to whoever asks for a full hour: the next free ones, each as ``day/key``."""
    named = ",".join(f"{day.isoformat()}/{each.key}" for day, each in await free(sheet, hour.starts))
    return BadInput("faulty_form", {SLOT: "slot_full"}, free=named)


async def free(sheet: Sheet, since: int) -> list[tuple[dt.date, Hour]]:
    """List the next hours from an instant on that have a place, with their days in the organisation's zone."""
    notice, found = sheet.desk.notice, list[tuple[dt.date, Hour]]()
    since = max(since, sheet.at + 1)
    first = (dt.datetime.fromtimestamp(since // 1_000_000, ZoneInfo(notice.organisation.timezone))).date()
    for day in (first + dt.timedelta(days=n) for n in range(AHEAD)):
        offered = [each for each in hours(notice, day) if each.starts >= since]
        taken = await full(sheet, offered) if offered else frozenset()
        found += [(day, each) for each in offered if each.key not in taken]
        if len(found) >= NAMED:
            break
    return found[:NAMED]


async def keep(sheet: Sheet, person: bytes, record: bytes, facts: Facts) -> None:
    """Keep the place of a record whose address is proven now, or take one again. Raises BadInput: the hour is full.

    Call it before the facts change. What is opened here, the hour, leaves in no answer.
    """
    held = await places.of(sheet.tx, person, record)
    hour = await _booked(sheet, person, record, facts) if held else None
    if held is None or hour is None:
        return
    if held.expires < FOREVER:
        await places.prolong(sheet.tx, held, hour.ends)
        return
    await places.leave(sheet.tx, person, record)
    if not await _take(sheet, hour, Place(person, record, b"", hour.ends), held.ledger_id):
        raise BadInput("hour_gone")


async def change(
    sheet: Sheet, person: bytes, record: bytes, hour: Hour, line: bytes, *, beyond: bool = False
) -> None:  # fmt: skip
    """Give the place of a record free, and hold one of another hour; ``beyond``: or none, where none is left.

    Raises BadInput: the hour is full; ``free`` then names the next ones.
    """
    await places.leave(sheet.tx, person, record)
    if not await _take(sheet, hour, Place(person, record, b"", hour.ends), line) and not beyond:
        raise await is_full(sheet, hour)


async def _booked(sheet: Sheet, person: bytes, record: bytes, facts: Facts) -> Hour | None:
    point = facts.rows[record.hex()].point
    purpose = sheet.desk.notice.points[point].for_[0]
    permit = sheet.entering(person, frozenset({record.hex()}), frozenset({DATE, SLOT}), purpose, f"points.{point}")
    parts = await sheet.desk.vault.open(sheet.tx, permit, facts)
    values = {f"{part.category}.{name}": said.show() for part in parts for name, said in part.values.items()}
    return hour_of(sheet.desk.notice, values.get(DATE, ""), values.get(SLOT, ""))


async def _take(sheet: Sheet, hour: Hour, place: Place, line: bytes, room: int = 0) -> bool:
    for seat in range(room or await seats(sheet)):
        wanted = replace(place, secret=secret(sheet, hour, seat))
        if await places.take(sheet.tx, sheet.desk.org, wanted, line):
            return True
    return False


async def counting(sheet: Sheet) -> None:
    """Announce that an hour will be held, so that its places are counted along with the next statement."""
    await staff.counting(sheet.tx, sheet.desk.org)


async def seats(sheet: Sheet) -> int:
    """Count the places of an hour: one for each of the crew, and one while there is nobody yet."""
    return max(1, await staff.count(sheet.tx, sheet.desk.org, crew(sheet.desk.notice)))


def secret(sheet: Sheet, hour: Hour, seat: int) -> bytes:
    """Give the index under which a place of an hour is unique."""
    return sheet.desk.vault.index(FIELD, _name(hour, seat))


async def full(sheet: Sheet, offered: Sequence[Hour]) -> frozenset[str]:
    """Name the hours of a day that have no place left."""
    room = await seats(sheet)
    named = {secret(sheet, hour, seat): hour.key for hour in offered for seat in range(room)}
    taken = await sheet.desk.vault.find_many(sheet.tx, FIELD, list(named)) if named else {}
    left = {key for index, key in named.items() if index not in taken}
    return frozenset(hour.key for hour in offered if hour.key not in left)


def _name(hour: Hour, seat: int) -> str:
    return f"{hour.starts}:{seat}"


def _is_hour(key: str) -> bool:
    return len(key) == 5 and key[1:].isdecimal() and int(key[1:3]) < 24 and int(key[3:5]) < 60


def _us(instant: dt.datetime) -> int:
    return int(instant.timestamp()) * 1_000_000
