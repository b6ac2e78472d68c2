"""Room flows: a person comes into their privacy centre by a mailed link, makes a device known, and goes again.

The answer to "send me a link" is the same whether the address is known or not; nothing is opened before the button.
"""

from tepati.errors import BadInput, Expired, NotFound, Refused, Tampered
from tepati.flows import ending, guards, links, post, texting, visitors
from tepati.flows.desk import Desk, Sheet
from tepati.flows.visitors import KNOWN, Entered, Visitor, kind, new_device, seated
from tepati.registers import devices
from tepati.registers import links as register
from tepati.registers.devices import Device
from tepati.registers.sessions import Session
from tepati.rules.facts import mailless
from tepati.rules.types import clean

MINUTE = 60_000_000
DAY = 86_400_000_000
LINK_LIVES = 30 * MINUTE
LETTERS_A_DAY = 5  # links to one address in 24 hours; the answer stays the same beyond
WAIT = DAY  # before a device that only has the mailbox is trusted (design section 11)
PROMISE = "rights.access"


async def ask(desk: Desk, email: str, language: str, device: str = "") -> None:
    """Mail a link to an address that is known; say nothing about whether it is. Raises BadInput for no address.

    Who knows an address can use up its letters of a day, but not keep its owner out: a device (its secret) that the
    person is known by has as many of its own.
    """
    address = clean("email", email)
    if language not in desk.notice.organisation.languages:
        raise BadInput("faulty_form", {"language": "language_not_offered"})

    async def act(sheet: Sheet) -> None:
        person = await desk.vault.find(sheet.tx, desk.address, address)
        if person is None:
            return
        asked = await register.count_since(sheet.tx, person, "enter", sheet.at - DAY)
        if asked >= LETTERS_A_DAY and not (asked < 2 * LETTERS_A_DAY and await visitors.trusts(sheet, person, device)):
            return
        await sheet.facts(person)  # waits for an erasure that runs
        told = sheet.to_person(person, {"at": sheet.at, "role": "person", "effect": "link asked"})
        line = await sheet.line("enter", promise=PROMISE, purpose="proof", answer="asked", told=[told])
        token = await links.mint(sheet, person, "enter", language, sheet.at + DAY, line)  # a day, to be counted
        fills = {"link": desk.url("enter", language, token), "until": str(sheet.at + LINK_LIVES)}
        await post.put(sheet, person, post.Letter("enter", language, fills), line)

    await desk.write(act)


async def enter(desk: Desk, token: str, device: str, label: str) -> Entered:
    """Use a mailed link once, by its button. Raises NotFound, Expired."""
    session = ""

    async def act(sheet: Sheet) -> None:
        nonlocal session
        link = await _usable(sheet, token)
        await sheet.facts(link.person)
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        session = await seated(sheet, link.person, label)

    await desk.write(act)
    return Entered(session, device or new_device(desk.random))


async def _usable(sheet: Sheet, token: str) -> register.Link:
    link = await links.find(sheet, token)
    if link.kind != "enter":
        raise NotFound("no_such_link")
    if link.used or link.made + LINK_LIVES <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    return link


async def look_at(desk: Desk, token: str) -> int:
    """Say until when an unused link may be used, changing nothing. Raises NotFound, Expired."""
    return (await desk.read(lambda sheet: _usable(sheet, token))).made + LINK_LIVES


async def visitor(desk: Desk, token: str, device: str) -> Visitor:
    """Say who holds a session. Raises Expired (unknown, ended and over look alike), Tampered (alarmed).

    Where the row of what guards their account is not believed, after SQL or a restore, a link alone still leads to what
    a link alone leads to: nobody is kept from taking a consent back.
    """
    try:
        return await desk.read(lambda sheet: visitors.present(sheet, token, device))
    except Tampered as tampered:
        await desk.alarm(tampered)
        if tampered.code not in guards.LOST:
            raise
        return await desk.read(lambda sheet: visitors.present(sheet, token, device, lost=True))


async def know(desk: Desk, who: Visitor, label: str, language: str) -> int:
    """Ask that this device be trusted a day from now, told in the mailbox (where they have one); return that instant.

    Asked again while it waits, the first clock goes on. Raises Refused (this browser keeps no secret).
    """
    if not who.device:
        raise Refused("device_needs_cookie", "cookies.set.device")
    if who.guarded:
        raise Refused("second_factor_needed", "security.own_account")
    if who.known or who.waits:
        return who.waits or desk.now()

    async def act(sheet: Sheet) -> int:
        facts, _ = await sheet.facts(who.person)
        at = sheet.at + WAIT
        told = sheet.to_person(who.person, {"at": sheet.at, "role": "person", "effect": f"device asked {kind(label)}"})
        line = await sheet.line("enter", promise=PROMISE, purpose="proof", answer="waiting", told=[told])
        row = Device(who.person, who.device, kind(label), sheet.at, at, sheet.at + KNOWN)
        await devices.put(sheet.tx, desk.mac, desk.org, row, line)
        way = texting.announces(desk, facts) if mailless(facts) else ("device", "")
        if way is None:  # the page of devices tells it, in every session of theirs
            return at
        token = await links.mint(sheet, who.person, "deny", who.device.hex(), at + WAIT, line)
        fills = {"deny": desk.url("confirm", language, token), "asked": str(sheet.at), "known": str(at)}
        await post.put(sheet, who.person, post.Letter(way[0], language, fills, way[1]), line)
        return at

    return await desk.write(act)


async def deny(desk: Desk, token: str) -> None:
    """Refuse a device by the link in its letter: it is forgotten, and every session ends. Raises NotFound, Expired."""

    async def act(sheet: Sheet) -> None:
        link = await links.find(sheet, token)
        if link.kind != "deny":
            raise NotFound("no_such_link")
        if link.used or link.expires <= sheet.at:
            raise Expired("link_used" if link.used else "link_expired")
        await sheet.facts(link.person)
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        told = sheet.to_person(link.person, {"at": sheet.at, "role": "person", "effect": "device refused"})
        await sheet.line("enter", promise=PROMISE, purpose="proof", answer="refused_by_person", told=[told])
        await ending.device(sheet, link.person, bytes.fromhex(link.about))
        await ending.all_sessions(sheet, link.person)

    await desk.write(act)


async def leave(desk: Desk, who: Visitor) -> None:
    """End this session."""

    async def act(sheet: Sheet) -> None:
        await sheet.facts(who.person)
        if await ending.session(sheet, Session(who.person, who.session, "person", who.made, who.until)):
            told = sheet.to_person(who.person, {"at": sheet.at, "role": "person", "effect": "signed out"})
            await sheet.line("enter", promise=PROMISE, purpose="proof", answer="ended", told=[told])

    await desk.write(act)
