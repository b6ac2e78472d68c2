"""Room flows: the address that leads to a person changes: only by a link to the new one, and the old one is told.

Order: (1) asked on a known device; the new mailbox gets a link, the old one is told and can refuse the device; (2) the
link is opened and the new address typed once more: the database never held it in clear; (3) it is written into every
record, the old address leads to nobody any more, and both are told. Whether the new address leads to somebody else is
answered only to who reads its mailbox.
"""

from dataclasses import dataclass

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows import ending, links, post, rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.receipts import Slip
from tepati.flows.rewriting import rewrite
from tepati.flows.rights import Answer, Asked
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.registers import acceptances
from tepati.registers import links as register
from tepati.registers.links import Link
from tepati.rules.facts import Facts, Use
from tepati.rules.types import clean

DAY = 86_400_000_000
A_DAY = 3  # addresses that one person may try in 24 hours: each is a letter to a stranger, perhaps
RIGHT = "correction"


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a link of this kind says, under its MAC: the index of the new address, and the device that asked."""

    index: str
    device: str


async def ask(desk: Desk, who: Visitor, email: str, language: str) -> Answer:
    """Ask that another address lead here. Raises BadInput, Refused (a mailed link alone does not; too many today)."""
    who.proven("rights.correction")
    try:
        address = clean("email", email)
    except BadInput as bad:
        raise BadInput("faulty_form", {desk.address: bad.code}) from None

    async def act(sheet: Sheet) -> Answer:
        one = await rights.asked(sheet, who, RIGHT, "correct")
        if await register.count_since(sheet.tx, who.person, "move", sheet.at - DAY) >= A_DAY:
            raise Refused("too_many_today", "rights.correction")
        said: Says = {"effect": "move asked", "fields": [desk.address]}
        line = await rights.line_of(sheet, one, "request", "rights.correction", "received", said)
        about = f"{desk.vault.index(desk.address, address).hex()},{who.device.hex()}"
        token = await links.mint(sheet, who.person, "move", about, sheet.at + DAY, line)
        until = str(sheet.at + DAY)
        fills = {"to": address, "link": desk.url("move", language, token), "until": until}
        await post.put(sheet, who.person, post.Letter("moving", language, fills), line)
        await _tell_old(sheet, who, one, line, language)
        if one.running:
            return Answer(one.number, one.running.received, one.running.due, 0, line)
        return await rights.waits(sheet, one, line, desk.address)

    return await desk.write(act)


async def _tell_old(sheet: Sheet, who: Visitor, one: Asked, line: bytes, language: str) -> None:
    """Tell the address on file, with a way to refuse the device that asked: then the link to the new one is void."""
    deny = await links.mint(sheet, who.person, "deny", who.device.hex(), sheet.at + DAY, line)
    fills = {"deny": sheet.desk.url("confirm", language, deny), "number": one.number, "asked": str(sheet.at)}
    await post.put(sheet, who.person, post.Letter("moving_told", language, fills, slips=(Slip(line),)), line)


async def look_at(desk: Desk, token: str) -> int:
    """Say until when an unused link may be used, changing nothing. Raises NotFound, Expired."""
    return (await desk.read(lambda sheet: _usable(sheet, token))).expires


async def _usable(sheet: Sheet, token: str) -> Link:
    link = await links.find(sheet, token)
    if link.kind != "move":
        raise NotFound("no_such_link")
    if link.used or link.expires <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    return link


async def move(desk: Desk, token: str, email: str) -> Answer:
    """Carry out the change: ``email`` is the new address, typed once more.

    Raises NotFound, Expired (also: the old address refused), BadInput (another address), Conflict (it leads to
    somebody else's data).
    """
    address = clean("email", email)

    async def act(sheet: Sheet) -> Answer:
        link = await _usable(sheet, token)
        meant = _Meant(*link.about.split(","))
        if desk.vault.index(desk.address, address).hex() != meant.index:
            raise BadInput("faulty_form", {desk.address: "other_address"})
        who = Visitor(link.person, b"", bytes.fromhex(meant.device), True, 0, 0, 0)
        one = await rights.asked(sheet, who, RIGHT, "correct")
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        await _still_known(sheet, who)
        return await _move(sheet, one, address)

    return await desk.write(act)


async def _still_known(sheet: Sheet, who: Visitor) -> None:
    """The old address may have refused the device meanwhile. Raises Expired."""
    try:
        await ending.known_device(sheet, who.person, who.device)
    except NotFound:
        raise Expired("link_expired") from None


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
