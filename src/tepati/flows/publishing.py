"""Room flows: a version is published by the version in force: its approvals, its lead time, its way of telling.

Order of durable steps: (1) proposed: the exact bytes, beside the digest of the version in force; (2) approved, each
time bound to those bytes; (3) with the last approval, or after the declared wait, published: text, instant, news, and
the duty to take over, in one transaction; (4) letters leave (``announcing``); (5) it takes over at its instant.
Whatever the new file says of approvals and times counts from (5) on, for the version after it.
"""

import datetime as dt
from dataclasses import replace

from tepati.errors import Conflict, NotFound, Refused
from tepati.flows import members, sheets
from tepati.flows.desk import Desk, Sheet
from tepati.notice import speech
from tepati.notice.load import load
from tepati.notice.model import Approvals as Rule
from tepati.notice.model import Notice
from tepati.notice.revision import Revision, revision
from tepati.notice.values import Text
from tepati.notice.words import words
from tepati.registers import duties, news, notices, proposals, tellings
from tepati.registers.duties import Duty
from tepati.registers.news import News
from tepati.registers.notices import Published
from tepati.registers.outbox import NOBODY
from tepati.registers.proposals import Approvals, Proposal
from tepati.rules.calendar import calendar, midnight_after

PROMISE = "notice.approvals"
APPROVER = "approve_notice"
OUTSIDE = bytes(16)  # who approves from outside, among those who approved: nobody of staff has this id
WAITED, TAKE_OVER = "publish", "take_over"  # kinds of duties


async def in_force(sheet: Sheet) -> Published:
    """Return the version in force, which is the one this desk runs. Raises NotFound (none yet), Conflict, Tampered."""
    found = await notices.current(sheet.tx, sheet.desk.mac, sheet.desk.org, sheet.at)
    if found is None:
        raise NotFound("notice_none")
    if found.digest != sheet.desk.digest:
        raise Conflict("notice_moved_on", version=found.version)
    return found


async def get(sheet: Sheet, digest: bytes) -> Proposal:
    """Return a proposal as it is believed. Raises NotFound, Tampered."""
    floor = sheet.desk.vault.case_floor(proposals.case(digest))
    return await proposals.get(sheet.tx, sheet.desk.mac, sheet.desk.org, digest, floor)


async def change(sheet: Sheet, proposal: Proposal, line: bytes) -> None:
    """Write a proposal; no older row of it is believed from now on. Raises Conflict."""
    changed = await proposals.change(sheet.tx, sheet.desk.mac, sheet.desk.org, proposal, line)
    sheet.desk.vault.raise_case(sheet.tx, proposal.case, changed)


async def valid(sheet: Sheet, proposal: Proposal) -> Approvals:
    """List the approvals of those who are there and may approve now: an approval ends with its giver's role."""
    roles, kept = sheet.desk.notice.roles, []
    for person, at in proposal.approvals:
        if person == OUTSIDE:
            kept += [(person, at)] if sheet.desk.notice.notice.approvals.outside else []
            continue
        try:
            member = await members.present(sheet, person, members.floor(sheet.desk, person))
        except NotFound:
            continue
        if any(APPROVER in roles[role].may for role in member.roles if role in roles):
            kept.append((person, at))
    return tuple(kept)


def missing(rule: Rule, approved: Approvals) -> int:
    """Count the approvals that are missing; where somebody from outside must approve, one of the declared is theirs."""
    outside = any(person == OUTSIDE for person, _ in approved)
    if not rule.outside:
        return max(0, rule.people - len(approved))
    return max(0, rule.people - 1 - (len(approved) - outside)) + (not outside)


def complete(rule: Rule, approved: Approvals) -> int:
    """Give the instant of the approval with which none was missing any more, 0 before."""
    first = sorted(approved, key=lambda one: one[1])
    enough = (first[n - 1][1] for n in range(1, len(first) + 1) if not missing(rule, tuple(first[:n])))
    return next(enough, 0)


async def fits(sheet: Sheet, version: int) -> None:
    """Check that a version may follow now. Raises Conflict: not newer, or one is published and not in force yet."""
    newest = await notices.newest(sheet.tx, sheet.desk.mac, sheet.desk.org)
    if newest and newest.effective > sheet.at:
        raise Conflict("notice_coming", version=newest.version)
    if newest and newest.version >= version:
        raise Conflict("notice_not_newer", version=version)


