"""Room flows: what the acts share by which a person guards their own account: who may, the line, the session after."""

from tepati.errors import Expired, NotFound, Refused
from tepati.flows import ending, guards, post, visitors
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import PROMISE, Held
from tepati.flows.onetime import SECRET
from tepati.flows.visitors import Visitor
from tepati.registers import acceptances
from tepati.registers.sessions import Session


def offered(desk: Desk) -> None:
    """Raise NotFound where the notice promises no page for guarding one's account."""
    if not guards.offered(desk):
        raise NotFound("page")


def secret_of(desk: Desk, who: Visitor) -> bytes:
    """Make the secret that this session may enrol: it is stored nowhere before it is, and no other session has it."""
    return desk.mac(b"enrol authenticator" + who.person + who.session)[:SECRET]


async def held(sheet: Sheet, who: Visitor) -> Held:
    """Read the guard of whoever holds a session that still runs. Raises Expired, Tampered."""
    floor, alive = sheet.desk.vault.account_floor(who.person), ending.live(sheet.desk, who.session)
    await sheet.facts(who.person)
    if not alive:
        raise Expired("session")
    return await guards.of(sheet, who.person, floor)


async def needed(sheet: Sheet, who: Visitor) -> Held:
    """Read the same where there must be a second factor. Raises NotFound besides."""
    found = await held(sheet, who)
    if not found.enrolled:
        raise NotFound("page")
    return found


async def enrolling(sheet: Sheet, who: Visitor) -> Held:
    """Read the same before a factor is added. Raises Refused: one was enrolled meanwhile, and is needed now."""
    found = await held(sheet, who)
    if found.enrolled and not who.guarded:
        raise Refused("second_factor_needed", PROMISE)
    return found


async def line(sheet: Sheet, person: bytes, effect: str) -> bytes:
    """Write down what became of what guards an account; the person reads it."""
    told = sheet.to_person(person, {"at": sheet.at, "role": "person", "effect": effect})
    return await sheet.line("guard", promise=PROMISE, purpose="proof", answer="done", told=[told])


async def tell(sheet: Sheet, person: bytes, kind: str, ledger_id: bytes) -> None:
    """Write to the mailbox that what guards the account changed: whoever did not do it learns of it there."""
    language = await acceptances.language(sheet.tx, person)
    fills = {"at": str(sheet.at), "centre": sheet.desk.url("centre", language, "")}
    await post.put(sheet, person, post.Letter(kind, language, fills), ledger_id)


async def proven(sheet: Sheet, who: Visitor, label: str, ledger_id: bytes) -> str:
    """Open the session in which the second factor was given, on a device that is known from now on."""
    if who.device:
        await visitors.recognise(sheet, who.person, who.device, label, ledger_id)
    return await guards.open_session(sheet, who.person, ledger_id)


async def end_others(sheet: Sheet, who: Visitor) -> None:
    """End every session of the person but this one."""
    await ending.all_sessions(sheet, who.person, but=who.session)


async def end_this(sheet: Sheet, who: Visitor) -> None:
    """End this session."""
    await ending.session(sheet, Session(who.person, who.session, "person", who.made, who.until))
