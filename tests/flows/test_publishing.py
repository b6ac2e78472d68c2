"""A new version obeys the one in force: approvals bound to bytes, its lead time, telling, and person by person."""

import asyncio
import datetime as dt
from dataclasses import replace

import msgspec
import pytest

from tepati.errors import BadInput, BadNotice, Conflict, Expired, NotFound, Refused, Tampered
from tepati.flows import announcing, history
from tepati.flows.acts.agree import agree
from tepati.flows.acts.campaign import launch
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.dismiss import dismiss
from tepati.flows.acts.publish import approve, propose, proposed, publish, take_back
from tepati.flows.desk import Desk
from tepati.flows.entrance import entered
from tepati.flows.tick import tick
from tepati.ledger.reconcile import taken_down
from tepati.notice.law.pack import Official
from tepati.notice.load import load
from tepati.registers import campaigns
from tepati.rules.facts import Use
from tepati.rules.succession import compiled
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import NOTICE, Post, booking
from tests.flows.people import guest, hired, lines, paid, person_of

ALONE, TWO = "approvals: {people: 1, wait: 24 hours}", "approvals: {people: 2}"
WIDER = (
    "sees: [identity.name, identity.phone, location, booking], for: [orders]",
    "sees: [identity, location, booking], for: [orders]",
)
NEXT = ("version: 1\n  effective: 2026-08-01", "version: 2\n  effective: 2026-11-01")
FIRST = NOTICE.read_text("utf-8")
DAY, HOUR = 86_400_000_000, 3_600_000_000


def text(*changes: tuple[str, str], base: str = FIRST) -> str:
    """Write a notice that differs from the example."""
    for old, new in changes:
        assert old in base, old
        base = base.replace(old, new)
    return base


def ahead(clock: Clock) -> int:
    """The midnight in Jakarta after fourteen days."""
    return (clock() + 7 * HOUR + 14 * DAY) // DAY * DAY + DAY - 7 * HOUR


