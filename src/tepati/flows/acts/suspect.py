"""Room flows: a member of staff who may opens a case about somebody: what is suspected, and which fields it opens.

Whoever suspects does not investigate: the case opens nothing to them (``rules.decide``), whatever roles they have. What
is suspected is sealed with the person; nothing of it stands in a register.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import reasons
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.inquiries import PARTY, Part, suspects
from tepati.flows.numbers import free
from tepati.flows.told import Says, Told
from tepati.registers import dealings
from tepati.rules.facts import Dealing, Use
from tepati.rules.types import clean

ACT = "suspect"
LONGEST = 500  # characters of a suspicion


@dataclass(frozen=True, slots=True)
class Suspicion:
    """About whom (an e-mail address, or a number of theirs), what is suspected, and the fields to open for it."""

    who: str
    text: str
    fields: frozenset[str]


async def suspect(desk: Desk, actor: Actor, said: Suspicion) -> str:
    """Open a case; return its number.

    Raises BadInput (no words, no fields, one of this person is open already), NotFound (nobody), Refused (written
    down: not a role that opens one, no undertaking).
    """
    text = " ".join(clean("text", said.text).split()) if said.text.strip() else ""
    faults = {"text": "missing"} if not text else {"text": "too_long"} if len(text) > LONGEST else {}

    async def act(sheet: Sheet) -> str:
        part = _may(sheet, actor)
        if not said.fields <= part.fields:
            raise Refused("field_not_seen", f"cases.{part.kind}")
        if wrong := {**faults, **({} if said.fields else {"fields": "missing"})}:
            raise BadInput("faulty_form", wrong)
        person = await _who(sheet, said.who.strip())
        facts, version = await sheet.facts(person)
        if any(one.kind == part.kind and not one.closed for one in facts.dealings.values()):
            raise BadInput("faulty_form", {"who": "case_runs"})
        case = sheet.new_id()
        number = await free(sheet, person, case)
        line = await _line(sheet, actor, (person, case.hex()), part, (text, said.fields))
        row = dealings.Dealing(person, case, part.kind, number, b"", sheet.at, 0, {}, b"")
        await dealings.add(sheet.tx, desk.org, row, line)
        made = Dealing(part.kind, sheet.at, by=actor.person.hex(), opens=tuple(sorted(said.fields)))
        await sheet.keep(person, replace(facts, dealings={**facts.dealings, case.hex(): made}), version)
        return number

    return await desk.write(act)


def _may(sheet: Sheet, actor: Actor) -> Part:
    """Say what the member may open a case of. Raises Refused."""
    part = suspects(sheet.desk, actor)
    role = part.role if part else next(iter(actor.roles), "none")
    sheet.asked = Use(act=ACT, purpose=part.purpose if part else "requests", fields=frozenset(), at=sheet.at, role=role,
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    if part is None:
        raise Refused("act_not_given", f"roles.{role}")
    return part


async def _who(sheet: Sheet, who: str) -> bytes:
    """Find the person. Raises NotFound: nobody, or nobody whose address was proven."""
    if "@" not in who:
        return (await reasons.numbered(sheet, who.upper()))[0]
    person = await sheet.find(sheet.desk.address, clean("email", who))
    if person is None or not (await sheet.facts(person))[0].joined:
        raise NotFound("nobody_found")
    return person


async def _line(
    sheet: Sheet, actor: Actor, of: tuple[bytes, str], part: Part, said: tuple[str, frozenset[str]]
) -> bytes:  # fmt: skip
    text, fields = said
    says: Says = {"at": sheet.at, "role": part.role, "dealing": of[1], "fields": sorted(fields), "effect": "suspected"}
    told = [
        sheet.to_person(of[0], says),
        Told(of[0], PARTY, {"at": sheet.at, "reason": text}, sheet.desk.policy.access_due(sheet.at)),
        sheet.to_actor(actor.person, {"at": sheet.at, "role": part.role, "reason": text}),
    ]
    return await sheet.line(ACT, promise=f"cases.{part.kind}", purpose=part.purpose, answer="opened", told=told)
