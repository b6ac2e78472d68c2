"""Room flows: a campaign goes to all whose state allows it: prefiltered by the predicate, decided one by one.

Order of durable steps: (1) confirmed: its row and line; (2) a few persons at a time are asked, queued, and the cursor
moved, in one transaction; (3) their letters leave, each asked again (``deliver``); (4) the sums are written down. A
crash between any two goes on where it stood, by the clock or by whoever waits for it; nobody is queued twice.

One step is a set act: one line with one leaf for each person.
"""

from collections import Counter
from dataclasses import dataclass, replace

import msgspec

from tepati.errors import NotFound, Refused, Tampered
from tepati.flows import post, texting
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Message, Notice
from tepati.notice.values import Duration
from tepati.registers import acceptances, campaigns, standings
from tepati.registers.campaigns import Campaign, Sending
from tepati.rules.facts import Use
from tepati.rules.standing import predicate

STEP = 200  # persons asked and queued, or letters taken back, in one transaction
STEPS = 10  # transactions of one campaign in one round of the clock: what else is due waits no longer than these
GIVE_UP = 6 * 86_400_000_000  # a letter given up is counted as such after so long; its seal ends a day later
SECOND = 1_000_000
MONTH = 31 * 86_400 * SECOND  # whom a campaign had is kept at least so long


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the persons of a campaign: queued; refused (or observed), though the prefilter let them by."""

    queued: int
    refused: int


def declared(desk: Desk, message: str) -> Message:
    """Return a message that the notice sends to many. Raises NotFound (none of that name), Refused (no way out)."""
    found = desk.notice.messages.get(message)
    if found is None or found.when is not None:
        raise NotFound("no_such_message", message=message)
    if not texting.may(desk, found.channel):
        raise Refused("channel_not_offered", f"messages.{message}")
    return found


def use_of(desk: Desk, name: str, said: Message) -> Use:
    """Say what a campaign asks of each person."""
    texts = texting.texted(said.channel)
    leads = texting.number_for(desk, said.for_) if texts else desk.policy.address_for(said.for_)
    return Use(act="send", purpose=said.for_, fields=said.fields | {leads}, at=0, role="system", channel=said.channel,
               message=name)  # fmt: skip


def may(sheet: Sheet, actor: Actor, said: Message) -> None:
    """Check that one of the actor's roles may send for the message's purpose. Raises Refused, which is written down."""
    sheet.asked = Use(act="send", purpose=said.for_, fields=frozenset(), at=sheet.at, role=actor.first,
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    roles = sheet.desk.notice.roles
    if not any(said.for_ in roles[r].for_ and "send" in roles[r].may for r in actor.roles if r in roles):
        raise Refused("role_may_not_send", f"roles.{actor.first}")


def window(said: Message) -> tuple[int, int]:
    """Say how many of a message one person may get, and in how many microseconds; (0, 0) where nothing limits it."""
    if said.limit is None:
        return 0, 0
    return said.limit.count, Duration(1, said.limit.per).rough_seconds() * SECOND


async def confirm(desk: Desk, actor: Actor, message: str, campaign: bytes) -> None:
    """Write down that a campaign is to go; confirmed twice is confirmed once. Raises NotFound, Refused."""
    said = declared(desk, message)

    async def act(sheet: Sheet) -> None:
        may(sheet, actor, said)
        if await campaigns.get(sheet.tx, desk.org, campaign):
            return
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "campaign confirmed", "message": message})
        line = await sheet.line(
            "campaign", promise=f"messages.{message}", purpose=said.for_, answer="asked", told=[told]
        )
        new = Campaign(actor.person, campaign, message, "", sheet.at, b"", 0, 0, 0, 0, 0)
        await campaigns.add(sheet.tx, desk.org, new, line)

    await desk.write(act)


async def advance(desk: Desk, campaign: Campaign, most: int = STEPS) -> bool:
    """Go on with a campaign for at most ``most`` transactions; True while persons or letters are left to look at."""
    for _ in range(most):
        if campaign.state in {campaigns.QUEUED, campaigns.OVER}:
            return False
        moved, bad = await desk.write(lambda sheet, at=campaign: _step(sheet, at))  # type: ignore[misc]
        if bad:
            await desk.alarm(bad)
        if moved is None:
            return False
        campaign = moved
    return campaign.state not in {campaigns.QUEUED, campaigns.OVER}


async def go_on(desk: Desk) -> int:
    """Go on with every campaign that is not over, and write down the sums of those that are; return how many moved."""
    alive = await desk.read(lambda sheet: campaigns.alive(sheet.tx, desk.org), single=True)
    for one in alive:
        await advance(desk, one)
        if one.state == campaigns.QUEUED:
            await desk.write(lambda sheet, one=one: _sum(sheet, one))  # type: ignore[misc]
    return len(alive)


def kept(notice: Notice) -> int:
    """Say for how many microseconds it is kept whom a campaign had: as long as a limit of the notice looks back."""
    return max([MONTH, *(window(said)[1] for said in notice.messages.values())])


async def _step(sheet: Sheet, known: Campaign) -> tuple[Campaign | None, Tampered | None]:
    """Move a campaign by one transaction, whoever else moves it: its row is locked and read again first."""
    campaign = await campaigns.locked(sheet.tx, known)
    if campaign is None or campaign.state not in {campaigns.RUNNING, campaigns.STOPPING}:
        return campaign, None
    if campaign.state == campaigns.STOPPING:
        return await _take_back(sheet, campaign), None
    if campaign.message not in sheet.desk.notice.messages:  # the version in force sends it no more
        stopped = replace(campaign, state=campaigns.STOPPING)
        await campaigns.move(sheet.tx, stopped, 0, 0)
        return stopped, None
    return await _queue_some(sheet, campaign)


async def _queue_some(sheet: Sheet, campaign: Campaign) -> tuple[Campaign, Tampered | None]:
    """Ask for each of a few persons; who does not verify is left out, returned to be alarmed, and holds up nobody."""
    desk = sheet.desk
    said = desk.notice.messages[campaign.message]
    use = use_of(desk, campaign.message, said)
    where, args = predicate(desk.policy, msgspec.structs.replace(use, at=sheet.at))
    persons = await standings.audience(sheet.tx, desk.org, where, args, campaign.cursor, STEP)
    told, counted, bad = list[bytes](), Counter[str](), None
    for person in persons:
        try:
            answer = await _asked(sheet, msgspec.structs.replace(use, person=person), said)
        except Tampered as tampered:
            bad = tampered
            continue
        counted[answer] += 1
        told += [person] if answer == "queued" else []
    sheet.asked = None
    if told:
        await _queue(sheet, campaign, use, told)
    for answer in ("observed", "refused"):
        if n := counted[answer]:
            await sheet.line("send", promise=f"messages.{use.message}", purpose=use.purpose, answer=answer, n=n)
    more = len(persons) == STEP
    moved = replace(
        campaign, cursor=persons[-1] if more else campaign.cursor, state=campaign.state if more else campaigns.QUEUED
    )
    await campaigns.move(sheet.tx, moved, len(told), counted["refused"] + counted["observed"])
    return moved, bad


async def _asked(sheet: Sheet, use: Use, said: Message) -> str:
    """Ask for one person: queued, observed or refused; gone when they were erased in this moment. Raises Tampered.

    The door's answer comes first, for it waits for other acts on this person: so of two campaigns at once the second
    sees whom the first had, and the limit holds.
    """
    try:
        permit = await sheet.ask(use)
    except Refused:
        return "refused"
    except NotFound:
        return "gone"
    if permit.observed:
        return "observed"
    most, length = window(said)
    had = await campaigns.had(sheet.tx, use.person, use.message, sheet.at - length) if most else 0
    return "refused" if most and had >= most else "queued"


async def _queue(sheet: Sheet, campaign: Campaign, use: Use, persons: list[bytes]) -> None:
    says = [sheet.to_person(p, {"at": sheet.at, "fields": sorted(use.fields), "message": use.message}) for p in persons]
    says.append(sheet.to_actor(campaign.person, {"at": sheet.at, "message": use.message}))
    line = await sheet.line(
        "send", promise=f"messages.{use.message}", purpose=use.purpose, answer="queued", told=says, n=len(persons)
    )
    for person in persons:
        language = await acceptances.language(sheet.tx, person)
        mail = await post.put(sheet, person, post.Letter(use.message, language, {}), line)
        had = Sending(person, campaign.campaign, use.message, mail, sheet.at)
        await campaigns.note(sheet.tx, sheet.desk.org, had, line)


async def _take_back(sheet: Sheet, campaign: Campaign) -> Campaign:
    """Take back letters that have not left; when none is left to take, the campaign is over."""
    org = sheet.desk.org
    if await campaigns.take_back(sheet.tx, org, campaign.campaign, sheet.at, STEP) < STEP:
        states = await campaigns.states(sheet.tx, org, campaign.campaign)
        if not states.get("open", 0):  # one that is being sent at this moment is waited for
            sent = states.get("sent", 0)
            await campaigns.finish(sheet.tx, campaign, sheet.at, sent, campaign.queued - sent)
            return replace(campaign, state=campaigns.OVER)
        return replace(campaign, state=campaigns.QUEUED)  # for this round: the row still says stopping
    return campaign


async def _sum(sheet: Sheet, known: Campaign) -> None:
    """Write down what became of a campaign whose letters have all left, or were given up long enough ago."""
    campaign = await campaigns.locked(sheet.tx, known)
    if campaign is None or campaign.state != campaigns.QUEUED:
        return
    states = await campaigns.states(sheet.tx, sheet.desk.org, campaign.campaign)
    waits = states.get("open", 0) + (states.get("failed", 0) if sheet.at < campaign.made + GIVE_UP else 0)
    if not waits:
        sent = states.get("sent", 0)
        await campaigns.finish(sheet.tx, campaign, sheet.at, sent, campaign.queued - sent)
