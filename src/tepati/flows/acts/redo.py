"""Room flows: after a restore, what was done since the backup and can be done again is done, and the rest is asked for.

A yes taken back since released fields that the backup still had: they go again. What was corrected since is wrong
again, and nobody here knows the right value any more: a request with a clock waits in the queue for each such person.
"""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from tepati.errors import NotFound, Tampered
from tepati.flows import rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of
from tepati.flows.rewriting import cut
from tepati.flows.rights import Asked
from tepati.flows.shredding import shredded
from tepati.flows.told import Says
from tepati.registers import requests
from tepati.rules.facts import Use
from tepati.rules.needs import released

CHANNEL, RIGHT = "restore", "correction"


async def redo(desk: Desk) -> int:
    """Do it once after a restore; return for how many persons something was done or asked. Safe to stop anywhere."""
    at = await desk.read(lambda sheet: desk.vault.redo_since(sheet.tx), single=True)
    if not at:
        return 0
    found, done = desk.vault.redo(at), 0
    for person, questions in found.withdrawn.items():
        done += await _each(desk, partial(_release, person=person, questions=questions))
    for person, fields in found.corrected.items():
        done += await _each(desk, partial(_ask, person=person, fields=fields))
    await desk.write(lambda sheet: desk.vault.redone(sheet.tx))
    return done


async def _each(desk: Desk, act: Callable[[Sheet], Awaitable[bool]]) -> int:
    """Do one person's part; whoever is gone, or does not verify (alarmed), holds up nobody else."""
    with contextlib.suppress(NotFound, Tampered):
        return int(await desk.write(act))
    return 0


async def _release(sheet: Sheet, person: bytes, questions: tuple[str, ...]) -> bool:
    """Erase once more what only purposes of these questions needed; True where there was anything."""
    old, version = await sheet.facts(person)
    facts, declared = old, sheet.desk.notice.consents
    for question in (q for q in questions if q in declared and q not in old.consents):
        gone = released(sheet.desk.policy, declared[question].for_, facts)
        if gone:
            fields = sorted({path for paths in gone.values() for path in paths})
            says: Says = {"at": sheet.at, "role": "system", "effect": "released again", "fields": fields}
            told = [sheet.to_person(person, says)]
            promise = f"consents.{question}"
            line = await sheet.line("withdraw", promise=promise, purpose="requests", answer="again", told=told)
            await shredded(sheet, line)
            facts = await cut(sheet, person, facts, gone)
    if facts is not old:
        await sheet.keep(person, facts, version)
    return facts is not old


async def _ask(sheet: Sheet, person: bytes, fields: tuple[str, ...]) -> bool:
    """Open a request for correction, unless one of the same restore runs."""
    about = ",".join(sorted(fields))
    running = [one for one in await requests.running_of(sheet.tx, person) if one.channel == CHANNEL]
    if any(one.about == about for one in running):
        return False
    facts, version = await sheet.facts(person)
    ident = sheet.new_id()
    number = number_of(sheet.desk.org, person, ident)
    use = Use(act="request", purpose="requests", fields=frozenset(), at=sheet.at, role="system", person=person)
    one = Asked(RIGHT, use, CHANNEL, False, ident, number, facts, version)
    line = await rights.line_of(sheet, one, "request", "rights.correction", "again",
                                {"effect": "lost by a restore", "fields": sorted(fields)})  # fmt: skip
    await rights.waits(sheet, one, line, about)
    return True
