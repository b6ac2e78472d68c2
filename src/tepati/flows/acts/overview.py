"""Room flows: what waits for a member of staff this morning: numbers and instants, nobody's data."""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows import clocks, crew, keepers, rechecks, stewards, visits
from tepati.flows.actor import Actor
from tepati.flows.answering import mine
from tepati.flows.desk import Desk, Sheet
from tepati.flows.handling import HANDLES
from tepati.flows.stewards import OVER_STAFF, STEWARDS
from tepati.flows.threads import ANSWERED
from tepati.registers import agreements, counters, dealings, guardians, heads, observations, outbox, proposals, requests
from tepati.registers.guardians import AGREED
from tepati.registers.observations import REPAIRED, Observation
from tepati.registers.requests import Request
from tepati.rules.facts import FOREVER

DAY = 86_400_000_000
SOON = 30 * DAY  # an undertaking that ends within a month is told
WEEK = 7 * DAY  # alerts of a week are shown
MOST = 500
APPROVES = "approve_notice"  # the word of ``may``
WATCH = ("send", "handle_requests", "approve_notice")  # whose roles look after the letters that leave


@dataclass(frozen=True, slots=True)
class Night:
    """What happened since yesterday (days of UTC): parts destroyed, uses refused, and the ledger's lines."""

    ended: int
    refused: int
    lines: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for an answer, of which kind; ``due`` is 0 where nothing is promised."""

    kind: str
    number: str
    due: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What a member's roles let them know; empty where a role has no part in it. Instants in microseconds."""

    visits: tuple[int, ...]  # starts of the open visits
    requests: tuple[Request, ...]
    alerts: tuple[Observation, ...]
    complaints: tuple[Waiting, ...]  # cases of every kind that this member answers, the next due first
    cases: int  # security cases that wait for this member: to be approved, or to be looked into
    failed: int  # letters that were given up
    papers: tuple[str, ...]  # recipients whose agreement is missing, over, or ends within a month
    unsigned: int  # members whose undertaking ends within a month
    undertaken: int  # until when the member's own holds, where that is soon; else 0
    night: Night
    rechecks: int = 0  # reveals that wait for this member's second look
    guardians: tuple[keepers.Waiting, ...] = ()  # whose guardian said yes and is to be heard, the next due first
    named: int = 0  # how often a security case named the member within a week
    proposals: int = 0  # versions of the notice that wait for this member's approval


async def overview(desk: Desk, actor: Actor) -> Overview:
    """Look at the registers for the morning page. Raises Tampered (a member of staff does not verify)."""

    async def look(sheet: Sheet) -> Overview:
        tx, soon = sheet.tx, sheet.at + SOON
        steward = may(desk, actor, *STEWARDS)
        alerts = [one for one in await observations.troubles(tx, desk.org, desk.mac, 20) if one.at > sheet.at - WEEK]
        members = await crew.present(sheet) if may(desk, actor, OVER_STAFF) else []
        return Overview(
            await _visits(sheet, actor),
            tuple(await requests.open_in(tx, desk.org, MOST)) if may(desk, actor, "handle_requests") else (),
            tuple(one for one in alerts if one.outcome != REPAIRED) if steward else (),
            await _complaints(sheet, actor),
            await _cases(sheet, actor) if steward else 0,
            await _failed(sheet) if may(desk, actor, *WATCH) else 0,
            await _papers(sheet) if steward else (),
            sum(one.undertaken < soon for one in members),
            actor.undertaken if actor.undertaken < soon else 0,
            await _night(sheet),
            len(await rechecks.waiting(sheet, actor)) if steward and desk.notice.security.second_look else 0,
            tuple(await keepers.waiting(sheet, AGREED)) if keepers.may(desk, actor) else (),
            await outbox.count_to(tx, actor.person, "unveiled", sheet.at - WEEK),
            await _proposals(sheet, actor) if may(desk, actor, APPROVES) else 0,
        )

    return await desk.read(look)


