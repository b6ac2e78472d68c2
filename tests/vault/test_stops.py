"""The stop list is whole: what facts take away stays away after a restore of an older backup; what is due stays due."""

import msgspec
import pytest

from tepati.rules.facts import FOREVER, Dealing, Facts
from tepati.vault.narrow import narrowed
from tests.vault.conftest import LINE
from tests.vault.test_restore import consent, destroy, put_back, save

ORDER = b"\x0d" * 16
OPEN = {ORDER.hex(): Dealing("order", 1)}

# what the backup has, what came after it in turn, what a restore must give
CASES = {
    "a guardian's yes taken back": ({"guardian": True}, [{"guardian": False}], {"guardian": False}),
    "given again": ({"guardian": True}, [{"guardian": False}, {"guardian": True}], {"guardian": True}),
    "a child's age mended": ({"minor_until": 5}, [{"minor_until": 9}], {"minor_until": 9}),
    "found to be a child": ({}, [{"minor_until": 9}], {"minor_until": 9}),
    "found to be adult": ({"minor_until": 9}, [{"minor_until": 12}, {"minor_until": 0}], {"minor_until": 9}),
    "a consent shortened": ({"consents": {"a": FOREVER}}, [{"consents": {"a": 50}}], {"consents": {"a": 50}}),
    "shortened again": ({"consents": {"a": 90}}, [{"consents": {"a": n}} for n in (50, 30)], {"consents": {"a": 30}}),
    "prolonged again": ({"consents": {"a": 90}}, [{"consents": {"a": n}} for n in (50, 70)], {"consents": {"a": 70}}),
    "withdrawn and given for less": (
        {"consents": {"a": 90}}, [{"consents": {}}, {"consents": {"a": 40}}], {"consents": {"a": 40}},
    ),
    "an order closed": (
        {"dealings": OPEN}, [{"dealings": {ORDER.hex(): Dealing("order", 1, 8)}}],
        {"dealings": {ORDER.hex(): Dealing("order", 1, 8)}},
    ),
    "closed, then forgotten": (
        {"dealings": OPEN}, [{"dealings": {ORDER.hex(): Dealing("order", 1, 8)}}, {"dealings": {}}],
        {"dealings": {ORDER.hex(): Dealing("order", 1, 8)}},
    ),
    "opened again": (
        {"dealings": OPEN}, [{"dealings": {ORDER.hex(): Dealing("order", 1, 8)}}, {"dealings": OPEN}],
        {"dealings": OPEN},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_what_was_taken_away_stays_away(world, case):
    before, changes, wanted = CASES[case]
    person, _ = await world.add()
    await world.change(person, **before)
    _, raw = await save(world)
    for change in changes:
        await world.change(person, **change)
    await destroy(world)
    await put_back(world, raw)
    facts, _ = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert {name: getattr(facts, name) for name in wanted} == wanted
    assert msgspec.structs.replace(facts, **before).rows == facts.rows


async def test_a_dealing_forgotten_while_open_does_not_open_again(world):
    person, _ = await world.add()
    await world.change(person, dealings=OPEN)
    _, raw = await save(world)
    await world.change(person, dealings={})
    await destroy(world)
    await put_back(world, raw)
    facts, _ = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert facts.dealings[ORDER.hex()].closed == world.clock()


REQUESTS = {"cancelled": b"\x01" * 16, "still open": b"\x02" * 16}


async def requested(world, person):
    """Write an order and two requests down, as the desk does."""

    async def work(tx):
        await tx.run(
            "INSERT INTO dealing (person, dealing, org, kind, number, opened, moments, ledger_id)"
            " VALUES ($1, $2, 'fineclean', 'order', 'N-1', 1, '{}', $3)", person, ORDER, LINE,
        )  # fmt: skip
        for request in REQUESTS.values():
            await tx.run(
                "INSERT INTO request (person, request, org, kind, channel, number, received, due, state, about,"
                " outcome, ledger_id)"
                " VALUES ($1, $2, 'fineclean', 'erasure', 'counter', 'R', 1, 99, 'waiting', '', '', $3)",
                person, request, LINE,
            )  # fmt: skip
            await tx.run(
                "INSERT INTO duty (person, duty, org, kind, due, state, attempts, taken, about, ledger_id)"
                " VALUES ($1, $2, 'fineclean', 'erase', 7, 'open', 0, 0, $3, $4)",
                person, request, f"{request.hex()},mail,R", LINE,
            )  # fmt: skip

    await world.store.write(work)


async def test_the_registers_come_to_the_same_answer(world):
    """A closed order, a cancelled erasure, a shortened consent; and what was open at the backup is still due."""
    person, _ = await world.add(consents=["promotion"])
    await consent(world, person, "promotion")
    await world.sql("UPDATE consent SET until = $1", FOREVER)
    await requested(world, person)
    asked = {request.hex(): Dealing("request", 1) for request in REQUESTS.values()}
    await world.change(person, dealings={**OPEN, **asked})
    _, raw = await save(world)
    ended = {ORDER.hex(): Dealing("order", 1, 8), REQUESTS["cancelled"].hex(): Dealing("request", 1, 9)}
    await world.change(person, dealings={**OPEN, **asked, **ended}, consents={"promotion": 50})
    await destroy(world)
    await put_back(world, raw)
    assert await world.rows("SELECT closed FROM dealing") == [(8,)]
    assert await world.rows("SELECT until FROM consent") == [(50,)]
    found = await world.rows("SELECT request, state, done FROM request ORDER BY request")
    assert found == [(REQUESTS["cancelled"], "cancelled", 9), (REQUESTS["still open"], "waiting", None)]
    assert await world.rows("SELECT duty, due, state FROM duty") == [(REQUESTS["still open"], 7, "open")]
    facts, _ = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert facts.dealings[REQUESTS["still open"].hex()].closed == 0


def test_what_did_not_stop_is_left_as_it_is():
    facts = Facts("customer", guardian=True, consents={"a": 5}, minor_until=3, dealings=OPEN)
    assert narrowed(facts, ["until:b:1", "closed:ff:2", "minor:2", "end:identity:2028-01"]) == facts
