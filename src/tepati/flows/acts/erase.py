"""Room flows: erasure on request (UU PDP Art. 8, 43-45), with a certificate that grows until nothing is left.

Order of durable steps: (1) the request, its clock, its certificate and the letter with the certificate's link, in one
transaction; (2) the letter leaves; (3) one transaction deletes keys, values, indexes and register rows, re-seals what
a hold keeps, and reads back; (4) both key mirrors agree; (5) the next roll destroys the epoch key: only then does the
clock stop. A crash between any two repeats the next step; none can be done twice.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from tepati.errors import Expired, NotFound, Tampered
from tepati.flows import ending, links, post, rights
from tepati.flows.actor import Actor
from tepati.flows.certificate import (
    Certificate,
    alarmed,
    beyond,
    copies,
    grow,
    holding,
    sealed,
    untold,
    verified,
    waiting,
)
from tepati.flows.desk import Desk, Sheet
from tepati.flows.erasure import HOUR, Opened, begin_erasure
from tepati.flows.readable import Said, of_right
from tepati.flows.receipts import Slip
from tepati.flows.rights import Behalf, By
from tepati.flows.sentences import Happened
from tepati.flows.shredding import shredded
from tepati.registers import acceptances, certificates, counters, duties, outbox, requests
from tepati.rules import retention
from tepati.rules.facts import Dealing, Facts, mailless

TELL_BEFORE = 12 * HOUR  # if the letter still fails so long before the limit: erase anyway, marked untold
MIRRORS = 2  # of the key store, each with every key
WITHIN = "rights.erasure.within"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: the number of one of the person's dealings, the channel, and how they proved who they are."""

    number: str
    channel: str
    proof: str  # in_person | link


async def request(desk: Desk, actor: Actor, ask: Ask) -> Opened:
    """Record a request for erasure. Raises NotFound, Refused (role, undertaking, an undeclared channel)."""
    proof: Literal["in_person", "link"] = "in_person" if ask.proof == "in_person" else "link"
    return await request_own(desk, Behalf(actor, ask.number, ask.channel, proof))


async def request_own(desk: Desk, by: By) -> Opened:
    """Record the erasure that a person asks for in their privacy centre: on a known device it is carried out at once.

    By a mailed link alone it waits a day, with the way to cancel in its letter. Raises NotFound, Refused.
    """

    async def act(sheet: Sheet) -> Opened:
        return await begin_erasure(sheet, await rights.asked(sheet, by, "erasure", "erase"))

    return await desk.write(act)


async def read_certificate(desk: Desk, capability: str) -> Certificate:
    """Open a certificate by its mailed capability. Raises NotFound: unknown and past its end look alike."""

    async def look(sheet: Sheet) -> Certificate:
        secret = hashlib.sha256(capability.encode("utf-8", "surrogatepass")).digest()
        found = await certificates.find(sheet.tx, desk.org, secret, sheet.at)
        return verified(desk.mac, desk.org, found)

    try:
        return await desk.read(look)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise


async def cancel(desk: Desk, token: str) -> str:
    """Cancel a request that waits, by the link in its letter; return its number. Raises NotFound, Expired."""

    async def act(sheet: Sheet) -> str:
        link = await links.find(sheet, token)
        if link.kind != "cancel" or link.expires <= sheet.at:
            raise Expired("link_used")
        facts, version = await sheet.facts(link.person)  # waits for an erasure that runs, before its state is read
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        request_id = bytes.fromhex(link.about)
        found = await requests.get(sheet.tx, link.person, request_id)
        if found is None or found.state != "waiting":
            raise Expired("link_used")
        await _call_off(sheet, found)
        await requests.set_state(sheet.tx, link.person, request_id, "cancelled", sheet.at)
        await duties.drop(sheet.tx, link.person, "erase")
        closed = Dealing("request", found.received, sheet.at)  # whoever handles requests sees nothing from now on
        dealings = {**facts.dealings, request_id.hex(): closed}
        await sheet.keep(link.person, msgspec.structs.replace(facts, dealings=dealings), version)
        return found.number

    return await desk.write(act)


async def _call_off(sheet: Sheet, found: requests.Request) -> None:
    """Write the line of a request called off, and put the letter with its receipt into the outbox."""
    language = await acceptances.language(sheet.tx, found.person)
    said = Said("dpv:ActivityHalted", sheet.at, language, "link in the letter that confirmed the request")
    happened = Happened("erasure", "request", "cancelled", sheet.at, found.channel, found.number)
    shown = of_right(sheet.desk, happened, said, sheet.new_id())
    told = sheet.to_person(found.person, {"at": sheet.at, "effect": "cancelled", "number": found.number}, shown)
    line = await sheet.line("request", promise="rights.erasure", purpose="requests", answer="cancelled", told=[told])
    letter = post.Letter("cancelled", language, {"number": found.number}, slips=(Slip(line),))
    await post.put(sheet, found.person, letter, line)


