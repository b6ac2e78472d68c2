"""A guardian's yes: asked by a link, heard by staff, taken back; the child's form is used for nothing until then."""

import re
from dataclasses import replace

import msgspec
import pytest

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, Tampered
from tepati.flows import wards
from tepati.flows.actor import Actor
from tepati.flows.acts import enter, guardian, minors
from tepati.flows.acts.agree import agree
from tepati.flows.acts.audit import audit
from tepati.flows.acts.collect import collect
from tepati.flows.acts.compare import compare
from tepati.flows.acts.guardian import NO, TAKEN_BACK, YES, From
from tepati.flows.acts.minors import Call
from tepati.flows.desk import Desk
from tepati.flows.ends import kept
from tepati.flows.tick import tick
from tepati.rules.decide import decide
from tepati.rules.facts import Facts, Use
from tepati.rules.policy import compile as compiled
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import count, guest, hired, lines, person_of

ONE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # what both engines do alike is tested on one
MOTHER, CHILD = "ibu@rumah.example", "ratna@contoh.example"
CALL = Call("recorded_call", "yes", "0811 2222 333", "records", "Ibu membenarkan nama anak dan pesanan.")


def young(desk: Desk, n: int = 1, mother: str | None = MOTHER, device: str = "", **other: str):
    """A child's form."""
    form = booking(desk, n, identity__age="under_18", **other)
    return msgspec.structs.replace(form, guardian=mother, device=device, ticks=frozenset())


def by(desk: Desk, **rule: object) -> Desk:
    """The same organisation with another rule for guardians."""
    minors_ = msgspec.structs.replace(desk.notice.minors, guardian=msgspec.structs.replace(
        desk.notice.minors.guardian, **rule))  # fmt: skip
    notice = msgspec.structs.replace(desk.notice, minors=minors_)
    return replace(desk, notice=notice, policy=compiled(notice))


async def asked(desk: Desk, post: Post, n: int = 1, **other) -> tuple[str, str]:
    """Send a child's form; return its number and the secret of the guardian's link."""
    number = (await collect(desk, young(desk, n, **other))).number
    await tick(desk, post)
    return number, post.link("guardian", mother) if (mother := other.get("mother", MOTHER)) else ""


async def child(store: Store) -> bytes:
    (row,) = await store.read(lambda tx: tx.all("SELECT person FROM guardian"))
    return row[0]


async def facts(desk: Desk, person: bytes) -> Facts:
    return await desk.read(lambda sheet: _facts(sheet, person))


async def _facts(sheet, person: bytes) -> Facts:
    return (await sheet.facts(person))[0]


async def _kept(sheet, known: Facts):
    return kept(sheet, known)


async def given(desk: Desk, link: str) -> Actor:
    """Answer yes by the link, and have staff hear it; return who did."""
    await guardian.guardian(desk, link, YES, From())
    keeper = await hired(desk, "privacy_desk")
    for one in (await minors.minors(desk, keeper))[0]:
        if one.answered:
            await minors.hear(desk, keeper, one.number, CALL)
    return keeper


def use(person: bytes) -> Use:
    return Use(act="look", purpose="service", fields=frozenset({"identity.name"}), at=0, role="service_desk",
               person=person)  # fmt: skip


@pytest.mark.promise("W16", "L15")
async def test_a_childs_form_waits_alone_and_every_use_is_refused(desk: Desk, post: Post, store: Store, clock: Clock):
    """No address leads to it, nobody mails the child, and the door names the guardian who is missing."""
    number, _ = await asked(desk, post)
    assert number.startswith("HC-")
    assert [mail.to for mail in post.sent] == [MOTHER], "only the guardian is written to"
    assert "Ratna" not in post.sent[0].text, "a letter says nothing that the child typed"
    assert await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, CHILD)) is None
    person = await child(store)
    known = await facts(desk, person)
    assert known.minor_until > clock()
    assert not known.guardian
    for purpose in desk.notice.purposes:
        asking = msgspec.structs.replace(use(person), purpose=purpose, at=clock())
        with pytest.raises(Refused) as refused:
            decide(desk.policy, asking, known)
        assert refused.value.promise == "minors.guardian"


