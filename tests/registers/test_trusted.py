"""Rows the door trusts: staff and agreements verify or are refused; sessions end; notices are what was published."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import Conflict, Expired, NotFound, Tampered
from tepati.registers import agreements, notices, proposals, sessions, staff
from tepati.registers.agreements import Agreement
from tepati.registers.macs import canonical
from tepati.registers.notices import Published
from tepati.registers.proposals import Proposal
from tepati.registers.sessions import Session
from tepati.registers.staff import Member
from tepati.store.port import Store, Value
from tests.conftest import Clock, Seeded
from tests.registers.calls import then

LINE = b"l" * 16


def mac(row: bytes) -> bytes:
    """Stand in for the vault's MAC, keyed outside the database."""
    return hmac.digest(b"key", row, "sha256")


@pytest.fixture
def member(random: Seeded, clock: Clock) -> Member:
    """Give a member of staff."""
    return Member(random(16), "a", ("dispatcher", "cleaner"), clock.at, "$argon2id$", b"factor", undertaken=5)


async def test_a_member_is_read_as_written(store: Store, member: Member) -> None:
    """Written, read, listed, changed: one version on each time."""
    await store.write(lambda tx: staff.add(tx, mac, member, LINE))
    assert await store.read(lambda tx: staff.get(tx, mac, member.person)) == member
    changed = await store.write(lambda tx: staff.change(tx, mac, replace(member, roles=()), LINE))
    assert changed.version == 2
    assert await store.read(lambda tx: staff.all_of(tx, mac, "a")) == [changed]
    assert await store.read(lambda tx: staff.all_of(tx, mac, "b")) == []
    with pytest.raises(Conflict, match="staff_changed"):
        await store.write(lambda tx: staff.change(tx, mac, member, LINE))
    with pytest.raises(Conflict, match="store_exists"):
        await store.write(lambda tx: staff.add(tx, mac, member, LINE))


async def test_who_has_left_is_not_present(store: Store, member: Member, random: Seeded) -> None:
    """Gone and never known look alike at the door."""
    await store.write(lambda tx: staff.add(tx, mac, replace(member, gone=9), LINE))
    assert (await store.read(lambda tx: staff.get(tx, mac, member.person))).gone == 9
    for person in (member.person, random(16)):
        with pytest.raises(NotFound, match=r"^staff$"):
            await store.read(then(staff.present, mac, person))


FORGED: dict[str, Value] = {
    "roles": "director", "org": "b", "undertaken": 7, "gone": 1, "password": "$argon2id$other", "factor": b"other",
    "since": 1, "version": 2, "mac": b"x" * 32,
}  # fmt: skip


@pytest.mark.parametrize("column", FORGED)
async def test_a_member_changed_by_sql_alone_is_refused(store: Store, member: Member, column: str) -> None:
    """Whoever can write SQL but has no key gives nobody a role, a password or an undertaking."""
    await store.write(lambda tx: staff.add(tx, mac, member, LINE))
    await store.write(
        lambda tx: tx.run(f"UPDATE staff SET {column} = $2 WHERE person = $1", member.person, FORGED[column])
    )
    with pytest.raises(Tampered, match="staff_tampered"):
        await store.read(lambda tx: staff.get(tx, mac, member.person))
    with pytest.raises(Tampered):
        await store.read(lambda tx: staff.all_of(tx, mac, str(FORGED["org"]) if column == "org" else "a"))


async def test_a_row_moved_to_another_person_is_refused(store: Store, member: Member, random: Seeded) -> None:
    """A director's row under a cleaner's id verifies for nobody."""
    await store.write(lambda tx: staff.add(tx, mac, member, LINE))
    other = random(16)
    await store.write(lambda tx: tx.run("UPDATE staff SET person = $2 WHERE person = $1", member.person, other))
    with pytest.raises(Tampered):
        await store.read(lambda tx: staff.get(tx, mac, other))


