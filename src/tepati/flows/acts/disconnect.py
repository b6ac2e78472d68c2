"""Room flows: which accounts of sign-in providers lead to a person, who takes one away with all that it brought."""

from dataclasses import dataclass

from tepati.errors import NotFound, Refused
from tepati.flows import connecting, ending
from tepati.flows.desk import Desk, Sheet
from tepati.flows.rewriting import cut
from tepati.flows.shredding import shredded
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.flows.ways import way
from tepati.rules.aims import Fields
from tepati.rules.facts import Facts

PROMISE = "security.own_account"


@dataclass(frozen=True, slots=True)
class Connected:
    """One account: the recipient's name in the notice, since when; ``last``: it is the only way in."""

    name: str
    since: int
    last: bool


async def connected(desk: Desk, who: Visitor) -> list[Connected]:
    """List the accounts that lead to whoever came in. Raises NotFound, Tampered."""

    async def look(sheet: Sheet) -> list[Connected]:
        facts, _ = await sheet.facts(who.person)
        return [Connected(one.provider, one.made, _last(facts)) for one in await connecting.of(sheet, who.person)]

    return await desk.read(look)


async def disconnect(desk: Desk, who: Visitor, name: str) -> None:
    """Take the account of a provider away, what it told with it, and every other session. Raises NotFound, Refused."""
    who.proven(PROMISE)

    async def act(sheet: Sheet) -> None:
        facts, version = await sheet.facts(who.person)
        mine = [one for one in await connecting.of(sheet, who.person) if one.provider == name]
        if not mine:
            raise NotFound("page")
        if _last(facts):
            raise Refused("sign_in_last", PROMISE)
        says: Says = {"at": sheet.at, "role": "person", "effect": "provider disconnected", "recipient": name}
        told = sheet.to_person(who.person, says)
        line = await sheet.line("guard", promise=PROMISE, purpose="proof", answer="ended", told=[told])
        for one in mine:
            await ending.connection(sheet, one)
        brought = _brought(desk, facts, name)
        left = await cut(sheet, who.person, facts, brought)
        if brought:
            await shredded(sheet, line)
        await sheet.keep(who.person, left, version)
        await ending.all_sessions(sheet, who.person, but=who.session)

    await desk.write(act)


def _last(facts: Facts) -> bool:
    """Say whether nobody proved an address of theirs: no letter would lead them in."""
    return not facts.joined


def _brought(desk: Desk, facts: Facts, name: str) -> dict[str, Fields]:
    found = way(desk.notice, name)
    if found is None:
        return {}
    fields = desk.notice.points[found.point].collects
    return {record: fields for record, row in facts.rows.items() if row.point == found.point}