async def approve(sheet: Sheet, proposal: Proposal, who: bytes, line: bytes) -> int:
    """Add an approval; with the last one publish, or wait as declared. Return how many are missing.

    Raises Conflict (overtaken, not newer, another comes), Refused (approved before), BadNotice (a rule came since).
    """
    desk, rule = sheet.desk, sheet.desk.notice.notice.approvals
    new = load(proposal.source.encode(), laws=desk.laws).sound()
    await fits(sheet, proposal.version)
    if proposal.base != (await in_force(sheet)).digest:
        raise Conflict("notice_overtaken")
    if proposal.approved(who):
        raise Refused("approved_twice", PROMISE)
    approved = (*await valid(sheet, proposal), (who, sheet.at))
    left = missing(rule, approved)
    if left or rule.wait:
        await change(sheet, replace(proposal, approvals=approved), line)
    if not left and rule.wait:
        at = desk.after(sheet.at, rule.wait)
        await duties.add(sheet.tx, desk.org, Duty(NOBODY, sheet.new_id(), WAITED, at, proposal.digest.hex()), line)
    elif not left:
        await publish(sheet, proposal, new, approved)
    return left


async def due(desk: Desk, duty: Duty) -> None:
    """Publish what was approved and has waited; nothing where an approval is void, or a rule objects, meanwhile."""

    async def act(sheet: Sheet) -> None:
        await duties.done(sheet.tx, duty)
        proposal = await get(sheet, bytes.fromhex(duty.about))
        newest = await notices.newest(sheet.tx, desk.mac, desk.org)
        if newest and (newest.effective > sheet.at or newest.version >= proposal.version):
            return  # another was published meanwhile: this one was never compared with it
        base, rule = await in_force(sheet), desk.notice.notice.approvals
        approved = await valid(sheet, proposal)
        waited = tuple(one for one in approved if desk.after(one[1], rule.wait) <= sheet.at)
        stands = proposal.state == proposals.OPEN and proposal.base == base.digest
        new = load(proposal.source.encode(), laws=desk.laws).notice
        if stands and not missing(rule, waited) and new:
            await publish(sheet, proposal, new, approved)

    await desk.write(act)


async def publish(sheet: Sheet, proposal: Proposal, new: Notice, approved: Approvals) -> Published:
    """Publish an approved proposal, alone. Raises Conflict (overtaken), Tampered."""
    desk, tx = sheet.desk, sheet.tx
    await notices.alone(tx, desk.org, desk.digest)
    newest = await notices.newest(tx, desk.mac, desk.org)
    if newest and newest.digest != desk.digest:
        raise Conflict("notice_coming", version=newest.version)
    found, said = revision(desk.notice, new), desk.notice.notice
    effective = holds(desk, new, found, sheet.at)
    line = await sheet.line("publish", promise="notice.page", purpose="proof", answer="published",
                            notice=proposal.digest)  # fmt: skip
    version = Published(proposal.digest, proposal.version, proposal.source, effective, sheet.at)
    await notices.publish(tx, desk.mac, desk.org, version, line)
    await change(sheet, replace(proposal, approvals=approved, state=proposals.PUBLISHED), line)
    await sheets.keep(sheet, new, proposal.digest)
    told = await sheet.line("announce", promise="notice.announce", purpose="proof", answer="on_the_site",
                            notice=proposal.digest)  # fmt: skip
    await news.add(tx, desk.org, _news(sheet, version, said.version), told)
    by_mail = "email" in found.announce.by
    state = tellings.RUNNING if by_mail else tellings.TOLD
    await tellings.add(tx, desk.org, tellings.Telling(proposal.digest, state), told)
    duty = Duty(NOBODY, sheet.new_id(), TAKE_OVER, effective, proposal.digest.hex())
    await duties.add(tx, desk.org, duty, line)
    return version


def holds(desk: Desk, new: Notice, found: Revision, announced: int) -> int:
    """Give the instant from which a version holds: the day it declares, and never less than the declared time ahead."""
    declared = midnight_after(new.notice.effective - dt.timedelta(days=1), calendar(desk.notice))
    return max(declared, desk.after(announced, found.announce.before))


def _news(sheet: Sheet, version: Published, old: int) -> News:
    """Say on the site that a version comes, from when, and where to read what changes."""
    desk, tz = sheet.desk, sheet.desk.notice.organisation.timezone
    said = {}
    for lang in ("id", "en"):
        fills: dict[str, str | int] = {
            "new": version.version, "old": old, "when": speech.instant(version.effective, tz, lang),
            "changes": desk.url("changes", lang, str(version.version)), "centre": desk.url("centre", lang, ""),
        }  # fmt: skip
        told = words(lang, "site", desk.notice.organisation.form_of_address)
        said[lang] = told.say("announced.title", **fills), told.say("announced.text", **fills)
    title, text = (Text(said["id"][part], said["en"][part]) for part in (0, 1))
    return News(news.name(desk.mac, desk.org, sheet.at, title, text), sheet.at, title, text)


async def take_over(desk: Desk, duty: Duty) -> None:
    """Write down that a version is in force from now on; each server looks at the clock itself (``history.ruling``)."""

    async def act(sheet: Sheet) -> None:
        await duties.done(sheet.tx, duty)
        await sheet.line("take_over", promise="notice.page", purpose="proof", answer="in_force",
                         notice=bytes.fromhex(duty.about))  # fmt: skip

    await desk.write(act)
