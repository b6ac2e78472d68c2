"""Room flows: how campaigns stand: queued, left, refused, waiting. Counts only; few people are told as few."""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.campaigns import may
from tepati.flows.coarse import few
from tepati.flows.desk import Desk, Sheet
from tepati.registers import campaigns
from tepati.registers.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Progress:
    """One campaign: its state, since when, and its figures (-1: few). ``over`` is an instant, 0 while it goes on.

    ``unsent`` were refused when they were to leave, taken back, or given up; ``by_me``: the asker confirmed it.
    """

    campaign: str
    message: str
    state: str
    made: int
    over: int
    queued: int
    refused: int
    sent: int
    waiting: int
    unsent: int
    by_me: bool


async def progress(desk: Desk, actor: Actor, campaign: bytes) -> Progress:
    """Return how a campaign stands. Raises NotFound, Refused (this member of staff may not send it)."""

    async def look(sheet: Sheet) -> Progress:
        found = await campaigns.get(sheet.tx, desk.org, campaign)
        if found is None:
            raise NotFound("no_such_campaign")
        may(sheet, actor, desk.notice.messages[found.message])
        return await _figures(sheet, actor, found)

    return await desk.write(look)


async def overview(desk: Desk, actor: Actor) -> list[Progress]:
    """List the newest campaigns of the messages that the actor may send, newest first."""

    async def look(sheet: Sheet) -> list[Progress]:
        roles = [desk.notice.roles[role] for role in actor.roles if role in desk.notice.roles]
        mine = {purpose for role in roles if "send" in role.may for purpose in role.for_}
        found = await campaigns.listed(sheet.tx, desk.org)
        return [await _figures(sheet, actor, one) for one in found if desk.notice.messages[one.message].for_ in mine]

    return await desk.read(look)


async def _figures(sheet: Sheet, actor: Actor, one: Campaign) -> Progress:
    least = sheet.desk.notice.statistics.smallest_group
    states = {} if one.over else await campaigns.states(sheet.tx, sheet.desk.org, one.campaign)
    waiting = states.get("open", 0)
    sent = one.sent if one.over else states.get("sent", 0)
    unsent = one.unsent if one.over else one.queued - sent - waiting
    return Progress(
        one.campaign.hex(), one.message, one.state, one.made, one.over, few(one.queued, least),
        few(one.refused, least), few(sent, least), few(waiting, least), few(unsent, least),
        one.person == actor.person,
    )  # fmt: skip
