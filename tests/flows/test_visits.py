"""F4: a visit is planned, given to one cleaner, seen by them in its window only, and ends what the notice lets end."""

import dataclasses

import msgspec
import pytest

from tepati.errors import BadInput, Expired, NotFound, Refused, Tampered
from tepati.flows import hours
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.arrive import arrive, knock, place
from tepati.flows.acts.assign import assign
from tepati.flows.acts.call_off import call_off
from tepati.flows.acts.close import close
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.dismiss import dismiss
from tepati.flows.acts.idle import idle
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.schedule import schedule
from tepati.flows.acts.staff import signed_in
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.flows.entrance import entered
from tepati.notice.values import Duration
from tepati.registers import dealings
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import guest, hired, lines, person_of

DAY = 86_400_000_000
NINETY = Duration(90, "day")
PHONE = "a phone's own secret"


def local(day: int, hour: int, minute: int = 0) -> int:
    """Give an instant of November 2026 in Jakarta."""
    import datetime as dt

    at = dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    return int(at.timestamp()) * 1_000_000


async def given(desk: Desk, post: Post) -> tuple[str, Actor, Actor, str]:
    """Book, plan and give a visit on 25 November at 13.30; return number, dispatcher, cleaner, link."""
    number, dispatcher, cleaner = await guest(desk, post), await hired(desk, "dispatcher"), await hired(desk, "cleaner")
    await schedule(desk, dispatcher, number)
    await assign(desk, dispatcher, number, cleaner.person)
    await deliver(desk, post)
    return number, dispatcher, cleaner, post.link("visit")


async def dealings_of(desk: Desk) -> list[dealings.Dealing]:
    person = await person_of(desk)
    found = await desk.store.read(lambda tx: dealings.of_person(tx, person))
    return sorted(found, key=lambda each: (each.opened, each.kind))


async def ends(desk: Desk) -> dict[str, int]:
    """Read the ends of a customer's data from facts and table, which must agree."""
    person = await person_of(desk)

    async def look_(sheet):
        facts, _ = await sheet.facts(person)
        (row,) = facts.rows.values()
        rows = await sheet.tx.all("SELECT category, due FROM sealed WHERE person = $1", person)
        assert dict(rows).items() <= row.ends.items()
        return dict(rows)

    return await desk.read(look_)


async def test_a_booking_becomes_a_visit_at_the_booked_hour(desk: Desk, post: Post) -> None:
    """F2 F4: planned start and end come from the booked day and hour; the person is told by a declared letter."""
    number, dispatcher = await guest(desk, post), await hired(desk, "dispatcher")
    planned = await schedule(desk, dispatcher, number)
    assert (planned.starts, planned.ends) == (local(25, 13, 30), local(25, 15, 30))
    await deliver(desk, post)
    assert "25 November 2026 pukul 13.30 WIB" in post.sent[-1].text
    assert post.sent[-1].to == "ratna@contoh.example"
    booked, visit = await dealings_of(desk)
    assert (visit.kind, visit.record, visit.moments["starts"]) == ("visit", booked.dealing, planned.starts)
    assert await lines(desk, "schedule", "done") == ["roles.dispatcher"]
    assert (await ends(desk))["location"] == desk.after(planned.ends, NINETY)