def at(desk: Desk, source: str) -> Desk:
    """The same door, running another notice."""
    loaded = load(source.encode())
    return replace(desk, notice=loaded.sound(), digest=loaded.digest, policy=compiled([loaded.sound()]))


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A notice in force that asks for two approvals."""
    return at(desk, text((ALONE, TWO)))


SECOND = text((ALONE, TWO), NEXT, WIDER)


async def approvers(desk: Desk, *emails: str):
    """Let directors in; each has their own address."""
    from tepati.flows.actor import Actor
    from tepati.flows.acts.staff import Newcomer, undertake, welcome
    from tests.flows.people import PASSWORD

    made = []
    for email in emails:
        new = Newcomer("Sari", f"{email}@fineclean.example", "0812 0000 3333", PASSWORD, ("director",))
        person = (await welcome(desk, new)).person
        made.append(Actor(person, ("director",), await undertake(desk, person)))
    return made


async def begun(desk: Desk, *emails: str):
    """Publish what the desk runs as the first version, and let approvers in."""
    source = text((ALONE, TWO)) if desk.notice.notice.approvals.people == 2 else FIRST
    await publish(desk, source)
    return await approvers(desk, *emails)


async def test_before_the_day_of_the_first_version_nothing_changes(two: Desk):
    """A first version that holds from next month replaces none: no page says that the notice will change."""
    source = text((ALONE, TWO), ("effective: 2026-08-01", "effective: 2027-08-01"))
    ahead_of_it = at(two, source)
    await publish(ahead_of_it, source)
    assert [one.version for one in await history.versions(ahead_of_it)] == [1]
    assert await history.coming(ahead_of_it) is None


@pytest.mark.promise("L2")
async def test_two_approve_the_bytes_they_saw_and_it_holds_after_the_lead_time(two: Desk, post: Post, clock: Clock):
    """Proposed, approved twice: published, announced at once, in force fourteen days later; the desk follows."""
    one, other = await begun(two, "sari", "dewi")
    digest = await propose(two, one, SECOND)
    (seen,) = await proposed(two, other)
    assert (seen.digest, seen.approved, seen.needed, seen.mine) == (digest, 0, 2, False)
    assert seen.found.material
    assert await approve(two, one, digest) == 1
    assert [v.version for v in await history.versions(two)] == [1]
    assert await approve(two, other, digest) == 0
    assert await history.coming(two) == (2, ahead(clock))
    newest, _ = await history.versions(two)
    assert (newest.version, newest.source, newest.digest.hex()) == (2, SECOND, digest)
    assert newest.effective == ahead(clock)
    (told,) = await history.told(two)
    assert "versi 2" in told.title.id
    assert "/changes/id/2" in told.text.id
    assert await history.ruling(two) is two
    clock.forward(days=15)
    after = await history.ruling(two)
    assert (after.notice.notice.version, after.digest.hex()) == (2, digest)
    await tick(two, post)
    assert await lines(two, "publish", "published") == ["notice.page", "notice.page"]
    assert await lines(two, "approve", "approved") == ["notice.approvals"] * 2
    assert await lines(two, "take_over", "in_force") == ["notice.page"]
    await tick(after, post)
    assert await lines(two, "take_over", "in_force") == ["notice.page"]
    assert await taken_down(two.store, two.log) == []
    for table in ("telling", "news", "notice"):  # an announcement cannot be unsaid by SQL
        await two.store.write(lambda tx, table=table: tx.run(f"DELETE FROM {table} WHERE org = $1", two.org))
    gone = {one.at.split()[0] for one in await taken_down(two.store, two.log)}
    assert gone == {"telling", "news", "notice"}


async def test_a_law_that_was_recorded_meanwhile_stops_an_approval_and_the_next_proposal(two: Desk):
    """What was found in the official text gates whatever is published from then on, proposed before or after."""
    one, other = await begun(two, "sari", "dewi")
    slow = ("withdrawal: {within: 3x24 hours", "withdrawal: {within: 7x24 hours")
    coming = (NEXT[0], NEXT[1].replace("2026-11-01", "2027-02-01"))
    later = text((ALONE, TWO), coming, slow, ("laws: [id-uupdp]", "laws: [id-uupdp, id-pp33]"))
    digest = await propose(two, one, later)
    text_of = Official("id-pp33", "PP 33/2026", dt.date(2026, 7, 16), "0" * 64, dt.date(2026, 11, 29),
                       (("rights.withdrawal.within", "88"),))  # fmt: skip
    read = replace(two, laws=(text_of,))
    with pytest.raises(BadNotice, match=r"PP 33/2026 Art\. 88"):
        await approve(read, other, digest)
    with pytest.raises(BadNotice, match=r"PP 33/2026 Art\. 88"):
        await propose(read, one, later.replace("  page: /privasi", "  page: /privasi   # again"))
    assert await approve(two, other, digest) == 1


@pytest.mark.promise("W21")
async def test_the_new_file_changes_neither_its_own_approvals_nor_its_lead_time(two: Desk, clock: Clock):
    """Fewer approvers and a shorter notice are widenings like any other: they hold for the version after."""
    one, other = await begun(two, "sari", "dewi")
    lax = text((ALONE, "approvals: {people: 1}"), NEXT, ("material: {before: 14 days", "material: {before: 1 hour"))
    digest = await propose(two, one, lax)
    assert await approve(two, one, digest) == 1
    assert len(await history.versions(two)) == 1
    await approve(two, other, digest)
    assert (await history.versions(two))[0].effective == ahead(clock)


async def test_one_person_is_one_approval_and_only_of_the_bytes_they_saw(two: Desk):
    one, other = await begun(two, "sari", "dewi")
    digest = await propose(two, one, SECOND)
    await approve(two, one, digest)
    with pytest.raises(Refused, match="approved_twice"):
        await approve(two, one, digest)
    for wrong in (digest[:-2] + "00", "xyz", "", two.digest.hex()):
        with pytest.raises(NotFound):
            await approve(two, other, wrong)
    others = await propose(two, other, SECOND.replace("FINECLEAN.ID", "FINE CLEAN.ID"))
    assert await approve(two, other, others) == 1  # what was approved of the one counts for nothing of the other
    clerk = await hired(two, "privacy_desk")
    with pytest.raises(Refused, match="act_not_given"):
        await approve(two, clerk, digest)
    assert len(await history.versions(two)) == 1
    assert sorted(await lines(two, "approve", "refused")) == ["notice.approvals", "roles.privacy_desk"]


async def test_an_approval_goes_with_its_giver_and_can_be_taken_back(two: Desk):
    """Who was dismissed approves no more; who changed their mind neither."""
    one, other, third = await begun(two, "sari", "dewi", "lina")
    digest = await propose(two, one, SECOND)
    await approve(two, one, digest)
    await dismiss(two, third, "sari@fineclean.example")
    assert await approve(two, other, digest) == 1
    await take_back(two, other, digest)
    assert (await proposed(two, third))[0].approved == 0
    with pytest.raises(Refused, match="approved_by_others"):
        await take_back(two, third, digest)
    await approve(two, third, digest)
    assert await approve(two, other, digest) == 0


async def test_an_old_row_with_an_approval_put_back_counts_for_nothing(two: Desk, store: Store):
    """Taken back, and written into the database again as it was: the key store knows the newer row."""
    one, other = await begun(two, "sari", "dewi")
    digest = await propose(two, one, SECOND)
    await approve(two, one, digest)
    row = await store.read(lambda tx: tx.one("SELECT approvals, changed, mac FROM proposal"))
    await take_back(two, one, digest)
    await store.write(lambda tx: tx.run("UPDATE proposal SET approvals = $1, changed = $2, mac = $3", *row))
    with pytest.raises(Tampered, match="proposal_old"):
        await approve(two, other, digest)
    assert len(await history.versions(two)) == 1


async def test_one_approver_waits_a_day_and_may_think_again(desk: Desk, post: Post, clock: Clock):
    """A small shop: one approval and 24 hours; taken back within them, nothing is published."""
    (one,) = await begun(desk, "sari")
    digest = await propose(desk, one, text(NEXT, WIDER))
    assert await approve(desk, one, digest) == 0
    assert (await proposed(desk, one))[0].waits == clock() + DAY
    await take_back(desk, one, digest)
    clock.forward(hours=25)
    await tick(desk, post)
    assert len(await history.versions(desk)) == 1
    await approve(desk, one, digest)
    clock.forward(hours=23)
    await tick(desk, post)
    assert len(await history.versions(desk)) == 1
    clock.forward(hours=1)
    await tick(desk, post)
    newest, _ = await history.versions(desk)
    assert newest.effective == ahead(clock)


async def test_what_overtakes_what_is_older_or_comes_already(two: Desk, post: Post, clock: Clock):
    """Versions go up, one after the other, each approved against the one in force."""
    one, other = await begun(two, "sari", "dewi")
    with pytest.raises(Refused, match="notice_unapproved"):
        await publish(at(two, SECOND), SECOND)
    with pytest.raises(Conflict, match="notice_not_newer"):
        await propose(two, one, text((ALONE, TWO), WIDER))
    digest, rival = await propose(two, one, SECOND), await propose(two, other, SECOND + "\n")
    with pytest.raises(Conflict, match="notice_proposed"):
        await propose(two, one, SECOND)
    for who in (one, other):
        await approve(two, who, digest)
    with pytest.raises(Conflict, match="notice_coming"):
        await approve(two, one, rival)
    clock.forward(days=15)
    after = await history.ruling(two)
    with pytest.raises(Conflict, match="notice_moved_on"):
        await propose(two, one, text((ALONE, TWO), ("version: 1", "version: 3"), WIDER))
    with pytest.raises(Conflict, match="notice_not_newer"):
        await approve(after, one, rival)


@pytest.mark.promise("S7")
async def test_a_new_purpose_without_a_yes_is_not_even_proposed_where_asking_was_promised(desk: Desk):
    """`new_purpose: consent` binds the next version: its new purposes ask, or are a duty of law."""
    asks = at(desk, text(("new_purpose: basis_then_told", "new_purpose: consent")))
    await publish(asks, text(("new_purpose: basis_then_told", "new_purpose: consent")))
    (one,) = await approvers(asks, "sari")
    why = "{interest: {id: a, en: a}, effect: {id: b, en: b}, by: c, on: 2026-11-01}"
    new = f"  profiling: {{kind: personalisation, basis: legitimate_interest, uses: [identity.name], balance: {why}}}"
    new += "\n"
    served = ("for: [orders, service, ", "for: [orders, profiling, service, ")
    with pytest.raises(BadInput) as bad:
        await propose(asks, one, text(NEXT, ("  orders:   ", new + "  orders:   "), served))
    assert bad.value.faults == {"purposes.profiling": "purpose_unfounded"}


async def test_what_people_stand_under_is_not_dropped(desk: Desk, post: Post):
    """A category, point or case goes from the notice when nobody's rows need it any more."""
    (one,) = await begun(desk, "sari")
    renamed = ("payment_report", "payment_note")
    assert await propose(desk, one, text(NEXT, renamed))
    await paid(desk, await guest(desk, post))
    with pytest.raises(BadInput) as bad:
        await propose(desk, one, text(NEXT, renamed, base=FIRST + "# again\n"))
    assert bad.value.faults == {"points.payment_report": "still_held"}


async def test_a_message_that_the_new_version_dropped_leaves_no_more(desk: Desk, post: Post, clock: Clock):
    """Its campaign is stopped, letters that wait are refused; the rest of the round goes on."""
    await publish(desk, FIRST)
    await guest(desk, post)
    editor = await hired(desk, "editor")
    await launch(desk, editor, "offer", b"x" * 16)
    kept = {name: said for name, said in desk.notice.messages.items() if name != "offer"}
    notice = msgspec.structs.replace(desk.notice, messages=kept)
    after = replace(desk, notice=notice, policy=compiled([notice]))
    before = len(post.sent)
    for _ in range(3):
        await tick(after, post)
    assert not [mail for mail in post.sent[before:] if mail.unsubscribe]
    assert not await desk.read(lambda sheet: campaigns.alive(sheet.tx, desk.org))


def sees_email(person: bytes, tx: int = 0) -> Use:
    return Use(act="look", purpose="orders", fields=frozenset({"identity.email"}), at=0, role="dispatcher",
               actor="00" * 16, person=person)  # fmt: skip


async def asks(desk: Desk, use: Use) -> bool:
    """Ask the door as a dispatcher; say whether it lets by."""
    try:
        await desk.write(lambda sheet: sheet.ask(use))
    except Refused:
        return False
    return True


