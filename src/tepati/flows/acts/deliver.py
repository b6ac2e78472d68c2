"""Room flows: letters leave. The door is asked when a letter is sent, not when it was queued: a no said since counts.

Order of durable steps for each letter: (1) claimed with a lease; (2) asked, opened, line written, one transaction;
(3) handed to the mail server under a Message-ID that never changes; (4) marked as sent. A crash between 3 and 4 sends
again after the lease, with the same Message-ID; a crash before 3 sends nothing twice.

A letter that carries receipts waits in step 2 until their lines have a place in the ledger: a few rounds, then it
leaves without them and says so.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tepati.errors import NotFound, Refused, Tampered, TepatiError
from tepati.flows import announcing, guardians, links, members, outside, post, receipts, texting
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import in_words, opened
from tepati.flows.signing import UNSIGNED, signed
from tepati.flows.wording import REHEARSAL, written
from tepati.ports.gateway import Texting
from tepati.ports.mail import Attachment, Mail, Outgoing, Undeliverable
from tepati.registers import outbox
from tepati.rules.facts import Facts, Use

LEASE = 120_000_000  # two minutes: longer than any mail server's patience that we accept
BATCH = 50
NO_ADDRESS = "no_address"  # nobody can be written to there
GONE = frozenset({"mail_gone", "text_gone"})  # how the ports call a server that does not answer, or not in time
STAFF_ADDRESS = "staff.email"
PATIENCE = 5  # rounds that a letter waits for its receipts: the sequencer runs ten times between two of them
TO_STAFF = frozenset({REHEARSAL, "unveiled", announcing.TO_STAFF, outside.LETTER, *members.LETTERS})
# Letters that the product itself sends, under the built-in purposes: proving an address, answering a request.
BUILT_IN: Mapping[str, str] = {**{f"confirm_{kind}": "proof" for kind in links.CONFIRMS},
                                "erased": "requests", "staff_welcome": "requests",
                                "enter": "proof", "device": "proof", "connected": "proof", "factor_on": "proof",
                                "factor_off": "proof", "factor_lost": "proof", "passkey_copied": "proof",
                                "disputed": "requests", "assisted": "requests", "withdrawn": "requests",
                                "objected": "requests", "objection_lifted": "requests", "restricted": "requests",
                                "restriction_lifted": "requests", "corrected": "requests", "copied": "requests",
                                "handed": "requests", "investigated": "requests", "received": "requests",
                                "moving_told": "proof", "moving_later_told": "proof",
                                "moved_here": "requests", "attached_here": "requests",
                                "answered": "requests", "cancelled": "requests",
                                REHEARSAL: "proof", "unveiled": "proof", announcing.LETTER: "proof",
                                announcing.TO_STAFF: "proof", **dict.fromkeys(members.LETTERS, "proof"),
                                "confirm_consent": "proof",
                                "consent_confirmed": "proof"}  # fmt: skip
# Letters to an address that is not on file (yet, or any more): it lies sealed in the letter, and nothing is opened.
ELSEWHERE: Mapping[str, str] = {"moving": "proof", "moving_later": "proof", "moved": "requests",
                                "withdrawn_last": "requests", outside.LETTER: "proof",
                                **dict.fromkeys(guardians.LETTERS, "proof")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a round: letters sent, refused at the door, failed (to be tried again), waiting for a receipt."""

    sent: int
    refused: int
    failed: int
    waiting: int = 0


class Pending(Exception):
    """A line has no place in the ledger yet: the act rolls back, and the letter waits."""


