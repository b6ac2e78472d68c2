"""What goes into the vault comes out for a permit, and for nothing else."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import BadInput, Conflict, Refused
from tepati.rules.facts import Facts
from tepati.vault.index import normal
from tepati.vault.secret import Secret

EMAIL, NAME = "identity.email", "identity.name"


async def test_a_value_is_opened_for_the_fields_of_the_permit_only(world):
    person, _ = await world.add()
    assert await world.look(person, NAME) == {NAME: "Siti Rahayu"}
    assert await world.look(person, NAME, "payment.reference") == {NAME: "Siti Rahayu", "payment.reference": "INV-77"}


async def test_a_person_is_found_by_any_writing_of_the_value(world):
    person, _ = await world.add()
    assert await world.store.read(lambda tx: world.vault.find(tx, EMAIL, " SITI@Example.COM ")) == person
    assert await world.store.read(lambda tx: world.vault.find(tx, EMAIL, "siti@example.org")) is None
    assert await world.store.read(lambda tx: world.vault.find(tx, "identity.phone", "siti@example.com")) is None


async def test_what_was_found_opens_in_the_same_transaction(world):
    person, record = await world.add()

    async def work(tx):
        found = await world.vault.find(tx, EMAIL, "siti@example.com")
        facts, _ = await world.vault.facts(tx, found)
        return await world.vault.open(tx, world.permit(tx, found, [NAME], [record]), facts)

    (opened,) = await world.store.read(work)
    assert (opened.record, opened.category, list(opened.values)) == (record, "identity", ["name"])
    assert person


async def test_a_value_is_claimed_by_one_person(world):
    await world.add()
    with pytest.raises(Conflict):
        await world.add(email="Siti@EXAMPLE.com")


@pytest.mark.parametrize("wrong", ["transaction", "person", "record", "hidden", "facts"])
async def test_a_permit_for_anything_else_opens_nothing(world, wrong):
    person, record = await world.add()
    other, others = await world.add(email="budi@example.com")

    async def work(tx):
        facts, _ = await world.vault.facts(tx, person)
        permit = world.permit(tx, person, [NAME], [record], how="hidden" if wrong == "hidden" else "full")
        if wrong == "transaction":
            permit = world.permit(type("Tx", (), {"id": tx.id + 1}), person, [NAME], [record])
        if wrong == "person":
            permit = world.permit(tx, other, [NAME], [record])
        if wrong == "record":
            permit = world.permit(tx, person, [NAME], [others])
        if wrong == "facts":
            facts = Facts("customer", rows=facts.rows, consents={"promotion": 2**62})
        return await world.vault.open(tx, permit, facts)

    from tepati.errors import Tampered

    with pytest.raises(Tampered if wrong in {"person", "facts"} else Refused):
        await world.store.read(work)


async def test_a_field_outside_the_permit_is_not_put(world):
    async def work(tx):
        permit = world.permit(tx, b"p" * 16, [NAME])
        await world.vault.put(tx, permit, b"r" * 16, {"identity": {"email": "a@b.id"}}, {}, {}, b"l" * 16)

    with pytest.raises(Refused) as refused:
        await world.store.write(work)
    assert refused.value.values["field"] == EMAIL


async def test_a_correction_seals_the_whole_record_anew(world):
    person, record = await world.add()

    async def work(tx):
        facts, version = await world.vault.facts(tx, person)
        permit = world.permit(tx, person, [NAME], [record])
        new = await world.vault.put(
            tx,
            permit,
            record,
            {"identity": {"name": "Siti Aminah"}},
            {"identity": "2028-01"},
            {"identity": 5},
            b"m" * 16,
        )
        row = type(facts.rows[record.hex()])("booking", new, joined=True)
        await world.vault.set_facts(tx, person, Facts("customer", rows={record.hex(): row}), version)
        return new

    assert await world.do(work) == 2
    assert await world.look(person, NAME, EMAIL, "payment.reference") == {
        NAME: "Siti Aminah", EMAIL: "siti@example.com", "payment.reference": "INV-77",
    }  # fmt: skip
    assert {row[0] for row in await world.rows("SELECT version FROM sealed")} == {2}


async def test_a_record_that_exists_is_changed_by_a_permit_that_names_it_only(world):
    person, record = await world.add()

    async def work(tx):
        permit = world.permit(tx, person, [NAME])
        await world.vault.put(
            tx, permit, record, {"identity": {"name": "X"}}, {"identity": ""}, {"identity": 0}, b"l" * 16
        )

    with pytest.raises(Refused):
        await world.store.write(work)


async def test_facts_are_compared_and_set(world):
    person, _ = await world.add(consents=["promotion"])
    assert await world.change(person, told=3) == 2

    async def late(tx):
        return await world.vault.set_facts(tx, person, Facts("customer"), 1)

    with pytest.raises(Conflict):
        await world.store.write(late)
    found = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert (found[0].told, found[1]) == (3, 2)
    assert await world.store.read(lambda tx: world.vault.facts(tx, b"x" * 16)) is None


async def test_openings_and_mails_come_back_and_are_bound_to_their_place(world):
    person, _ = await world.add()
    line, mail = b"l" * 16, b"m" * 16

    async def work(tx):
        await world.vault.seal_opening(tx, person, "person", line, b"opening", world.clock())
        return await world.vault.seal_mail(tx, person, mail, b"letter")

    key, blob = await world.do(work)

    async def read(tx):
        permit = world.permit(tx, person, [])
        opening = await world.vault.open_opening(tx, permit, line, "person")
        return opening, await world.vault.open_mail(tx, person, mail, key, blob)

    assert await world.store.read(read) == (b"opening", b"letter")
    from tepati.errors import Tampered

    with pytest.raises(Tampered):
        await world.store.read(lambda tx: world.vault.open_mail(tx, person, b"n" * 16, key, blob))


def test_a_secret_shows_itself_only_when_told():
    secret = Secret("Siti Rahayu")
    shown = f"{secret} {secret!r} {secret!s} {secret:>20} {[secret]} {{'a': {secret}}}"
    assert "Siti" not in shown
    assert secret.show() == "Siti Rahayu"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            leave(secret)
    assert secret == Secret("Siti Rahayu")
    assert secret != Secret("Siti")


@pytest.mark.parametrize(
    "phone", ["0812-3456-789", "628123456789", "+62 812 3456 789", "8123456789", "00628123456789", "+62 (0)8123456789"]
)
def test_an_indonesian_number_has_one_form(phone):
    assert normal(phone) == "+628123456789"


def test_other_values_keep_apart():
    assert normal("+1 415 555 0100") == "+14155550100"
    assert normal("Siti.R@BÜCHER.example") == "siti.r@xn--bcher-kva.example"
    assert normal("  Jalan   Melati ") == "jalan melati"
    for wrong in ("ü@example.com", "@example.com", "a@", "a@-.-"):
        with pytest.raises(BadInput) as bad:
            normal(wrong)
        assert wrong not in str(bad.value)


@given(st.text(max_size=30) | st.from_regex(r"\+?[0-9]{7,16}", fullmatch=True))
def test_a_normal_form_is_its_own(value):
    """What is looked up twice, once as typed and once as stored, is found both times."""
    try:
        once = normal(value)
    except BadInput:
        return
    assert normal(once) == once


@given(st.integers(10**8, 10**11), st.sampled_from(["0", "62", "+62", "", "0062", "+62 (0)", "62-0"]))
def test_every_writing_of_an_indonesian_number_is_one(number, start):
    assert normal(f"{start}8{number}") == f"+628{number}"