@pytest.mark.promise("A8")
@pytest.mark.promise("W18")
@pytest.mark.promise("F12")
async def test_a_widening_holds_for_whom_it_reached_from_its_day(two: Desk, post: Post, clock: Clock):
    """Mailed and handed over: from the effective date. Bounced: the old version, until it was read at a sign-in."""
    one, other = await begun(two, "sari", "dewi")
    await guest(two, post, 1)
    await guest(two, post, 2, identity__email="budi@contoh.example")
    digest = await propose(two, one, SECOND)
    for who in (one, other):
        await approve(two, who, digest)
    ratna, budi = await person_of(two), await person_of(two, "budi@contoh.example")
    post.refuse = "budi@contoh.example"
    before = len(post.sent)
    for _ in range(3):
        await tick(two, post)
    mails = [mail for mail in post.sent[before:] if "berubah" in mail.subject]
    assert [mail.to for mail in mails] == ["ratna@contoh.example"]  # nothing of staff changes
    assert "3 Desember 2026" in mails[0].text
    told = {person: (await two.read(lambda sheet, p=person: sheet.facts(p)))[0].told for person in (ratna, budi)}
    assert told == {ratna: 2, budi: 1}
    assert not await asks(two, sees_email(ratna))
    clock.forward(days=15)
    after = await history.ruling(two)
    assert await asks(after, sees_email(ratna))
    assert not await asks(after, sees_email(budi))
    assert await asks(after, replace_fields(sees_email(budi), "identity.name"))  # the old version holds for them still
    assert "notice.announce" in await lines(after, "look", "refused")
    await after.write(lambda sheet: announcing.reached(sheet, budi, 2, "id", "seen"))
    assert await asks(after, sees_email(budi))
    assert await lines(after, "announce", "seen") == ["notice.announce"]


