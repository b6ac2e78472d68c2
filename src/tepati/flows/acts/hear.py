"""Room flows: who answers a case reads it: what its writer sent along, and every message in order. A look, one line.

The door opens it while the case is open, and no longer: the reason is the case itself.
"""

from dataclasses import dataclass

from tepati.flows import threads
from tepati.flows.actor import Actor
from tepati.flows.answering import may, of, sees
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.flows.opening import opened
from tepati.flows.sight import held, seen
from tepati.flows.threads import ANSWER, Message
from tepati.registers import decoys
from tepati.rules.facts import Use


@dataclass(frozen=True, slots=True)
class Heard:
    """What was opened: the fields beside the messages, the messages, by which role, and what allowed it."""

    values: dict[str, str]
    messages: tuple[Message, ...]
    role: str
    promise: str


async def hear(desk: Desk, actor: Actor, number: str) -> Heard:
    """Open a case for who answers it. Raises NotFound, Refused (written down; the person can read it)."""

    async def act(sheet: Sheet) -> Heard:
        known = may(sheet, actor)
        found, how = of(known, await dealing_of(sheet, number))
        facts, _ = await sheet.facts(found.person)
        case = found.dealing.hex()
        role = desk.notice.roles[how.role]
        said = threads.fields(desk.notice, facts, case)
        fields = (sees(desk.notice, how) & held(sheet, facts)) | (said & {ANSWER} & role.sees)
        use = Use(
            act="look", purpose=how.purpose, fields=fields, at=0, role=how.role, actor=actor.person.hex(),
            dealing=case, person=found.person,
        )  # fmt: skip
        permit = await sheet.ask(use, facts)
        await decoys.ask(sheet.tx, found.person)
        await desk.vault.sealing(sheet.tx, (found.person, actor.person))
        values = {} if permit.observed else await opened(sheet, permit, facts)
        messages = () if permit.observed else tuple(await threads.read(sheet, permit, facts, case))
        await desk.vault.ready(sheet.tx, (found.person, actor.person))
        await seen(sheet, use, permit)
        return Heard({p: v for p, v in values.items() if p not in said}, messages, how.role, permit.promise)

    return await desk.write(act)
