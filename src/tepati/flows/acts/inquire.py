"""Room flows: a case about somebody is read and closed by who investigates it; its person is told at the declared time.

What the case lets open is opened by ``look``, under the case's number: no look without one. Closing puts the letter
into the outbox, due when the notice says (``cases.<c>.tell``).
"""

from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from tepati.errors import NotFound, Refused
from tepati.flows import reasons, visits
from tepati.flows.actor import Actor, Says
from tepati.flows.desk import Desk, Sheet
from tepati.flows.inquiries import PARTY, Part, investigates, tell, told_at
from tepati.flows.numbers import dealing_of
from tepati.flows.sight import held
from tepati.ledger import openings
from tepati.registers import dealings
from tepati.registers.dealings import Dealing as Listed
from tepati.rules.facts import Dealing, Facts, Use

MOST = 200
Outcome = Literal["founded", "unfounded"]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A case: its number, when it opened and closed (0: open), what it lets open, how its reason stands.

    ``suspicion`` is "" in lists, and once it is closed; ``told``: when its person is told, 0 while it is open.
    """

    number: str
    opened: int
    closed: int
    fields: tuple[str, ...]
    reason: reasons.Stands
    told: int = 0
    suspicion: str = ""
    there: frozenset[str] = frozenset()  # of the fields, those that are held of this person


async def inquiries(desk: Desk, actor: Actor) -> list[Inquiry]:
    """List the open cases, the oldest first, and the newest closed. Raises Refused (written down)."""

    async def act(sheet: Sheet) -> list[Inquiry]:
        part = _may(sheet, actor)
        found = await dealings.work_of(sheet.tx, desk.org, part.kind, MOST)
        found += await dealings.closed_of(sheet.tx, desk.org, part.kind, MOST // 10)
        known = [(one, await desk.vault.facts(sheet.tx, one.person)) for one in found]
        return [_told(sheet, actor, one, facts[0]) for one, facts in known if facts]

    return await desk.write(act)


async def inquire(desk: Desk, actor: Actor, number: str) -> Inquiry:
    """Show one case, with what is suspected while it is open: a line. Raises NotFound, Refused, Tampered."""

    async def act(sheet: Sheet) -> Inquiry:
        part = _may(sheet, actor)
        found, facts = await _found(sheet, part, number)
        told = _told(sheet, actor, found, facts)
        if told.closed or told.reason == "own":
            return told
        use = _use(actor, part, found, "read")
        permit = await sheet.ask(use, facts)
        line = await dealings.line_of(sheet.tx, found.person, found.dealing)
        payload = openings.unpack(await desk.vault.open_opening(sheet.tx, permit, line, PARTY)).payload
        await sheet.line("read", promise=permit.promise, purpose=part.purpose, answer="allowed",
                         told=sheet.told_of(use, known=True))  # fmt: skip
        return replace(told, suspicion=msgspec.json.decode(payload, type=Says).reason,
                       there=frozenset(told.fields) & held(sheet, facts))  # fmt: skip

    return await desk.write(act)


async def close_inquiry(desk: Desk, actor: Actor, number: str, outcome: Outcome) -> int:
    """Close a case with its outcome; return when its person is told. Raises NotFound, Refused (written down)."""

    async def act(sheet: Sheet) -> int:
        part = _may(sheet, actor)
        found, facts = await _found(sheet, part, number)
        use = _use(actor, part, found, "close")
        await sheet.ask(use, facts)
        told = sheet.told_of(use, known=True, reason=outcome)
        told[0] = msgspec.structs.replace(told[0], says={**told[0].says, "effect": outcome})
        promise = f"cases.{part.kind}.tell" if desk.notice.cases[part.kind].tell else f"cases.{part.kind}"
        line = await sheet.line("close", promise=promise, purpose=part.purpose, answer=outcome, told=told)
        name = found.dealing.hex()
        over = msgspec.structs.replace(facts.dealings[name], closed=sheet.at)
        _, version = await sheet.facts(found.person)
        await visits.write(sheet, found.person, facts, version, {name: over})
        return await tell(sheet, found, over, facts, line)

    return await desk.write(act)


def _may(sheet: Sheet, actor: Actor) -> Part:
    part = investigates(sheet.desk, actor)
    role = part.role if part else next(iter(actor.roles), "none")
    sheet.asked = Use(act="read", purpose=part.purpose if part else "requests", fields=frozenset(), at=sheet.at,
                      role=role, actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    if part is None:
        raise Refused("act_not_given", f"roles.{role}")
    return part


async def _found(sheet: Sheet, part: Part, number: str) -> tuple[Listed, Facts]:
    found = await dealing_of(sheet, number)
    if found is None or found.kind != part.kind:
        raise NotFound("no_such_number")
    facts, _ = await sheet.facts(found.person)
    if found.dealing.hex() not in facts.dealings:
        raise NotFound("no_such_number")
    return found, facts


def _use(actor: Actor, part: Part, found: Listed, act: str) -> Use:
    return Use(
        act=act, purpose=part.purpose, fields=frozenset(), at=0, role=part.role, actor=actor.person.hex(),
        dealing=found.dealing.hex(), person=found.person,
    )  # fmt: skip


def _told(sheet: Sheet, actor: Actor, found: Listed, facts: Facts) -> Inquiry:
    case = found.dealing.hex()
    known = facts.dealings.get(case, Dealing(found.kind, found.opened, found.closed))
    return Inquiry(found.number, known.opened, known.closed, known.opens, reasons.stands(facts, case, actor),
                   told_at(sheet.desk, known.kind, known.closed))  # fmt: skip