@ONE
@pytest.mark.promise("W16", "L15")
async def test_a_link_alone_makes_nothing_usable(desk: Desk, post: Post, store: Store, clock: Clock):
    """Opening it is not consenting, ever so often; its button counts once, and then staff have to hear the guardian."""
    keeper = await hired(desk, "privacy_desk")
    number, link = await asked(desk, post)
    for _ in range(3):  # a mail scanner
        found = await guardian.read(desk, link)
        assert (found.answered, found.back, found.point) == (0, False, "booking")
        assert found.name
        assert "Ratna Dewi" not in found.name
    assert (await minors.find(desk, keeper, number)).state == "asked"
    answered = await guardian.guardian(desk, link, YES, From())
    assert answered.due == desk.after(clock(), desk.notice.minors.guardian.within)
    with pytest.raises(Expired, match="link_used"):
        await guardian.guardian(desk, link, NO, From())
    assert not (await facts(desk, await child(store))).guardian
    await tick(desk, post)
    assert {mail.to for mail in post.sent} == {MOTHER}
    (receipt,) = post.sent[-1].attachments
    told = re.findall(rb'"[a-z_]*speci[a-z_]*": ?(true|false)', receipt.body)
    assert (set(told), len(told) > 5) == ({b"true"}, True), "all of a child's data is specific"


@pytest.mark.promise("W16", "W20", "L15")
async def test_a_link_and_a_call_put_the_yes_in_force(desk: Desk, post: Post, store: Store, clock: Clock):
    """Who waits longest stands first, with the declared time; after the call the form goes the usual way."""
    keeper = await hired(desk, "privacy_desk")
    number, link = await asked(desk, post)
    await guardian.guardian(desk, link, YES, From())
    (waiting,), _ = await minors.minors(desk, keeper)
    assert (waiting.number, waiting.state, waiting.mailed) == (number, "agreed", True)
    assert await minors.reveal(desk, keeper, number) == {"identity.name": "Ratna Dewi", "guardian.email": MOTHER}
    clock.forward(hours=2)
    await minors.hear(desk, keeper, number, CALL)
    left, pace = await minors.minors(desk, keeper)
    assert (left, pace.done, pace.slowest, pace.late) == ([], 1, 7_200_000_000, 0)
    person = await person_of(desk, CHILD)
    assert (await facts(desk, person)).guardian
    await tick(desk, post)
    assert {mail.to for mail in post.sent[-2:]} == {MOTHER, CHILD}
    await agree(desk, post.link("confirm", CHILD), frozenset(), "id")
    known = await facts(desk, person)
    held = await desk.read(lambda sheet: _kept(sheet, known))
    assert (known.joined, {one.specific for one in held}) == (True, {True})
    assert await lines(desk, "guardian", "given_recorded_call") == ["minors.guardian"]


@pytest.mark.promise("W16")
async def test_a_guardians_no_and_silence_end_it_all(desk: Desk, post: Post, store: Store, clock: Clock):
    """Nothing of the child, and nothing of the guardian, is left."""
    _, link = await asked(desk, post)
    assert (await guardian.guardian(desk, link, NO, From())).answer == NO
    for table in ("guardian", "person", "sealed", "record", "dek"):
        assert await count(store, f"{table} WHERE org = 'home-cleaning'") == 0, table
    assert await lines(desk, "guardian", "declined") == ["minors.guardian"]
    with pytest.raises(NotFound):
        await guardian.read(desk, link)
    await asked(desk, post, 2)
    clock.forward(hours=15 * 24)
    await tick(desk, post)
    for table in ("guardian", "person", "sealed", "record", "dek"):
        assert await count(store, f"{table} WHERE org = 'home-cleaning'") == 0, table
    assert await lines(desk, "guardian", "silence") == ["minors.guardian"]


