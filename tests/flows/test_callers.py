"""People are found by their telephone number: all who hold it, nobody else's eyes, and nobody whose number ended."""

import asyncio

import pytest

from tepati.errors import NotFound, Tampered
from tepati.flows import callers
from tepati.flows.acts.collect import collect
from tepati.flows.acts.correct import correct
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.person import search
from tepati.flows.desk import Desk
from tepati.flows.rights import Behalf
from tepati.flows.tick import tick
from tepati.store.port import Store
from tepati.vault import shared
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import count, guest, hired, lines, person_of

PHONE = "0812 3456 7890"


async def holders(desk: Desk, said: str = PHONE) -> list[bytes]:
    return await desk.read(lambda sheet: callers.holders(sheet, callers.number(said)))


@pytest.mark.parametrize("said", ["081234567890", "+62 812-3456-7890", "62812 3456 7890", "0062 812 3456 7890"])
async def test_a_number_is_one_however_it_is_written(desk: Desk, post: Post, said: str) -> None:
    await guest(desk, post)
    dispatcher = await hired(desk, "dispatcher")
    (hit,) = await search(desk, dispatcher, said)
    assert hit.person == await person_of(desk)
    assert await lines(desk, "search", "allowed") == ["roles.dispatcher"]


@pytest.mark.parametrize("said", ["0812 3456 789", "0812 3456 7891", "812", "0812 3456"])
async def test_only_the_whole_number_finds(desk: Desk, post: Post, said: str) -> None:
    await guest(desk, post)
    with pytest.raises(NotFound, match="nobody_found"):
        await search(desk, await hired(desk, "dispatcher"), said)


async def test_two_who_share_a_number_are_both_found_and_masked(desk: Desk, post: Post, store: Store) -> None:
    """A couple: two people, one number, nothing joined; the list names them masked, and each reads that they were."""
    await guest(desk, post)
    await guest(desk, post, 2, identity__email="bima@contoh.example", identity__name="Bima Saputra")
    hits = await search(desk, await hired(desk, "dispatcher"), PHONE)
    assert len({hit.person for hit in hits}) == 2
    assert not {"Ratna Dewi", "Bima Saputra"} & {hit.name for hit in hits}
    assert sorted(hit.name[0] for hit in hits) == ["B", "R"]
    assert all(len(hit.tasks) == 1 for hit in hits)
    assert await count(store, "person WHERE population = 'customer'") == 2
    told = await store.read(lambda tx: tx.all("SELECT count(*) FROM opening GROUP BY ledger_id HAVING count(*) = 3"))
    assert told, "the search is one line with an opening for each of them and one for the member"


async def test_what_is_not_proven_leads_nowhere(desk: Desk, post: Post) -> None:
    """A stranger who types a number is found under it only when their address is proven."""
    await collect(desk, booking(desk))
    assert await holders(desk) == []
    await guest(desk, post, 2)
    await collect(desk, booking(desk, 3, identity__phone="0899 1111 2222"))
    assert await holders(desk, "0899 1111 2222") == []
    assert len(await holders(desk)) == 1


async def test_who_has_no_task_with_them_finds_nobody(desk: Desk, post: Post) -> None:
    """A number alone opens nothing: the service desk, which has no open complaint of theirs, is told of nobody."""
    await guest(desk, post)
    for role in ("service_desk", "accountant"):
        actor = await hired(desk, role)
        if role == "accountant":
            assert len(await search(desk, actor, PHONE)) == 1  # sees names at any time, for a reason
            continue
        with pytest.raises(NotFound, match="nobody_found"):
            await search(desk, actor, PHONE)


async def test_a_corrected_number_leads_and_the_old_one_no_more(desk: Desk, post: Post) -> None:
    number = await guest(desk, post)
    await guest(desk, post, 2, identity__email="bima@contoh.example")
    clerk = await hired(desk, "privacy_desk")
    await correct(desk, Behalf(clerk, number, "phone"), {"identity.phone": "0899 1111 2222"})
    assert await holders(desk, "0899 1111 2222") == [await person_of(desk)]
    assert len(await holders(desk)) == 1
    await correct(desk, Behalf(clerk, number, "phone"), {"identity.phone": PHONE})
    assert await holders(desk, "0899 1111 2222") == []
    assert len(await holders(desk)) == 2


async def test_an_erased_person_leaves_the_other_who_shares(desk: Desk, post: Post, store: Store) -> None:
    number = await guest(desk, post)
    first = await person_of(desk)
    await guest(desk, post, 2, identity__email="bima@contoh.example")
    assert len(await holders(desk)) == 2
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "counter", "in_person"))
    await tick(desk, post)
    (left,) = await holders(desk)
    assert left != first
    assert await count(store, "ident WHERE field = 'identity.phone~'") == 1


async def test_a_number_whose_record_ended_leads_nowhere(desk: Desk, post: Post, clock: Clock) -> None:
    """Two bookings of one person under two numbers: the older one's end takes its number along, and only that."""
    from tepati.flows.acts.close import close
    from tepati.flows.acts.sweep import sweep

    first = await guest(desk, post, identity__phone="0899 1111 2222")
    await close(desk, await hired(desk, "dispatcher"), first)
    clock.forward(hours=24 * 365)
    await guest(desk, post, 2, booking__date="2027-12-01")
    assert len(await holders(desk, "0899 1111 2222")) == len(await holders(desk)) == 1
    clock.forward(hours=24 * 367)
    await sweep(desk)
    assert await holders(desk, "0899 1111 2222") == []
    assert len(await holders(desk)) == 1


async def test_an_index_pointed_at_another_opens_nothing(desk: Desk, post: Post, store: Store) -> None:
    """Whoever can write SQL points a number at somebody else: the look-up notices that they do not hold it."""
    await guest(desk, post)
    await guest(desk, post, 2, identity__email="bima@contoh.example", identity__phone="0899 1111 2222")
    other = (await holders(desk, "0899 1111 2222"))[0]
    await store.write(
        lambda tx: tx.run("UPDATE ident SET person = $1 WHERE field = 'identity.phone~' AND person <> $1", other)
    )
    with pytest.raises(Tampered):
        await search(desk, await hired(desk, "dispatcher"), PHONE)


async def test_more_than_can_stand_under_a_number_are_people_all_the_same(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switchboard's number: who comes later books as everybody, and is found by address or number."""
    monkeypatch.setattr(shared, "MOST", 2)
    for n in range(3):
        await guest(desk, post, n + 1, identity__email=f"tamu{n}@contoh.example")
    assert len(await holders(desk)) == 2


async def test_those_who_confirm_at_once_are_both_found(desk: Desk, post: Post, clock: Clock) -> None:
    from tepati.flows.acts.agree import agree
    from tepati.flows.acts.deliver import deliver

    links = []
    for n in range(3):
        await collect(desk, booking(desk, n + 1, identity__email=f"tamu{n}@contoh.example"))
        await deliver(desk, post)
        links.append(post.link("confirm"))
    await asyncio.gather(*(agree(desk, link, frozenset(), "id") for link in links))
    assert len(await holders(desk)) == 3
    assert clock