async def test_the_cleaner_sees_the_address_in_the_window_only(desk: Desk, post: Post, clock: Clock) -> None:
    """F4: from 18.00 the evening before until two hours after, by a link that opens once, on one phone."""
    number, _, cleaner, link = await given(desk, post)
    letter = post.sent[-1]
    assert letter.to == "cleaner@fineclean.example"
    for value in ("Ratna", "Kenanga", "0812 3456 7890", number):
        assert value not in letter.text + letter.html + letter.subject
    clock.at = local(24, 17, 59)
    assert (await knock(desk, link, "")).state == "early"
    with pytest.raises(Expired):
        await arrive(desk, link, PHONE)
    clock.at = local(24, 18)
    assert (await knock(desk, link, "")).state == "ready"
    await arrive(desk, link, PHONE)
    seen = await place(desk, link, PHONE, "id")
    assert seen.values == {"identity.name": "Ratna Dewi", "location.address": "Jalan Kenanga 7, Depok",
                           "booking.service": "Pembersihan rutin"}  # fmt: skip
    await place(desk, link, PHONE, "id")
    assert await lines(desk, "look", "allowed") == ["roles.cleaner", "roles.cleaner"]
    assert (await knock(desk, link, "another phone")).state == "used"
    for other in ("", "another phone"):
        with pytest.raises(Expired):
            await place(desk, link, other, "id")
        with pytest.raises(Expired):
            await arrive(desk, link, other)
    clock.at = local(25, 17, 30)
    assert (await knock(desk, link, PHONE)).state == "over"
    with pytest.raises(Expired):
        await place(desk, link, PHONE, "id")
    assert len(await lines(desk, "look", "allowed")) == 2
    assert cleaner.person


async def test_the_persons_opening_says_role_and_visit(desk: Desk, post: Post, clock: Clock) -> None:
    """Each look of the cleaner can be read by the person: which role, which fields, which visit."""
    _, _, _, link = await given(desk, post)
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    seen = await place(desk, link, PHONE, "id")
    person, visit = await person_of(desk), (await dealings_of(desk))[1]

    async def read(sheet):
        from tepati.ledger import openings
        from tepati.rules.facts import Use

        facts, _ = await sheet.facts(person)
        permit = await sheet.ask(Use(act="show", purpose="requests", fields=frozenset({"identity.name"}), at=0,
                                     role="person", person=person), facts)  # fmt: skip
        raw = await desk.vault.open_opening(sheet.tx, permit, bytes.fromhex(seen.line), "person")
        return msgspec.json.decode(openings.unpack(raw).payload)

    said = await desk.write(read)
    assert (said["role"], said["dealing"]) == ("cleaner", visit.dealing.hex())
    assert said["fields"] == ["booking.service", "identity.name", "location.address"]


async def test_of_two_bookings_the_cleaner_sees_the_address_of_theirs(desk: Desk, post: Post, clock: Clock) -> None:
    """The newer booking of the same person, at another address, is not this visit's."""
    number, _, _, link = await given(desk, post)
    await guest(desk, post, 2, location__address="Jalan Rahasia 1, Bogor", booking__date="2026-11-27")
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    assert (await place(desk, link, PHONE, "en")).values["location.address"] == "Jalan Kenanga 7, Depok"
    assert number


async def test_a_visit_given_to_another_shows_the_first_nothing(desk: Desk, post: Post, clock: Clock) -> None:
    """Reassigned: the browser that was bound sees nothing from that moment; the second cleaner has their own link."""
    number, dispatcher, _, link = await given(desk, post)
    other = await hired_as(desk, "bayu", "cleaner")
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    await place(desk, link, PHONE, "id")
    await assign(desk, dispatcher, number, other.person)
    assert (await knock(desk, link, PHONE)).state == "gone"
    for door in (place(desk, link, PHONE, "id"), arrive(desk, link, PHONE)):
        with pytest.raises(Expired):
            await door


async def hired_as(desk: Desk, name: str, *roles: str) -> Actor:
    from tepati.flows.acts.staff import Newcomer, undertake, welcome

    new = Newcomer("Bayu", f"{name}@fineclean.example", "0812 0000 3333", "kata sandi panjang", roles)
    person = (await welcome(desk, new)).person
    return Actor(person, roles, await undertake(desk, person))