async def test_an_agreement_is_in_force_from_its_first_to_before_its_last_instant(store: Store) -> None:
    """No agreement, not yet, no longer: the same answer; a new one takes the old one's place."""
    first = Agreement("a", "payment_provider", 100, 200, "contracts/4.pdf")
    await store.write(lambda tx: agreements.put(tx, mac, first, LINE))
    assert await store.read(lambda tx: agreements.in_force(tx, mac, "a", "payment_provider", 100)) == first
    for org, recipient, at in [("a", "payment_provider", 99), ("a", "payment_provider", 200), ("a", "other", 150),
                               ("b", "payment_provider", 150)]:  # fmt: skip
        with pytest.raises(NotFound, match="agreement"):
            await store.read(then(agreements.in_force, mac, org, recipient, at))
    second = replace(first, until=300)
    await store.write(lambda tx: agreements.put(tx, mac, second, LINE))
    assert await store.read(lambda tx: agreements.all_of(tx, mac, "a")) == [second]


@pytest.mark.parametrize(
    ("column", "value"), [("until", 10**15), ("since", 0), ("document", "x"), ("recipient", "y"), ("org", "b")]
)
async def test_an_agreement_changed_by_sql_alone_is_refused(store: Store, column: str, value: str | int) -> None:
    """An agreement that was never signed cannot be written into the database."""
    await store.write(lambda tx: agreements.put(tx, mac, Agreement("a", "p", 100, 200, "d"), LINE))
    await store.write(lambda tx: tx.run(f"UPDATE agreement SET {column} = $1", value))
    with pytest.raises(Tampered, match="agreement_tampered"):
        await store.read(lambda tx: agreements.in_force(
            tx, mac, "b" if column == "org" else "a", "y" if column == "recipient" else "p", 150
        ))  # fmt: skip


PARTS = st.lists(st.one_of(st.text(max_size=5), st.integers(-3, 300), st.binary(max_size=5)), max_size=4)


@given(PARTS, PARTS)
def test_different_rows_never_encode_alike(one: list[str | int | bytes], two: list[str | int | bytes]) -> None:
    """A MAC over a row is a MAC over this row: shifting a byte from one field to the next changes it."""
    same = [(type(a), a) for a in one] == [(type(b), b) for b in two]
    assert (canonical("x", *one) == canonical("x", *two)) is same
    assert canonical("x", *one) != canonical("y", *one)


async def test_a_session_ends(store: Store, random: Seeded, clock: Clock) -> None:
    """Valid until its last instant, for its person, organisation and secret only; over and unknown look alike."""
    person, secret = random(16), random(32)
    session = Session(person, secret, "staff", clock.at, clock.at + 100)
    await store.write(lambda tx: sessions.add(tx, mac, "a", session, LINE))
    assert await store.read(lambda tx: sessions.valid(tx, mac, "a", person, secret, clock.at + 99)) == session
    for args in [("a", person, secret, clock.at + 100), ("b", person, secret, clock.at),
                 ("a", random(16), secret, clock.at), ("a", person, random(32), clock.at)]:  # fmt: skip
        with pytest.raises(Expired, match=r"^session$"):
            await store.read(then(sessions.valid, mac, *args))
    assert await store.write(lambda tx: sessions.end(tx, person, secret)) == 1
    with pytest.raises(Expired):
        await store.read(lambda tx: sessions.valid(tx, mac, "a", person, secret, clock.at))


@pytest.mark.parametrize("change", ["expires = expires + 1000", "kind = 'person'", "made = 0", "version = 99"])
async def test_a_session_that_sql_changed_is_refused(store: Store, random: Seeded, clock: Clock, change: str) -> None:
    """Each column stands in the MAC: nobody lives longer, or becomes another kind."""
    person, secret = random(16), random(32)
    session = Session(person, secret, "staff", clock.at, clock.at + 100, 3)
    await store.write(lambda tx: sessions.add(tx, mac, "a", session, LINE))
    await store.write(lambda tx: tx.run(f"UPDATE session SET {change}"))
    with pytest.raises(Tampered, match="session_tampered"):
        await store.read(lambda tx: sessions.valid(tx, mac, "a", person, secret, clock.at))


