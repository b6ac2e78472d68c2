"""Room flows: somebody lost every factor and came to the counter: what guards their account goes, a day later.

Staff who saw who asks prove nothing about the mailbox, and may be wrong or worse. So it waits a day, told in the
mailbox with a way to refuse it, and whoever still gives a factor has refused it, too. docs/decisions/0063-passkeys.md.
"""

import msgspec

from tepati.errors import Expired, NotFound, Tampered
from tepati.flows import ending, guarding, guards, handling, links, post
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import PROMISE, Guard, Held
from tepati.flows.numbers import dealing_of, request_of
from tepati.flows.onetime import SECRET
from tepati.registers import acceptances, accounts
from tepati.rules.facts import mailless

WAIT = 86_400_000_000  # as for another address that staff write down (flows.acts.move)
LINK = "keep"  # the kind of the link that refuses it


async def lose(desk: Desk, actor: Actor, number: str) -> int:
    """Write down that the person of a number was seen, and lost every factor; return when what guards them ends.

    Asked again while it waits, the first clock goes on. Raises NotFound (no such number; nothing guards them; no
    mailbox that could refuse), Refused (who handles no requests; written down).
    """
    guarding.offered(desk)
    person = await desk.read(lambda sheet: _person(sheet, number))

    async def act(sheet: Sheet) -> int:
        floor = desk.vault.account_floor(person)
        handling.may(sheet, actor)
        facts, _ = await sheet.facts(person)
        held = await _held(sheet, person, floor)
        if not held.enrolled or mailless(facts):
            raise NotFound("no_factor")
        if held.guard.ends:
            return held.guard.ends
        told = [
            sheet.to_person(person, {"at": sheet.at, "role": _role(sheet), "effect": "factor lost"}),
            sheet.to_actor(actor.person, {"at": sheet.at, "role": _role(sheet), "reason": "counter:in_person"}),
        ]
        line = await sheet.line("guard", promise=PROMISE, purpose="proof", answer="waiting", told=told)
        ends = sheet.at + WAIT
        await guards.keep(sheet, person, held, msgspec.structs.replace(held.guard, ends=ends), line)
        await _tell(sheet, person, ends, line)
        return ends

    return await desk.write(act)


async def _held(sheet: Sheet, person: bytes, floor: int) -> Held:
    """Read what guards; in the place of a row that is not believed, one that nobody can satisfy is about to be written.

    So after a restore, or SQL, the way back is the same: the counter, a day, and the mailbox.
    """
    try:
        return await guards.of(sheet, person, floor)
    except Tampered as lost:
        if lost.code not in guards.LOST:
            raise
        await accounts.drop(sheet.tx, sheet.desk.org, person)
        return Held(Guard(sheet.desk.random(SECRET), since=sheet.at), floor)


def _role(sheet: Sheet) -> str:
    return sheet.asked.role if sheet.asked else ""


async def _person(sheet: Sheet, number: str) -> bytes:
    found = await dealing_of(sheet, number) or await request_of(sheet, number)
    if found is None:
        raise NotFound("no_such_number")
    return found.person


async def _tell(sheet: Sheet, person: bytes, ends: int, line: bytes) -> None:
    """Write to the mailbox, with a link that refuses until it is too late."""
    desk, language = sheet.desk, await acceptances.language(sheet.tx, person)
    token = await links.mint(sheet, person, LINK, "", ends, line)
    fills = {"keep": desk.url("confirm", language, token), "asked": str(sheet.at), "opens": str(ends)}
    await post.put(sheet, person, post.Letter("factor_lost", language, fills), line)


async def keep(desk: Desk, token: str) -> None:
    """Refuse it, by the link in the letter: what guards stays, and every session ends. Raises NotFound, Expired."""
    found = await desk.read(lambda sheet: links.find(sheet, token))

    async def act(sheet: Sheet) -> None:
        floor = desk.vault.account_floor(found.person)
        link = await links.find(sheet, token)
        if link.kind != LINK:
            raise NotFound("no_such_link")
        if link.used or link.expires <= sheet.at:
            raise Expired("link_used" if link.used else "link_expired")
        await sheet.facts(link.person)
        held = await guards.of(sheet, link.person, floor)
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        line = await guarding.line(sheet, link.person, "factor kept")
        await guards.keep(sheet, link.person, held, msgspec.structs.replace(held.guard, ends=0), line)
        await ending.all_sessions(sheet, link.person)

    await desk.write(act)
