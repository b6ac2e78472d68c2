"""Room flows: a person looks over what they said and asked: consents, objections, restrictions, requests, devices."""

from dataclasses import dataclass

from tepati.errors import Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.flows.visitors import Visitor
from tepati.registers import consents, devices, requests, sessions
from tepati.registers.consents import Current, Event
from tepati.registers.devices import Device
from tepati.registers.requests import Request
from tepati.registers.sessions import Session
from tepati.rules.reached import outgrown

__all__ = ["Event", "Request", "Reviewed", "review"]  # surfaces know registers' rows by these names only


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What stands in the registers of one person, and in the facts that the door obeys."""

    current: dict[str, Current]
    history: list[Event]
    consents: dict[str, int]
    objected: tuple[str, ...]
    restricted: tuple[str, ...]
    requests: list[Request]
    devices: list[Device]
    sessions: list[Session]
    joined: bool
    again: frozenset[str] = frozenset()  # questions that were widened since their yes


async def review(desk: Desk, who: Visitor) -> Reviewed:
    """Read the registers of whoever came in. Raises NotFound, Tampered."""

    async def look(sheet: Sheet) -> Reviewed:
        facts, _ = await sheet.facts(who.person)
        tx, person = sheet.tx, who.person
        given = {question: until for question, until in facts.consents.items() if until > sheet.at}
        return Reviewed(
            current={one.question: one for one in await consents.of_person(tx, person)},
            history=await consents.history(tx, person),
            consents=given,
            objected=facts.objected,
            restricted=facts.restricted,
            requests=await requests.of_person(tx, person),
            devices=await devices.of(tx, desk.mac, desk.org, person, sheet.at),
            sessions=[one for one in await sessions.of(tx, person, sheet.at) if one.kind == "person"],
            joined=facts.joined,
            again=frozenset(q for aim in desk.policy.aims.values() for q in outgrown(aim, facts)) & given.keys(),
        )

    try:
        return await desk.read(look)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise
