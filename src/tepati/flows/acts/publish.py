"""Room flows: a notice is put into force: its exact text, its digest and its version, in the ledger for good.

The first version is the operator's own command: nothing is in force that could say who approves. Each later one is
proposed, approved as the version in force declares, and announced (``flows.publishing``).
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tepati.errors import BadInput, Conflict, NotFound, Refused
from tepati.flows import outside, publishing, sheets
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.publishing import APPROVER, PROMISE
from tepati.flows.stewards import entitled, steward
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.notice.revision import Revision, revision
from tepati.registers import census, notices, proposals
from tepati.registers.notices import Published
from tepati.registers.proposals import Proposal
from tepati.rules.calendar import calendar, midnight_after
from tepati.rules.succession import unfounded


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as a steward sees it: what it changes, how many approved, and how many must.

    ``mine``: this member approved; ``made_by_me``: they proposed it; ``waits``: when it is published (microseconds),
    0 while approvals are missing; ``held``: from when it would hold if it were published now.
    """

    digest: str
    version: int
    new: Notice
    made: int
    found: Revision
    approved: int
    needed: int
    mine: bool
    made_by_me: bool
    waits: int
    held: int


async def publish(desk: Desk, source: str) -> None:
    """Publish the first notice, which this desk runs: in force from its day, never before it could be read.

    Raises Conflict (it is not newer than what stands), Refused (a version is in force: it asks for approvals).
    """
    said = desk.notice.notice
    declared = midnight_after(said.effective - dt.timedelta(days=1), calendar(desk.notice))

    async def act(sheet: Sheet) -> None:
        known = await notices.newest(sheet.tx, desk.mac, desk.org)
        if known and known.version < said.version:
            raise Refused("notice_unapproved", PROMISE)
        line = await sheet.line("publish", promise="notice.page", purpose="proof", answer="published")
        since = max(declared, sheet.at)
        version = Published(desk.digest, said.version, source, since, sheet.at)
        await notices.publish(sheet.tx, desk.mac, desk.org, version, line)
        await sheets.keep(sheet, desk.notice, desk.digest)

    await desk.write(act)


async def propose(desk: Desk, actor: Actor, source: str) -> str:
    """Propose the next version, exactly these bytes; return their digest (hex).

    Raises BadNotice, Conflict (not newer, another is coming, proposed already), Refused (written down: not a steward),
    BadInput (a new purpose that the version in force promised to ask for; something is gone that people's rows need).
    """
    loaded = load(source.encode(), laws=desk.laws)
    new = loaded.sound()
    held = await desk.read(lambda sheet: census.held(sheet.tx, desk.org))

    async def act(sheet: Sheet) -> None:
        steward(sheet, actor, "propose", PROMISE)
        base = await publishing.in_force(sheet)
        await publishing.fits(sheet, new.notice.version)
        if wrong := unfounded(desk.notice, new):
            raise BadInput("purpose_unfounded", {f"purposes.{name}": "purpose_unfounded" for name in wrong})
        if left := _left(desk.notice, new, held):
            raise BadInput("still_held", dict.fromkeys(left, "still_held"))
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "proposed a version of the notice"})
        line = await sheet.line("propose", promise=PROMISE, purpose="proof", answer="asked", told=[told],
                                notice=loaded.digest)  # fmt: skip
        await _write(sheet, Proposal(actor.person, loaded.digest, new.notice.version, source, base.digest, sheet.at),
                     line)  # fmt: skip

    await desk.write(act)
    return loaded.digest.hex()


def _left(old: Notice, new: Notice, held: Collection[str]) -> list[str]:
    """Name categories, points and cases that would be gone, or renamed, while rows of people stand under them."""
    sections = (("data", old.data, new.data), ("points", old.points, new.points), ("cases", old.cases, new.cases))
    gone = [f"{section}.{name}" for section, was, now in sections for name in was if name not in now]
    return [path for path in gone if path in held]