async def test_a_new_link_to_the_same_cleaner_ends_the_old_one(desk: Desk, post: Post, clock: Clock) -> None:
    """A lost phone: the dispatcher sends a new link, and the old one with its browser opens nothing."""
    number, dispatcher, cleaner, link = await given(desk, post)
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    await assign(desk, dispatcher, number, cleaner.person)
    await deliver(desk, post)
    with pytest.raises(NotFound):
        await place(desk, link, PHONE, "id")
    new = post.link("visit")
    assert new != link
    with pytest.raises(Expired):
        await place(desk, new, PHONE, "id")
    await arrive(desk, new, PHONE)
    assert (await place(desk, new, PHONE, "id")).values


async def test_a_visit_called_off_or_moved_moves_window_and_ends(desk: Desk, post: Post, clock: Clock) -> None:
    """Moved: the window moves with it. Called off: nobody sees it, its hour is free, the person is told."""
    number, dispatcher, _, link = await given(desk, post)
    clock.at = local(24, 18)
    await arrive(desk, link, PHONE)
    planned = await schedule(desk, dispatcher, number, "2026-11-28", "s0800")
    await deliver(desk, post)
    with pytest.raises(NotFound):
        await place(desk, link, PHONE, "id")
    assert (await knock(desk, post.link("visit"), "")).opens == local(27, 18)
    assert (await ends(desk))["location"] == desk.after(planned.ends, NINETY)
    clock.at = local(27, 19)
    new = post.link("visit")
    await arrive(desk, new, PHONE)
    await call_off(desk, dispatcher, number)
    assert (await knock(desk, new, PHONE)).state == "gone"
    with pytest.raises(Expired):
        await place(desk, new, PHONE, "id")
    assert (await ends(desk))["location"] == desk.after(clock.at, NINETY)
    await deliver(desk, post)
    assert "dibatalkan" in post.sent[-1].subject
    again = await schedule(desk, dispatcher, number, "2026-12-02", "s1600")
    assert (await ends(desk))["location"] == desk.after(again.ends, NINETY)
    assert len(await dealings_of(desk)) == 3


