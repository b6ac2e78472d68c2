"""Room flows: what was written in a case, in order: its writer's words and our answers, each a sealed record of theirs.

A message of the person is a record of the point that opened the case, holding the one field they write with; ours is
one of the point ``reply``. Both end with the case. The moment ``answered`` stands in a case while its writer has the
last word of ours; their next one takes it away.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from tepati.errors import Expired
from tepati.flows import clocks
from tepati.flows.answering import REPLY
from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Notice
from tepati.notice.values import Duration
from tepati.registers import dealings, records
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Dealing, Facts, Permit, Row

ANSWER = f"{REPLY}.text"
ANSWERED, WRITTEN = "answered", "written"  # moments: our last word waits for theirs; when they wrote last
REOPEN = Duration(14, "day")  # after its closing, where the notice says nothing


@dataclass(frozen=True, slots=True)
class Message:
    """One message: when (microseconds since 1970 UTC), whose, and its words, "" where they were not opened."""

    at: int
    ours: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """A message on its way in: the point and field it enters by, the channel, and its words."""

    point: str
    field: str
    channel: str
    text: str


def speaks(notice: Notice, point: str) -> str:
    """Name the field in which people write at a point: its first text that is asked for; "" where it asks for none."""
    declared = {f"{c}.{f}": field for c, held in notice.data.items() for f, field in held.fields.items()}
    asked = [path for path, field in declared.items() if path in notice.points[point].collects]
    texts = [path for path in asked if declared[path].type == "text" and not declared[path].optional]
    return next(iter(texts), "")


def reopens(desk: Desk, kind: str, closed: int) -> int:
    """Say until when a closed case may be opened again by who wrote it; 0 while it is open."""
    declared = desk.notice.cases.get(kind)
    return desk.after(closed, (declared.reopen if declared else None) or REOPEN) if closed else 0


def written(facts: Facts, case: str) -> list[Message]:
    """List the messages of a case (hex) in order, without their words."""
    return [Message(row.created, row.point == REPLY) for _, row in _rows(facts, case)]


def answered(facts: Facts, case: str) -> bool:
    """Say whether anybody of ours ever answered in a case."""
    return any(row.point == REPLY for _, row in _rows(facts, case))


def unanswered(facts: Facts, case: str) -> int:
    """Count the messages of its writer since our last answer."""
    mine = [row.point == REPLY for _, row in _rows(facts, case)]
    return len(mine) if True not in mine else mine[::-1].index(True)


def fields(notice: Notice, facts: Facts, case: str) -> frozenset[str]:
    """Name the fields that hold the words of a case."""
    points = {row.point for _, row in _rows(facts, case) if row.point in notice.points}
    return frozenset({ANSWER if point == REPLY else speaks(notice, point) for point in points} - {""})


async def read(sheet: Sheet, permit: Permit, facts: Facts, case: str) -> list[Message]:
    """Open the messages of a case that a permit covers, in order; no record of another case is touched."""
    said, mine = dict[str, str](), dict(_rows(facts, case))
    spoken = permit.fields & fields(sheet.desk.notice, facts, case)
    narrow = replace(permit, records=permit.records & mine.keys())
    for part in await sheet.desk.vault.open(sheet.tx, narrow, facts):
        for name, value in part.values.items():
            if f"{part.category}.{name}" in spoken:
                said[part.record.hex()] = value.show()
    return [Message(row.created, row.point == REPLY, said.get(name, "")) for name, row in _rows(facts, case)]


def _rows(facts: Facts, case: str) -> list[tuple[str, Row]]:
    """List the records of a case in order; the one that opened it is the first."""
    mine = [(name, row) for name, row in facts.rows.items() if row.dealing == case and row.ends and not row.held]
    return sorted(mine, key=lambda one: (one[0] != case, one[1].created, one[0]))


def point_of(notice: Notice, facts: Facts, case: str) -> tuple[str, str]:
    """Name the point that opened a case (hex) and the field its writer writes with. Raises Expired: it is no more."""
    row = facts.rows.get(case)
    if row is None or row.held or not row.ends or row.point not in notice.points or not speaks(notice, row.point):
        raise Expired("thread_over")
    return row.point, speaks(notice, row.point)


async def add(sheet: Sheet, of: tuple[bytes, str], facts: Facts, said: Writing, line: bytes) -> Facts:
    """Seal a message of a case (person, case) as its record, and give everything of the case the end it now has."""
    (person, case), desk, record = of, sheet.desk, sheet.new_id()
    category, _, name = said.field.partition(".")
    purpose = desk.notice.points[said.point].for_[0]
    permit = sheet.entering(
        person, frozenset({record.hex()}), frozenset({said.field}), purpose, f"points.{said.point}"
    )  # fmt: skip
    dealing = facts.dealings[case]
    dues = {category: retention.due(desk.policy, category, sheet.at, dealing, facts.told)}
    endings = {category: retention.ending(desk.policy, category, sheet.at, case, facts.told)}
    row = Record(record, said.point, said.channel, desk.digest, joined=facts.joined, created=sheet.at)
    await records.add(sheet.tx, desk.org, person, row, line)
    version = await desk.vault.put(sheet.tx, permit, record, {category: {name: said.text}}, endings, dues, line)
    rows = await redated(sheet, person, facts, case)
    rows[record.hex()] = Row(said.point, version, joined=facts.joined, dealing=case, ends=dues, created=sheet.at)
    return replace(facts, rows=rows)


async def redated(sheet: Sheet, person: bytes, facts: Facts, case: str) -> dict[str, Row]:
    """Give each part that came with a case the end that its dealing now promises; what is held keeps its own."""
    rows, dealing = dict(facts.rows), facts.dealings[case]
    for record, row in facts.rows.items():
        if row.dealing == case:
            ends = dict(row.ends)
            for category in set(row.ends) - set(row.held):
                ends[category] = retention.due(sheet.desk.policy, category, row.created, dealing, facts.told)
                if ends[category] != row.ends[category]:
                    await records.set_due(sheet.tx, person, bytes.fromhex(record), category, ends[category])
            rows[record] = replace(row, ends=ends)
    return rows


async def moved(sheet: Sheet, of: tuple[bytes, str], facts: Facts, moments: Mapping[str, int]) -> Facts:
    """Give an open case new moments, in facts and register alike."""
    person, case = of
    known = facts.dealings[case]
    await dealings.plan(sheet.tx, person, bytes.fromhex(case), dict(moments), bytes.fromhex(known.assigned))
    return clocks.with_case(facts, case, replace(known, moments=dict(moments)))


def again(desk: Desk, point: str, known: Dealing, at: int, told: int) -> dict[str, int]:
    """Give the moments of a case in which its writer writes at ``at``: what was answered is asked again."""
    running = {clocks.QUESTION, clocks.ANSWER} & known.moments.keys()
    kept = {name: when for name, when in known.moments.items() if name != ANSWERED}
    if not running or known.closed:
        said = "" if clocks.ANSWER in known.moments else clocks.QUESTION
        kept = {name: when for name, when in kept.items() if name not in running}
        kept |= clocks.opening(desk, point, said, at, told).moments
    return kept | {WRITTEN: at}
