"""Room flows: the address that leads to a person changes: only by a link to the new one, and the old one is told.

Order: (1) asked on a known device, or by staff for who called or came by; the new mailbox gets a link, the old one is
told and can refuse; (2) the link is opened and the new address typed once more: the database never held it in clear;
(3) it is written into every record, the old address leads to nobody any more, and both are told. Whether the new
address leads to somebody else is answered only to who reads its mailbox.

Staff prove nothing about a mailbox: what they write down waits a day, announced in the old one, as a device that
nobody knows yet does, however sure they were. docs/decisions/0040-the-desk-waits-as-a-stranger-does.md.
"""

from dataclasses import dataclass, replace

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows import attaching, ending, links, post, rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.receipts import Slip
from tepati.flows.rewriting import rewrite
from tepati.flows.rights import Answer, Asked, Behalf
from tepati.flows.told import Says
from tepati.flows.visitors import DESK, Visitor, new_device, secret_of
from tepati.registers import acceptances, devices
from tepati.registers import links as register
from tepati.registers.devices import Device
from tepati.registers.links import Link
from tepati.rules.facts import Facts, Use, mailless
from tepati.rules.types import clean

DAY = 86_400_000_000
WAIT = DAY  # before a link that staff asked for works: the old mailbox has as long to refuse it
A_DAY = 3  # addresses that one person may try in 24 hours: each is a letter to a stranger, perhaps
RIGHT = "correction"


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a link of this kind says, under its MAC: the index of the new address, and the device that asked."""

    index: str
    device: str

    @property
    def secret(self) -> bytes:
        return bytes.fromhex(self.device)


def _meant(link: Link) -> _Meant:
    return _Meant(*link.about.split(","))


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when a link to a new address works, and what is kept of who asked for it."""

    opens: int
    until: int
    device: bytes = b""


async def ask(desk: Desk, by: Visitor | Behalf, email: str, language: str = "") -> Answer:
    """Ask that another address lead here; the letters are in ``language``, else in that of the person's own forms.

    Raises BadInput, Refused (a mailed link alone does not; too many today; who handles no requests), NotFound.
    """
    if isinstance(by, Visitor):
        by.proven("rights.correction")
    try:
        address = clean("email", email)
    except BadInput as bad:
        raise BadInput("faulty_form", {desk.address: bad.code}) from None

    async def act(sheet: Sheet) -> Answer:
        one = await rights.asked(sheet, by, RIGHT, "correct")
        first = await _first(sheet, by, one.facts)
        if await register.count_since(sheet.tx, one.person, "move", sheet.at - DAY) >= A_DAY:
            raise Refused("too_many_today", "rights.correction")
        said: Says = {"effect": "move asked", "fields": [desk.address]}
        line = await rights.line_of(sheet, one, "request", "rights.correction", "received", said)
        window = await _window(sheet, by, one.person, line)
        spoken = language or await acceptances.language(sheet.tx, one.person)
        await _invite(sheet, one.person, address, window, line, spoken)
        if not first:
            await _tell_old(sheet, one, window, line, spoken)
        if one.running:
            return Answer(one.number, one.running.received, one.running.due, 0, line)
        return await rights.waits(sheet, one, line, desk.address)

    return await desk.write(act)


async def _first(sheet: Sheet, by: Visitor | Behalf, facts: Facts) -> bool:
    """Say whether it would be the first address of somebody who may add one. Raises NotFound, Refused."""
    if not mailless(facts):
        return False
    if not isinstance(by, Visitor):
        raise NotFound("no_such_field")  # nobody could refuse it, and nothing was proven that it could lead to
    await attaching.may(sheet, by, facts)
    return True


async def _window(sheet: Sheet, by: Visitor | Behalf, person: bytes, line: bytes) -> Window:
    """Say from when the link works: at once for a known device, a day later for staff, who stand as one that waits."""
    if isinstance(by, Visitor):
        return Window(0, sheet.at + DAY, by.device)
    opens = sheet.at + WAIT
    window = Window(opens, opens + 2 * DAY, secret_of(sheet, new_device(sheet.desk.random)))
    row = Device(person, window.device, DESK, sheet.at, window.opens, window.until)
    await devices.put(sheet.tx, sheet.desk.mac, sheet.desk.org, row, line)
    return window


async def _invite(sheet: Sheet, person: bytes, address: str, window: Window, line: bytes, language: str) -> None:
    """Write to the new mailbox: one link, and from when until when it works."""
    about = f"{sheet.desk.vault.index(sheet.desk.address, address).hex()},{window.device.hex()}"
    token = await links.mint(sheet, person, "move", about, window.until, line)
    fills = {"to": address, "link": sheet.desk.url("move", language, token), "until": str(window.until)}
    kind = "moving_later" if window.opens else "moving"
    await post.put(sheet, person, post.Letter(kind, language, {**fills, **_opens(window)}), line)


