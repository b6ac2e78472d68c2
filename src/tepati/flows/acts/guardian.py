"""Room flows: a guardian answers by their mailed link: opening it shows, one of two buttons answers, once.

A link is mailed to an address that a child typed. So it answers for nobody from the child's own browser, session,
address or that of another child, nor for more children than declared; and where the notice declares a second signal it
makes nothing usable before staff heard it (``acts/minors``).
"""

from dataclasses import dataclass, replace

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows import ending, guardians, links, post, visitors, wards
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guardians import AGREED_LETTER, PROMISE
from tepati.flows.opening import opened
from tepati.flows.receipts import Slip
from tepati.flows.wards import BACK, Heard
from tepati.registers import guardians as register
from tepati.registers.guardians import AGREED, ASKED, GIVEN, Guardianship
from tepati.registers.links import Link
from tepati.rules.facts import Facts, Use
from tepati.rules.types import mask

YES, NO, TAKEN_BACK = "yes", "no", "back"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks: at which point, since when, until when (microseconds), and what was answered already.

    ``name``: the child's, masked; "" where the form asks for none. ``back``: the
    link takes a yes back. ``due``: by when staff confirm it, 0 where nothing waits for them.
    """

    point: str
    name: str
    asked: int
    until: int
    back: bool
    answered: int
    due: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer did; ``due``: by when staff confirm a yes, 0 where it is in force or there is none."""

    answer: str
    due: int = 0


@dataclass(frozen=True, slots=True)
class From:
    """Where an answer comes from: the secrets that this browser holds, of a device and of a session ("" : none)."""

    device: str = ""
    session: str = ""


async def read(desk: Desk, token: str) -> Asked:
    """Show what a link asks; nothing is answered by it. Raises NotFound, Expired."""

    async def act(sheet: Sheet) -> Asked:
        link, one = await _found(sheet, token)
        facts, _ = await sheet.facts(link.person)
        name = await _name(sheet, one, facts)
        back = link.kind == BACK
        if name:
            fields = sorted(_names(sheet, one))
            told = sheet.to_person(link.person, {"at": sheet.at, "role": guardians.ACT, "fields": fields})
            await sheet.line("show", promise=PROMISE, purpose="requests", answer="allowed", told=[told])
        return Asked(one.point, name, one.asked, link.expires, back, one.answered, one.due)

    return await desk.write(act)


async def guardian(desk: Desk, token: str, said: str, by: From) -> Answered:
    """Answer by a link's button: yes, no, or what was said taken back.

    Raises NotFound, Expired (over, or answered already), BadInput (its hour is full), Refused (this browser, session or
    address is a child's; a guardian of too many).
    """

    async def act(sheet: Sheet) -> Answered:
        link, one = await _found(sheet, token)
        if link.used:
            raise Expired("link_used")
        if link.kind == BACK and said == TAKEN_BACK:
            return await _take_back(sheet, link, one)
        if link.kind == guardians.KIND and said == NO:
            await _use(sheet, link)
            await wards.line_of(sheet, one.person, "declined", Heard(guardians.LINK))
            await wards.end_person(sheet, one.person)
            return Answered(NO)
        if link.kind == guardians.KIND and said == YES:
            await _apart(sheet, one, by)
            await _use(sheet, link)
            return await _agree(sheet, one)
        raise BadInput("form_forged")

    return await desk.write(act)


async def _found(sheet: Sheet, token: str) -> tuple[Link, Guardianship]:
    """Find what a link is about. Raises NotFound, Expired."""
    link = await links.find(sheet, token)
    if link.kind not in {guardians.KIND, BACK}:
        raise NotFound("no_such_link")
    if link.expires <= sheet.at:
        raise Expired("link_expired")
    one = await register.get(sheet.tx, sheet.desk.mac, sheet.desk.org, link.person, bytes.fromhex(link.about))
    if one is None or (link.kind == BACK and one.state != GIVEN):
        raise Expired("link_used")
    return link, one


async def _use(sheet: Sheet, link: Link) -> None:
    if not await ending.use(sheet, link):
        raise Expired("link_used")


async def _take_back(sheet: Sheet, link: Link, one: Guardianship) -> Answered:
    await _use(sheet, link)
    await wards.take_back(sheet, one, Heard(guardians.LINK))
    return Answered(TAKEN_BACK)


