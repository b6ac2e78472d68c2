"""What SQL without keys can still do: each is a gap told in docs/threat-model.md. Strict: a mended one must move."""

import json

import pytest

from tepati.board.board import Board
from tepati.board.board import board as judged
from tepati.board.recount import recount
from tepati.board.relook import relook
from tepati.errors import Tampered, TepatiError
from tepati.flows import public
from tepati.flows.acts.audit import audit
from tepati.flows.acts.collect import collect
from tepati.flows.acts.compare import compare
from tepati.flows.acts.erase import Ask, read_certificate, request
from tepati.flows.acts.evidence import evidence
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.ledger import note
from tepati.ledger.reconcile import reconcile
from tepati.ledger.tree import WITNESS
from tepati.store.port import Store
from tests.attacks.world import A, alarms, cell, confirmed, hired, person, rows, sql
from tests.conftest import Clock
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


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE sealed SET due = due + 86400000000", "due_moved"),
        ("UPDATE sealed SET due = 0", "due_moved"),
        ("DELETE FROM sealed WHERE category = 'location'", "part_missing"),
        ("UPDATE sealed SET category = 'usage' WHERE category = 'location'", "part_unknown"),
        ("DELETE FROM state", "part_unknown"),
        ("UPDATE state SET version = version + 1", "state_mac"),
    ],
)
async def test_an_end_moved_or_a_part_taken_by_sql_is_found_at_night(
    desk: Desk, post: Post, store: Store, change: str, code: str
) -> None:
    """Nobody needs to read the person: every end is compared with the facts."""
    await confirmed(desk, post, 1, A)
    assert await compare(desk) == 0
    await sql(store, change)
    assert await compare(desk) > 0
    assert code in await alarms(store)


