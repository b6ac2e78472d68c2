"""Room flows: a case is closed with an outcome: what was found, how and when is kept, and the proof goes as declared.

In one transaction: the outcome as a record of the person, the line (the role for the person, who it was in their own
opening), the end of the case and of its clock, the ends of all that came with it, the letter.
"""

from collections.abc import Mapping

import msgspec

from tepati.errors import BadInput, Refused
from tepati.flows import checking, clocks, post, visits
from tepati.flows.actor import Actor
from tepati.flows.checking import Checking
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entrance import entered
from tepati.flows.entry import Form, add_record, admitted
from tepati.flows.numbers import dealing_of
from tepati.flows.submission import Entry, line_of, record_of, row_of
from tepati.registers import acceptances, counters
from tepati.registers.dealings import Dealing
from tepati.rules.admit import Admission
from tepati.rules.calendar import local


async def check(desk: Desk, actor: Actor, number: str, said: Mapping[str, str], once: bytes) -> None:
    """Say the outcome of an open case and close it; ``said`` maps each choice (field path) to its option.

    Raises NotFound, Refused (role, undertaking, a case that is closed), BadInput (a choice is missing).
    """
    how = checking.mine(desk, actor)
    if how is None:
        await desk.write(lambda sheet: _refuse(sheet, actor))
        raise AssertionError  # the act refuses
    if said.keys() - set(how.choices):
        raise BadInput("form_shape")
    values = {**said, **({how.day: local(desk.now(), desk.policy.days).date().isoformat()} if how.day else {})}
    form = Form(
        how.entry, desk.notice.points[how.entry].channels[0], values, frozenset(), terms=False,
        language=desk.notice.organisation.languages[0], shown=desk.digest, once=once, about=number,
    )  # fmt: skip
    (typed,) = await entered(desk, actor, [form])
    admission = admitted(desk, typed)
    await desk.write(lambda sheet: _write(sheet, actor, typed, admission))


async def _refuse(sheet: Sheet, actor: Actor) -> None:
    checking.may(sheet, actor)


async def _write(sheet: Sheet, actor: Actor, form: Form, admission: Admission) -> None:
    how = checking.may(sheet, actor)
    case = checking.of(how, await dealing_of(sheet, form.about))
    facts, version = await sheet.facts(case.person)
    name, record = case.dealing.hex(), record_of(sheet.desk, form)
    known = facts.dealings.get(name)
    if known is None or known.closed:
        raise Refused("window_closed", f"roles.{how.role}")
    line = await line_of(sheet, [(case.person, admission)], form)
    entry = Entry(form, admission, case.person, record, line, facts.told)
    await add_record(sheet, entry, proven=True)
    rows = {**facts.rows, record.hex(): row_of(sheet, entry, proven=True)}
    over = msgspec.structs.replace(known, closed=sheet.at)
    await visits.write(sheet, case.person, msgspec.structs.replace(facts, rows=rows), version, {name: over})
    await _stop_clock(sheet, case)
    await _tell(sheet, how, case, line)


async def _stop_clock(sheet: Sheet, case: Dealing) -> None:
    due = clocks.due(sheet.desk, case.kind, case.opened, case.moments)
    if due:
        promise, took = clocks.promise(case.kind, case.moments), sheet.at - case.opened
        await counters.finished(sheet.tx, sheet.desk.org, promise, sheet.at, took, late=sheet.at > due)


async def _tell(sheet: Sheet, how: Checking, case: Dealing, line: bytes) -> None:
    """Put the letters that the notice declares for the closing into the outbox."""
    language = await acceptances.language(sheet.tx, case.person)
    for name, message in sheet.desk.notice.messages.items():
        when = message.when
        if when and when.event == f"{how.kind}.closed" and when.offset is None and message.channel == "email":
            await post.put(sheet, case.person, post.Letter(name, language, {"number": case.number}), line)
