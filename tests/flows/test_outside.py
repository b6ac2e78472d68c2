"""An approver from outside, by link: single use, bound to bytes and to the version in force, counted as declared."""

import msgspec
import pytest

from tepati.errors import Conflict, Expired, NotFound, Refused, Tampered
from tepati.flows import history
from tepati.flows.acts.publish import approve, propose, proposed, publish, take_back
from tepati.flows.acts.vet import read, vet
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.notice.load import load
from tepati.notice.values import Duration
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import hired, lines
from tests.flows.test_publishing import ALONE, NEXT, WIDER, ahead, approvers, at, text

OUTSIDE = (ALONE, "approvals: {people: 2, outside: penasihat@luar.example}")
ONLY = (ALONE, "approvals: {people: 1, outside: penasihat@luar.example}")
SECOND = text(OUTSIDE, NEXT, WIDER)


@pytest.fixture
def small(desk: Desk) -> Desk:
    """A shop with one member of staff and somebody outside."""
    return at(desk, text(OUTSIDE))


async def asked(desk: Desk, post: Post, source: str = SECOND, first: tuple[str, str] = OUTSIDE):
    """Publish the first version and propose the next; return the director, the digest, and the mailed link."""
    await publish(desk, text(first))
    (director,) = await approvers(desk, "sari")
    digest = await propose(desk, director, source)
    await tick(desk, post)
    return director, digest, post.link("vet", "penasihat@luar.example")


async def test_one_of_ours_and_one_from_outside_publish(small: Desk, post: Post, clock: Clock):
    """The link's button counts as one of the two that the version in force declares; the line says from where."""
    director, digest, link = await asked(small, post)
    (mail,) = [mail for mail in post.sent if mail.to == "penasihat@luar.example"]
    assert "versi 2" in mail.subject
    assert await approve(small, director, digest) == 1
    assert (await proposed(small, director))[0].needed == 2
    assert await vet(small, link) == 0
    newest, _ = await history.versions(small)
    assert (newest.digest.hex(), newest.effective) == (digest, ahead(clock))
    assert await lines(small, "approve", "outside") == ["notice.approvals"]


async def test_staff_alone_do_not_stand_in_for_the_one_outside(small: Desk, post: Post):
    """Two members approve, and the third approval is still missing: it is declared who must give it."""
    director, digest, link = await asked(small, post)
    other, third = await approvers(small, "dewi", "lina")
    for who in (director, other, third):
        assert await approve(small, who, digest) == 1
    assert len(await history.versions(small)) == 1
    assert await vet(small, link) == 0
    assert len(await history.versions(small)) == 2


async def test_where_only_somebody_outside_approves_and_a_wait_is_declared(desk: Desk, post: Post, clock: Clock):
    waits = (ALONE, "approvals: {people: 1, outside: penasihat@luar.example, wait: 24 hours}")
    small = at(desk, text(waits))
    director, _, link = await asked(small, post, text(waits, NEXT, WIDER), waits)
    assert await vet(small, link) == 0
    assert (await proposed(small, director))[0].waits == clock() + 86_400_000_000
    assert len(await history.versions(small)) == 1
    clock.forward(hours=25)
    await tick(small, post)
    assert len(await history.versions(small)) == 2


async def test_reading_changes_nothing_and_the_button_works_once(small: Desk, post: Post, store: Store):
    """A mail scanner that opens the link, ever so often, approves nothing; pressed twice it is one approval."""
    director, digest, link = await asked(small, post)
    before = await store.read(lambda tx: tx.all("SELECT approvals, changed FROM proposal"))
    for _ in range(3):
        found = await read(small, link)
        assert (found.stands, found.used, found.proposal.digest.hex()) == (True, 0, digest)
    assert await store.read(lambda tx: tx.all("SELECT approvals, changed FROM proposal")) == before
    assert await vet(small, link) == 1
    with pytest.raises(Expired, match="link_used"):
        await vet(small, link)
    assert (await read(small, link)).used
    (seen,) = await proposed(small, director)
    assert (seen.approved, seen.needed) == (1, 2)


async def test_a_used_link_put_back_by_sql_is_refused(small: Desk, post: Post, store: Store):
    """The key store knows that it was used."""
    _, _, link = await asked(small, post)
    await vet(small, link)
    await store.write(lambda tx: tx.run("UPDATE link SET used = NULL WHERE kind = 'approve_notice'"))
    with pytest.raises(Tampered, match="link_tampered"):
        await vet(small, link)