async def _tell_old(sheet: Sheet, one: Asked, window: Window, line: bytes, language: str) -> None:
    """Tell the address on file, with a way to refuse the device that asked: then the link to the new one is void."""
    deny = await links.mint(sheet, one.person, "deny", window.device.hex(), window.until, line)
    fills = {"deny": sheet.desk.url("confirm", language, deny), "number": one.number, "asked": str(sheet.at)}
    kind = "moving_later_told" if window.opens else "moving_told"
    letter = post.Letter(kind, language, {**fills, **_opens(window)}, slips=(Slip(line),))
    await post.put(sheet, one.person, letter, line)


def _opens(window: Window) -> dict[str, str]:
    return {"opens": str(window.opens)} if window.opens else {}


async def look_at(desk: Desk, token: str) -> Window:
    """Say when an unused link may be used, changing nothing. Raises NotFound, Expired."""

    async def look(sheet: Sheet) -> Window:
        link = await _usable(sheet, token)
        return Window(await _opening(sheet, link), link.expires)

    return await desk.read(look)


async def _usable(sheet: Sheet, token: str) -> Link:
    link = await links.find(sheet, token)
    if link.kind != "move":
        raise NotFound("no_such_link")
    if link.used or link.expires <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    return link


async def _opening(sheet: Sheet, link: Link) -> int:
    """Say from when a link works. Raises Expired where the old address refused the device that asked."""
    try:
        return (await ending.known_device(sheet, link.person, _meant(link).secret)).known
    except NotFound:
        raise Expired("link_expired") from None


async def move(desk: Desk, token: str, email: str) -> Answer:
    """Carry out the change: ``email`` is the new address, typed once more.

    Raises NotFound, Expired (also: the old address refused), BadInput (another address; its day of waiting is not
    over), Conflict (it leads to somebody else's data).
    """
    address = clean("email", email)

    async def act(sheet: Sheet) -> Answer:
        link = await _usable(sheet, token)
        meant = _meant(link)
        if desk.vault.index(desk.address, address).hex() != meant.index:
            raise BadInput("faulty_form", {desk.address: "other_address"})
        who = Visitor(link.person, b"", meant.secret, True, 0, 0, 0)
        one = await rights.asked(sheet, who, RIGHT, "correct")
        if await _opening(sheet, link) > sheet.at:
            raise BadInput("link_not_yet")
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        answer = await (_attach if mailless(one.facts) else _move)(sheet, one, address)
        if await _by_desk(sheet, link):
            await ending.device(sheet, link.person, meant.secret)
        return answer

    return await desk.write(act)


async def _by_desk(sheet: Sheet, link: Link) -> bool:
    """Say whether staff asked: what waited in their name is no browser, and is over when it was used."""
    return (await ending.known_device(sheet, link.person, _meant(link).secret)).label == DESK


async def _attach(sheet: Sheet, one: Asked, address: str) -> Answer:
    """Write a first address down; every session ends, for from now on it is a way in."""
    said: Says = {"effect": "address added", "fields": [sheet.desk.address]}
    line = await rights.line_of(sheet, one, "correct", "rights.correction", "done", said)
    facts = await attaching.attach(sheet, one, address, line)
    answer = await rights.done(sheet, one, line, sheet.desk.address)
    await rights.tell(sheet, replace(one, facts=facts), "attached_here", line)
    await ending.all_sessions(sheet, one.person)
    await sheet.keep(one.person, facts, one.version)
    return answer


async def _move(sheet: Sheet, one: Asked, address: str) -> Answer:
    desk, language = sheet.desk, await acceptances.language(sheet.tx, one.person)
    old = await _old(sheet, one.person)
    said: Says = {"effect": "moved", "fields": [desk.address]}
    line = await rights.line_of(sheet, one, "correct", "rights.correction", "done", said)
    fields = desk.policy.held(one.facts, proven=True)
    await desk.vault.claim(sheet.tx, fields[0], address, one.person)
    facts: Facts = await rewrite(sheet, one.person, one.facts, dict.fromkeys(fields, address), line)
    if old != address:
        await desk.vault.release(sheet.tx, desk.address, old, one.person)
        for field in fields:
            await desk.vault.stop(sheet.tx, one.person, f"corrected:{field}", sheet.at)
        fills = {"to": old, "number": one.number, "at": str(sheet.at)}
        await post.put(sheet, one.person, post.Letter("moved", language, fills), line)
    answer = await rights.done(sheet, one, line, desk.address)
    await rights.tell(sheet, one, "moved_here", line)
    await sheet.keep(one.person, facts, one.version)
    return answer


async def _old(sheet: Sheet, person: bytes) -> str:
    """Read the address on file: the last letter to it goes there."""
    facts, _ = await sheet.facts(person)
    address = sheet.desk.policy.address_of(facts)
    use = Use(act="send", purpose="requests", fields=frozenset({address}), at=0, person=person)
    return (await opened(sheet, await sheet.ask(use, facts), facts))[address]