async def test_a_session_of_staff_ends(store: Store, member: Member, random: Seeded, clock: Clock) -> None:
    """Valid until its last instant, for its person, organisation and secret only; over and unknown look alike."""
    person, secret = member.person, random(32)
    session = Session(person, secret, "staff", clock.at, clock.at + 100)
    await store.write(lambda tx: staff.add(tx, mac, member, LINE))
    await store.write(lambda tx: sessions.add(tx, mac, "a", session, LINE))
    held = await store.read(lambda tx: staff.in_session(tx, mac, "a", person, secret, clock.at + 99), single=True)
    assert held == (member, session)
    for args in [("a", person, secret, clock.at + 100), ("b", person, secret, clock.at),
                 ("a", random(16), secret, clock.at), ("a", person, random(32), clock.at)]:  # fmt: skip
        with pytest.raises(NotFound, match=r"^session$"):
            await store.read(then(staff.in_session, mac, *args))
    assert await store.write(lambda tx: sessions.end(tx, person, secret)) == 1
    with pytest.raises(NotFound):
        await store.read(lambda tx: staff.in_session(tx, mac, "a", person, secret, clock.at))
    await store.write(lambda tx: sessions.add(tx, mac, "a", replace(session, kind="person"), LINE))
    with pytest.raises(NotFound, match=r"^session$"):  # what a mailed link opened is no session of two factors
        await store.read(lambda tx: staff.in_session(tx, mac, "a", person, secret, clock.at))


async def test_the_session_of_a_member_who_left_or_was_changed_by_sql_opens_nothing(
    store: Store, member: Member, random: Seeded, clock: Clock
) -> None:
    """The row of the member verifies, or the session is of nobody."""
    person, secret = member.person, random(32)
    await store.write(lambda tx: staff.add(tx, mac, replace(member, gone=9), LINE))
    await store.write(lambda tx: sessions.add(tx, mac, "a", Session(person, secret, "staff", 1, clock.at + 9), LINE))
    with pytest.raises(NotFound, match=r"^session$"):
        await store.read(lambda tx: staff.in_session(tx, mac, "a", person, secret, clock.at))
    await store.write(lambda tx: tx.run("UPDATE staff SET gone = NULL"))
    with pytest.raises(Tampered, match="staff_tampered"):
        await store.read(lambda tx: staff.in_session(tx, mac, "a", person, secret, clock.at))


async def test_running_sessions_are_listed_and_the_others_swept(store: Store, random: Seeded, clock: Clock) -> None:
    """The newest first; the sweep takes those that are over, and ``end`` one that runs."""
    person = random(16)
    for n in range(4):
        session = Session(person, random(32), "staff", clock.at + n, clock.at + 10 * n)
        await store.write(then(sessions.add, mac, "a", session, LINE))
    assert [s.made for s in await store.read(lambda tx: sessions.of(tx, person, clock.at))] == [
        clock.at + 3, clock.at + 2, clock.at + 1,
    ]  # fmt: skip
    assert await store.write(lambda tx: sessions.sweep(tx, "a", clock.at + 10, 10)) == 2
    left = await store.read(lambda tx: sessions.of(tx, person, clock.at + 10))
    assert [await store.write(then(sessions.end, person, one.secret)) for one in left] == [1, 1]


def _notice(version: int, effective: int) -> Published:
    source = f"tepati: 1 # version {version}\n"
    return Published(hashlib.sha256(source.encode()).digest(), version, source, effective, effective - 10)


async def test_notices_follow_each_other(store: Store) -> None:
    """In force is the newest that has begun; every version stays, and is found by its digest."""
    one, two = _notice(1, 100), _notice(2, 200)
    for notice in (one, two):
        await store.write(then(notices.publish, mac, "a", notice, LINE))
    assert [await store.read(then(notices.current, mac, "a", at)) for at in (99, 100, 199, 200)] == [
        None, one, one, two,
    ]  # fmt: skip
    assert await store.read(lambda tx: notices.newest(tx, mac, "a")) == two
    assert await store.read(lambda tx: notices.by_digest(tx, mac, "a", one.digest)) == one
    assert await store.read(lambda tx: notices.by_digest(tx, mac, "b", one.digest)) is None
    assert await store.read(lambda tx: notices.history(tx, mac, "a")) == [two, one]