async def test_closing_ends_the_roles_and_starts_the_terms(desk: Desk, post: Post, clock: Clock) -> None:
    """F4 F6: after closing the dispatcher sees nothing; identity ends two years after, the address in ninety days."""
    number, dispatcher, _, _ = await given(desk, post)
    with pytest.raises(BadInput, match="visit_ahead"):
        await close(desk, dispatcher, number)
    clock.at = local(25, 16)
    await close(desk, dispatcher, number)
    booked, visit = await dealings_of(desk)
    assert booked.closed == visit.closed == clock.at
    due = await ends(desk)
    assert due["location"] == desk.after(local(25, 15, 30), NINETY)
    assert due["identity"] == due["booking"] > clock.at + 729 * DAY
    for door in (
        look(desk, dispatcher, Wish(number, "orders", frozenset({"identity.name"}))),
        schedule(desk, dispatcher, number), close(desk, dispatcher, number), call_off(desk, dispatcher, number),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await door
        assert refused.value.promise == "roles.dispatcher"
    clock.at = due["location"]
    assert await sweep(desk) == 1
    assert "location" not in await ends(desk)
    assert len(await dealings_of(desk)) == 2, "what belongs to a booking stays as long as the booking"


async def test_the_clock_closes_what_nothing_happens_in(desk: Desk, post: Post, clock: Clock) -> None:
    """cases.<c>.idle: a visit seven days after its end, a booking thirty days after the last thing in it."""
    number, _, _, _ = await given(desk, post)
    clock.at = desk.after(local(25, 15, 30), Duration(7, "day")) - 1
    assert await idle(desk) == 0
    clock.at += 1
    assert await idle(desk) == 1
    booked, visit = await dealings_of(desk)
    assert (booked.closed, visit.closed) == (0, clock.at)
    clock.at = desk.after(clock.at, Duration(30, "day")) - 1
    assert await idle(desk) == 0
    clock.at += 1
    assert await idle(desk) == 1
    assert await idle(desk) == 0
    assert (await dealings_of(desk))[0].closed == clock.at
    assert sorted(await lines(desk, "close", "ended")) == ["cases.booking", "cases.visit"]
    assert number


@pytest.mark.parametrize("role", ["service_desk", "cleaner", "editor", "director"])
async def test_only_who_opens_visits_plans_them(desk: Desk, post: Post, role: str) -> None:
    """``cases.visit.opened_by``: another role is refused before the booking is looked for, and that is a line."""
    number, actor = await guest(desk, post), await hired(desk, role)
    for known in (number, "HC-0000-0000"):
        for door in (schedule(desk, actor, known), assign(desk, actor, known, actor.person), close(desk, actor, known),
                     call_off(desk, actor, known)):  # fmt: skip
            with pytest.raises(Refused) as refused:
                await door
            assert refused.value.promise == f"roles.{role}"
    assert len(await lines(desk, "move", "refused")) == 2


async def test_a_visit_goes_to_the_crew_only(desk: Desk, post: Post) -> None:
    """Neither to a dispatcher, nor to a customer, nor to one who left."""
    number, dispatcher, director = (
        await guest(desk, post),
        await hired(desk, "dispatcher"),
        await hired(desk, "director"),
    )
    with pytest.raises(BadInput, match="no_visit"):
        await assign(desk, dispatcher, number, dispatcher.person)
    await schedule(desk, dispatcher, number)
    cleaner = await hired(desk, "cleaner")
    await dismiss(desk, director, "cleaner@fineclean.example")
    for who in (dispatcher.person, await person_of(desk), cleaner.person, bytes(16)):
        with pytest.raises(BadInput, match="not_of_the_crew"):
            await assign(desk, dispatcher, number, who)


async def test_a_cleaner_who_left_or_never_signed_sees_nothing(desk: Desk, post: Post, clock: Clock) -> None:
    """Dismissed after the link was opened, or bound by no undertaking: nothing."""
    _, _, cleaner, link = await given(desk, post)
    director = await hired(desk, "director")
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    await dismiss(desk, director, "cleaner@fineclean.example")
    with pytest.raises(Expired):
        await place(desk, link, PHONE, "id")
    assert cleaner.person


async def test_an_undertaking_that_ran_out_closes_the_link(desk: Desk, post: Post, clock: Clock) -> None:
    """UU PDP Art. 36: signed before first access, yearly again."""
    number, dispatcher, _, _ = await given(desk, post)
    clock.forward(days=366)
    number = await guest(desk, post, 3, identity__email="lain@contoh.example", booking__date="2027-11-24")
    dispatcher = dataclasses.replace(dispatcher, undertaken=clock.at + DAY)
    await schedule(desk, dispatcher, number)
    cleaner = (await hired_as(desk, "bayu", "cleaner")).person
    await assign(desk, dispatcher, number, cleaner)
    await deliver(desk, post)
    clock.at += 400 * DAY
    await schedule(desk, dataclasses.replace(dispatcher, undertaken=clock.at + DAY), number, "2028-12-28", "s0800")
    await deliver(desk, post)
    link = post.link("visit")
    clock.at = (await knock(desk, link, "")).opens
    with pytest.raises(Refused, match="undertaking_missing"):
        await arrive(desk, link, PHONE)


async def test_a_session_of_a_visit_is_no_session_of_the_console(desk: Desk, post: Post, clock: Clock) -> None:
    """What binds a phone to one visit signs nobody in, though it is a session of the same person."""
    import base64

    _, _, cleaner, link = await given(desk, post)
    clock.at = local(25, 13)
    forged = base64.urlsafe_b64encode(cleaner.person + b"x" * 24).decode()
    await arrive(desk, link, PHONE)
    secret = desk.vault.index("session", forged)
    await desk.store.write(lambda tx: tx.run("UPDATE session SET secret = $1 WHERE kind = 'visit'", secret))
    with pytest.raises(Expired):
        await signed_in(desk, forged)


@pytest.mark.parametrize("what", ["assigned", "moments", "record", "closed", "kind"])
async def test_sql_neither_gives_a_visit_to_another_nor_moves_it(
    desk: Desk, post: Post, store: Store, clock: Clock, what: str
) -> None:
    """What the register says decides nothing: the facts do, and they carry a MAC."""
    _, _, _, link = await given(desk, post)
    thief = await hired_as(desk, "pencuri", "cleaner")
    values = {"assigned": thief.person, "moments": '{"ends":9000000000000000,"starts":1}', "record": bytes(16),
              "closed": 1, "kind": "booking"}  # fmt: skip
    await store.write(lambda tx: tx.run(f"UPDATE dealing SET {what} = $1 WHERE kind = 'visit'", values[what]))
    assert (await knock(desk, link, "")).state == "early"
    about = f"{(await person_of(desk)).hex()},{(await dealings_of(desk))[-1].dealing.hex()}"
    assert about
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    assert (await place(desk, link, PHONE, "id")).values["identity.name"] == "Ratna Dewi"


async def test_sql_that_gives_a_link_to_another_is_alarmed(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """A link's row pointed at another visit or another cleaner does not verify."""
    _, _, _, link = await given(desk, post)
    thief = await hired_as(desk, "pencuri", "cleaner")
    clock.at = local(25, 13)
    for table in ("link", "ident"):
        where = "kind = 'visit'" if table == "link" else "field = 'link'"
        await store.write(lambda tx, t=table, w=where: tx.run(f"UPDATE {t} SET person = $1 WHERE {w}", thief.person))
    with pytest.raises(Tampered):
        await arrive(desk, link, PHONE)


# --- hours -----------------------------------------------------------------------------------------------------------


def on_the_site(desk: Desk, n: int, **other: str):
    return msgspec.structs.replace(booking(desk, n, identity__email=f"tamu{n}@contoh.example", **other), holds=True)


async def test_two_at_once_do_not_get_the_last_hour(desk: Desk, store: Store) -> None:
    """Eight people press at the same moment for an hour with two cleaners: two of them have it, six are told."""
    import asyncio

    for name in ("bayu", "sulastri"):
        await hired_as(desk, name, "cleaner")
    ends_ = await asyncio.gather(*(collect(desk, on_the_site(desk, n)) for n in range(8)), return_exceptions=True)
    full = [end for end in ends_ if isinstance(end, BadInput)]
    assert len(full) == 6, ends_
    assert all(end.faults == {"booking.slot": "slot_full"} for end in full)
    assert await store.read(lambda tx: tx.one("SELECT count(*) FROM record WHERE point = 'booking'")) == (2,)
    import datetime as dt

    offered = hours.hours(desk.notice, dt.date(2026, 11, 25))
    assert await desk.read(lambda sheet: hours.full(sheet, offered)) == {"s1330"}


async def test_an_hour_is_held_for_the_letter_and_then_kept(desk: Desk, post: Post, clock: Clock) -> None:
    """Confirmed within the hour: kept until the visit. Not confirmed: free again, and whoever confirms late is told."""
    await collect(desk, on_the_site(desk, 1))
    await deliver(desk, post)
    late = post.link("confirm")
    clock.forward(hours=1)
    await sweep(desk)
    await collect(desk, on_the_site(desk, 2))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset(), "id")
    clock.forward(hours=2)
    await sweep(desk)
    with pytest.raises(BadInput, match="hour_gone"):
        await agree(desk, late, frozenset(), "id")
    with pytest.raises(BadInput):
        await collect(desk, on_the_site(desk, 3))
    dispatcher = await hired(desk, "dispatcher")
    number = (await desk.store.read(lambda tx: dealings.open_of(tx, desk.org, "booking", 5)))[0].number
    await schedule(desk, dispatcher, number, "2026-11-27", "s0800")
    await collect(desk, on_the_site(desk, 4))
    with pytest.raises(BadInput):
        await collect(desk, on_the_site(desk, 5, booking__date="2026-11-27", booking__slot="s0800"))
    await call_off(desk, dispatcher, number)
    await collect(desk, on_the_site(desk, 6, booking__date="2026-11-27", booking__slot="s0800"))


async def test_what_staff_type_holds_its_hour_as_long_as_its_letter(desk: Desk, post: Post, clock: Clock) -> None:
    """Told by phone and typed: the place is held until the link ends, not for an hour only; then it is free."""
    dispatcher = await hired(desk, "dispatcher")
    spoken = msgspec.structs.replace(booking(desk, 1), channel="phone")
    (typed,) = await entered(desk, dispatcher, [spoken])
    await collect(desk, typed)
    clock.forward(hours=47)
    await sweep(desk)
    with pytest.raises(BadInput) as told:
        await collect(desk, on_the_site(desk, 2))
    assert told.value.faults == {"booking.slot": "slot_full"}
    assert told.value.values["free"] == "2026-11-25/s1600,2026-11-26/s0800,2026-11-26/s1030,2026-11-26/s1330"
    clock.forward(hours=2)
    await sweep(desk)
    await collect(desk, on_the_site(desk, 3))


async def test_a_visit_is_moved_to_a_full_hour_only_when_said_so(desk: Desk, post: Post) -> None:
    """The dispatcher is told that the hour is full, nothing moves, and the place held stays; knowing it, they may."""
    dispatcher = await hired(desk, "dispatcher")
    await collect(desk, on_the_site(desk, 1))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset(), "id")
    await collect(desk, on_the_site(desk, 2, booking__slot="s1600"))
    number = (await desk.store.read(lambda tx: dealings.open_of(tx, desk.org, "booking", 5)))[0].number
    with pytest.raises(BadInput) as told:
        await schedule(desk, dispatcher, number, slot="s1600")
    assert str(told.value.values["free"]).startswith("2026-11-26/s0800")
    with pytest.raises(BadInput):
        await collect(desk, on_the_site(desk, 3))
    await schedule(desk, dispatcher, number, slot="s1600", beyond=True)
    await collect(desk, on_the_site(desk, 4))


