"""Room flows: what a sign-in provider said of somebody becomes a record of theirs, as any other that enters.

The point, its declared fields, the notice shown, the questions ticked before: all of it passes the same admission, has
the same lines and receipts. Nothing here proves an address, so whoever begins this way is reached in their privacy
centre only; letters, campaigns and statistics of proven people leave them out.
"""

import contextlib

import msgspec

from tepati.errors import BadInput
from tepati.flows import cases, readable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import add_record, admitted
from tepati.flows.errands import Errand
from tepati.flows.newcomers import introduce
from tepati.flows.readable import Said
from tepati.flows.rewriting import rewrite
from tepati.flows.submission import Entry, Form, line_of, record_of, row_of
from tepati.flows.ways import CHANNEL, Way
from tepati.registers import acceptances, consents, counters, people
from tepati.registers.acceptances import Acceptance
from tepati.registers.counters import CLAIMS_DROPPED, CLAIMS_KEPT, Count, day_of
from tepati.rules.admit import Admission
from tepati.rules.facts import FOREVER, Facts, under
from tepati.rules.types import clean


def asked(desk: Desk, errand: Errand, way: Way) -> tuple[Form, Admission]:
    """Ask whether what was said may enter. Raises BadInput (``sign_in_missing`` names fields), Refused."""
    form = Form(
        point=way.point, channel=CHANNEL, values=errand.said, ticks=frozenset(errand.questions), terms=False,
        language=errand.language, shown=errand.shown, once=desk.random(16), sender=way.name,
    )  # fmt: skip
    try:
        return form, admitted(desk, form)
    except BadInput as bad:
        raise BadInput("sign_in_missing", bad.faults) from None


async def begin(sheet: Sheet, errand: Errand, way: Way, came: tuple[Form, Admission]) -> tuple[bytes, bytes]:
    """Write somebody down whom nobody knows; return them and the line."""
    desk, (form, admission) = sheet.desk, came
    person, record = desk.random(16), record_of(desk, form)
    await desk.vault.sealing(sheet.tx, [], new=True)
    await desk.vault.epoch(sheet.tx)
    line = await line_of(sheet, [(person, admission)], form)
    unasked = msgspec.structs.replace(admission, questions=())  # they are answered, not only asked
    await introduce(sheet, [Entry(form, unasked, person, record, line)], {})
    facts, version = await sheet.facts(person)
    joined = await _joined(sheet, person, record, facts, (errand, way))
    await people.set_status(sheet.tx, desk.org, person, "provisional")
    await sheet.keep(person, msgspec.structs.replace(joined, joined=False), version)
    return person, line


async def add(sheet: Sheet, person: bytes, errand: Errand, way: Way, came: tuple[Form, Admission]) -> bytes:
    """Write the same down of somebody who came in another way; return the line."""
    form, admission = came
    facts, version = await sheet.facts(person)
    record = record_of(sheet.desk, form)
    line = await line_of(sheet, [(person, admission)], form)
    entry = Entry(form, admission, person, record, line, facts.told)
    await add_record(sheet, entry, proven=False)
    rows = {**facts.rows, record.hex(): row_of(sheet, entry, proven=False)}
    joined = await _joined(sheet, person, record, msgspec.structs.replace(facts, rows=rows), (errand, way))
    shown = Acceptance("notice", sheet.desk.notice.notice.version, "shown", errand.language, sheet.at, errand.shown)
    await acceptances.add(sheet.tx, sheet.desk.org, person, shown, line, newest=True)
    await sheet.keep(person, msgspec.structs.replace(joined, joined=facts.joined), version)
    return line


async def _joined(sheet: Sheet, person: bytes, record: bytes, facts: Facts, of: tuple[Errand, Way]) -> Facts:
    errand, way = of
    said = Said("dpv:ActivityOngoing", sheet.at, errand.language, f"points.{way.point}, sent by the sign-in provider")
    joined, _ = await cases.join(sheet, person, record.hex(), facts, "", said)
    for question in errand.questions:
        joined = await give(sheet, person, joined, question, of)
    await count(sheet, way, len(errand.said), errand.dropped)
    return joined


async def give(sheet: Sheet, person: bytes, facts: Facts, question: str, of: tuple[Errand, Way]) -> Facts:
    """Write down a yes that was ticked before the browser left, and stands since it came back with its own proof."""
    desk, (errand, way), event = sheet.desk, of, sheet.new_id()
    declared = desk.notice.consents[question]
    until = desk.after(sheet.at, declared.valid) if declared.valid else FOREVER
    said = Said(f"dpv:{consents.GIVEN}", sheet.at, errand.language, f"points.{way.point}, ticked before signing in")
    shown = readable.of_consent(desk, question, said, way.point, event)
    told = sheet.to_person(
        person, {"at": sheet.at, "question": question, "effect": consents.GIVEN, "until": until, "role": "person"},
        shown,
    )  # fmt: skip
    line = await sheet.line("agree", promise=f"consents.{question}", purpose=declared.for_, answer="given", told=[told])
    row = consents.Event(event, question, consents.GIVEN, sheet.at, until, desk.words(question, errand.language),
                         errand.language, f"tick:{way.point}:{CHANNEL}", errand.shown)  # fmt: skip
    await consents.say(sheet.tx, desk.org, person, row, line)
    agreed = under(facts, question, desk.notice.notice.version)
    return msgspec.structs.replace(facts, consents={**facts.consents, question: until}, agreed=agreed)


async def renew(sheet: Sheet, person: bytes, facts: Facts, of: tuple[Errand, Way], line: bytes) -> Facts:
    """Put what the provider says now in the place of what it said before, where that is still held and differs.

    Nothing that is opened to compare leaves this function. What is not said any more stays as it is. Raises Tampered.
    """
    desk, (errand, way) = sheet.desk, of
    records = frozenset(name for name, row in facts.rows.items() if row.point == way.point and row.ends)
    said: dict[str, str] = {}
    for path, field in desk.policy.collects[way.point]:
        with contextlib.suppress(BadInput):
            said[path] = clean(field.type, errand.said.get(path, ""), field.options)
    if not records or not said:
        return facts
    purpose, promise = desk.policy.came_for[way.point], f"points.{way.point}"
    permit = sheet.entering(person, records, frozenset(said), purpose, promise)
    held = {f"{part.category}.{name}": value.show() for part in await desk.vault.open(sheet.tx, permit, facts)
            for name, value in part.values.items()}  # fmt: skip
    changed = {path: said[path] for path in held if held[path] != said.get(path, held[path])}
    return await rewrite(sheet, person, facts, changed, line) if changed else facts


async def count(sheet: Sheet, way: Way, kept: int, dropped: int) -> None:
    """Count values that a provider sent: those kept, and those that nobody declared."""
    day, promise = day_of(sheet.at), f"points.{way.point}"
    sums = {(promise, what, day): Count(n, 0) for what, n in ((CLAIMS_KEPT, kept), (CLAIMS_DROPPED, dropped)) if n}
    if sums:
        await counters.add(sheet.tx, sheet.desk.org, sums)
