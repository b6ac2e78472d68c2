"""What a person said and was told: consents in all their states, acceptances, mailed links, rows that make sets."""

import pytest
from msgspec.structs import replace

from tepati.errors import Conflict
from tepati.registers import acceptances, cells, consents, heads, links, standings
from tepati.registers.acceptances import Acceptance
from tepati.registers.consents import Current, Event
from tepati.registers.links import Link
from tepati.store.port import Store, Tx
from tests.conftest import Clock, Seeded
from tests.registers.calls import then

LINE = b"l" * 16
DIGEST = b"d" * 32


def _event(random: Seeded, clock: Clock, state: str) -> Event:
    return Event(random(16), "offers", state, clock.at, clock.at + 99, b"w" * 32, "id", "link", DIGEST)


async def _states(tx: Tx, person: bytes) -> list[str]:
    rows = await tx.all("SELECT state FROM consent_event WHERE person = $1 ORDER BY at", person)
    return [str(row[0]) for row in rows]


async def test_a_consent_is_what_was_said_last_and_every_state_stays(
    store: Store, random: Seeded, clock: Clock
) -> None:
    """Asked, given, withdrawn: one current row, three events; nobody else has any (UU PDP Art. 24: proof)."""
    person = random(16)
    for state in (consents.REQUESTED, consents.GIVEN, consents.WITHDRAWN):
        clock.forward(seconds=1)
        await store.write(then(consents.say, "a", person, _event(random, clock, state), LINE))
    assert await store.read(then(consents.of_person, person)) == [
        Current("offers", consents.WITHDRAWN, clock.at, clock.at + 99)
    ]
    assert await store.read(then(_states, person)) == [consents.REQUESTED, consents.GIVEN, consents.WITHDRAWN]
    assert await store.read(then(consents.of_person, random(16))) == []


async def test_an_event_is_written_once(store: Store, random: Seeded, clock: Clock) -> None:
    """The same event again is refused whole: the current row does not change either."""
    person, yes = random(16), _event(random, clock, consents.GIVEN)
    await store.write(then(consents.say, "a", person, yes, LINE))
    with pytest.raises(Conflict):
        await store.write(then(consents.say, "a", person, replace(yes, state=consents.WITHDRAWN), LINE))
    assert [c.state for c in await store.read(then(consents.of_person, person))] == [consents.GIVEN]


async def test_what_was_shown_first_stands(store: Store, random: Seeded, clock: Clock) -> None:
    """A version is shown or accepted once; the language is that of the newest; Indonesian before anything."""
    person = random(16)
    assert await store.read(then(acceptances.language, person)) == "id"
    first = Acceptance("notice", 3, "shown", "en", clock.at, DIGEST)
    for one in (first, replace(first, language="id", at=clock.at + 5), replace(first, thing="terms.service", version=1,
                                                                              kind="accepted")):  # fmt: skip
        await store.write(then(acceptances.add, "a", person, one, LINE))
    assert await store.read(then(acceptances.of_person, person)) == [
        ("notice", 3, "shown", clock.at), ("terms.service", 1, "accepted", clock.at),
    ]  # fmt: skip
    assert await store.read(then(acceptances.language, person)) == "en"
    await store.write(
        then(acceptances.add, "a", person, replace(first, version=4, language="id", at=clock.at + 9), LINE)
    )
    assert await store.read(then(acceptances.language, person)) == "id"
    assert await store.read(then(acceptances.of_person, random(16))) == []


@pytest.fixture
def link(random: Seeded, clock: Clock) -> Link:
    """Give a link that was mailed now and works for a while."""
    return Link(random(16), random(16), "booking", "ab12,offers", made=clock.at, expires=clock.at + 9, used=0)


async def test_a_link_works_once_for_its_person_and_organisation(store: Store, link: Link, random: Seeded) -> None:
    """Whoever comes second gets 0; with another organisation or person there is no such link."""
    await store.write(then(links.add, "a", link, LINE))
    assert await store.read(then(links.get, "a", link.person, link.secret)) == link
    for org, person, secret in (("b", link.person, link.secret), ("a", random(16), link.secret),
                                ("a", link.person, random(16))):  # fmt: skip
        assert await store.read(then(links.get, org, person, secret)) is None
    assert await store.write(then(links.use, random(16), link.secret, 5)) == 0
    assert [await store.write(then(links.use, link.person, link.secret, at)) for at in (5, 6)] == [1, 0]
    assert (await store.read(then(links.get, "a", link.person, link.secret))).used == 5