@pytest.mark.promise("W18")
async def test_the_board_tells_what_became_of_the_letters_and_of_few_as_few(two: Desk, post: Post):
    """Delivered, come back, no address to write to: each is a line, and a figure below ten is told as such."""
    from tepati.board.board import board
    from tepati.board.tally import tally
    from tests.flows.test_vouch import booked

    one, other = await begun(two, "sari", "dewi")
    for n in range(12):
        await guest(two, post, n + 1, identity__email=f"orang{n}@contoh.example")
    await booked(two, 99)
    digest = await propose(two, one, SECOND)
    for who in (one, other):
        await approve(two, who, digest)
    post.refuse = "orang3@contoh.example"
    for _ in range(3):
        await tick(two, post)
    assert await lines(two, "announce", "bounced") == ["notice.announce"]
    assert await lines(two, "announce", "no_channel") == ["notice.announce"]
    assert len(await lines(two, "announce", "told")) == 11
    while await two.store.write(lambda tx: tally(tx, two.org, two.now())):
        pass
    made = await two.read(lambda sheet: board(sheet.tx, two.notice, two.org, sheet.at, desk=two))
    (row,) = [row for row in made.rows if row.promise.id == "notice.announce"]
    assert row.state == "kept"
    assert row.evidence == {"announced": 1, "told": 11, "bounced": -1, "no_channel": -1, "seen": 0}
    assert "11 sampai" in row.sentence.id
    assert "fewer than 10 came back" in row.sentence.en


def replace_fields(use: Use, *fields: str) -> Use:
    return msgspec.structs.replace(use, fields=frozenset(fields))


async def test_what_was_taken_back_is_proposed_again_later(two: Desk, post: Post, clock: Clock):
    """Another day, and after another version: the row is what was proposed now, and nobody's approval stands in it."""
    one, other = await begun(two, "sari", "dewi")
    digest = await propose(two, one, THIRD)
    await approve(two, other, digest)
    await take_back(two, one, digest)
    assert not await proposed(two, one)
    clock.forward(hours=1)
    await propose(two, one, THIRD)
    (seen,) = await proposed(two, other)
    assert (seen.approved, seen.made) == (0, clock())
    for who in (one, other):
        await approve(two, who, await second(two, one))
    clock.forward(days=15)
    after = await history.ruling(two)
    await propose(after, one, THIRD)
    assert await approve(after, one, digest) == 1
    assert await approve(after, other, digest) == 0


THIRD = text((ALONE, TWO), ("version: 1\n  effective: 2026-08-01", "version: 3\n  effective: 2026-11-01"), WIDER)


async def second(desk: Desk, actor) -> str:
    """Propose the second version, or name it where it is proposed."""
    try:
        return await propose(desk, actor, SECOND)
    except Conflict:
        return load(SECOND.encode()).digest.hex()


async def test_of_two_that_wait_one_is_published(desk: Desk, post: Post, clock: Clock):
    """Both were compared with the version in force: the one that comes second was never compared with the first."""
    (one,) = await begun(desk, "sari")
    first = await propose(desk, one, text(NEXT, WIDER))
    rival = await propose(
        desk, one, text(("version: 1\n  effective: 2026-08-01", "version: 3\n  effective: 2026-11-01"))
    )
    await approve(desk, one, first.upper())  # a digest is bytes, however it is spelt
    await approve(desk, one, f" {rival[:8]} {rival[8:]}")
    clock.forward(hours=25)
    for _ in range(2):
        await tick(desk, post)
    assert [v.version for v in await history.versions(desk)] in ([2, 1], [3, 1])
    assert (
        await desk.store.read(lambda tx: tx.all("SELECT state FROM duty WHERE kind = 'publish' AND state <> 'done'"))
        == []
    )


async def test_of_two_last_approvals_at_once_one_publishes(two: Desk):
    """Two proposals, one approval short each, and both come in the same moment."""
    one, other, third = await begun(two, "sari", "dewi", "lina")
    first, rival = await second(two, one), await propose(two, one, THIRD)
    for digest in (first, rival):
        await approve(two, one, digest)
    ends = await asyncio.gather(approve(two, other, first), approve(two, third, rival), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "int"]
    assert len(await history.versions(two)) == 2


