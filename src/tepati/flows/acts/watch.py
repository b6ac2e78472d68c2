"""Room flows: the decoys are looked at from outside: what came to their mailboxes, and whether the door refuses.

What the ledger says of sends proves nothing by itself: these observations come from the mailbox and from an attempt.
An attempt asks the door as a send would and is written down as our own (``watch``), whatever the answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from tepati.errors import NotFound, Refused, Unavailable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.notice.model import Message, Notice
from tepati.notice.promises import paths
from tepati.registers import counters, decoys, observations
from tepati.registers.observations import Observation
from tepati.rules.facts import Facts, Use

DECOYS = "security.decoys"
REPAIRED = observations.SEEN + observations.REPAIRED


@dataclass(frozen=True, slots=True)
class Came:
    """One mail in a decoy's mailbox: whether we sent it, and whether it is promotion (it carries a way out)."""

    at: int  # microseconds since 1970 UTC
    ours: bool
    promotion: bool


class Mailboxes(Protocol):
    """The decoys' own mailboxes, seen as anybody would see them."""

    async def came(self, address: str) -> Sequence[Came]:
        """List what came to an address. Raises Unavailable: then nothing was seen, and nothing is proven."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch found: decoys looked at, mails that should not have come, attempts that were not refused."""

    decoys: int
    unwanted: int
    let_by: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one decoy showed: its kind, since when it is one, its mail, and the promises an attempt went through."""

    kind: str
    since: int
    mails: Sequence[Came]
    let_by: frozenset[str]

    def unwanted(self, after: int) -> list[Came]:
        """List mails that came after an instant and should not have."""
        return [m for m in self.mails if m.at > max(self.since, after) and (not m.ours or m.promotion)]


async def watch(desk: Desk, mailboxes: Mailboxes) -> Watched:
    """Look into every decoy's mailbox, and ask the door for what it must refuse. Writes what was seen."""
    listed = await desk.read(lambda sheet: decoys.listed(sheet.tx, desk.org))
    looks = [look for one in listed if (look := await _one(desk, mailboxes, *one))]
    unwanted = sum(len(look.unwanted(0)) for look in looks)
    return Watched(len(looks), unwanted, sum(len(look.let_by) for look in looks))


async def _one(desk: Desk, mailboxes: Mailboxes, person: bytes, kind: str, since: int) -> Look | None:
    """Look at one decoy; None when its mailbox could not be read, or it is no more."""
    try:
        address = await desk.write(lambda sheet: _address(sheet, person))
        mails = await mailboxes.came(address)
    except NotFound:
        return None
    except Unavailable:
        await desk.write(_unable)
        return None
    let_by = await desk.write(lambda sheet: _attempts(sheet, person, kind))
    look = Look(kind, since, mails, let_by)
    await desk.write(lambda sheet: _say(sheet, look))
    return look


async def _address(sheet: Sheet, person: bytes) -> str:
    facts, _ = await sheet.facts(person)
    address = sheet.desk.policy.address_of(facts, "proof")
    use = Use(act="watch", purpose="proof", fields=frozenset({address}), at=0, role="system", person=person)
    try:
        permit = await sheet.ask(use, facts)
    except Refused:
        raise NotFound("no_such_person") from None  # what they took back was all that held their address
    values = await opened(sheet, permit, facts)
    told = sheet.told_of(use, known=True)
    await sheet.line("watch", promise=DECOYS, purpose="proof", answer="allowed", told=told)
    return values[address]


async def _attempts(sheet: Sheet, person: bytes, kind: str) -> frozenset[str]:
    """Ask for what must be refused, as real uses would ask; return the promises of what was let by."""
    facts, _ = await sheet.facts(person)
    uses = _outward(sheet.desk) if kind == decoys.UNSHARED else _promoting(sheet.desk.notice)
    let_by = set()
    for promise, use in uses:
        if await _let_by(sheet, use, facts, person):
            let_by.add(promise)
    return frozenset(let_by)


async def _let_by(sheet: Sheet, use: Use, facts: Facts, person: bytes) -> bool:
    """Ask once, and write the answer down as our own attempt; a permit is thrown away unused."""
    try:
        permit = await sheet.ask(msgspec.structs.replace(use, person=person), facts)
    except Refused as refused:
        await sheet.line("watch", promise=refused.promise, purpose=use.purpose, answer="refused")
        return False
    answer = "observed" if permit.observed else "allowed"
    await sheet.line("watch", promise=permit.promise, purpose=use.purpose, answer=answer)
    return not permit.observed


def _promotions(notice: Notice) -> Iterator[tuple[str, Message]]:
    """List the messages that need a yes none of the decoys gives."""
    return ((name, said) for name, said in notice.messages.items() if said.kind == "promotion")


def _promoting(notice: Notice) -> list[tuple[str, Use]]:
    """Ask for every promotion as a campaign would."""
    return [
        (f"messages.{name}", Use(act="send", purpose=said.for_, fields=said.fields, at=0, role="system",
                                 channel=said.channel, message=name))
        for name, said in _promotions(notice)
    ]  # fmt: skip


def _outward(desk: Desk) -> list[tuple[str, Use]]:
    """Ask to hand each recipient a field that it does not get."""
    uses = []
    for name, one in desk.notice.recipients.items():
        purpose = one.for_[0] if one.for_ else next(iter(desk.notice.purposes))
        more = sorted(field for field in desk.notice.purposes[purpose].uses if field not in one.gets)
        if more:
            use = Use(act="share", purpose=purpose, fields=frozenset(more[:1]), at=0, role="system", recipient=name)
            uses.append((f"recipients.{name}", use))
    return uses


def speaks_of(notice: Notice, kind: str) -> list[str]:
    """Name the promises that a look at one kind of decoy is evidence for.

    An unshared one shows what left the company; the others show promotion, as far as a mailbox can: by e-mail.
    """
    made = paths(notice)
    if kind == decoys.UNSHARED:
        said = ["never.sale", "never.payment_elsewhere", "recipients", *(f"recipients.{r}" for r in notice.recipients)]
    else:
        mailed = [(name, m) for name, m in _promotions(notice) if m.channel == "email"]
        said = [f"messages.{name}" for name, _ in mailed] + [f"purposes.{m.for_}" for _, m in mailed]
        about = {m.for_ for _, m in mailed}
        said += [f"consents.{q}" for q, c in notice.consents.items() if c.channel == "email" and c.for_ in about]
    return [promise for promise in dict.fromkeys(said) if promise in made]


async def _say(sheet: Sheet, look: Look) -> None:
    """Write one look down at each promise it speaks of; mail from before a repair breaks nothing again."""
    line = await sheet.line("watch", promise=DECOYS, purpose="proof", answer="seen")
    sums = await counters.on(sheet.tx, sheet.desk.org)
    for promise in [DECOYS, *speaks_of(sheet.desk.notice, look.kind)]:
        mended = sums.get(promise, {}).get(REPAIRED, counters.Count(0, 0)).worst
        outcome, detail = _judged(look, promise, mended)
        seen = Observation(promise, sheet.at, outcome, detail)
        await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)


def _judged(look: Look, promise: str, mended: int) -> tuple[str, str]:
    """Say what one look means for one promise: (outcome, what was seen)."""
    mails = look.unwanted(mended)
    if promise != DECOYS:  # a stranger's mail speaks of recipients, our own promotion of promotion
        mails = [m for m in mails if m.ours != (look.kind == decoys.UNSHARED)]
    if mails:
        return observations.BROKEN, f"{look.kind}: mail that should not come"
    if look.let_by and (promise == DECOYS or promise in look.let_by):
        return observations.BROKEN, f"{look.kind}: attempt let by"
    return observations.OK, look.kind


async def _unable(sheet: Sheet) -> None:
    line = await sheet.line("watch", promise=DECOYS, purpose="proof", answer="unable")
    seen = Observation(DECOYS, sheet.at, observations.UNABLE, "mailbox not readable")
    await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)
