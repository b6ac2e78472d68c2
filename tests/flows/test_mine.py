"""A person sees what is held of them and who used it: the door's two halves, and what a stranger's form cannot do."""

import json

import pytest

from tepati.errors import NotFound, Refused, Tampered
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.dispute import dispute
from tepati.flows.acts.export import export
from tepati.flows.acts.foresee import foresee
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.review import review
from tepati.flows.acts.schedule import schedule
from tepati.flows.acts.show import show
from tepati.flows.acts.sweep import sweep
from tepati.flows.acts.trace import PAGE, trace
from tepati.flows.desk import Desk
from tepati.flows.rights import Behalf
from tepati.notice.values import Duration
from tepati.registers import requests
from tests.conftest import Clock
from tests.flows.complaining import complained
from tests.flows.conftest import SLUG, Post, booking
from tests.flows.inside import come_in, integrated, known
from tests.flows.people import guest, hired, lines, paid, person_of

LOOK = frozenset({"identity.name", "location.address"})


async def test_every_category_has_an_end_and_a_use(desk: Desk, post: Post, clock: Clock) -> None:
    """F11: nothing is held without an end; what waits for the booking's end says so, with the instant at the latest."""
    number = await guest(desk, post)
    await paid(desk, number)
    mine = await show(desk, await known(desk, post, clock), "id")
    held = {one.category: one for one in mine.kept}
    assert set(held) == {"identity", "location", "payment", "booking"}
    assert all(one.until > clock.at and one.purposes and one.fields for one in mine.kept)
    assert (held["identity"].waits, held["identity"].length) == ("booking.closed", Duration(2, "year"))
    assert held["payment"].waits == ""
    assert held["payment"].specific
    assert held["payment"].held is not None
    assert held["payment"].held.rule == "UU KUP 28(11)"
    assert held["identity"].held is not None
    assert held["identity"].held.fields == frozenset({"identity.name"})
    assert held["booking"].held is None
    assert "offers" in held["identity"].purposes


async def test_an_erasure_says_which_cases_it_ends_by_kind_and_known_number(
    desk: Desk, post: Post, clock: Clock
) -> None:
    """A question is no order, and a visit is known by its booking's number."""
    number = await guest(desk, post)
    asked = await complained(desk, await person_of(desk))
    await schedule(desk, await hired(desk, "dispatcher"), number, "", "")
    seen = await foresee(desk, await known(desk, post, clock))
    assert set(seen.open) == {("booking", number), ("complaint", asked)}


async def test_a_purpose_that_rests_on_consent_is_told_only_where_it_was_given(
    desk: Desk, post: Post, clock: Clock
) -> None:
    await guest(desk, post, yes=False)
    mine = await show(desk, await known(desk, post, clock), "id")
    assert all("offers" not in one.purposes for one in mine.kept)


async def test_a_mailed_link_alone_shows_no_value(desk: Desk, post: Post, clock: Clock) -> None:
    """Who only reads the mailbox sees which kinds of data are held and until when, and no value; no line is due."""
    await guest(desk, post)
    who, _ = await come_in(desk, post)
    mine = await show(desk, who, "id")
    assert not who.known
    assert len(mine.kept) == 3
    assert mine.values == {}
    assert await lines(desk, "show", "allowed") == []
    mine = await show(desk, await known(desk, post, clock), "id")
    assert mine.values["location.address"] == ["Jalan Kenanga 7, Depok"]
    assert mine.values["booking.service"] == ["Pembersihan rutin"]
    assert await lines(desk, "show", "allowed") == ["rights.access"]


async def test_values_that_differ_are_shown_side_by_side(desk: Desk, post: Post, clock: Clock) -> None:
    """There is no merged profile: each record keeps what it said, the newest first."""
    await guest(desk, post)
    clock.forward(hours=2)
    await guest(desk, post, 2, location__address="Jalan Melati 9, Depok")
    mine = await show(desk, await known(desk, post, clock), "id")
    assert mine.values["location.address"] == ["Jalan Melati 9, Depok", "Jalan Kenanga 7, Depok"]
    assert mine.values["identity.name"] == ["Ratna Dewi"]
    assert {one.category: one.records for one in mine.kept}["location"] == 2


