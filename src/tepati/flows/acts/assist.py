"""Room flows: somebody asks to be helped in a way that suits them (UU PDP Art. 26): a request with number and clock.

Nobody says why they ask. What they chose and wrote lies in an opening of its own beside the line, is read by who
serves the request while its clock runs, and ends soon after that clock.
"""

from typing import Literal

import msgspec

from tepati.errors import BadInput, NotFound
from tepati.flows import reasons, rights
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.handling import regarded, wrote
from tepati.flows.rights import ASSISTANCE, Answer, Behalf, By
from tepati.flows.told import Told
from tepati.ledger import openings
from tepati.notice.words import words
from tepati.registers import acceptances
from tepati.rules.types import clean

PARTY = "help"  # whose opening of the request's line says what was asked for
KEEP = 14 * 86_400_000_000  # microseconds that it outlives the clock
PROMISE = f"rights.{ASSISTANCE}"
AGREED = ("self", "guardian")  # by whom the use of these words was agreed to (Art. 26 (3))


class Need(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody asked for: declared ways, own words for how to reach them, a helper where they named one."""

    agreed: Literal["self", "guardian"]
    ways: tuple[str, ...] = ()
    words: str = ""
    helper: str = ""


def needed(desk: Desk, ways: tuple[str, ...], said: str, helper: str, agreed: str) -> Need:
    """Make a need of what was typed. Raises BadInput (nothing asked for, no way of the notice, nobody agreed)."""
    known = rights.declared(desk, ASSISTANCE).ways
    faults = {"ways": "not_an_option"} if set(ways) - set(known) else {}
    if agreed not in AGREED:
        faults["agreed"] = "missing"
    texts = dict[str, str]()
    for name, raw in {"words": said, "helper": helper}.items():
        try:
            texts[name] = clean("text" if name == "words" else "name", raw) if raw.strip() else ""
        except BadInput as bad:
            faults[name] = bad.code
    if not ways and not said.strip():
        faults["words"] = "missing"
    if faults:
        raise BadInput("faulty_form", faults)
    who: Literal["self", "guardian"] = "guardian" if agreed == "guardian" else "self"
    return Need(who, tuple(way for way in known if way in ways), texts["words"], texts["helper"])


async def assist(desk: Desk, by: By, need: Need) -> Answer:
    """Write the request down; its clock runs until it is answered, and asked again while it runs it is the first one.

    Raises BadInput (a right that the notice does not give), NotFound, Refused (channel, role).
    """
    if ASSISTANCE not in desk.notice.rights:
        raise BadInput("faulty_form", {"right": "not_an_option"})

    async def act(sheet: Sheet) -> Answer:
        one = await rights.asked(sheet, by, ASSISTANCE, "answer")
        if one.running:
            return Answer(one.number, one.running.received, one.running.due, 0, b"")
        until = rights.due(desk, ASSISTANCE, sheet.at, one.facts)
        beside = Told(one.person, PARTY, msgspec.to_builtins(need), until + KEEP)
        line = await rights.line_of(sheet, one, "request", PROMISE, "received", {"effect": ASSISTANCE}, beside=beside)
        answer = await rights.waits(sheet, one, line)
        language = await acceptances.language(sheet.tx, one.person)
        if isinstance(by, Behalf):
            mine = await reasons.link(sheet, (one.person, one.request.hex()), one.facts, language, line)
            kind = words(language, "centre").say(f"kind.{ASSISTANCE}")
            due = str(answer.due)
            await rights.tell(sheet, one, "received", line, language=language, asked_for=kind, due=due, mine=mine)
        else:
            await rights.tell(sheet, one, "assisted", line, language=language, due=str(answer.due))
        return answer

    return await desk.write(act)


async def read(desk: Desk, actor: Actor, number: str) -> Need | None:
    """Open what a running request asks for: a look with its line; None once those words have ended.

    Raises NotFound (none of that kind), Refused (role; it is over; a reason of one's own).
    """

    async def act(sheet: Sheet) -> Need | None:
        found, use, permit = await regarded(sheet, actor, number, ASSISTANCE)
        try:
            raw = await desk.vault.open_opening(sheet.tx, permit, found.line, PARTY)
        except NotFound:
            return None
        await wrote(sheet, use, permit, ASSISTANCE)
        return msgspec.json.decode(openings.unpack(raw).payload, type=Need)

    return await desk.write(act)