async def _write(sheet: Sheet, new: Proposal, line: bytes) -> None:
    """Write a proposal, or open again one that its proposer took back; its approvals are none."""
    floor = sheet.desk.vault.case_floor(new.case)
    try:
        known = await publishing.get(sheet, new.digest)
    except NotFound:
        await proposals.add(sheet.tx, sheet.desk.mac, sheet.desk.org, replace(new, changed=floor + 1), line)
        sheet.desk.vault.raise_case(sheet.tx, new.case, floor + 1)
        return await outside.send(sheet, new, line)
    if known.state == proposals.PUBLISHED or (known.state == proposals.OPEN and known.base == new.base):
        raise Conflict("notice_proposed", version=new.version)
    again = replace(known, base=new.base, made=new.made, approvals=(), state=proposals.OPEN)
    await publishing.change(sheet, again, line)
    return await outside.send(sheet, again, line)


async def approve(desk: Desk, actor: Actor, digest: str) -> int:
    """Approve a proposal by the digest (hex) of the bytes that were read; return how many approvals are missing.

    With the last one it is published, or waits as the version in force declares. Raises NotFound (no such bytes),
    Conflict (over, or overtaken), Refused (written down: no role that approves, or approved before), Tampered,
    BadNotice (a rule came since it was proposed).
    """

    async def act(sheet: Sheet) -> int:
        entitled(sheet, actor, "approve", {APPROVER})
        proposal = await _open(sheet, digest)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "approved a version of the notice"})
        line = await sheet.line("approve", promise=PROMISE, purpose="proof", answer="approved", told=[told],
                                notice=proposal.digest)  # fmt: skip
        return await publishing.approve(sheet, proposal, actor.person, line)

    return await desk.write(act)


async def take_back(desk: Desk, actor: Actor, digest: str) -> None:
    """Take back one's own approval of a proposal, or, without one, the proposal one made.

    Raises as ``approve``; Refused too for whoever did neither.
    """

    async def act(sheet: Sheet) -> None:
        steward(sheet, actor, "take_back", PROMISE)
        proposal = await _open(sheet, digest)
        if proposal.approved(actor.person):
            left = tuple((person, at) for person, at in proposal.approvals if person != actor.person)
            after = replace(proposal, approvals=left)
        elif proposal.person == actor.person:
            after = replace(proposal, approvals=(), state=proposals.WITHDRAWN)
        else:
            raise Refused("approved_by_others", PROMISE)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "took back a version of the notice"})
        line = await sheet.line("take_back", promise=PROMISE, purpose="proof", told=[told], notice=proposal.digest)
        await publishing.change(sheet, after, line)
        if after.state == proposals.WITHDRAWN:
            await outside.drop(sheet, after)

    await desk.write(act)


async def proposed(desk: Desk, actor: Actor) -> Sequence[Proposed]:
    """List the open proposals, for stewards. Raises Refused (written down), Tampered."""

    async def act(sheet: Sheet) -> Sequence[Proposed]:
        steward(sheet, actor, "propose", PROMISE)
        found = await proposals.running(sheet.tx, desk.mac, desk.org)
        read = [(await publishing.get(sheet, one.digest), load(one.source.encode()).declared) for one in found]
        return [await _told(sheet, one, new, actor) for one, new in read if new]

    return await desk.write(act)


async def _told(sheet: Sheet, one: Proposal, new: Notice, actor: Actor) -> Proposed:
    desk, rule = sheet.desk, sheet.desk.notice.notice.approvals
    found, approved = revision(desk.notice, new), await publishing.valid(sheet, one)
    last = publishing.complete(rule, approved)
    waits = desk.after(last, rule.wait) if last and rule.wait else 0
    return Proposed(
        digest=one.digest.hex(), version=one.version, new=new, made=one.made, found=found,
        approved=len(approved), needed=len(approved) + publishing.missing(rule, approved),
        mine=one.approved(actor.person), made_by_me=one.person == actor.person, waits=waits,
        held=publishing.holds(desk, new, found, waits or sheet.at),
    )  # fmt: skip


async def _open(sheet: Sheet, digest: str) -> Proposal:
    """Return a proposal that is open, by its digest (hex). Raises NotFound, Conflict, Tampered."""
    try:
        named = bytes.fromhex(digest)
    except ValueError:
        raise NotFound("proposal") from None
    proposal = await publishing.get(sheet, named)
    if proposal.state != proposals.OPEN:
        raise Conflict("notice_proposed", version=proposal.version)
    return proposal