@ONE
@pytest.mark.promise("W16", "L15")
async def test_a_childs_own_channels_answer_for_nobody(desk: Desk, post: Post):
    """Not its mailbox, whatever stands behind a plus; not its browser, not its session; nor that of another child."""
    for same in (CHILD, "RATNA@contoh.example", "ratna+ibu@contoh.example"):
        with pytest.raises(BadInput) as bad:
            await collect(desk, young(desk, mother=same))
        assert bad.value.faults == {"guardian.email": "guardian_same"}
    phone = "a" * 32
    _, link = await asked(desk, post, device=phone)
    with pytest.raises(Refused, match="guardian_same_device"):
        await guardian.guardian(desk, link, YES, From(device=phone))
    await given(desk, link)
    await tick(desk, post)
    await agree(desk, post.link("confirm", CHILD), frozenset(), "id")
    await enter.ask(desk, CHILD, "id")
    await tick(desk, post)
    inside = await enter.enter(desk, post.link("enter", CHILD), "", "android")
    _, second = await asked(desk, post, 2, mother=CHILD, identity__email="adik@contoh.example")
    with pytest.raises(Refused, match="guardian_same_channel"):
        await guardian.guardian(desk, second, YES, From())
    _, third = await asked(desk, post, 3)
    with pytest.raises(Refused, match="guardian_same_session"):
        await guardian.guardian(desk, third, YES, From(session=inside.session))
    assert (await guardian.guardian(desk, third, YES, From())).due


@ONE
@pytest.mark.promise("W16")
async def test_a_number_from_the_child_is_not_called_and_who_may_not_hear_hears_nobody(desk: Desk, post: Post):
    """The number called is compared with the child's form; a reason, a source and a declared method are obligatory."""
    keeper, other = await hired(desk, "privacy_desk"), await hired(desk, "service_desk")
    number, _ = await asked(desk, post, mother="")
    assert post.sent == [], "nobody is written to"
    for wrong, faults in {
        replace(CALL, number="0812 3456 7890"): {"number": "guardian_same"},
        replace(CALL, source="child"): {"source": "missing"},
        replace(CALL, note=" "): {"note": "missing"},
        replace(CALL, method="document"): {"method": "not_an_option"},
        replace(CALL, said="maybe"): {"said": "not_an_option"},
    }.items():
        with pytest.raises(BadInput) as bad:
            await minors.hear(desk, keeper, number, wrong)
        assert bad.value.faults == faults
    for act in (minors.find(desk, other, number), minors.reveal(desk, other, number),
                minors.hear(desk, other, number, CALL)):  # fmt: skip
        with pytest.raises(Refused):
            await act
    await minors.hear(desk, keeper, number, CALL)
    assert await person_of(desk, CHILD)
    await tick(desk, post)
    assert {mail.to for mail in post.sent} == {CHILD}


@pytest.mark.promise("W16")
async def test_nobody_known_is_made_a_child_by_a_form(desk: Desk, post: Post, store: Store):
    """A form under their address waits like any other; answered, it lies beside theirs, unproven, and ends as such."""
    await guest(desk, post)
    person = await person_of(desk, CHILD)
    before = await facts(desk, person)
    _, link = await asked(desk, post, 2)
    assert await person_of(desk, CHILD) == person
    assert await facts(desk, person) == before
    await given(desk, link)
    known = await facts(desk, person)
    assert (known.minor_until, known.guardian, known.joined, len(known.rows)) == (0, False, True, 2)
    assert await count(store, "person WHERE population = 'customer'") == 1, "the one that waited is gone"
    await tick(desk, post)
    assert (await compare(desk), {one.at for one in await audit(desk)}) == (0, {"agreement"}), "the fixture's own"
    await guardian.guardian(desk, post.link("guardian", MOTHER), TAKEN_BACK, From())
    await tick(desk, post)
    assert len((await facts(desk, person)).rows) == 1, "what was theirs stands"


@pytest.mark.promise("W16", "L15")
async def test_taken_back_everything_stops(desk: Desk, post: Post, store: Store, clock: Clock):
    """A second letter comes a day later; its link ends every use at once, and the sweep leaves nothing."""
    _, link = await asked(desk, post)
    await given(desk, link)
    await tick(desk, post)
    await agree(desk, post.link("confirm", CHILD), frozenset(), "id")
    first = len(post.sent)
    clock.forward(hours=23)
    await tick(desk, post)
    assert MOTHER not in {mail.to for mail in post.sent[first:]}
    clock.forward(hours=2)
    await tick(desk, post)
    assert [mail.to for mail in post.sent if "Andakah" in mail.text] == [MOTHER]
    person = await person_of(desk, CHILD)
    assert (await guardian.read(desk, post.link("guardian", MOTHER))).back
    await guardian.guardian(desk, post.link("guardian", MOTHER), TAKEN_BACK, From())
    with pytest.raises(Refused, match="guardian_missing"):
        decide(desk.policy, msgspec.structs.replace(use(person), at=clock()), await facts(desk, person))
    await tick(desk, post)
    left = await desk.read(lambda sheet: desk.vault.unsealed(sheet.tx, person))
    assert (left.rows, await count(store, "guardian")) == ({}, 0)
    with pytest.raises((NotFound, Expired)):
        await guardian.guardian(desk, post.link("guardian", MOTHER), TAKEN_BACK, From())


