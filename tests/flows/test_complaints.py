"""A complaint is seen by who answers it, answered by mail, closed, and ends when the notice says."""

import pytest

from tepati.board.board import board
from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.complaints import complaint, complaints
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.settle import LONGEST, Said, settle
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.registers import counters
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.complaining import TEXT, complained
from tests.flows.conftest import Post
from tests.flows.people import count, guest, hired, lines, person_of

SEES = frozenset({"complaint.text", "identity.name", "identity.email"})


async def state_of(desk: Desk, promise: str) -> str:
    made = await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))
    return next(row.state for row in made.rows if row.promise.id == promise)


async def test_a_complaint_is_answered_closed_and_ends(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """F2: opened for its task, answered under the declared message, sealed beside it, destroyed a year after."""
    await guest(desk, post)
    clerk = await hired(desk, "service_desk")
    number = await complained(desk, await person_of(desk))
    (waiting,) = await complaints(desk, clerk)
    assert (waiting.number, waiting.due) == (number, desk.after(clock(), desk.notice.cases["complaint"].within))
    assert await state_of(desk, "cases.complaint.within") == "due"
    assert (await look(desk, clerk, Wish(number, "service", SEES))).values["complaint.text"] == TEXT
    post.sent.clear()
    await settle(desk, clerk, number, Said("Maaf.\r\n\r\n<script>x</script> Kami ganti.", "email"))
    assert (await deliver(desk, post)).sent == 1
    mail = post.sent[0]
    assert (mail.to, number in mail.subject) == ("ratna@contoh.example", True)
    assert "<script>" not in mail.html
    assert "&lt;script&gt;x&lt;/script&gt; Kami ganti." in mail.html
    assert "Maaf." in mail.text
    assert await complaints(desk, clerk) == []
    assert await lines(desk, "reply", "done") == ["roles.service_desk"]


async def test_a_closed_complaint_is_shut_and_ends(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """From its closing nobody at the desk sees it, its clock has stopped, and its year runs."""
    await guest(desk, post)
    clerk = await hired(desk, "service_desk")
    number = await complained(desk, await person_of(desk))
    clock.forward(days=2)
    await settle(desk, clerk, number, Said("Maaf.", "email"))
    assert (await complaint(desk, clerk, number)).closed == clock()
    with pytest.raises(Refused) as shut:
        await look(desk, clerk, Wish(number, "service", SEES))
    assert shut.value.code == "window_closed"
    for _ in range(2):
        with pytest.raises(Refused):
            await settle(desk, clerk, number, Said("Lagi.", "email"))
    sums = await desk.read(lambda sheet: counters.on(sheet.tx, desk.org))
    assert sums["cases.complaint.within"][counters.DONE] == (1, 2 * 86_400_000_000)
    assert await state_of(desk, "cases.complaint.within") == "kept"
    clock.forward(days=364)
    await sweep(desk)
    assert await count(store, "sealed WHERE category IN ('complaint', 'reply')") == 2
    clock.forward(days=2)
    await sweep(desk)
    assert await count(store, "sealed WHERE category IN ('complaint', 'reply')") == 0


async def test_no_answer_stands_in_clear(desk: Desk, post: Post, store: Store) -> None:
    """Neither database column nor ledger nor subject holds what was typed."""
    await guest(desk, post)
    number = await complained(desk, await person_of(desk))
    await settle(desk, await hired(desk, "service_desk"), number, Said("RAHASIA-7731", "phone"))
    for table in ("outbox", "record", "dealing", "log_pending", "opening", "sealed"):
        rows = await store.read(lambda tx, table=table: tx.all(f"SELECT * FROM {table}"))
        assert not [
            row for row in rows if any(b"RAHASIA" in (c if isinstance(c, bytes) else str(c).encode()) for c in row)
        ]
    assert await count(store, "outbox WHERE message LIKE 'complaint_answer%'") == 0, "told on the phone: nothing leaves"


async def test_a_late_answer_breaks_the_promise_before_and_after_it(desk: Desk, post: Post, clock: Clock) -> None:
    """An unanswered complaint past its time is broken at once, not only when somebody closes it."""
    await guest(desk, post)
    number = await complained(desk, await person_of(desk))
    clock.at = desk.after(clock(), desk.notice.cases["complaint"].within) + 1
    assert await state_of(desk, "cases.complaint.within") == "broken"
    await settle(desk, await hired(desk, "service_desk"), number, Said("Maaf.", "phone"))
    assert await state_of(desk, "cases.complaint.within") == "broken"
    clock.forward(days=91)
    assert await state_of(desk, "cases.complaint.within") == "kept"


@pytest.mark.parametrize("role", ["dispatcher", "editor", "privacy_desk", "director"])
async def test_who_answers_no_complaints_neither_lists_nor_answers(desk: Desk, post: Post, role: str) -> None:
    """A dispatcher may reply, but while a booking is open and for orders: not here."""
    await guest(desk, post)
    number = await complained(desk, await person_of(desk))
    actor = await hired(desk, role)
    for act in (
        complaints(desk, actor),
        complaint(desk, actor, number),
        settle(desk, actor, number, Said("x", "email")),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.promise == f"roles.{role}"


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST + 1), "a\u202eb", "a\x00b"])
async def test_what_is_no_answer_closes_nothing(desk: Desk, post: Post, text: str) -> None:
    await guest(desk, post)
    clerk = await hired(desk, "service_desk")
    number = await complained(desk, await person_of(desk))
    with pytest.raises(BadInput):
        await settle(desk, clerk, number, Said(text, "email"))
    assert len(await complaints(desk, clerk)) == 1


async def test_a_number_of_something_else_is_no_complaint(desk: Desk, post: Post) -> None:
    """A booking's number, a stranger's, and none at all look alike."""
    booked = await guest(desk, post)
    clerk = await hired(desk, "service_desk")
    for number in (booked, "HC-0000-0000", ""):
        with pytest.raises(NotFound):
            await settle(desk, clerk, number, Said("x", "email"))
        with pytest.raises(NotFound):
            await complaint(desk, clerk, number)