async def test_a_strangers_form_is_masked_until_its_own_link_was_used(desk: Desk, post: Post, clock: Clock) -> None:
    """Somebody types Ratna's address: she sees that, masked, apart from her own data; it changes none of it."""
    await guest(desk, post)
    who = await known(desk, post, clock)
    await collect(desk, booking(desk, 7, location__address="Jalan Penipu 1, Bogor", identity__name="Orang Lain"))
    mine = await show(desk, who, "id")
    assert mine.values["location.address"] == ["Jalan Kenanga 7, Depok"]
    assert mine.values["identity.name"] == ["Ratna Dewi"]
    ((parts, masked),) = mine.unproven
    assert all(part.unproven and part.held is None for part in parts)
    assert "Jalan Penipu" not in str(masked)
    assert "Orang Lain" not in str(masked)
    assert masked["identity.name"] == ["O••• L•••"]


async def test_a_stranger_who_comes_in_by_the_mailbox_sees_masks_only(desk: Desk, post: Post, clock: Clock) -> None:
    """Whoever is provisional proved the mailbox, not the form: everything is masked."""
    await collect(desk, booking(desk, 3))
    await deliver(desk, post)
    who, entered = await come_in(desk, post)
    mine = await show(desk, who, "id")
    assert mine.kept == []
    ((_, values),) = mine.unproven
    assert values == {}
    del entered


async def test_the_trail_tells_role_fields_and_number_and_no_name(desk: Desk, post: Post, clock: Clock) -> None:
    """Who used it, what, for what, when, for which booking; refusals too; never who of the staff it was."""
    number = await guest(desk, post)
    dispatcher = await hired(desk, "dispatcher")
    clock.forward(hours=1)
    await look(desk, dispatcher, Wish(number, "orders", LOOK))
    clock.forward(hours=1)
    with pytest.raises(Refused):
        await look(desk, dispatcher, Wish(number, "offers", frozenset({"identity.name"})))
    clock.forward(hours=1)
    who, _ = await come_in(desk, post)
    found = (await trace(desk, who)).traces
    refused = next(one for one in found if one.answer == "refused")
    used = next(one for one in found if (one.act, one.answer) == ("look", "allowed"))
    assert (used.says.role, used.number, used.purpose) == ("dispatcher", number, "orders")
    assert set(used.says.fields) == LOOK
    assert refused.promise.startswith("roles.dispatcher")
    assert found.index(refused) < found.index(used), "newest first"
    assert used.says.at == clock.at - 2 * 3_600_000_000, "the exact time stands in the person's own opening"
    assert "Wulan" not in str(found)
    assert dispatcher.person.hex() not in str(found)


async def test_the_trail_is_paged(desk: Desk, post: Post, clock: Clock) -> None:
    number = await guest(desk, post)
    dispatcher = await hired(desk, "dispatcher")
    for _ in range(PAGE):
        clock.forward(seconds=60)
        await look(desk, dispatcher, Wish(number, "orders", LOOK))
    who, _ = await come_in(desk, post)
    first, second = await trace(desk, who), await trace(desk, who, 2)
    assert (len(first.traces), first.pages, second.page) == (PAGE, 2, 2)
    assert first.total == PAGE + len(second.traces)
    assert not {one.line for one in first.traces} & {one.line for one in second.traces}
    assert min(one.says.at for one in first.traces) >= max(one.says.at for one in second.traces)
    assert (await trace(desk, who, 99)).page == 2


