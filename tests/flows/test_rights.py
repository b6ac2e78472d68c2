"""Rights through the centre or by staff: each holds from its own transaction on, with number, clock and letter."""

import csv
import io
import json

import pytest

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts import move
from tepati.flows.acts.correct import correct
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.erase import request_own
from tepati.flows.acts.export import export
from tepati.flows.acts.give import give
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.oppose import oppose
from tepati.flows.acts.restrict import restrict
from tepati.flows.acts.review import review
from tepati.flows.acts.show import show
from tepati.flows.acts.withdraw import take_back
from tepati.flows.copies import safe
from tepati.flows.desk import Desk
from tepati.flows.rights import Behalf
from tepati.flows.tick import tick
from tepati.registers import counters
from tests.conftest import Clock
from tests.flows.conftest import SLUG, Post, booking
from tests.flows.inside import EMAIL, come_in, integrated, known
from tests.flows.people import count, guest, hired, lines, paid, person_of

OFFERS = "offers_by_email"
NAME = frozenset({"identity.name"})


async def sums(desk: Desk, promise: str) -> int:
    """How many requests were done under a clock."""
    found = await desk.store.read(lambda tx: counters.on(tx, SLUG))
    return found.get(promise, {}).get("done", counters.Count(0, 0)).n


async def test_a_withdrawal_stops_at_once_and_tells_both_lists(desk: Desk, post: Post, clock: Clock) -> None:
    """L8: a mailed link is enough; the use ends with the transaction, and the person reads what stays and why."""
    await paid(desk, await guest(desk, post))
    clock.forward(hours=1)
    who, _ = await come_in(desk, post)
    assert not who.known
    done = await take_back(desk, who, OFFERS, "id")
    assert done.gone == ()
    assert done.stays["identity.name"][:2] == ("orders", "service")
    assert "UU KUP 28(11)" in done.stays["identity.name"]
    assert done.stays["identity.email"] == ("orders", "service")
    seen = await review(desk, who)
    assert seen.consents == {}
    assert seen.current[OFFERS].state == "ConsentWithdrawn"
    assert seen.history[0].state == "ConsentWithdrawn"
    assert (seen.requests[0].number, seen.requests[0].state) == (done.answer.number, "done")
    assert await sums(desk, "rights.withdrawal.within") == 1
    with pytest.raises(NotFound):
        await take_back(desk, who, OFFERS, "id")
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))  # the letter carries a receipt
    await integrated(desk)
    await deliver(desk, post)
    assert done.answer.number in post.sent[-1].text
    assert "Tetap disimpan: nama, e-mail, dan nomor telepon" in post.sent[-1].text
    assert await lines(desk, "withdraw", "withdrawn") == [f"consents.{OFFERS}"]


async def test_a_yes_is_given_and_taken_by_the_same_switch(desk: Desk, post: Post, clock: Clock) -> None:
    await guest(desk, post, yes=False)
    clock.forward(hours=1)
    who, _ = await come_in(desk, post)
    assert await give(desk, who, OFFERS, "en")
    seen = await review(desk, who)
    assert seen.consents[OFFERS] > clock.at
    event = seen.history[0]
    assert (event.words, event.language, event.method) == (desk.words(OFFERS, "en"), "en", "centre")
    assert not await give(desk, who, OFFERS, "en"), "a yes that stands is left as it is"
    with pytest.raises(Refused):
        await give(desk, who, "offers_by_whatsapp", "id")  # confirmed by a code, which nobody can prove here
    with pytest.raises(NotFound):
        await give(desk, who, "everything", "id")


async def test_an_objection_holds_and_is_lifted(desk: Desk, post: Post) -> None:
    """The door refuses the purpose at once, and the letter says what it applies to."""
    await guest(desk, post)
    who, _ = await come_in(desk, post)
    answer = await oppose(desk, who, {"optimise"})
    assert answer is not None
    assert (await review(desk, who)).objected == ("optimise",)
    assert await oppose(desk, who, {"optimise"}) is None
    with pytest.raises(BadInput):
        await oppose(desk, who, {"orders"})
    await integrated(desk)
    await deliver(desk, post)
    assert "memperbaiki layanan" in post.sent[-1].text
    assert await oppose(desk, who, set()) is not None
    assert (await review(desk, who)).objected == ()
    assert await lines(desk, "object", "lifted") == ["rights.objection"]
    assert await sums(desk, "rights.objection.within") == 2