async def test_a_late_confirmation_takes_an_hour_that_is_still_free(desk: Desk, post: Post, clock: Clock) -> None:
    """The place ran out, nobody took it: confirming takes it again."""
    await collect(desk, on_the_site(desk, 1))
    await deliver(desk, post)
    clock.forward(hours=3)
    await sweep(desk)
    await agree(desk, post.link("confirm"), frozenset(), "id")
    with pytest.raises(BadInput):
        await collect(desk, on_the_site(desk, 2))


@pytest.mark.parametrize("date", ["2026-11-29", "2026-11-18", "2025-01-06", "2026-02-31"])
async def test_no_hour_on_a_sunday_or_in_the_past(desk: Desk, date: str) -> None:
    """29 November 2026 is a Sunday; 18 November at 13.30 is over."""
    with pytest.raises(BadInput):
        await collect(desk, on_the_site(desk, 1, booking__date=date))


async def test_an_erased_person_gives_their_hour_free(desk: Desk, post: Post, store: Store) -> None:
    """Nothing of a held hour stays behind; the hour itself never stood in a table."""
    await collect(desk, on_the_site(desk, 1))
    person = await person_of(desk, "tamu1@contoh.example")
    rows = await store.read(lambda tx: tx.all("SELECT * FROM place"))
    assert str(local(25, 13, 30)) not in str(rows)

    async def gone(sheet):
        await desk.vault.erase(sheet.tx, person)

    await desk.write(gone)
    assert await store.read(lambda tx: tx.one("SELECT count(*) FROM place")) == (0,)
    assert await store.read(lambda tx: tx.one("SELECT count(*) FROM ident WHERE field = 'hour'")) == (0,)
    await collect(desk, on_the_site(desk, 2))
