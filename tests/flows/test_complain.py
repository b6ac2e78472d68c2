"""F2: a question or complaint is its writer's when the mailbox proves it, or at once in the privacy centre."""

import base64
import dataclasses

import msgspec
import pytest

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.complain import complain
from tepati.flows.acts.complaints import complaints
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.enter import ask, enter, visitor
from tepati.flows.acts.follow import follow
from tepati.flows.acts.idle import idle
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.settle import Said, settle
from tepati.flows.desk import Desk
from tepati.flows.visitors import Visitor
from tepati.registers import counters
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import count, guest, hired, lines, person_of
from tests.flows.test_complaints import state_of
from tests.rules.test_pictures import SECRET, TOLD, jpeg

DAY = 86_400_000_000
PHOTO = base64.b64encode(jpeg(*TOLD)).decode()


def complaint(desk: Desk, n: int = 500, **other: str) -> Form:
    """Fill in the contact form."""
    values = {
        "identity.name": "Ratna Dewi", "identity.email": "ratna@contoh.example", "complaint.kind": "complaint",
        "complaint.text": "Sofa belum kering.", "complaint.booking": "HC-4K7Q-X2MB", "complaint.photo": PHOTO,
    } | {key.replace("__", "."): value for key, value in other.items()}  # fmt: skip
    return Form(
        point="complaint", channel="site", values={k: v for k, v in values.items() if v}, ticks=frozenset(),
        terms=False, language="id", shown=desk.digest, once=n.to_bytes(16, "big"),
    )  # fmt: skip


def short(desk: Desk, n: int = 500) -> Form:
    """Fill in the form as the privacy centre shows it: nothing of who writes."""
    return complaint(desk, n, identity__name="", identity__email="")


async def came_in(desk: Desk, post: Post) -> Visitor:
    """Come into the privacy centre by a mailed link."""
    await ask(desk, "ratna@contoh.example", "id")
    await deliver(desk, post)
    session = (await enter(desk, post.link("enter"), "", "android")).session
    return await visitor(desk, session, "")


async def received(desk: Desk, post: Post) -> None:
    """Let what waits for its receipt leave."""
    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    await deliver(desk, post)


async def test_a_letter_of_its_own_proves_the_address_and_repeats_nothing(desk: Desk, post: Post) -> None:
    number = (await collect(desk, complaint(desk))).number
    await deliver(desk, post)
    (letter,) = post.sent
    assert number in letter.text
    for typed in ("Ratna", "Sofa", "HC-4K7Q-X2MB"):
        assert typed not in letter.text + letter.html
    assert "pesanan" not in letter.subject.lower()
    link = await follow(desk, post.link("confirm"))
    assert (link.kind, link.number) == ("complaint", number)


