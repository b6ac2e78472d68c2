"""Room flows: the list of bookings, names masked: one line for the page, with an opening for each person on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from tepati.errors import Refused, Tampered
from tepati.flows import visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import DATE, SLOT, Hour, hour_of
from tepati.flows.numbers import DRAWS, number_of
from tepati.flows.opening import opened
from tepati.flows.sight import held, veiled
from tepati.flows.told import Told
from tepati.registers import dealings
from tepati.registers.dealings import Dealing
from tepati.rules.asking import check_asker
from tepati.rules.facts import Facts, Use

Show = Literal["open", "waiting", "all"]
MOST = 500  # open bookings that are looked through; a page shows fewer
SERVICE = "booking.service"

WAITING = frozenset({"unplanned", "unassigned"})
State = Literal["unplanned", "unassigned", "assigned", "closed", "refused"]


@dataclass(frozen=True, slots=True)
class Row:
    """One booking in a list. ``name`` is masked; ``starts`` is the planned hour, or the booked one before planning.

    ``refused``: the door shows this one to nobody, or its facts do not verify; only the number stands there.
    """

    number: str
    state: State
    opened: int
    closed: int = 0
    name: str = ""
    service: str = ""
    starts: int = 0
    assigned: str = ""  # hex


@dataclass(frozen=True, slots=True)
class Bookings:
    """A page of bookings, and how many there are of the kind asked for."""

    rows: tuple[Row, ...]
    total: int


async def bookings(desk: Desk, actor: Actor, show: Show, skip: int, limit: int) -> Bookings:
    """List bookings for whoever plans visits: the nearest hour first. Raises Refused (written down), NotFound."""

    async def act(sheet: Sheet) -> Bookings:
        use = _use(sheet, actor)
        found = await dealings.work_of(sheet.tx, desk.org, visits.booking_kind(desk.notice), MOST)
        known = [(one, await _facts(sheet, one)) for one in found]
        if show == "waiting":
            known = [
                (one, facts) for one, facts in known if facts and state_of(facts, one) in {"unplanned", "unassigned"}
            ]
        closed = (
            await dealings.closed_of(sheet.tx, desk.org, visits.booking_kind(desk.notice), MOST)
            if show == "all"
            else []
        )
        shown = known[skip : skip + limit]
        told: list[Told] = []
        rows = [await _row(sheet, use, one, facts, told) for one, facts in shown]
        await _line(sheet, use, told)
        rows.sort(key=lambda row: row.starts)
        over = [Row(one.number, "closed", one.opened, one.closed) for one in closed]
        rest = over[max(0, skip - len(known)) : max(0, skip + limit - len(known))]
        return Bookings((*rows, *rest), len(known) + len(over))

    return await desk.write(act)


def _use(sheet: Sheet, actor: Actor) -> Use:
    """Ask, before anybody is looked at, whether this role may see bookings at all."""
    role, purpose = visits.role_of(sheet.desk.notice, actor)
    fields = visits.PLANNING | {"identity.name", SERVICE}
    use = Use(act="list", purpose=purpose, fields=fields, at=sheet.at, role=role, actor=actor.person.hex())
    sheet.asked = use
    actor.bound(sheet.at)
    if role not in sheet.desk.notice.cases[visits.kind_of(sheet.desk.notice)].opened_by:
        raise Refused("role_not_for", f"roles.{role}")
    check_asker(sheet.desk.policy, use)
    return use


async def _facts(sheet: Sheet, one: Dealing) -> Facts | None:
    """Read the facts of a listed person, without waiting for others; None where they do not verify, or are gone."""
    try:
        found = await sheet.desk.vault.facts(sheet.tx, one.person)
    except Tampered:
        return None
    if found is None or one.number not in {number_of(sheet.desk.org, one.person, one.dealing, n) for n in range(DRAWS)}:
        return None
    return found[0]


def state_of(facts: Facts, one: Dealing) -> State:
    """Say how far a booking is, as the facts know it."""
    known = facts.dealings.get(one.dealing.hex())
    if known is None or known.closed:
        return "closed"
    visit = visits.visit_of(facts, one.dealing.hex())
    if not visit:
        return "unplanned"
    return "assigned" if facts.dealings[visit].assigned else "unassigned"


async def _row(sheet: Sheet, use: Use, one: Dealing, facts: Facts | None, told: list[Told]) -> Row:
    if facts is None:
        return Row(one.number, "refused", one.opened)
    booking = one.dealing.hex()
    asked = visits.replace_use(use, one.person, booking, use.fields & held(sheet, facts))
    try:
        permit = await sheet.ask(asked, facts)
        values = {} if permit.observed else await opened(sheet, permit, facts)
    except (Refused, Tampered):
        return Row(one.number, "refused", one.opened)
    finally:
        sheet.asked = use
    told += [each for each in sheet.told_of(asked, known=True) if each.party == "person"]
    visit = facts.dealings.get(visits.visit_of(facts, booking))
    hour = visit.moments[visits.STARTS] if visit else _starts(hour_of(sheet.desk.notice, values.get(DATE, ""),
                                                                      values.get(SLOT, "")))  # fmt: skip
    name = veiled(sheet.desk.notice, values).get("identity.name", "")
    return Row(one.number, state_of(facts, one), one.opened, 0, name, values.get(SERVICE, ""), hour,
               visit.assigned if visit else "")  # fmt: skip


def _starts(hour: Hour | None) -> int:
    return hour.starts if hour else 0


async def _line(sheet: Sheet, use: Use, told: Sequence[Told]) -> None:
    """Write the page down: one line, n people; they read that their name stood masked in a list.

    Whoever has several bookings on it has one opening: it names the fields, and no single booking.
    """
    if not told:
        return
    known: dict[bytes, Told] = {}
    for each in told:
        shown = {**each.says, "how": "masked"}
        if each.person in known:
            shown |= {"fields": sorted({*_fields(each), *_fields(known[each.person])}), "dealing": ""}
        known[each.person] = msgspec.structs.replace(each, says=shown)
    masked = list(known.values())
    actor = sheet.to_actor(bytes.fromhex(use.actor), {"at": sheet.at, "role": use.role, "reason": ""})
    promise = f"roles.{use.role}"
    await sheet.line(
        "list", promise=promise, purpose=use.purpose, answer="allowed", told=[*masked, actor], n=len(masked)
    )


def _fields(told: Told) -> list[str]:
    fields = told.says.get("fields", [])
    return fields if isinstance(fields, list) else []
