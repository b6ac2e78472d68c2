"""What a stranger types under a known address says nothing for its owner: not their no, not their terms or language."""

import msgspec

from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.desk import Desk
from tepati.registers import acceptances, consents
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import count, guest, person_of


async def test_a_strangers_tick_leaves_a_no_and_the_language_alone(
    desk: Desk, post: Post, clock: Clock, store: Store
) -> None:
    """The register keeps ``ConsentRefused``, the terms' acceptance is the person's own, letters stay Indonesian."""
    await guest(desk, post, yes=False)
    person = await person_of(desk)
    before = await store.read(lambda tx: acceptances.of_person(tx, person))
    clock.forward(hours=1)
    await collect(desk, msgspec.structs.replace(booking(desk, 2), language="en"))
    said = await store.read(lambda tx: consents.of_person(tx, person))
    assert [one.state for one in said] == [consents.REFUSED]
    assert await store.read(lambda tx: acceptances.of_person(tx, person)) == before
    assert await store.read(lambda tx: acceptances.language(tx, person)) == "id"
    assert await count(store, "consent_event WHERE state = 'ConsentRequested'") == 2, "that it was asked is kept"
    await deliver(desk, post)
    assert "/en/" in post.sent[-1].text, "the letter speaks as the form did"


async def test_once_the_link_is_used_the_form_counts(desk: Desk, post: Post, clock: Clock, store: Store) -> None:
    """Notice shown, terms accepted and language are those of the last record whose link was used."""
    await guest(desk, post, yes=False)
    person = await person_of(desk)
    at = clock.forward(hours=1)
    await collect(desk, msgspec.structs.replace(booking(desk, 2), language="en"))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"}), "en")
    assert await store.read(lambda tx: acceptances.language(tx, person)) == "en"
    assert {one[3] for one in await store.read(lambda tx: acceptances.of_person(tx, person))} == {at}
    said = await store.read(lambda tx: consents.of_person(tx, person))
    assert [one.state for one in said] == [consents.GIVEN]