async def test_confirmed_its_case_opens_and_the_writer_is_told_until_when(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:  # fmt: skip
    number = (await collect(desk, complaint(desk))).number
    await deliver(desk, post)
    assert await count(store, "dealing") == 0
    done = await agree(desk, post.link("confirm"), frozenset(), "id")
    assert (done.kind, done.number) == ("complaint", number)
    await received(desk, post)
    told = post.sent[-1]
    assert "Ratna Dewi" in told.text
    assert "Dijawab paling lambat" in told.text
    assert [each.name for each in told.attachments] == [f"tanda-terima-{number}.json"]
    assert await count(store, "dealing WHERE kind = 'complaint' AND closed IS NULL") == 1
    actor = await hired(desk, "service_desk")
    fields = frozenset({"identity.name", "complaint.text", "complaint.photo"})
    seen = await look(desk, actor, Wish(number, "service", fields))
    assert seen.values["complaint.text"] == "Sofa belum kering."
    kept = base64.b64decode(seen.values["complaint.photo"])
    assert kept == jpeg()
    assert SECRET not in kept


@pytest.mark.parametrize("inside", [False, True])
async def test_a_question_has_the_clock_that_is_promised_for_questions(
    desk: Desk, post: Post, clock: Clock, *, inside: bool
) -> None:  # fmt: skip
    """Told, listed and judged alike: three working days for a question, seven days for a complaint."""
    asked, waits = complaint(desk, 501, complaint__kind="question", complaint__photo=""), complaint(desk)
    await guest(desk, post)
    if inside:
        who = await came_in(desk, post)
        told = (
            await complain(
                desk, who, msgspec.structs.replace(short(desk, 501), values=_kind(short(desk, 501), "question"))
            )
        ).answer
        other = (await complain(desk, who, short(desk))).answer
    else:
        told, other = [await _confirmed(desk, post, form) for form in (asked, waits)]
    questions, within = desk.notice.questions, desk.notice.cases["complaint"].within
    assert questions
    assert within
    assert (told, other) == (desk.after(clock(), questions.within), desk.after(clock(), within))
    assert told < other
    actor = await hired(desk, "service_desk")
    first, second = await complaints(desk, actor)
    assert (first.due, first.promise) == (told, "questions.within")
    assert (second.due, second.promise) == (other, "cases.complaint.within")
    assert await state_of(desk, "questions.within") == await state_of(desk, "cases.complaint.within") == "due"
    clock.at = told + 1
    assert await state_of(desk, "questions.within") == "broken"
    assert await state_of(desk, "cases.complaint.within") == "due"
    actor = dataclasses.replace(actor, undertaken=clock.at + DAY)
    await settle(desk, actor, first.number, Said("Ya, bisa.", "phone"))
    await settle(desk, actor, second.number, Said("Maaf.", "phone"))
    sums = await desk.read(lambda sheet: counters.on(sheet.tx, desk.org))
    assert sums["questions.within"][counters.LATE].n == 1
    assert counters.LATE not in sums["cases.complaint.within"]


def _kind(form: Form, kind: str) -> dict[str, str]:
    return {**form.values, "complaint.kind": kind}


async def _confirmed(desk: Desk, post: Post, form: Form) -> int:
    await collect(desk, form)
    await deliver(desk, post)
    return (await agree(desk, post.link("confirm"), frozenset(), "id")).answer


async def test_a_question_is_idle_from_when_it_was_asked(desk: Desk, post: Post, clock: Clock) -> None:
    """What is only promised by then is nothing that happened: thirty days after it was asked the case closes."""
    await _confirmed(desk, post, complaint(desk, complaint__kind="question", complaint__photo=""))
    clock.forward(hours=24 * 31)
    assert await idle(desk) == 1


async def test_before_the_link_nobody_opens_it_and_it_ends_by_itself(desk: Desk, post: Post, clock: Clock) -> None:
    from tepati.flows.acts.sweep import sweep

    number = (await collect(desk, complaint(desk))).number
    actor = await hired(desk, "service_desk")
    with pytest.raises((NotFound, Refused)):
        await look(desk, actor, Wish(number, "service", frozenset({"complaint.text"})))
    clock.at += 3 * DAY
    await sweep(desk)
    assert await count(desk.store, "record WHERE point = 'complaint'") == 0


async def test_in_the_privacy_centre_it_is_theirs_at_once(desk: Desk, post: Post, store: Store) -> None:
    await guest(desk, post)
    who = await came_in(desk, post)
    sent = len(post.sent)
    number = (await complain(desk, who, short(desk))).number
    assert (await complain(desk, who, short(desk))).number == number, "pressed twice it is one"
    await received(desk, post)
    assert len(post.sent) == sent + 1
    assert "Ratna Dewi" in post.sent[-1].text
    assert await count(store, "dealing WHERE kind = 'complaint'") == 1
    assert await count(store, "link WHERE kind = 'complaint'") == 0
    actor = await hired(desk, "service_desk")
    seen = await look(desk, actor, Wish(number, "service", frozenset({"identity.email", "complaint.text"})))
    assert seen.values == {"identity.email": "ratna@contoh.example", "complaint.text": "Sofa belum kering."}
    assert "points.complaint" in await lines(desk, "confirm", "done")


async def test_who_came_in_speaks_for_nobody_else(desk: Desk, post: Post, store: Store) -> None:
    """A session of one person takes no address: nothing typed can point the words at another."""
    await guest(desk, post)
    who = await came_in(desk, post)
    with pytest.raises(Refused, match="already_known"):
        await complain(desk, who, complaint(desk))
    with pytest.raises(BadInput):
        await collect(desk, short(desk))  # without a session the address is needed
    with pytest.raises(NotFound):
        await complain(desk, dataclasses.replace(who, person=bytes(16)), short(desk))
    assert await count(store, "record WHERE point = 'complaint'") == 0


async def test_a_strangers_complaint_changes_nothing_of_a_known_person(desk: Desk, post: Post, store: Store) -> None:
    await guest(desk, post)
    person = await person_of(desk)
    before = (await desk.read(lambda sheet: sheet.facts(person)))[0]
    await collect(desk, complaint(desk, identity__name="Orang Lain"))
    after = (await desk.read(lambda sheet: sheet.facts(person)))[0]
    assert after.dealings == before.dealings
    assert after.consents == before.consents
    assert [row.joined for key, row in after.rows.items() if key not in before.rows] == [False]


async def test_a_mailbox_is_not_flooded(desk: Desk, post: Post) -> None:
    """Five letters a day to one unproven address; the answer stays the same."""
    await guest(desk, post)
    sent = len(post.sent)
    for n in range(8):
        assert (await collect(desk, complaint(desk, 600 + n))).number
    await deliver(desk, post)
    assert len(post.sent) == sent + 5


@pytest.mark.parametrize("kind", ["praise", ""])
async def test_the_kind_is_one_of_two(desk: Desk, kind: str) -> None:
    with pytest.raises(BadInput) as bad:
        await collect(desk, complaint(desk, complaint__kind=kind))
    assert set(bad.value.faults) == {"complaint.kind"}
