"""What SQL without keys can still do: each is a gap told in docs/threat-model.md. Strict: a mended one must move."""

import json

import pytest

from tepati.board.recount import recount
from tepati.errors import TepatiError
from tepati.flows.acts.collect import collect
from tepati.flows.acts.erase import Ask, read_certificate, request
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.ledger.reconcile import reconcile
from tepati.store.port import Store
from tests.attacks.world import A, cell, confirmed, hired, person, sql
from tests.flows.conftest import SLUG, Post, booking

FIXTURE = "agreement"  # the fixture writes one without a line


async def test_a_certificate_changed_by_sql_is_refused(desk: Desk, post: Post, store: Store) -> None:
    number = await confirmed(desk, post, 1, A)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "counter", "in_person"))
    body = json.loads(str(await cell(store, "SELECT body FROM certificate")))
    await sql(store, "UPDATE certificate SET body = $1", json.dumps(body | {"erased": 1, "left": 0, "destroyed": 1}))
    import hashlib

    await sql(store, "UPDATE certificate SET capability = $1", hashlib.sha256(b"known").digest())
    with pytest.raises(TepatiError):
        await read_certificate(desk, "known")


async def test_an_end_moved_nearer_by_sql_destroys_nothing(desk: Desk, post: Post, store: Store) -> None:
    await confirmed(desk, post, 1, A)
    await sql(store, "UPDATE sealed SET due = 0")
    await sweep(desk)
    assert await cell(store, "SELECT count(*) FROM sealed WHERE person = $1", await person(desk, A)) > 0


async def test_an_alarm_deleted_by_sql_is_found_at_night(desk: Desk, post: Post, store: Store) -> None:
    await collect(desk, booking(desk))
    await sql(store, "UPDATE state SET mac = $1", bytes(32))
    with pytest.raises(TepatiError):
        await collect(desk, booking(desk, 2))
    await store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    assert await sql(store, "DELETE FROM observation WHERE outcome = 'tampered'") == 1
    assert {one.at for one in await reconcile(store, desk.log)} - {FIXTURE}


@pytest.mark.parametrize("table", ["consent_event", "record", "acceptance"])
async def test_an_effect_deleted_by_sql_is_found_at_night(desk: Desk, post: Post, store: Store, table: str) -> None:
    """For comparison: what the nightly look does find."""
    await confirmed(desk, post, 1, A)
    while await store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    assert not {one.at for one in await reconcile(store, desk.log)} - {FIXTURE}
    await sql(store, f"UPDATE {table} SET ledger_id = $1", bytes(16))
    assert ("effect_without_line", table) in {(one.kind, one.at) for one in await reconcile(store, desk.log)}


async def test_a_sum_increased_by_sql_is_found(desk: Desk, post: Post, store: Store) -> None:
    """The board's sums are counted again from the ledger."""
    from tepati.board.tally import tally

    await confirmed(desk, post, 1, A)
    while await store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    while await store.write(lambda tx: tally(tx, SLUG, desk.now())):
        pass
    assert not await recount(store, SLUG)
    await sql(store, "UPDATE counter SET n = n + 100 WHERE what LIKE '%.%' AND what NOT LIKE 'seen.%'"
                     " AND what NOT LIKE 'days.%'")  # fmt: skip
    assert await recount(store, SLUG)
