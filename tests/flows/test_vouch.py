"""Somebody without an e-mail address: staff attest their booking, and their rights hold."""

import dataclasses

import pytest
from msgspec.structs import replace

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import callers
from tepati.flows.actor import Actor
from tepati.flows.acts import enter, move
from tepati.flows.acts.bookings import bookings
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.complaints import complaints
from tepati.flows.acts.correct import correct
from tepati.flows.acts.countersign import countersign
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.hand_over import hand_over
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.oppose import oppose
from tepati.flows.acts.person import search
from tepati.flows.acts.receive import receive
from tepati.flows.acts.settle import Said, settle
from tepati.flows.acts.sweep import sweep
from tepati.flows.acts.vouch import attested, vouch
from tepati.flows.desk import Desk
from tepati.flows.entrance import entered
from tepati.flows.rights import Behalf
from tepati.flows.tick import tick
from tepati.rules.facts import mailless
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.inside import integrated
from tests.flows.people import confirmed, count, guest, hired, lines

PHONE = "0812 3456 7890"


async def typed(desk: Desk, actor: Actor, n: int = 1, **other: str) -> Form:
    """What staff type of a caller without an address."""
    one = booking(desk, n, **other)
    values = {path: value for path, value in one.values.items() if path != "identity.email"}
    (form,) = await entered(desk, actor, [replace(one, channel="phone", values=values, ticks=frozenset())])
    return form


async def told(desk: Desk, actor: Actor, n: int = 1, **other: str) -> Form:
    """What staff type of somebody without an address who asks."""
    values = {
        "identity.name": "Ratna Dewi", "complaint.kind": "question", "complaint.text": "Apakah aman untuk kucing?",
        "complaint.callback": PHONE,
    } | {key.replace("__", "."): value for key, value in other.items()}  # fmt: skip
    one = replace(booking(desk, n), point="complaint", channel="phone", values=values, ticks=frozenset(), terms=False)
    (form,) = await entered(desk, actor, [one])
    return form


async def booked(desk: Desk, n: int = 1) -> tuple[Actor, str]:
    clerk = await hired(desk, "dispatcher")
    return clerk, (await vouch(desk, await typed(desk, clerk, n))).number


async def person_of(desk: Desk) -> bytes:
    row = await desk.store.read(lambda tx: tx.one("SELECT person FROM record WHERE point = 'booking'"))
    assert row is not None
    return bytes(row[0])  # type: ignore[arg-type]


async def test_an_attested_booking_is_work_at_once(desk: Desk, post: Post) -> None:
    """Its case is open, its hour is held for good, who typed it stands in the line, and no letter waits."""
    clerk, number = await booked(desk)
    found = await bookings(desk, clerk, "open", 0, 10)
    assert [(row.number, row.state) for row in found.rows] == [(number, "unplanned")]
    await confirmed(desk, number)
    seen = await look(desk, clerk, Wish(number, "orders", frozenset({"identity.name", "location.address"})))
    assert seen.values["location.address"]
    assert [hit.person for hit in await search(desk, clerk, PHONE)] == [await person_of(desk)]
    assert await lines(desk, "confirm", "attested") == ["points.booking"]
    assert await count(desk.store, "outbox WHERE message LIKE 'confirm%'") == 0
    assert await count(desk.store, "link") == 0
    row = await desk.store.read(lambda tx: tx.one("SELECT joined FROM record WHERE point = 'booking'"))
    assert row is not None
    assert row[0] == 0, "nothing was proven"


async def test_it_outlives_the_hours_of_an_unproven_form(desk: Desk, post: Post, clock: Clock) -> None:
    """Two days end what nobody confirmed; what staff attested ends as the notice says."""
    clerk, number = await booked(desk)
    await collect(desk, booking(desk, 2, identity__email="lain@contoh.example", booking__slot="s1600"))
    clock.forward(hours=49)
    await tick(desk, post)
    assert await count(desk.store, "record WHERE point = 'booking'") == 1
    await confirmed(desk, number)
    assert (await look(desk, clerk, Wish(number, "orders", frozenset({"identity.name"})))).values


async def test_it_serves_what_it_came_for_and_nothing_else(desk: Desk, post: Post) -> None:
    """Another declared purpose of the point, a promotion, a way in: none of them."""
    _, number = await booked(desk)
    for role, purpose in (("service_desk", "service"), ("analyst", "optimise")):
        if role in desk.notice.roles:
            with pytest.raises((Refused, NotFound)):
                await look(desk, await hired(desk, role), Wish(number, purpose, frozenset({"identity.name"}), "tanya"))
    sent = len(post.sent)
    await enter.ask(desk, "ratna@contoh.example", "id")
    await deliver(desk, post)
    assert len(post.sent) == sent
    person = await person_of(desk)
    facts, _ = await desk.read(lambda sheet: sheet.facts(person))
    assert (facts.joined, facts.consents, mailless(facts)) == (False, {}, True)


async def test_only_staff_attest_and_never_a_consent(desk: Desk, post: Post) -> None:
    """A form of the site, an address, a tick, a point without a case: refused, and nothing is kept."""
    clerk = await hired(desk, "dispatcher")
    form = await typed(desk, clerk)
    before = await count(desk.store, "person")
    for bad, error in (
        (replace(form, actor=b"", role=""), Refused), (replace(form, ticks=frozenset({"offers_by_email"})), Refused),
        (replace(form, values={**form.values, "identity.email": "ratna@contoh.example"}), BadInput),
        (replace(form, values={**form.values, "identity.name": ""}), BadInput),
    ):  # fmt: skip
        with pytest.raises(error):
            await vouch(desk, bad)
    with pytest.raises(BadInput, match="faulty_form"):
        await collect(desk, form)  # without the word of staff the address is needed, as ever
    assert await count(desk.store, "person") == before