@pytest.mark.parametrize("version", [1, 2])
async def test_an_older_version_is_not_published(store: Store, version: int) -> None:
    """Versions go up: the past is not written again."""
    await store.write(lambda tx: notices.publish(tx, mac, "a", _notice(2, 100), LINE))
    with pytest.raises(Conflict, match="notice_not_newer"):
        await store.write(lambda tx: notices.publish(tx, mac, "a", replace(_notice(version, 500), effective=600), LINE))


async def test_a_notice_changed_by_sql_is_refused(store: Store) -> None:
    """What was published is what its digest says, or nothing."""
    await store.write(lambda tx: notices.publish(tx, mac, "a", _notice(1, 100), LINE))
    await store.write(lambda tx: tx.run("UPDATE notice SET source = $1", "tepati: 1 # everything allowed\n"))
    for look in (notices.newest, notices.history):
        with pytest.raises(Tampered, match="notice_tampered"):
            await store.read(then(look, mac, "a"))
    with pytest.raises(Tampered):
        await store.write(lambda tx: notices.publish(tx, mac, "a", replace(_notice(2, 1), source="x"), LINE))


@pytest.mark.parametrize("change", ["effective = 0", "published = 0", "version = 3", "org = 'b'"])
async def test_sql_moves_no_version_ahead_or_to_others(store: Store, change: str) -> None:
    """From when a version holds is decided by its approvals: the instant stands in the row's MAC."""
    await store.write(then(notices.publish, mac, "a", _notice(2, 500), LINE))
    await store.write(lambda tx: tx.run(f"UPDATE notice SET {change}"))
    with pytest.raises(Tampered, match="notice_tampered"):
        await store.read(then(notices.current, mac, "b" if "org" in change else "a", 600))


def _proposal(random: Seeded, clock: Clock, **other: object) -> Proposal:
    source = "tepati: 1 # version 2\n"
    made = Proposal(random(16), hashlib.sha256(source.encode()).digest(), 2, source, random(32), clock.at)
    return replace(made, **other)


async def test_a_proposal_is_read_as_written_and_changed_once(store: Store, random: Seeded, clock: Clock) -> None:
    """Who approved stands with it; of two who read the same row the second changes nothing."""
    new = _proposal(random, clock)
    await store.write(lambda tx: proposals.add(tx, mac, "a", new, LINE))
    assert await store.read(then(proposals.get, mac, "a", new.digest)) == new
    approved = replace(new, approvals=((random(16), 7), (random(16), 9)))
    assert await store.write(then(proposals.change, mac, "a", approved, LINE)) == 2
    assert await store.read(then(proposals.running, mac, "a")) == [replace(approved, changed=2)]
    with pytest.raises(Conflict, match="proposal_changed"):
        await store.write(then(proposals.change, mac, "a", approved, LINE))
    with pytest.raises(Tampered, match="proposal_old"):
        await store.read(then(proposals.get, mac, "a", new.digest, 3))
    with pytest.raises(NotFound):
        await store.read(then(proposals.get, mac, "b", new.digest))


@pytest.mark.parametrize(
    "change", ["approvals = '00000000000000000000000000000000:5'", "state = 'open'", "version = 9", "source = 'x'",
               "changed = 7", "made = 0"],
)  # fmt: skip
async def test_an_approval_that_sql_wrote_counts_for_nothing(
    store: Store, random: Seeded, clock: Clock, change: str
) -> None:
    new = _proposal(random, clock, state=proposals.WITHDRAWN)
    await store.write(lambda tx: proposals.add(tx, mac, "a", new, LINE))
    await store.write(lambda tx: tx.run(f"UPDATE proposal SET {change}"))
    with pytest.raises(Tampered, match="proposal_tampered"):
        await store.read(then(proposals.get, mac, "a", new.digest))