async def _agree(sheet: Sheet, one: Guardianship) -> Answered:
    """Take a yes: in force where nothing else is declared; else it waits for staff, by the declared time."""
    desk = sheet.desk
    if one.state != ASKED:
        raise Expired("link_used")
    if not guardians.heard(desk.notice):
        await wards.become(sheet, one, Heard(guardians.LINK))
        return Answered(YES)
    language = links.booked(one.about).language
    line = await wards.line_of(
        sheet, one.person, "agreed", Heard(guardians.LINK), wards.shown(sheet, one, guardians.LINK, language)
    )
    within = desk.notice.minors.guardian.within
    due = min(desk.after(sheet.at, within), one.until) if within else one.until
    now = replace(one, state=AGREED, answered=sheet.at, due=due)
    await register.change(sheet.tx, desk.mac, desk.org, one, now, line)
    fills = {"to": await guardians.unseal(sheet, one), "due": str(due), "at": str(sheet.at)}
    await post.put(sheet, one.person, post.Letter(AGREED_LETTER, language, fills, slips=(Slip(line),)), line)
    return Answered(YES, due)


async def _apart(sheet: Sheet, one: Guardianship, by: From) -> None:
    """Check that who answers is not the child: by address, browser and session; and not a guardian of too many.

    Raises Refused. A mailbox of their own in a browser of their own a child may still have: that is what the second
    signal is for.
    """
    desk, rule = sheet.desk, sheet.desk.notice.minors.guardian
    if one.adult and len(await register.children(sheet.tx, desk.org, one.adult, sheet.at)) >= rule.children:
        raise Refused("guardian_of_many", PROMISE)
    if not rule.own_channel:
        return
    child, address = await _child(sheet, one), await guardians.unseal(sheet, one)
    theirs = await desk.vault.find(sheet.tx, desk.address, address) if address else None
    if theirs and (theirs == child or await _is_minor(sheet, theirs)):
        raise Refused("guardian_same_channel", PROMISE)
    held = await _session(sheet, by.session)
    if held and (held == child or await _is_minor(sheet, held)):
        raise Refused("guardian_same_session", PROMISE)
    secret = visitors.secret_of(sheet, by.device) if by.device else b""
    if secret and (secret == one.device or (child and await visitors.knows(sheet, child, secret))):
        raise Refused("guardian_same_device", PROMISE)


async def _child(sheet: Sheet, one: Guardianship) -> bytes:
    """Return whom the child's address leads to, b"" where nobody."""
    facts, _ = await sheet.facts(one.person)
    fields = frozenset(path for path, field in sheet.desk.policy.collects[one.point] if field.identifies)
    purpose = sheet.desk.policy.came_for[one.point]
    permit = sheet.entering(one.person, frozenset({one.record.hex()}), fields, purpose, f"points.{one.point}")
    for part in await sheet.desk.vault.open(sheet.tx, permit, facts):
        for field, value in part.values.items():
            return await sheet.desk.vault.find(sheet.tx, f"{part.category}.{field}", value.show()) or b""
    return b""


async def _is_minor(sheet: Sheet, person: bytes) -> bool:
    known = await sheet.desk.vault.facts(sheet.tx, person)
    return known is not None and known[0].minor_until > sheet.at


async def _session(sheet: Sheet, token: str) -> bytes:
    """Return who is signed in in this browser, b"" where nobody is."""
    try:
        return (await visitors.present(sheet, token, "")).person if token else b""
    except Expired:
        return b""


def _names(sheet: Sheet, one: Guardianship) -> frozenset[str]:
    return frozenset(path for path, field in sheet.desk.policy.collects.get(one.point, ()) if field.type == "name")


async def _name(sheet: Sheet, one: Guardianship, facts: Facts) -> str:
    """Say the child's name, which the door must let be shown, always masked: whoever reads the page proved nothing."""
    fields, record = _names(sheet, one), one.record.hex()
    if not fields or record not in facts.rows:
        return ""
    use = Use(act="show", purpose="requests", fields=fields, at=0, role="person", record=record, person=one.person)
    values = await opened(sheet, await sheet.ask(use, facts), facts)
    return ", ".join(mask("name", value, "masked") for value in values.values())