async def test_a_yes_ends_an_objection_to_the_same_purpose(desk: Desk, post: Post) -> None:
    await guest(desk, post, yes=False)
    who, _ = await come_in(desk, post)
    await oppose(desk, who, {"offers", "optimise"})
    await give(desk, who, OFFERS, "id")
    assert (await review(desk, who)).objected == ("optimise",)


async def test_what_is_restricted_is_kept_and_not_used(desk: Desk, post: Post) -> None:
    """UU PDP 41: staff are refused, also for an open order; the law's own purpose goes on; lifting opens again."""
    number = await guest(desk, post)
    await paid(desk, number)
    dispatcher, accountant = await hired(desk, "dispatcher"), await hired(desk, "accountant")
    who, _ = await come_in(desk, post)
    await restrict(desk, who, {"*"})
    with pytest.raises(Refused, match="restricted"):
        await look(desk, dispatcher, Wish(number, "orders", NAME))
    assert (await look(desk, accountant, Wish(number, "bookkeeping", NAME, "faktur"))).values
    await integrated(desk)
    await deliver(desk, post)
    assert "menyelesaikan pesanan" in post.sent[-1].text
    await restrict(desk, who, {"service"})
    assert (await look(desk, dispatcher, Wish(number, "orders", NAME))).values
    with pytest.raises(BadInput):
        await restrict(desk, who, {"bookkeeping"})
    await restrict(desk, who, set())
    assert (await review(desk, who)).restricted == ()
    assert await sums(desk, "rights.restriction.within") == 3


async def test_a_copy_holds_everything_and_its_track_record(desk: Desk, post: Post, clock: Clock) -> None:
    """L6: both forms hold each value, each use and each answer; a mailed link alone gets none."""
    number = await guest(desk, post)
    await paid(desk, number)
    await look(desk, await hired(desk, "dispatcher"), Wish(number, "orders", NAME))
    stranger, _ = await come_in(desk, post)
    with pytest.raises(Refused, match="second_proof"):
        await export(desk, stranger, "json", "id")
    who = await known(desk, post, clock)
    copied = await export(desk, who, "json", "id")
    assert copied.name == f"salinan-data-{copied.answer.number}.json"
    whole = json.loads(copied.body)
    values = {path: value for part in whole["data"] for path, value in part["values"].items()}
    assert values["location.address"] == "Jalan Kenanga 7, Depok"
    assert values["payment.reference"] == "REF-7"
    assert all(part["ends"] for part in whole["data"])
    assert any((use["act"], use["role"]) == ("look", "dispatcher") for use in whole["track_record"])
    assert {said["state"] for said in whole["consents"]} == {"ConsentGiven", "ConsentRequested"}
    table = list(csv.DictReader(io.StringIO((await export(desk, who, "csv", "id")).body.decode("utf-8-sig"))))
    assert {row["part"] for row in table} == {"data", "consent", "shown", "request", "use"}
    assert "'+6281234567890" in {row["value"] for row in table}, "a phone number is no formula"
    assert [r.state for r in (await review(desk, who)).requests] == ["done", "done"]
    assert await sums(desk, "rights.access.within") == 2
    assert await sums(desk, "rights.portability.within") == 1
    await integrated(desk)
    await deliver(desk, post)
    assert any(copied.answer.number in mail.text for mail in post.sent[-2:])


