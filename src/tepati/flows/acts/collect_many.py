"""Room flows: many submissions at one point, taken all or none, in one transaction, as ``collect`` takes one.

New people are made together: one line for the set and one for each question asked, with an opening in it for every
person; their rows go in one copy a table. Who is known already, or stands twice in the batch, is taken one by one
after them, so that such a record is as unjoined as any. Hours that staff ask for are held as ever, but for those that
are over: a program may bring what was agreed before.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from tepati.errors import BadInput, Refused
from tepati.flows import hours
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import Collected, Form, admitted, held_until, take
from tepati.flows.newcomers import introduce
from tepati.flows.numbers import number_of
from tepati.flows.submission import Entry, line_of, record_of, request_of
from tepati.rules.admit import Admission

MOST = 500  # submissions a batch; on SQLite nobody else is served meanwhile, so 100 are kinder


class _Sent(msgspec.Struct, frozen=True):
    place: int  # in the batch, from 0
    form: Form
    admission: Admission
    person: bytes  # the new person, should nobody be known


async def collect_many(desk: Desk, forms: Sequence[Form]) -> list[Collected]:
    """Take all submissions or none, and answer with the numbers in their order.

    Raises BadInput (faults by ``<row>.<field>``, rows from 0; ``batch_size``, ``batch_point``, ``batch_once``),
    Refused (with its ``row``), Unavailable.
    """
    _one_point(forms)
    sent = _admitted(desk, forms)

    async def act(sheet: Sheet) -> list[Collected]:
        new, others = await _parted(sheet, sent)
        numbers = await _introduced(sheet, new)
        sheet.desk.vault.made(sheet.tx)
        for each in others:
            numbers[each.place] = await _taken(sheet, each)
        return [numbers[place] for place in range(len(forms))]

    return await desk.write(act)


def _one_point(forms: Sequence[Form]) -> None:
    if not 0 < len(forms) <= MOST:
        raise BadInput("batch_size")
    if any((form.point, form.channel, form.sender) != (forms[0].point, forms[0].channel, "") for form in forms):
        raise BadInput("batch_point")
    if len({form.once for form in forms}) < len(forms):
        raise BadInput("batch_once")


def _admitted(desk: Desk, forms: Sequence[Form]) -> list[_Sent]:
    """Ask of every row what may enter, and gather the faults of all."""
    sent: list[_Sent] = []
    faults: dict[str, str] = {}
    for place, form in enumerate(forms):
        try:
            sent.append(_Sent(place, form, admitted(desk, form), desk.random(16)))
        except BadInput as fault:
            faults |= {f"{place}.{field}": code for field, code in (fault.faults or {"": fault.code}).items()}
        except Refused as refused:
            raise Refused(refused.code, refused.promise, row=place) from None
    if faults:
        raise BadInput("faulty_form", faults)
    if not all(each.admission.identifies for each in sent):
        raise BadInput("batch_point")  # a point that asks for no address belongs to a dealing
    return sent


async def _parted(sheet: Sheet, sent: Sequence[_Sent]) -> tuple[list[_Sent], list[_Sent]]:
    """Part those nobody knows, each address once, from the others."""
    vault, (field, *_) = sheet.desk.vault, sent[0].admission.identifies
    indexes = [vault.index(field, each.admission.identifies[field]) for each in sent]
    await vault.epoch(sheet.tx)
    known = set(await vault.find_many(sheet.tx, field, indexes))
    new: list[_Sent] = []
    others: list[_Sent] = []
    for each, index in zip(sent, indexes, strict=True):
        (others if index in known else new).append(each)
        known.add(index)
    return new, others


async def _introduced(sheet: Sheet, sent: Sequence[_Sent]) -> dict[int, Collected]:
    """Make the new people; their lines first, for all rows name them.

    Rows go in the order of their random ids: next to each other in every tree, and saying nothing of who came first.
    """
    if not sent:
        return {}
    sent = sorted(sent, key=lambda each: each.person)
    line = await line_of(sheet, [(each.person, each.admission) for each in sent], sent[0].form)
    asked = {question: await _asked(sheet, question, sent) for question in _questions(sent)}
    entries = [Entry(each.form, each.admission, each.person, record_of(sheet.desk, each.form), line) for each in sent]
    await _hold(sheet, sent, entries)
    await introduce(sheet, entries, asked)
    numbers = [Collected(number_of(sheet.desk.org, entry.person, entry.record)) for entry in entries]
    return {each.place: number for each, number in zip(sent, numbers, strict=True)}


async def _taken(sheet: Sheet, each: _Sent) -> Collected:
    """Take one by itself; what was agreed for an hour that is over holds none."""
    form = each.form if hours.ahead(sheet, each.admission.fields) else replace(each.form, holds=False)
    try:
        return await take(sheet, form, each.admission)
    except BadInput as fault:
        raise _of_row(each, fault) from None


async def _hold(sheet: Sheet, sent: Sequence[_Sent], entries: Sequence[Entry]) -> None:
    """Hold the hours of rows that are still to come. Raises BadInput: one is full."""
    asking = [
        (each, entry)
        for each, entry in zip(sent, entries, strict=True)
        if each.form.holds and hours.ahead(sheet, each.admission.fields)
    ]
    room = await hours.seats(sheet) if asking else 0
    for each, entry in asking:
        whose, until = (entry.person, entry.record), held_until(sheet, each.form)
        try:
            await hours.hold(sheet, whose, each.admission.fields, entry.line, until, room)
        except BadInput as fault:
            raise _of_row(each, fault) from None


def _of_row(each: _Sent, fault: BadInput) -> BadInput:
    return BadInput(fault.code, {f"{each.place}.{name}": code for name, code in fault.faults.items()}, **fault.values)


def _questions(sent: Sequence[_Sent]) -> list[str]:
    return sorted({question for each in sent for question in each.admission.questions})


async def _asked(sheet: Sheet, question: str, sent: Sequence[_Sent]) -> bytes:
    return await request_of(sheet, question, [e.person for e in sent if question in e.admission.questions])