async def test_links_that_ran_out_are_dropped_with_their_look_up(store: Store, link: Link, clock: Clock) -> None:
    """Dropping takes the blind index along; other organisations' links and younger ones stay."""
    young = replace(link, secret=link.secret[::-1], expires=clock.at + 99)
    for org, one in (("a", link), ("a", young), ("b", replace(link, secret=b"x" * 16))):
        await store.write(then(links.add, org, one, LINE))
        await store.write(then(_indexed, org, one))
    assert await store.read(then(links.expired, "a", link.expires - 1, 5)) == []
    assert await store.read(then(links.expired, "a", link.expires, 5)) == [link]
    await store.write(then(links.drop, link.person, link.secret))
    assert await store.read(then(links.expired, "a", link.expires, 5)) == []
    assert await store.read(then(_indexes)) == sorted([young.secret, b"x" * 16])
    assert await store.read(then(links.count_since, link.person, "booking", clock.at - 1)) == 2
    assert await store.read(then(links.count_since, link.person, "booking", clock.at)) == 0
    assert await store.read(then(links.count_since, link.person, "cancel", 0)) == 0


async def _indexed(tx: Tx, org: str, link: Link) -> None:
    await tx.run(
        "INSERT INTO ident (blind_index, org, field, person) VALUES ($1, $2, 'link', $3)", link.secret, org, link.person
    )


async def _indexes(tx: Tx) -> list[bytes]:
    return sorted(cells.raw(row[0]) for row in await tx.all("SELECT blind_index FROM ident"))


async def test_sets_of_people_are_paged_and_stay_in_their_organisation(store: Store, random: Seeded) -> None:
    """Rows of a person are replaced whole; an audience goes on after the last id, and never leaves its organisation."""
    some = sorted(random(16) for _ in range(5))
    for person in some:
        await store.write(then(standings.replace, "a", person, [("offers", "", 9, 0, 3), ("orders", "", 9, 0, 3)]))
    await store.write(then(standings.replace, "b", random(16), [("offers", "", 9, 0, 3)]))
    where, args = "purpose = $1 AND until > $2", ("offers", 5)

    async def after(last: bytes, limit: int = 2) -> list[bytes]:
        return await store.read(then(standings.audience, "a", where, args, last, limit))

    assert await after(bytes(16)) == some[:2]
    assert await after(some[1]) == some[2:4]
    assert await after(some[4]) == []
    await store.write(then(standings.replace, "a", some[0], [("offers", "", 1, 0, 3)]))
    await store.write(then(standings.replace, "a", some[1], []))
    assert await after(bytes(16), 9) == some[2:]


async def test_heads_and_tiles_are_those_of_the_log(store: Store) -> None:
    """Nothing before the first line; then the newest head, and tiles as they stand."""
    assert await store.read(then(heads.newest, "a")) is None
    assert await store.read(then(heads.tile, "a", 0, 0)) == b""
    await store.write(then(_head))
    assert await store.read(then(heads.newest, "a")) == (4, b"r" * 32, 7)
    assert await store.read(then(heads.newest, "b")) is None
    assert await store.read(then(heads.tile, "a", 0, 0)) == b"h" * 64
    assert await store.read(then(heads.tile, "b", 0, 0)) == b""


async def _head(tx: Tx) -> None:
    await tx.run("INSERT INTO log_head (org, size, root, at, note) VALUES ('a', 4, $1, 7, '')", b"r" * 32)
    await tx.run("INSERT INTO log_tile (org, level, idx, hashes) VALUES ('a', 0, 0, $1)", b"h" * 64)


def test_a_cell_of_another_type_is_a_fault() -> None:
    """NULL is nothing; text where bytes or a number belong stops the act instead of passing as nothing."""
    assert (cells.raw(None), cells.raw(b"x"), cells.whole(None), cells.whole(3)) == (b"", b"x", 0, 3)
    with pytest.raises(TypeError):
        cells.raw("x")
    with pytest.raises(TypeError):
        cells.whole("3")
