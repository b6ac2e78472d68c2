"""Room flows: the cleaner opens the link to a visit, once, in its window, and reads where to go: a line."""

from dataclasses import dataclass

from tepati.errors import Expired, NotFound
from tepati.flows import ending, members, tickets
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import in_words, opened
from tepati.flows.sight import seen
from tepati.flows.tickets import Ticket
from tepati.registers import sessions
from tepati.rules.facts import Use


@dataclass(frozen=True, slots=True)
class Place:
    """What the role sees of a visit: field paths to values, chosen options in words; the line that says so."""

    values: dict[str, str]
    promise: str
    line: str


async def knock(desk: Desk, token: str, browser: str) -> Ticket:
    """Say what a link is for this browser, opening nothing. Raises NotFound, Tampered."""
    return (await desk.read(lambda sheet: tickets.read(sheet, token, browser)))[0]


async def arrive(desk: Desk, token: str, browser: str) -> Ticket:
    """Open the link by its button: from now on it is this browser's. Raises NotFound, Expired (not now, or used)."""
    floor = members.floor(desk, (await knock(desk, token, browser)).staff)

    async def act(sheet: Sheet) -> Ticket:
        found, link = await tickets.read(sheet, token, browser)
        actor = await _actor(sheet, found, floor)
        _, purpose = tickets.role_of(desk, actor.roles)
        if found.state == "open":
            return found
        if found.state != "ready" or not await ending.use(sheet, link):
            raise Expired("visit_link")
        told = [sheet.to_actor(actor.person, {"at": sheet.at, "effect": "visit link opened"})]
        line = await sheet.line("arrive", promise=_promise(desk, actor), purpose=purpose, told=told)
        bound = tickets.secret(sheet, token, browser)
        session = sessions.Session(link.person, bound, tickets.KIND, sheet.at, found.closes)
        await sessions.add(sheet.tx, desk.mac, desk.org, session, line)
        return found

    return await desk.write(act)


async def place(desk: Desk, token: str, browser: str, language: str) -> Place:
    """Show the visit to the browser that opened its link. Raises NotFound, Expired, Refused (written down)."""
    floor = members.floor(desk, (await knock(desk, token, browser)).staff)

    async def act(sheet: Sheet) -> Place:
        found, _ = await tickets.read(sheet, token, browser)
        actor = await _actor(sheet, found, floor)
        if found.state != "open":
            raise Expired("visit_link")
        facts, _ = await sheet.facts(found.person)
        role, purpose = tickets.role_of(desk, actor.roles)
        fields = desk.policy.aims[purpose].seats[role].fields
        use = Use(act="look", purpose=purpose, fields=fields, at=0, role=role, actor=actor.person.hex(),
                  dealing=found.visit, record=facts.dealings[found.visit].part, person=found.person)  # fmt: skip
        permit = await sheet.ask(use, facts)
        values = {} if permit.observed else await opened(sheet, permit, facts)
        line = await seen(sheet, use, permit)
        return Place(in_words(desk.notice, values, language), permit.promise, line.hex())

    return await desk.write(act)


async def _actor(sheet: Sheet, found: Ticket, floor: int) -> Actor:
    """Check who the link belongs to: present, of the crew, bound by the undertaking. Raises Expired, Refused."""
    try:
        member = await members.present(sheet, found.staff, floor)
    except NotFound:
        raise Expired("visit_link") from None
    actor = Actor(member.person, member.roles, member.undertaken)
    role, purpose = tickets.role_of(sheet.desk, actor.roles)
    sheet.asked = Use(act="look", purpose=purpose, fields=frozenset(), at=sheet.at, role=role,
                      actor=actor.person.hex(), person=found.person)  # fmt: skip
    actor.bound(sheet.at)
    if found.state == "gone":
        raise Expired("visit_link")
    return actor


def _promise(desk: Desk, actor: Actor) -> str:
    return f"roles.{tickets.role_of(desk, actor.roles)[0]}"