async def test_an_end_moved_later_by_sql_is_moved_back_and_kept(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """The facts govern: what was moved later still ends when the notice says, and its promise shows the hand."""
    await confirmed(desk, post, 1, A)
    ends = await rows(store, "SELECT record, category, due FROM sealed ORDER BY 1, 2")
    await sql(store, "UPDATE sealed SET due = $1", 2**61)
    assert await compare(desk) == len(ends)
    assert await rows(store, "SELECT record, category, due FROM sealed ORDER BY 1, 2") == ends
    assert await compare(desk) == 0
    shown = await rows(store, "SELECT promise FROM observation WHERE detail = 'due_moved' ORDER BY promise")
    assert [row[0] for row in shown] == [
        "retention.booking", "retention.identity", "retention.location", "security.storage"
    ]  # fmt: skip
    board = await store.read(lambda tx: judged(tx, desk.notice, SLUG, clock()))
    [location] = [row for row in board.rows if row.promise.id == "retention.location"]
    assert location.state == "gap"
    await store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    assert not {one.at for one in await reconcile(store, desk.log)} - {FIXTURE}


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


async def test_a_witness_written_in_by_sql_makes_no_promise_kept(desk: Desk, store: Store) -> None:
    """The note is true, and so is the attacker's signature: but no command of ours ever compared that key."""
    await collect(desk, booking(desk))
    await store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    head, outside = await store.read(desk.log.head) or "", note.signer("auditor.example/w1", bytes(32), WITNESS)
    text = head + note.cosign(head.encode(), outside, desk.now() // 1_000_000)
    size = await store.read(desk.log.size)
    await sql(
        store, "INSERT INTO log_cosign (org, witness, size, at, note, mac) VALUES ($1, $2, $3, $4, $5, $6)",
        SLUG, outside.name, size, desk.now(), text, bytes(16),
    )  # fmt: skip
    assert (await states(desk))["accountability.ledger"] == "unproven"
    assert not (await public.newest(desk)).witnesses
    assert "not_cosigned" in {one.kind for one in await reconcile(store, desk.log)}
    assert await store.write(lambda tx: desk.log.cosign(tx, text, [outside.key])) == 1
    assert (await states(desk))["accountability.ledger"] == "kept", "a command of ours compared the key"
    assert (await public.newest(desk)).witnesses == (outside.name,)


async def test_a_look_written_in_by_sql_is_none_whatever_line_it_names(desk: Desk, store: Store) -> None:
    """An alarm stands; SQL writes its repair, under the id of a true line. It repairs nothing, and is found."""
    await desk.alarm(Tampered("state_mac"))
    assert await relook(desk) == []
    line = await cell(store, "SELECT ledger_id FROM observation WHERE detail = 'state_mac'")
    await sql(
        store, "INSERT INTO observation (org, observation, promise, at, outcome, detail, ledger_id)"
        " VALUES ($1, $2, 'security.storage', $3, 'repaired', 'forged', $4)",
        SLUG, bytes(16), desk.now() + 1, line,
    )  # fmt: skip
    assert [one.outcome for one in await evidence(desk, "security.storage")] == ["tampered"]
    row = next(row for row in (await judging(desk)).rows if row.promise.id == "security.storage")
    assert (row.state, row.repair.en) == ("gap", "")
    assert await relook(desk) == ["looks altered 1"]


async def test_looks_that_sql_changed_are_none_and_hide_none_behind_them(desk: Desk, store: Store) -> None:
    await desk.alarm(Tampered("state_mac"))
    line = await cell(store, "SELECT ledger_id FROM observation")
    at = desk.now()
    put = "INSERT INTO observation (org, promise, at, outcome, detail, ledger_id, observation)"
    for change in ("promise = 'rights.access'", "outcome = 'ok'", "detail = 'x'", "at = at + 1"):
        await sql(store, "UPDATE observation SET promise = $1, outcome = 'tampered', detail = 'state_mac', at = $2",
                  "security.storage", at)  # fmt: skip
        await sql(store, f"UPDATE observation SET {change}")
        assert await evidence(desk, "security.storage") == await evidence(desk, "rights.access") == []
        assert "looks altered 1" in await relook(desk)
    await sql(store, "UPDATE observation SET at = $1", at)  # the last change taken back
    await store.write(lambda tx: tx.many(
        f"{put} VALUES ($1, 'security.storage', $2, 'tampered', 'x', $3, $4)",
        [(SLUG, at + n, line, n.to_bytes(16, "big")) for n in range(120)],
    ))  # fmt: skip
    assert [one.detail for one in await evidence(desk, "security.storage")] == ["state_mac"]


async def test_a_sum_of_good_looks_raised_by_sql_is_found_and_put_right(desk: Desk, store: Store) -> None:
    """Thirty days of good looks make a promise kept: they are counted again from the looks themselves."""
    await audit(desk)
    assert await relook(desk) == []
    all_sums = "SELECT promise, what, day, n, worst FROM counter ORDER BY 1, 2, 3"
    sums = await rows(store, all_sums)
    for change in ("n = n + 29 WHERE what = 'seen.ok'", "worst = worst + 9 WHERE what = 'seen.ok'",
                   "n = n + 29 WHERE what = 'days.ok'"):  # fmt: skip
        await sql(store, f"UPDATE counter SET {change}")
        assert await relook(desk)
        assert await rows(store, all_sums) == sums
    assert await relook(desk) == []


async def test_sums_of_looks_written_in_by_sql_keep_no_promise(desk: Desk, store: Store) -> None:
    """Nobody looked: a sum that says so is gone after the night, and the ledger's own row tells of it."""
    put = "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ($1, 'security.storage', 'seen.ok', 0, 9, $2)"
    await sql(store, put, SLUG, desk.now())
    assert (await states(desk))["security.storage"] == "kept"
    found = await relook(desk)
    assert found == ["sums of looks 1"]
    await audit(desk, found)
    after = await states(desk)
    assert (after["security.storage"], after["accountability.ledger"]) == ("unproven", "gap")


async def test_bad_looks_deleted_by_sql_stay_in_the_sums(desk: Desk, store: Store) -> None:
    """What is left of them is not thrown after them."""
    await desk.alarm(Tampered("state_mac"))
    await sql(store, "DELETE FROM observation")
    for _ in range(2):
        assert await relook(desk) == ["sums of looks 2"]
    assert (await states(desk))["security.storage"] == "gap"


async def judging(desk: Desk) -> Board:
    """Judge every promise."""
    return await desk.read(lambda sheet: judged(sheet.tx, desk.notice, SLUG, sheet.at, desk=desk))


async def states(desk: Desk) -> dict[str, str]:
    return {row.promise.id: row.state for row in (await judging(desk)).rows}