@ONE
@pytest.mark.promise("L15")
async def test_of_age_the_guardians_rule_is_over(desk: Desk, post: Post, store: Store, clock: Clock):
    """From the coarse month on the grown child needs nobody's yes, and nobody can take one back."""
    _, link = await asked(desk, post)
    await given(desk, link)
    await tick(desk, post)
    await agree(desk, post.link("confirm", CHILD), frozenset(), "id")
    person = await person_of(desk, CHILD)
    known = await facts(desk, person)
    grown = msgspec.structs.replace(use(person), at=known.minor_until)
    alone = msgspec.structs.replace(known, guardian=False)
    with pytest.raises(Refused, match="guardian_missing"):
        decide(desk.policy, msgspec.structs.replace(grown, at=known.minor_until - 1), alone)
    with pytest.raises(Refused) as other:
        decide(desk.policy, grown, alone)
    assert other.value.code != "guardian_missing"
    await store.write(lambda tx: tx.run("UPDATE guardian SET until = until - 1"))
    with pytest.raises(Tampered, match="guardian_tampered"):
        await guardian.read(desk, post.link("guardian", MOTHER))
    await store.write(lambda tx: tx.run("UPDATE guardian SET until = until + 1"))
    clock.at = known.minor_until
    assert await desk.write(lambda sheet: wards.silent(sheet, 10)) == 1
    assert await lines(desk, "guardian", "of_age") == ["minors.guardian"]
    with pytest.raises(Expired):
        await guardian.guardian(desk, post.link("guardian", MOTHER), TAKEN_BACK, From())


@ONE
@pytest.mark.promise("W16")
async def test_a_guardian_answers_for_so_many_children_and_no_more(desk: Desk, post: Post):
    """Counted by the guardian's mailbox, whatever stands behind a plus in it."""
    few = by(desk, children=1)
    _, link = await asked(few, post)
    keeper = await given(few, link)
    _, next_ = await asked(few, post, 2, mother="ibu+2@rumah.example", identity__email="adik@contoh.example")
    with pytest.raises(Refused, match="guardian_of_many"):
        await guardian.guardian(few, next_, YES, From())
    ((waiting,), _) = await minors.minors(few, keeper)
    with pytest.raises(Refused, match="guardian_of_many"):
        await minors.hear(few, keeper, waiting.number, CALL)


@ONE
async def test_where_a_link_is_enough_its_button_puts_the_yes_in_force(desk: Desk, post: Post):
    alone = by(desk, confirm=("link",))
    _, link = await asked(alone, post)
    assert (await guardian.guardian(alone, link, YES, From())).due == 0
    await tick(alone, post)
    assert {mail.to for mail in post.sent[1:]} == {MOTHER, CHILD}
    assert await lines(alone, "guardian", "given_link") == ["minors.guardian"]


@ONE
async def test_a_document_counts_where_it_is_declared_and_may_be_taken_back_before_staff(desk: Desk, post: Post):
    """No number is asked for then; a no that staff hear ends it, and what they heard once they can take back."""
    paper = by(desk, confirm=("link", "document"))
    shown = Call("document", "yes", note="KTP dan kartu keluarga ditunjukkan, tidak disalin.")
    keeper = await hired(paper, "privacy_desk")
    number, _ = await asked(paper, post, mother="")
    await minors.hear(paper, keeper, number, shown)
    await tick(paper, post)
    await agree(paper, post.link("confirm", CHILD), frozenset(), "id")
    with pytest.raises(Conflict):
        await minors.hear(paper, keeper, number, shown)
    await minors.hear(paper, keeper, number, replace(shown, said="back"))
    assert not (await facts(paper, await person_of(paper, CHILD))).guardian
    other, _ = await asked(paper, post, 2, mother="", identity__email="adik@contoh.example")
    await minors.hear(paper, keeper, other, replace(shown, said="no"))
    with pytest.raises(NotFound):
        await minors.find(paper, keeper, other)