async def test_a_link_approves_no_other_bytes(small: Desk, post: Post, store: Store):
    """A second proposal has its own link; SQL that points one link at the other's bytes is noticed."""
    director, digest, link = await asked(small, post)
    rival = await propose(small, director, SECOND + "\n")
    await tick(small, post)
    other = post.link("vet")
    assert link != other
    assert await vet(small, link) == 1
    counted = {one.digest: one.approved for one in await proposed(small, director)}
    assert counted == {digest: 1, rival: 0}
    await store.write(lambda tx: tx.run("UPDATE link SET about = replace(about, $1, $2)", rival, digest))
    with pytest.raises(Tampered, match="link_tampered"):
        await vet(small, other)


async def test_taken_back_the_link_is_none_and_proposed_again_there_is_a_new_one(small: Desk, post: Post, store: Store):
    """What was approved before the withdrawal counts for nothing after it; a row of the old link put back neither."""
    director, digest, link = await asked(small, post)
    row = await store.read(lambda tx: tx.one("SELECT * FROM link WHERE kind = 'approve_notice'"))
    ident = await store.read(lambda tx: tx.one("SELECT * FROM ident WHERE blind_index = $1", row[1]))
    await take_back(small, director, digest)
    for act in (read, vet):
        with pytest.raises(NotFound):
            await act(small, link)
    assert await propose(small, director, SECOND) == digest
    await tick(small, post)
    fresh = post.link("vet")
    places = ", ".join(f"${n + 1}" for n in range(len(row)))
    await store.write(lambda tx: tx.run(f"INSERT INTO link VALUES ({places})", *row))
    await store.write(lambda tx: tx.run("INSERT INTO ident VALUES ($1, $2, $3, $4)", *ident))
    with pytest.raises(NotFound):
        await vet(small, link)
    assert await vet(small, fresh) == 1


async def test_a_link_ends_with_its_time_and_with_another_version(small: Desk, post: Post, clock: Clock):
    director, digest, link = await asked(small, post)
    rival = await propose(small, director, SECOND + "\n")
    await tick(small, post)
    other = post.link("vet")
    await approve(small, director, digest)
    await vet(small, link)
    with pytest.raises(Conflict, match="notice_coming"):
        await vet(small, other)
    clock.forward(days=13)
    assert (await read(small, other)).stands
    clock.forward(days=2)
    assert not (await read(small, other)).stands
    with pytest.raises(Expired, match="link_expired"):
        await vet(small, other)
    after = await history.ruling(small)
    with pytest.raises(Expired):
        await vet(after, other)
    assert len(await history.versions(after)) == 2
    assert rival != digest


async def test_the_next_version_names_another_and_the_one_in_force_still_asks(small: Desk, post: Post):
    """A file that drops or replaces its approver is approved by the one who is named now."""
    dropped = text((ALONE, "approvals: {people: 1}"), NEXT, WIDER)
    director, digest, link = await asked(small, post, dropped)
    assert await approve(small, director, digest) == 1
    assert not [mail for mail in post.sent if "lain" in mail.to]
    assert await vet(small, link) == 0


async def test_a_link_of_another_kind_approves_nothing(small: Desk, post: Post):
    from tests.flows.people import guest

    await asked(small, post)
    await guest(small, post)
    for link in (post.link("confirm"), "x" * 32, ""):
        with pytest.raises(NotFound):
            await vet(small, link)


async def test_who_has_no_role_that_approves_gains_none_by_the_one_outside(small: Desk, post: Post):
    _, digest, link = await asked(small, post)
    clerk = await hired(small, "privacy_desk")
    with pytest.raises(Refused, match="act_not_given"):
        await approve(small, clerk, digest)
    assert await vet(small, link) == 1
    assert len(await history.versions(small)) == 1


def test_the_language_says_who_it_is_and_what_it_means():
    """An address, its sentence in both languages, and removing or replacing it as a widening."""
    from tepati.notice.changes import changes
    from tepati.notice.promises import promises

    alone, small, only = (load(text(*more).encode()).sound() for more in ((), (OUTSIDE,), (ONLY,)))
    says = {p.id: p.text for p in promises(small)}["notice.approvals"]
    assert "satu di antaranya dari luar" in says.id
    assert "one of them from outside" in says.en
    assert "penasihat" not in says.id
    assert "seseorang dari luar" in {p.id: p.text for p in promises(only)}["notice.approvals"].id
    assert small.notice.approvals.wait is None
    assert alone.notice.approvals.wait == Duration(24, "hour")
    ways = {one.path: one.way for one in changes(only, alone)}
    assert ways["notice.approvals.outside"] == "wider"
    other = load(text((ALONE, ONLY[1].replace("penasihat", "lain"))).encode()).sound()
    assert [(c.path, c.way) for c in changes(only, other)] == [("notice.approvals.outside", "wider")]
    bad = load(text((ALONE, "approvals: {people: 1, outside: yes}")).encode())
    assert [found.path for found in bad.objections()] == ["notice.approvals.outside"]
    assert msgspec.structs.asdict(small.notice.approvals)["people"] == 2
