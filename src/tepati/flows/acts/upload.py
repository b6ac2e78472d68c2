"""Room flows: a table is brought as a file, from a privacy centre or by a program of the organisation: all or none.

The file is judged whole before the act begins (``rules.tables``), beside the loop; then it is one record, sealed under
a key of its own, one line, one number. ``KEPT`` newest tables of a point are kept, each until its declared end at the
latest: one more ends the oldest, in the same transaction.
"""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from tepati.errors import BadInput, NotFound, Refused, Unavailable
from tepati.flows import limits, readable
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entrance import entered
from tepati.flows.numbers import number_of
from tepati.flows.readable import Said
from tepati.flows.shredding import shredded
from tepati.flows.submission import Form, count_precise, record_of, repeated
from tepati.flows.tables import columns, packed
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.registers import records
from tepati.rules import retention, tables
from tepati.rules.admit import Admission, Submission, admit_table, open_table
from tepati.rules.facts import Facts, Row
from tepati.rules.tables import Table

KEPT = 5  # newest tables of one person at one point
QUEUE = 4  # files being read or waiting: some seconds of work; whoever comes then is told to come back
CHANNEL = "upload"
_BROUGHT = {
    (False, False): "file, in the privacy centre", (True, False): "file, brought by our staff",
    (True, True): "file of the organisation's program",
}  # fmt: skip
_POOL = ThreadPoolExecutor(1, "table")
_under_way: set[object] = set()


class Brought(msgspec.Struct, frozen=True):
    """The answer: the number to quote, how many rows were taken, and until when they are kept (microseconds)."""

    number: str
    rows: int
    until: int


async def upload(desk: Desk, who: Visitor, form: Form, raw: bytes) -> Brought:
    """Take a table of somebody on a known device.

    Raises BadInput ``faulty_table`` (a fault for each row and column), Refused, Conflict, Unavailable, NotFound.
    """
    who.proven(f"points.{form.point}")
    table = await _judged(desk, form, raw)
    return await desk.write(partial(_take, person=who.person, form=_digested(form, raw), table=table))


async def upload_for(desk: Desk, actor: Actor, form: Form, email: str, raw: bytes) -> Brought:
    """Take a table that the point's own role, or its program, brings for whoever has this address; as ``upload``."""
    (typed,) = await entered(desk, actor, [form])
    table = await _judged(desk, typed, raw)

    async def act(sheet: Sheet) -> Brought:
        await desk.vault.sealing(sheet.tx, [actor.person])
        person = await sheet.find(desk.address, email)
        if person is None:
            raise NotFound("no_such_person")
        facts, _ = await sheet.facts(person)
        own = sheet.entering(person, frozenset(facts.rows), frozenset({desk.address}), "requests", "security.storage")
        await desk.vault.open(sheet.tx, own, facts)  # the index leads to whoever holds the address, or Tampered
        if not facts.joined:
            raise NotFound("no_such_person")
        return await _take(sheet, person, _digested(typed, raw), table)

    return await desk.write(act)


async def _judged(desk: Desk, form: Form, raw: bytes) -> Table:
    """Ask whether a table may enter there, then read it, one file after another. Raises Refused, BadInput."""
    if form.language not in desk.notice.organisation.languages:
        raise BadInput("faulty_form", {"language": "language_not_offered"})
    try:
        fields = open_table(desk.policy, _submission(desk, form))
    except Refused as refused:
        desk.refusals.count(desk.now(), "collect", refused.promise)
        raise
    wanted, most = columns(desk.notice, fields), desk.notice.points[form.point].most_rows
    if len(_under_way) >= QUEUE:
        raise Unavailable("tables_busy")
    mine = object()
    _under_way.add(mine)
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, tables.read, raw, wanted, most)
    finally:
        _under_way.discard(mine)


def _submission(desk: Desk, form: Form) -> Submission:
    return Submission(form.point, form.channel, {}, at=desk.now(), sender=form.sender or form.role, table=True)


