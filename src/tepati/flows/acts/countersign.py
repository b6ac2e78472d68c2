"""Room flows: a second member of staff confirms a reason that a colleague made alone; then it holds for both."""

from tepati.errors import NotFound, Refused
from tepati.flows import inquiries, reasons
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.rules.facts import Use


async def countersign(desk: Desk, actor: Actor, number: str) -> str:
    """Confirm the case or request of a number; return its kind. Confirmed already, nothing happens.

    Raises NotFound, Refused (written down: who made it, a role without a part in it, no undertaking).
    """

    async def act(sheet: Sheet) -> str:
        use = Use(act="confirm", purpose="requests", fields=frozenset(), at=sheet.at,
                  role=next(iter(actor.roles), "none"), actor=actor.person.hex())  # fmt: skip
        sheet.asked = use
        actor.bound(sheet.at)
        person, case = await reasons.numbered(sheet, number)
        facts, version = await sheet.facts(person)
        known = facts.dealings.get(case)
        if known is None or known.closed:
            raise NotFound("no_such_number")
        role = reasons.second(desk, actor, known.kind)
        if known.kind in inquiries.kinds(desk.notice):
            raise Refused("act_not_given", f"roles.{role}")  # whoever suspects does not investigate, confirmed or not
        if known.by == actor.person.hex():
            raise Refused("reason_own", f"roles.{role}")
        if known.by:
            told = [
                sheet.to_person(person, {"at": sheet.at, "role": role, "dealing": case, "effect": "countersigned"}),
                sheet.to_actor(actor.person, {"at": sheet.at, "role": role, "reason": "second"}),
            ]
            await sheet.line("confirm", promise=f"roles.{role}", purpose="requests", answer="second", told=told)
            await sheet.keep(person, reasons.confirmed(facts, case), version)
        return known.kind

    return await desk.write(act)