@pytest.mark.promise("F12")
async def test_a_letter_tells_all_that_changed_since_the_version_its_reader_knew(two: Desk, post: Post, clock: Clock):
    """The letter about the second version bounced; that about the third leads to what both changed."""
    one, other = await begun(two, "sari", "dewi")
    await guest(two, post, 1)
    await guest(two, post, 2, identity__email="budi@contoh.example")
    post.refuse = "budi@contoh.example"
    for who in (one, other):
        await approve(two, who, await second(two, one))
    for _ in range(3):
        await tick(two, post)
    clock.forward(days=15)
    after, post.refuse = await history.ruling(two), ""
    more = "{sees: [identity.name, location, payment], for: [bookkeeping, orders]}"
    digest = await propose(after, one, text(("{sees: [identity.name, payment], for: [bookkeeping]}", more), base=THIRD))
    for who in (one, other):
        await approve(after, who, digest)
    before = len(post.sent)
    for _ in range(3):
        await tick(after, post)
    led = {mail.to: mail.text for mail in post.sent[before:] if "berubah" in mail.subject}
    assert "/changes/id/1-3" in led["budi@contoh.example"]
    assert "/changes/id/3" in led["ratna@contoh.example"]


async def test_acts_of_two_versions_share_no_transaction(two: Desk, clock: Clock):
    """An act keeps the desk it began with: the desk that follows gathers for itself."""
    one, other = await begun(two, "sari", "dewi")
    for who in (one, other):
        await approve(two, who, await second(two, one))
    clock.forward(days=15)
    after = await history.ruling(two)
    assert after.groups is not two.groups


@pytest.mark.promise("W18")
async def test_what_a_clerk_types_for_somebody_reaches_them_with_no_version(two: Desk, post: Post, clock: Clock):
    """They press a link for their booking and were shown no notice: what widened stays shut for them."""
    one, other = await begun(two, "sari", "dewi")
    await guest(two, post)
    post.refuse = "ratna@contoh.example"
    for who in (one, other):
        await approve(two, who, await second(two, one))
    for _ in range(3):
        await tick(two, post)
    clock.forward(days=15)
    after, post.refuse = await history.ruling(two), ""
    typed = msgspec.structs.replace(booking(after, 7, booking__date="2026-12-16"), channel="phone")
    (form,) = await entered(after, await hired(after, "dispatcher"), [typed])
    await collect(after, form)
    await deliver(after, post)
    await agree(after, post.link("confirm", "ratna@contoh.example"), frozenset(), "id")
    person = await person_of(after)
    facts, _ = await after.read(lambda sheet: sheet.facts(person))
    assert ([row.joined for row in facts.rows.values()], facts.told) == ([True, True], 1)
    assert not await asks(after, sees_email(person))
    await collect(after, booking(after, 8, booking__date="2026-12-17"))
    await deliver(after, post)
    await agree(after, post.link("confirm", "ratna@contoh.example"), frozenset(), "id")
    assert (await after.read(lambda sheet: sheet.facts(person)))[0].told == 2  # their own form, beside the notice


@pytest.mark.parametrize("gone", ["points", "lives"])
async def test_a_link_to_what_a_version_dropped_is_over(desk: Desk, post: Post, gone: str):
    """Sent while the new version was coming, confirmed when it holds: told that it is over, and nothing is joined."""
    await collect(desk, booking(desk))
    await deliver(desk, post)
    points = {name: said for name, said in desk.notice.points.items() if name != "booking"}
    lives = {name: said for name, said in desk.policy.lives.items() if name != "location"}
    after = {
        "points": replace(desk, notice=msgspec.structs.replace(desk.notice, points=points)),
        "lives": replace(desk, policy=msgspec.structs.replace(desk.policy, lives=lives)),
    }[gone]
    with pytest.raises(Expired, match="link_expired"):
        await agree(after, post.link("confirm"), frozenset(), "id")
    person = await person_of(desk)
    assert not (await desk.read(lambda sheet: sheet.facts(person)))[0].joined