async def counts(desk: Desk, actor: Actor) -> dict[str, int]:
    """Count what stands behind a page of the console, for the pages that the member's roles lead to."""

    async def look(sheet: Sheet) -> dict[str, int]:
        found: dict[str, int] = {}
        if plans(desk, actor):
            found["bookings"] = await dealings.open_count(sheet.tx, desk.org, bookings_of(desk))
        if kinds := mine(desk, actor):
            found["complaints"] = sum([await dealings.open_count(sheet.tx, desk.org, kind, ANSWERED) for kind in kinds])
        if may(desk, actor, HANDLES):
            found["queue"] = await requests.open_count(sheet.tx, desk.org)
        if keepers.may(desk, actor):
            found["minors"] = await guardians.open_count(sheet.tx, desk.org)
        return found

    return await desk.read(look)


def may(desk: Desk, actor: Actor, *words: str) -> bool:
    """Say whether one of the member's roles has one of these words of ``may``."""
    return any(set(words) & set(desk.notice.roles[role].may) for role in actor.roles if role in desk.notice.roles)


def plans(desk: Desk, actor: Actor) -> bool:
    """Say whether the member plans visits."""
    try:
        return visits.role_of(desk.notice, actor)[0] in desk.notice.cases[visits.kind_of(desk.notice)].opened_by
    except NotFound:
        return False


def bookings_of(desk: Desk) -> str:
    """Name the case of bookings."""
    return visits.booking_kind(desk.notice)


async def _complaints(sheet: Sheet, actor: Actor) -> tuple[Waiting, ...]:
    desk = sheet.desk
    found = [one for kind in mine(desk, actor) for one in await dealings.work_of(sheet.tx, desk.org, kind, MOST)]
    found = [one for one in found if ANSWERED not in one.moments]
    waiting = [Waiting(one.kind, one.number, clocks.due(desk, one.kind, one.opened, one.moments)) for one in found]
    return tuple(sorted(waiting, key=lambda one: (one.due or FOREVER, one.number)))


async def _proposals(sheet: Sheet, actor: Actor) -> int:
    """Count the versions to come that this member may approve and has not."""
    open_ = await proposals.running(sheet.tx, sheet.desk.mac, sheet.desk.org)
    return sum(not one.approved(actor.person) for one in open_)


async def _cases(sheet: Sheet, actor: Actor) -> int:
    """Count the cases that another opened and nobody approved yet, and the approved ones not yet looked into."""
    bits = [(one, one.bit(actor.person)) for one in await stewards.cases(sheet, actor)]
    return sum(bool(bit and not one.shown & bit) if one.second else not bit for one, bit in bits)


async def _failed(sheet: Sheet) -> int:
    return sum(one.n for one in await outbox.standings(sheet.tx, sheet.desk.org) if one.state == "failed")


async def _papers(sheet: Sheet) -> tuple[str, ...]:
    found = {one.recipient: one for one in await agreements.all_of(sheet.tx, sheet.desk.mac, sheet.desk.org)}
    needed = [n for n, said in sheet.desk.notice.recipients.items() if said.agreement and said.agreement.required]
    soon = sheet.at + SOON
    return tuple(n for n in needed if n not in found or not found[n].since <= sheet.at < soon < found[n].until)


async def _visits(sheet: Sheet, actor: Actor) -> tuple[int, ...]:
    if not plans(sheet.desk, actor):
        return ()
    found = await dealings.work_of(sheet.tx, sheet.desk.org, visits.kind_of(sheet.desk.notice), MOST)
    return tuple(sorted(one.moments[visits.STARTS] for one in found if visits.STARTS in one.moments))


async def _night(sheet: Sheet) -> Night:
    today = counters.day_of(sheet.at)
    ended = refused = 0
    for day in (today - 1, today):
        whole = (await counters.on(sheet.tx, sheet.desk.org, day)).get(counters.WHOLE, {})
        ended += sum(count.n for what, count in whole.items() if what == "end.ended")
        refused += sum(count.n for what, count in whole.items() if what.endswith(".refused"))
    newest = await heads.newest(sheet.tx, sheet.desk.org)
    return Night(ended, refused, newest[0] if newest else 0)