@pytest.mark.parametrize("cell", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＠SUM(A1)"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


async def test_a_strangers_form_is_masked_in_the_copy_too(desk: Desk, post: Post, clock: Clock) -> None:
    from tepati.flows.acts.collect import collect

    await guest(desk, post)
    who = await known(desk, post, clock)
    await collect(desk, booking(desk, 8, location__address="Jalan Penipu 1, Bogor"))
    body = (await export(desk, who, "json", "id")).body.decode()
    assert "Penipu" not in body
    assert "Kenanga" in body


async def test_a_correction_is_written_into_every_record(desk: Desk, post: Post, clock: Clock) -> None:
    """L4: two bookings, one name; the old value stands nowhere; staff see the new one; the result is told."""
    number = await guest(desk, post)
    await guest(desk, post, 2)
    stranger, _ = await come_in(desk, post)
    with pytest.raises(Refused, match="second_proof"):
        await correct(desk, stranger, {"identity.name": "Ratna Wulandari"})
    who = await known(desk, post, clock)
    answer = await correct(desk, who, {"identity.name": " Ratna  Wulandari", "identity.phone": "0813 1111 2222"})
    mine = await show(desk, who, "id")
    assert mine.values["identity.name"] == ["Ratna Wulandari"]
    assert mine.values["identity.phone"] == ["+6281311112222"]
    assert mine.values["location.address"] == ["Jalan Kenanga 7, Depok"]
    clerk = await hired(desk, "dispatcher")
    assert (await look(desk, clerk, Wish(number, "orders", NAME))).values == {"identity.name": "Ratna Wulandari"}
    assert await lines(desk, "correct", "done") == ["rights.correction"]
    await integrated(desk)
    await deliver(desk, post)
    assert answer.number in post.sent[-1].text
    assert "Yang diperbaiki: nama dan nomor telepon" in post.sent[-1].text
    assert "Wulandari" not in post.sent[-1].text


async def test_what_cannot_be_corrected_is_a_fault_by_its_field(desk: Desk, post: Post, clock: Clock) -> None:
    await guest(desk, post)
    who = await known(desk, post, clock)
    with pytest.raises(BadInput) as bad:
        await correct(desk, who, {"identity.phone": "12", "identity.email": "a@b.example", "payment.amount": "1 IDR"})
    assert dict(bad.value.faults) == {
        "identity.phone": "not_phone", "identity.email": "not_an_option", "payment.amount": "not_an_option",
    }  # fmt: skip
    with pytest.raises(BadInput):
        await correct(desk, who, {})
    with pytest.raises(NotFound):
        await correct(desk, who, {"complaint.text": "keluhan"})


async def test_staff_correct_for_somebody_at_the_counter(desk: Desk, post: Post) -> None:
    """The same act under an actor: the person reads the role, and the reason stands in the actor's opening."""
    number = await guest(desk, post)
    clerk = await hired(desk, "privacy_desk")
    with pytest.raises(Refused, match="channel_not_offered"):
        await correct(desk, Behalf(clerk, number, "whatsapp"), {"identity.name": "Ratna W"})
    with pytest.raises(Refused):
        await correct(desk, Behalf(await hired(desk, "editor"), number, "phone"), {"identity.name": "Ratna W"})
    answer = await correct(desk, Behalf(clerk, number, "phone"), {"identity.name": "Ratna W"})
    who, _ = await come_in(desk, post)
    assert [(r.number, r.channel) for r in (await review(desk, who)).requests] == [(answer.number, "phone")]


async def test_the_address_moves_only_by_its_own_link(desk: Desk, post: Post, clock: Clock) -> None:
    """The new mailbox confirms, the old one is told and leads nowhere any more; the new one comes in."""
    new = "ratna.baru@contoh.example"
    await guest(desk, post)
    who = await known(desk, post, clock)
    await move.ask(desk, who, f" {new.upper()} ", "id")
    await integrated(desk)
    await deliver(desk, post)
    to_new = next(mail for mail in post.sent if mail.to == new)
    assert "Ratna" not in to_new.text
    assert [mail.to for mail in post.sent[-2:]].count(EMAIL) == 1
    token = post.link("move", new)
    with pytest.raises(BadInput):
        await move.move(desk, token, "lain@contoh.example")
    await move.move(desk, token, new)
    await integrated(desk)
    await deliver(desk, post)
    assert {mail.to for mail in post.sent[-2:]} == {EMAIL, new}
    with pytest.raises(Exception, match="link_used"):
        await move.move(desk, token, new)
    assert await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, EMAIL)) is None
    moved, _ = await come_in(desk, post, new)
    assert moved.person == who.person
    assert (await show(desk, who, "id")).values["identity.email"] == [new]
    assert await count(desk.store, "ident WHERE field = 'identity.email'") == 1