async def test_a_use_that_is_not_recognised_opens_one_request(desk: Desk, post: Post, clock: Clock) -> None:
    """One per line, with a number and the clock of questions; the person is told by mail; staff find it by deadline."""
    number = await guest(desk, post)
    await look(desk, await hired(desk, "dispatcher"), Wish(number, "orders", LOOK))
    await integrated(desk)
    who, _ = await come_in(desk, post)
    used = next(one for one in (await trace(desk, who)).traces if one.act == "look")
    answer = await dispute(desk, who, used.line)
    assert answer.due == desk.after(clock.at, Duration(3, "working_day"))
    assert (await dispute(desk, who, used.line)).number == answer.number, "asked twice is asked once"
    (waiting,) = await desk.store.read(lambda tx: requests.open_in(tx, SLUG, 9))
    assert (waiting.kind, waiting.about, waiting.number) == ("dispute", used.line, answer.number)
    again = next(one for one in (await trace(desk, who)).traces if one.line == used.line)
    assert again.dispute == answer.number
    assert [r.number for r in (await review(desk, who)).requests] == [answer.number]
    await integrated(desk)
    await deliver(desk, post)
    assert answer.number in post.sent[-1].text
    privacy = await hired(desk, "privacy_desk")
    seen = await look(desk, privacy, Wish(answer.number, "requests", frozenset({"identity.name"}), "sanggahan"))
    assert seen.values == {"identity.name": "R••• D•••"}, "whoever answers it sees, masked, while it runs"


async def test_somebody_elses_line_cannot_be_disputed(desk: Desk, post: Post) -> None:
    """A line id that leaked opens nothing: it is looked up under the person's own keys."""
    await guest(desk, post)
    await guest(desk, post, 2, identity__email="sari@contoh.example")
    sari, _ = await come_in(desk, post, "sari@contoh.example")
    ratna, _ = await come_in(desk, post)
    line = (await trace(desk, sari)).traces[0].line
    with pytest.raises(NotFound):
        await dispute(desk, ratna, line)
    assert (await review(desk, ratna)).requests == []


async def test_staff_open_a_dispute_for_somebody_on_the_phone(desk: Desk, post: Post) -> None:
    """The same act, with an actor; whoever may not handle requests may not."""
    number = await guest(desk, post)
    who, _ = await come_in(desk, post)
    line = (await trace(desk, who)).traces[0].line
    with pytest.raises(Refused):
        await dispute(desk, Behalf(await hired(desk, "dispatcher"), number, "phone"), line)
    answer = await dispute(desk, Behalf(await hired(desk, "privacy_desk"), number, "phone"), line)
    assert (await review(desk, who)).requests[0].channel == "phone"
    assert answer.number == (await review(desk, who)).requests[0].number


async def test_sql_that_makes_a_device_known_opens_nothing(desk: Desk, post: Post, clock: Clock) -> None:
    """A device whose row says that it is known, written without the key, is refused, and raises the alarm."""
    from tepati.flows.acts import enter

    await guest(desk, post)
    who, entered = await come_in(desk, post)
    await enter.know(desk, who, "android", "id")
    await desk.store.write(lambda tx: tx.run("UPDATE device SET known = 0"))
    with pytest.raises(Tampered):
        await enter.visitor(desk, entered.session, entered.device)
    person = await person_of(desk)
    assert person == who.person


@pytest.mark.promise("F11")
async def test_what_only_a_hold_keeps_is_shown_to_its_person_and_copied(desk: Desk, post: Post, clock: Clock) -> None:
    """UU PDP Art. 7: past its own end an invoice's data waits for the law's end; its person reads it."""
    await paid(desk, await guest(desk, post))
    clock.forward(days=2 * 365 + 10)
    await sweep(desk)
    stranger, _ = await come_in(desk, post)
    mine = await show(desk, stranger, "id")
    told = {one.category: one for one in mine.kept}
    assert (mine.values, mine.lawful) == ({}, {}), "a mailed link alone opens nothing"
    assert told["payment"].lawful
    assert told["payment"].purposes == ("bookkeeping",)
    assert told["payment"].held is not None
    assert told["payment"].held.rule == "UU KUP 28(11)"
    assert told["payment"].until == told["payment"].held.until > clock.at
    who = await known(desk, post, clock)
    mine = await show(desk, who, "id")
    assert mine.lawful["payment.reference"] == ["REF-7"]
    assert "payment.reference" not in mine.values, "it serves nothing else, and nobody corrects it"
    assert mine.values["identity.name"] == ["Ratna Dewi"]
    copy = json.loads((await export(desk, who, "json", "id")).body)
    (part,) = [part for part in copy["data"] if part["category"] == "payment"]
    assert part["values"]["payment.reference"] == "REF-7"
    assert part["purposes"] == ["bookkeeping"]
    assert part["kept_by_law"].startswith("UU KUP 28(11), 20")
