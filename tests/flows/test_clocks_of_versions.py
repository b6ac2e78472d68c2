"""A version that answers later or keeps longer does so only for whom it reached, and moves no clock that runs (W18)."""

from dataclasses import replace

import msgspec
import pytest

from tepati.board.board import board
from tepati.flows import history
from tepati.flows.acts.complain import complain
from tepati.flows.acts.complaints import complaints
from tepati.flows.acts.foresee import foresee
from tepati.flows.acts.publish import approve, propose
from tepati.flows.acts.settle import Said, settle
from tepati.flows.acts.trace import trace
from tepati.flows.desk import Desk, Sheet
from tepati.flows.tick import tick
from tepati.flows.visitors import Visitor
from tepati.notice.load import load
from tepati.registers import records
from tepati.rules.succession import compiled
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import guest, hired, lines, paid, person_of
from tests.flows.test_complain import came_in, short
from tests.flows.test_publishing import ALONE, FIRST, HOUR, NEXT, TWO, at, begun, text

SLOWER = text(
    NEXT,
    ("erasure: {within: 7x24 hours,", "erasure: {within: 14x24 hours,"),
    ("complaint: {of: customer, within: 7 days,", "complaint: {of: customer, within: 20 days,"),
    ("complaint: {from: complaint.closed, for: 1 year,", "complaint: {from: complaint.closed, for: 18 months,"),
)


def followed(desk: Desk) -> Desk:
    """The same door under the slower version, which nobody was told yet."""
    old, new = load(FIRST.encode()).sound(), load(SLOWER.encode())
    return replace(desk, notice=new.sound(), digest=new.digest, policy=compiled([old, new.sound()]))


async def reached(desk: Desk, person: bytes) -> None:
    """Note that the second version reached somebody."""

    async def act(sheet: Sheet) -> None:
        facts, version = await sheet.facts(person)
        await sheet.keep(person, msgspec.structs.replace(facts, told=2), version)

    await desk.write(act)


@pytest.mark.promise("W18")
async def test_an_erasure_is_answered_as_fast_as_whom_it_did_not_reach_was_promised(desk: Desk, post: Post):
    await guest(desk, post)
    after, person = followed(desk), await person_of(desk)
    who = Visitor(person, b"s" * 16, b"", known=True, waits=0, made=after.now(), until=after.now() + HOUR)
    assert (await foresee(after, who)).due == after.now() + 7 * 24 * HOUR
    await reached(after, person)
    assert (await foresee(after, who)).due == after.now() + 14 * 24 * HOUR


@pytest.mark.promise("W18")
async def test_a_case_keeps_the_clock_it_opened_with_and_ends_as_promised(desk: Desk, post: Post, clock: Clock):
    """The slower version came meanwhile: the list, the board and the end are those of the version before."""
    await guest(desk, post)
    person, clerk = await person_of(desk), await hired(desk, "service_desk")
    number = (await complain(desk, await came_in(desk, post), short(desk))).number
    promised = desk.after(clock(), desk.notice.cases["complaint"].within)
    after = followed(desk)
    assert [one.due for one in await complaints(after, clerk)] == [promised]
    clock.forward(days=9)
    made = await after.read(lambda sheet: board(sheet.tx, after.notice, after.org, sheet.at, desk=after))
    row = next(row for row in made.rows if row.promise.id == "cases.complaint.within")
    assert (row.state, row.since) == ("broken", promised)
    await settle(after, clerk, number, Said("Maaf.", "email"))
    facts, _ = await after.read(lambda sheet: sheet.facts(person))
    ends = {end for row in facts.rows.values() for category, end in row.ends.items() if category == "complaint"}
    assert ends == {desk.after(clock(), desk.notice.retention["complaint"].for_)}


SHORTER = text(
    (ALONE, TWO), NEXT,
    ("booking: {from: booking.closed, for: 2 years, then: destroy, longest: 4 years}",
     "booking: {from: booking.closed, for: 5 days, then: destroy, longest: 10 days}"),
    ("payment:                                                      # F6\n    from: record.created\n    for: 2 years",
     "payment:\n    from: record.created\n    for: 1 year"),
    ("longest: 4 years\n    hold", "longest: 5 years\n    hold"),
)  # fmt: skip


async def ends_of(desk: Desk) -> dict[str, int]:
    """Give the ends of what lies sealed, by category; the facts must say the same."""
    person = await person_of(desk)
    facts, _ = await desk.read(lambda sheet: sheet.facts(person))
    parts = await desk.read(lambda sheet: records.parts(sheet.tx, person))
    assert {(p.record.hex(), p.category): p.due for p in parts} == {
        (name, category): end for name, row in facts.rows.items() for category, end in row.ends.items()}  # fmt: skip
    return {part.category: part.due for part in parts}


@pytest.mark.promise("W18", "F6")
async def test_a_version_that_keeps_for_less_does_so_for_what_lies_here_already(desk: Desk, post: Post, clock: Clock):
    """On its day ends move nearer, and the sweep carries out what is past; nothing moves later, and it happens once."""
    desk = at(desk, text((ALONE, TWO)))
    one, other = await begun(desk, "sari", "dewi")
    await paid(desk, await guest(desk, post))
    before, began = await ends_of(desk), clock()
    digest = await propose(desk, one, SHORTER)
    await approve(desk, one, digest)
    await approve(desk, other, digest)
    await tick(desk, post)
    assert await ends_of(desk) == before, "until its day nothing moves"
    clock.forward(days=16)
    after = await history.ruling(desk)
    await tick(after, post)
    now = await ends_of(after)
    year = after.after(began, after.notice.retention["payment"].for_)
    assert "booking" in before
    assert now == {**{c: end for c, end in before.items() if c != "booking"}, "payment": year}
    assert year < before["payment"]
    assert await lines(after, "redate", "shortened") == ["retention"]
    assert await lines(after, "end", "ended") == ["retention.booking"]
    who = Visitor(await person_of(after), b"s" * 16, b"", known=True, waits=0, made=clock(), until=clock() + HOUR)
    assert "shortened" in [each.says.effect for each in (await trace(after, who)).traces]
    await tick(after, post)
    assert await ends_of(after) == now
    assert await lines(after, "redate", "shortened") == ["retention"]