async def test_a_form_sent_twice_is_one_booking(desk: Desk, post: Post) -> None:
    clerk = await hired(desk, "dispatcher")
    form = await typed(desk, clerk)
    assert (await vouch(desk, form)).number == (await vouch(desk, form)).number
    assert await count(desk.store, "record WHERE point = 'booking'") == 1


async def test_two_callers_of_one_number_stay_two(desk: Desk, post: Post) -> None:
    """Nobody is joined by a name or a telephone number, to a person with an address least of all."""
    await guest(desk, post)
    clerk = await hired(desk, "dispatcher")
    for n, slot in ((5, "s1030"), (6, "s1600")):
        await vouch(desk, await typed(desk, clerk, n, booking__slot=slot))
    assert await count(desk.store, "person WHERE population = 'customer'") == 3
    found = await desk.read(lambda sheet: callers.holders(sheet, callers.number(PHONE)))
    assert len(found) == 3


async def test_rights_hold_by_the_number_on_paper(desk: Desk, post: Post, clock: Clock) -> None:
    """A copy in clear at the counter, a correction, an erasure with a certificate; no letter is put into the outbox."""
    _, number = await booked(desk)
    clerk = await hired(desk, "privacy_desk")
    second = await hired(desk, "director", "privacy_desk")
    asked = await receive(desk, clerk, number, "access", "counter", "in_person")
    await countersign(desk, second, asked.number)
    await integrated(desk)
    copy = await hand_over(desk, clerk, asked.number, "document", "json")
    assert b"Jalan" in copy.body
    await correct(desk, Behalf(clerk, number, "phone"), {"identity.name": "Ratna Wulandari"})
    fixed = await receive(desk, clerk, number, "access", "counter", "in_person")
    await countersign(desk, second, fixed.number)
    await integrated(desk)
    assert b"Ratna Wulandari" in (await hand_over(desk, clerk, fixed.number, "document", "json")).body
    await oppose(desk, Behalf(clerk, number, "email"), frozenset({"optimise"}))
    assert await count(desk.store, "outbox") == await count(desk.store, "outbox WHERE message LIKE 'staff%'")
    opened = await request(desk, clerk, Ask(number, "counter", "in_person"))
    assert opened.paper
    await tick(desk, post)
    await tick(desk, post)
    assert await count(desk.store, "person WHERE population = 'customer'") == 0
    assert await count(desk.store, "observation WHERE detail = 'untold'") == 0
    with pytest.raises(NotFound):
        await request(desk, clerk, Ask(number, "counter", "in_person"))


async def test_the_paper_is_for_what_staff_attested(desk: Desk, post: Post) -> None:
    clerk, number = await booked(desk)
    case = await attested(desk, clerk, number)
    assert case is not None
    assert case.opened == desk.now()
    other = await guest(desk, post, 2, booking__slot="s1600")
    for unknown in (other, "HC-0000-0000"):
        assert await attested(desk, clerk, unknown) is None


async def test_no_address_is_put_to_it_through_the_desk(desk: Desk, post: Post) -> None:
    """Nobody could refuse it, and nothing proves whose it is: no letter leaves to the mailbox that a clerk names."""
    _, number = await booked(desk)
    by = Behalf(await hired(desk, "privacy_desk"), number, "phone", "in_person")
    sent = len(post.sent)
    with pytest.raises(NotFound, match="no_such_field"):
        await move.ask(desk, by, "petugas@contoh.example")
    await deliver(desk, post)
    assert len(post.sent) == sent
    assert await count(desk.store, "outbox") == await count(desk.store, "device") == 0


async def test_a_question_on_the_phone_is_work_at_once_and_answered_on_the_phone(
    desk: Desk, post: Post, clock: Clock
) -> None:
    """Its clock runs from the call; the answer is sealed beside it, no letter leaves, and both end a year later."""
    clerk = await hired(desk, "service_desk")
    number = (await vouch(desk, await told(desk, clerk))).number
    (waiting,) = await complaints(desk, clerk)
    assert desk.notice.questions is not None
    due = desk.after(clock(), desk.notice.questions.within)
    assert (waiting.number, waiting.due, waiting.mailless) == (number, due, True)
    await confirmed(desk, number)
    seen = await look(desk, clerk, Wish(number, "service", frozenset({"complaint.text", "complaint.callback"})))
    assert set(seen.values) == {"complaint.text", "complaint.callback"}
    assert len(await search(desk, clerk, PHONE)) == 1
    for way in ("email", "counter", "fax", ""):  # no address; declared by nobody; none
        with pytest.raises(BadInput, match="form_shape"):
            await settle(desk, clerk, number, Said("Aman.", way))
    await settle(desk, clerk, number, Said("Aman, tanpa pemutih.", "phone"))
    assert await complaints(desk, clerk) == []
    assert await count(desk.store, "outbox WHERE message NOT LIKE 'staff%'") == 0
    assert await count(desk.store, "record WHERE joined = 1 AND point IN ('complaint', 'reply')") == 0
    clock.forward(days=367)
    await sweep(desk)
    assert await count(desk.store, "sealed WHERE category IN ('complaint', 'reply')") == 0


async def test_an_answer_that_mail_alone_could_bring_is_not_taken_down(desk: Desk, post: Post) -> None:
    """A notice that declares no other way: nobody is promised an answer that cannot reach them."""
    points = {**desk.notice.points, "reply": replace(desk.notice.points["reply"], channels=("email",))}
    mute = dataclasses.replace(desk, notice=replace(desk.notice, points=points))
    with pytest.raises(Refused, match="not_attested"):
        await vouch(mute, await told(mute, await hired(mute, "service_desk")))
    assert await count(desk.store, "record WHERE point = 'complaint'") == 0