async def deliver(desk: Desk, mail: Mail, limit: int = BATCH) -> Delivered:
    """Send what waits and is due, at most ``limit`` letters. Never raises for a single letter.

    Where the relay's agreement is missing nothing is taken: all waits, and counts as refused. A server that is not
    there, or that is slow, ends the round: what else is due (an erasure) waits for one letter, not for fifty, and no
    lease runs out while its letter waits for its turn, or another process would send it too.
    """
    waiting = (await desk.read(lambda sheet: outbox.waiting(sheet.tx, desk.org), single=True)).open
    if not waiting or not await _agreed(desk):
        return Delivered(0, waiting, 0)
    started = desk.now()
    claimed = await desk.store.write(lambda tx: outbox.claim(tx, desk.org, started, limit, LEASE))
    ends, left = await _all(desk, mail, claimed, started + LEASE // 2)
    if left:
        await desk.store.write(lambda tx: outbox.released(tx, left, desk.now()))
    failed = ends.count("failed") + ends.count("gone")
    return Delivered(ends.count("sent"), ends.count("refused"), failed, ends.count("waiting"))


async def _all(
    desk: Desk, mail: Mail, claimed: Sequence[outbox.Mail], until: int
) -> tuple[list[str], list[outbox.Mail]]:  # fmt: skip
    """Send one after the other; where a server is gone what else would go there waits, and nothing else does."""
    ends, left, gone = list[str](), list[outbox.Mail](), set[str]()
    for one in claimed:
        channel = texting.channel_of(desk, one.message.partition(":")[0])
        if channel in gone or desk.now() >= until:
            left.append(one)
            continue
        ends.append(await _one(desk, mail, one))
        gone |= {channel} if ends[-1] == "gone" else set()
    return ends, left


async def _one(desk: Desk, mail: Mail, waiting: outbox.Mail) -> str:
    read: list[post.Letter] = []
    try:
        outgoing = await desk.write(lambda sheet: _open(sheet, waiting, read))
        if isinstance(outgoing, Texting):
            await desk.texts.send(outgoing)
        elif outgoing:
            await mail.send(outgoing)
    except Pending:
        await desk.store.write(lambda tx: outbox.postponed(tx, waiting, desk.now()))
        return "waiting"
    except TepatiError as fault:
        return await _stayed(desk, waiting, fault)
    end: outbox.Outcome = "sent" if outgoing else "refused"
    if outgoing and read[-1].kind in announcing.KINDS:
        await desk.write(lambda sheet: _announced(sheet, waiting, read[-1]))
    else:
        await desk.store.write(lambda tx: outbox.done(tx, waiting, desk.now(), end))
    return end


async def _stayed(desk: Desk, waiting: outbox.Mail, fault: TepatiError) -> str:
    """Put a letter that did not leave aside, or back; one that told of a new version leaves a line that it did not."""
    final = isinstance(fault, Undeliverable | Tampered)  # a letter that was tampered with stays shut: one alarm
    refused = isinstance(fault, Refused | NotFound) and fault.code != UNSIGNED

    async def act(sheet: Sheet) -> None:
        untold = announcing.NO_CHANNEL if fault.code == NO_ADDRESS else ""
        if refused:
            await outbox.done(sheet.tx, waiting, sheet.at, "refused")
        elif await outbox.failed(sheet.tx, waiting, sheet.at, final=final):
            untold = announcing.BOUNCED
        if untold and waiting.message.partition(":")[0] in announcing.KINDS:
            await sheet.line("announce", promise=announcing.PROMISE, purpose="proof", answer=untold)

    await desk.write(act)
    return "refused" if refused else "gone" if fault.code in GONE else "failed"


async def _announced(sheet: Sheet, waiting: outbox.Mail, letter: post.Letter) -> None:
    """Close a letter that told of a new version: from now on that version has reached its reader."""
    await outbox.done(sheet.tx, waiting, sheet.at, "sent")
    with contextlib.suppress(NotFound):  # erased while the letter left
        await announcing.reached(sheet, waiting.person, int(letter.fills["version"]), letter.language, "told")


async def _agreed(desk: Desk) -> bool:
    """Say whether letters may go to the relay now; a refusal is counted, a forged agreement alarms once a start."""
    try:
        await desk.read(_check_agreement, single=True)
    except Refused as refused:
        desk.refusals.count(desk.now(), "refuse", refused.promise)
        return False
    except Tampered as tampered:
        if tampered.code not in desk.alarms:
            with contextlib.suppress(Tampered):
                await desk.write(_check_agreement)
        return False
    return True


async def _check_agreement(sheet: Sheet) -> None:
    """Check that who carries our letters may have them. Raises Refused, Tampered."""
    await signed(sheet, sheet.desk.notice.endpoints.get("mail_relay", ""))


async def _open(sheet: Sheet, waiting: outbox.Mail, read: list[post.Letter]) -> Outgoing | Texting | None:
    """Ask, write down, and open what the letter needs; None under ``enforce: observe``, which opens nothing.

    The letter as it was read is put into ``read``.
    """
    desk = sheet.desk
    kind = waiting.message.partition(":")[0]
    short = texting.texted(texting.channel_of(desk, kind))
    if not short:
        await _check_agreement(sheet)
    facts, _ = await sheet.facts(waiting.person)
    use = _use(desk, waiting, facts)
    if short:
        await texting.check(sheet, short, kind, _address(desk, waiting, facts, use.purpose))
    permit = await sheet.ask(use, facts)
    if permit.observed:
        told = sheet.told_of(use, known=True)
        await sheet.line("send", promise=permit.promise, purpose=use.purpose, answer="observed", told=told)
        return None
    letter = await post.take(sheet, waiting)
    read.append(letter)
    files = await _receipts(sheet, waiting, letter, facts)
    values = await opened(sheet, permit, facts)
    line = await sheet.line(
        "send", promise=permit.promise, purpose=use.purpose, answer="allowed", told=sheet.told_of(use, known=True)
    )
    home = _address(desk, waiting, facts, use.purpose)
    address = letter.fills["to"] if letter.kind in ELSEWHERE else values.pop(home, "")
    if not address:
        raise NotFound(NO_ADDRESS)  # of somebody who has none: what concerns them is told at the counter
    values = in_words(desk.notice, values, letter.language)
    fills = {**letter.fills, **{path.replace(".", "_"): value for path, value in values.items()}}
    fills |= {"receipt": "enclosed" if files else "missing"} if letter.slips else {}
    fills |= await announcing.since(sheet, letter, facts.told)
    return await written(sheet, waiting, letter, address, values, fills, line, files)


async def _receipts(
    sheet: Sheet, waiting: outbox.Mail, letter: post.Letter, facts: Facts
) -> tuple[Attachment, ...]:  # fmt: skip
    """Make the receipts that a letter carries. After PATIENCE tries the letter matters more than they do.

    Raises Pending, Tampered.
    """
    if not letter.slips:
        return ()
    number = letter.fills.get("number", "")
    try:
        made = await receipts.issue(sheet, waiting.person, letter.slips, facts, number, letter.language)
    except NotFound:
        return ()  # the opening has ended meanwhile, and with it what a receipt could show
    if made is None and waiting.attempts < PATIENCE:
        raise Pending
    return tuple(made or ())


def _use(desk: Desk, waiting: outbox.Mail, facts: Facts) -> Use:
    """Ask for what this letter's template needs: a message's declared fields, or the address for a built-in letter."""
    kind, _, record = waiting.message.partition(":")
    message = desk.notice.messages.get(kind)
    known = {**BUILT_IN, **ELSEWHERE, **dict.fromkeys(texting.KINDS, "proof")}
    if message is None and kind not in known:
        raise Refused("message_gone", "messages")  # a later version of the notice sends it no more
    purpose = message.for_ if message else known[kind]
    address = frozenset() if kind in ELSEWHERE else frozenset({_address(desk, waiting, facts, purpose)})
    fields = (message.fields if message else frozenset()) | address
    return Use(
        act="send", purpose=purpose, fields=fields, at=0, role="system", channel=texting.channel_of(desk, kind),
        message=kind if message else "", record=record, person=waiting.person,
    )  # fmt: skip


def _address(desk: Desk, waiting: outbox.Mail, facts: Facts, purpose: str) -> str:
    """Name the field a letter goes to: of staff for a test and for what is for staff, else of a customer."""
    kind, _, record = waiting.message.partition(":")
    message = desk.notice.messages.get(kind)
    if texting.texted(texting.channel_of(desk, kind)):
        return texting.number_field(desk, facts, purpose, record)
    staff = kind in TO_STAFF or (message and desk.notice.purposes[message.for_].kind == "staff")
    return STAFF_ADDRESS if staff else desk.policy.address_of(facts, purpose, record)