async def perform(desk: Desk, duty: duties.Duty) -> Certificate | None:
    """Carry out an erasure that is due; None while its letter has not left and there is still time for it.

    Raises Unavailable (nothing was done), Tampered. What comes back was read back from the database.
    """
    request_id, mail, _number = duty.about.split(",")

    async def act(sheet: Sheet) -> Certificate | None:
        try:
            facts, _ = await sheet.facts(duty.person)  # waits for a cancel that runs, before the state is read
        except NotFound:
            return None  # another worker was first: the duty went with the person
        found = await requests.get(sheet.tx, duty.person, bytes.fromhex(request_id))
        if found is None:
            return None  # likewise, and a hold kept the person
        if found.state != "waiting":
            await duties.drop(sheet.tx, duty.person, "erase")
            return None
        letter = await outbox.state_of(sheet.tx, duty.person, bytes.fromhex(mail))
        if letter in {"open", "failed"} and sheet.at < found.due - TELL_BEFORE:
            return None
        return await _erase(sheet, duty.person, facts, found, told=_told(facts, letter))

    done = await desk.write(act)
    return await _read_back(desk, duty.person, done) if done else None


def _told(facts: Facts, letter: str) -> str:
    """Say how the person learnt of it: by the letter, or on paper where they have no address for one."""
    return "told" if letter == "sent" else "paper" if mailless(facts) else "untold"


async def _erase(sheet: Sheet, person: bytes, facts: Facts, asked: requests.Request, told: str) -> Certificate:
    desk = sheet.desk
    known = facts.dealings.get(asked.request.hex())
    if known is None or known.closed:
        raise Tampered("request_unknown")  # a request written, or opened again, by SQL
    keep = retention.kept(desk.policy, facts, sheet.at)
    gone = await desk.vault.erase(sheet.tx, person, keep)
    back = await desk.vault.unsealed(sheet.tx, person)
    line = await sheet.line(
        "erase", promise="rights.erasure", purpose="requests", answer="erased", openings_gone=gone.openings
    )
    await shredded(sheet, line)
    found = await certificates.numbered(sheet.tx, desk.org, asked.number)
    for category in gone.kept:
        await sheet.line("end", promise=f"retention.{category}.hold", purpose="requests", answer="held")
    body = msgspec.structs.replace(
        holding(verified(desk.mac, desk.org, found), keep, gone.kept), erased=sheet.at, keys=gone.keys,
        values=gone.blobs, openings=gone.openings, left=beyond(back.rows, gone.kept, keep), told=told,
        grade=desk.vault.grade, epoch=await desk.vault.epoch(sheet.tx), copies=await copies(sheet), line=line.hex(),
    )  # fmt: skip
    await grow(sheet, found, body, sheet.at)
    if told == "untold":
        await untold(sheet)
    return body


async def _read_back(desk: Desk, person: bytes, body: Certificate) -> Certificate:
    """Look into both key mirrors when they have settled: a key that is left is told by the certificate."""
    back = await desk.read(lambda sheet: desk.vault.unsealed(sheet.tx, person))
    keys = back.mirrored - MIRRORS * back.rows.get("dek", 0)
    if not keys:
        return body
    more = msgspec.structs.replace(body, left=body.left + keys)

    async def act(sheet: Sheet) -> Certificate:
        found = await certificates.numbered(sheet.tx, desk.org, body.number)
        verified(desk.mac, desk.org, found)
        await grow(sheet, found, more, found.erased)
        return more

    return await desk.write(act)


async def destroyed(desk: Desk, epoch: int) -> int:
    """After a roll: the clock of every erasure under a destroyed epoch stops now. Return how many."""
    bad: list[Tampered] = []

    async def act(sheet: Sheet) -> int:
        n = 0
        for found, body in await waiting(sheet, bad):
            if body.erased and not body.destroyed and body.epoch <= epoch:
                gone = msgspec.structs.replace(body, destroyed=sheet.at)
                await counters.finished(
                    sheet.tx, desk.org, WITHIN, sheet.at, sheet.at - body.requested, late=sheet.at > body.promised
                )
                await sheet.line("destroy", promise=WITHIN, purpose="requests", answer="destroyed")
                await grow(sheet, found, gone, found.erased)
                n += 1
        return n

    done = await desk.write(act)
    await alarmed(desk, bad)
    return done


async def outlived(desk: Desk, grade: str, ends: int) -> int:
    """After a version of the root was destroyed: whatever lay under it is worth that now. Return how many grew.

    ``ends``: when that version ends, as its keeper says (microseconds; 0: it has). What was said first stays.
    """
    bad: list[Tampered] = []

    async def act(sheet: Sheet) -> int:
        n = 0
        for found, body in await waiting(sheet, bad):
            if body.destroyed and not body.ends and body.grade != grade:
                await grow(sheet, found, msgspec.structs.replace(body, grade=grade, ends=ends), found.erased)
                n += 1
        return n

    done = await desk.write(act)
    await alarmed(desk, bad)
    return done


async def completed(desk: Desk) -> int:
    """A certificate is complete when the last day of every copy has passed. Return how many became so."""
    bad: list[Tampered] = []

    async def act(sheet: Sheet) -> int:
        n = 0
        for found, body in await waiting(sheet, bad):
            if body.destroyed and all(last <= sheet.at for last in body.copies.values()):
                kept = sealed(desk.mac, desk.org, replace(found, complete=sheet.at))
                await certificates.complete(sheet.tx, desk.org, kept.certificate, sheet.at, kept.body, kept.mac)
                n += 1
        return n

    done = await desk.write(act)
    await alarmed(desk, bad)
    return done