def _digested(form: Form, raw: bytes) -> Form:
    """Let a form say what file it brought, so that the same form twice is one upload, and no other."""
    return msgspec.structs.replace(form, values={"sha256": hashlib.sha256(raw).hexdigest()})


async def _take(sheet: Sheet, person: bytes, form: Form, table: Table) -> Brought:
    desk, record = sheet.desk, record_of(sheet.desk, form)
    facts, version = await sheet.facts(person)
    number = number_of(desk.org, person, record)
    if repeated(form, record, facts.rows):
        return Brought(number, table.rows, min(facts.rows[record.hex()].ends.values()))
    taken = admit_table(desk.policy, _submission(desk, form), packed(table.columns))
    if taken.population != facts.population:
        raise Refused("sender_not_declared", f"points.{form.point}")
    if not form.actor:
        limits.own(sheet, facts, form.point)
    line = await _line(sheet, person, form, taken)
    dues = {c: retention.due(desk.policy, c, sheet.at, None, facts.told) for c in taken.values}
    endings = {c: f"{retention.ending(desk.policy, c, sheet.at, '', facts.told)}:{record.hex()}" for c in taken.values}
    row = records.Record(record, form.point, form.channel, form.shown, joined=True, created=sheet.at)
    await records.add(sheet.tx, desk.org, person, row, line)
    permit = sheet.entering(
        person, frozenset({record.hex()}), frozenset(taken.fields), taken.purpose, f"points.{form.point}"
    )  # fmt: skip
    await desk.vault.put(sheet.tx, permit, record, taken.values, endings, dues, line)
    rows = {**facts.rows, record.hex(): Row(form.point, 1, joined=True, ends=dues, created=sheet.at)}
    rows = await _newest(sheet, person, msgspec.structs.replace(facts, rows=rows), form.point)
    await sheet.keep(person, msgspec.structs.replace(facts, rows=rows), version)
    return Brought(number, table.rows, min(dues.values()))


async def _line(sheet: Sheet, person: bytes, form: Form, taken: Admission) -> bytes:
    """Give the upload its line, with the record of its receipt for the person, and who brought it for the actor."""
    method = _BROUGHT[bool(form.actor), bool(form.noted)]
    said = Said("dpv:ActivityOngoing", sheet.at, form.language, f"points.{form.point}, {method}")
    record = readable.of_booking(sheet.desk, form.point, said, sheet.new_id())
    await count_precise(sheet, [taken.values])
    says: Says = {"at": sheet.at, "fields": sorted(taken.fields), "point": form.point, "role": form.role or "person"}
    told = [sheet.to_person(person, says, record)]
    if form.actor:
        key: Says = {"reason": form.noted} if form.noted else {}
        told.append(sheet.to_actor(form.actor, {"at": sheet.at, "role": form.role, **key}))
    line = await sheet.line("collect", promise=f"points.{form.point}", purpose=taken.purpose, told=told)
    if form.actor:
        await limits.staff(sheet, form.actor, form.point, 1, line)
    return line


async def _newest(sheet: Sheet, person: bytes, facts: Facts, point: str) -> dict[str, Row]:
    """End the tables of a point but for the newest; what a hold keeps waits for its own end."""
    held = {record.hex() for record, _ in retention.kept(sheet.desk.policy, facts, sheet.at)}
    own = [name for name, row in facts.rows.items() if row.point == point and name not in held]
    rows = dict(facts.rows)
    for name in sorted(own, key=lambda name: rows[name].created)[:-KEPT]:
        for category in rows.pop(name).ends:
            says: Says = {"at": sheet.at, "category": category, "effect": "ended"}
            line = await sheet.line(
                "end", promise=f"retention.{category}", purpose="requests", answer="ended",
                told=[sheet.to_person(person, says)],
            )  # fmt: skip
            await shredded(sheet, line)
            await sheet.desk.vault.end(sheet.tx, person, category, only={bytes.fromhex(name)})
        await records.drop(sheet.tx, person, bytes.fromhex(name))
    return rows