async def test_the_old_address_stops_a_move(desk: Desk, post: Post, clock: Clock) -> None:
    """Whoever has the device but not the mailbox: the letter to the old address voids the link."""
    from tepati.flows.acts import enter

    await guest(desk, post)
    who = await known(desk, post, clock)
    await move.ask(desk, who, "pencuri@contoh.example", "id")
    await integrated(desk)
    await deliver(desk, post)
    await enter.deny(desk, post.link("confirm", EMAIL))
    with pytest.raises(Exception, match="link_expired"):
        await move.move(desk, post.link("move", "pencuri"), "pencuri@contoh.example")


async def test_an_address_of_somebody_else_is_told_only_by_its_mailbox(desk: Desk, post: Post, clock: Clock) -> None:
    await guest(desk, post)
    await guest(desk, post, 2, identity__email="sari@contoh.example")
    who = await known(desk, post, clock)
    taken = await move.ask(desk, who, "sari@contoh.example", "id")
    free = await move.ask(desk, who, "belum@contoh.example", "id")
    assert (taken.number, taken.due) == (free.number, free.due), "one answer for both"
    await integrated(desk)
    await deliver(desk, post)
    with pytest.raises(Exception, match="claimed"):
        await move.move(desk, post.link("move", "sari"), "sari@contoh.example")
    assert await person_of(desk) == who.person


async def test_erasure_from_the_centre(desk: Desk, post: Post, clock: Clock) -> None:
    """A mailed link alone waits a day, with the way to cancel; a known device is carried out at once."""
    await guest(desk, post)
    who, _ = await come_in(desk, post)
    waiting = await request_own(desk, who)
    assert waiting.at == clock.at + 24 * 3_600_000_000
    await tick(desk, post)
    assert "/confirm/" in post.sent[-1].text
    assert await count(desk.store, "person WHERE population = 'customer'") == 1
    device = await known(desk, post, clock)
    at_once = await request_own(desk, device)
    assert at_once.number == waiting.number, "asked twice is asked once"
    await tick(desk, post)
    await tick(desk, post)
    assert await count(desk.store, "person WHERE population = 'customer'") == 0
    with pytest.raises(NotFound):
        await show(desk, device, "id")


async def test_staff_answer_what_waits(desk: Desk, post: Post, clock: Clock) -> None:
    """The clock stops with the answer, the person is told and reads the outcome; none twice, none to an erasure."""
    from tepati.flows.acts.answer import answer
    from tepati.flows.acts.dispute import dispute
    from tepati.flows.acts.trace import trace

    number = await guest(desk, post)
    who, _ = await come_in(desk, post)
    line = (await trace(desk, who)).traces[0].line
    asked = await dispute(desk, who, line)
    clock.forward(hours=5)
    with pytest.raises(Refused):
        await answer(desk, await hired(desk, "dispatcher"), asked.number, "in_order")
    clerk = await hired(desk, "privacy_desk")
    ended = await answer(desk, clerk, asked.number, "in_order")
    assert (ended.number, ended.done - ended.received) == (asked.number, 5 * 3_600_000_000)
    with pytest.raises(NotFound):
        await answer(desk, clerk, asked.number, "in_order")
    who, _ = await come_in(desk, post)
    (request,) = (await review(desk, who)).requests
    assert (request.state, request.outcome, request.about) == ("done", "in_order", line)
    assert (await dispute(desk, who, line)).number == asked.number, "one for each line, answered or not"
    with pytest.raises(Refused):
        await look(desk, clerk, Wish(asked.number, "requests", NAME, "sanggahan"))
    waiting = await request_own(desk, who)
    with pytest.raises(Refused):
        await answer(desk, clerk, waiting.number, "declined")
    assert number
