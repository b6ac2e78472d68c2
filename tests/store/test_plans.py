"""Every statement of the source runs on both engines, and none reads a whole table of people to find a few."""

import re
from collections.abc import Sequence
from pathlib import Path

import apsw
import asyncpg
import pytest

from tepati.store.lite import translated
from tepati.store.open import open_store
from tepati.store.schema import TABLES
from tests.store.statements import Statement
from tests.store.test_statements import ALL

WHOLE = [
    s
    for s in ALL
    if s.whole and s.verb in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} and not s.file.startswith("store/")
]
LARGE = {table.name for table in TABLES if table.fate != "none"} | {
    "log_leaf",
    "log_pending",
    "severed",
    "observation",
    "counter",
}
LARGE -= {"decoy", "staff", "log_pending"}  # a handful of each; what waits for the sequencer is a second old

# Which statements read a whole table, and why.
READS_ALL = {
    "board/examination.py": "doctor looks at everything, when asked",
    "vault/restore.py": "a restore walks everything, before any door opens",
    "vault/lost.py": "likewise",
    "vault/loglines.py": "likewise",
    "vault/backup.py": "a backup holds everything",
    "vault/reindex.py": "after a restore every index is made anew",
    "ledger/reconcile.py": "the nightly audit compares everything with everything",
    "registers/holds.py": "the retention page counts held people when asked: a walk over the keys, off the loop",
    "vault/openings.py": "once a day the keys of openings whose month is over are looked for, in a stream",
    "registers/records.py": "what holds alone keep is counted over all keys, when staff look at the ends",
    "registers/census.py": "a new version of the notice is weighed against every yes, when asked",
    "vault/standing.py": "the keys' status counts every key, when asked",
    "vault/reconcile.py": "start-up compares the mirrors with the database",
    "vault/trial.py": "a proof tries every key, on an installation of its own",
}


def _sql(statement: Statement) -> str:
    return statement.whole or ""


async def test_sqlite_runs_every_statement_by_an_index(tmp_path: Path) -> None:
    """SQLite understands every statement, and scans no large table without an index."""
    store = await open_store(f"sqlite:///{tmp_path / 'a.db'}", jitter=lambda: 0)
    await store.close()
    db = apsw.Connection(str(tmp_path / "a.db"))
    scans = []
    for statement in WHOLE:
        if "pg_" in _sql(statement) or "::" in _sql(statement):
            continue  # PostgreSQL alone runs it
        sql = translated(_sql(statement))
        count = max([int(n) for n in re.findall(r"\?(\d+)", sql)], default=0)
        plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * count)]
        scans += [f"{statement}: {step}" for step in plan if _scans(statement, step)]
    db.close()
    assert not scans, "\n".join(scans)


def _scans(statement: Statement, step: str) -> bool:
    found = re.match(r"SCAN (\w+)(?! USING (COVERING )?INDEX)", step)
    table = _table(statement.sql, found[1]) if found else ""
    return table in LARGE and statement.file not in READS_ALL


def _table(sql: str, name: str) -> str:
    """Return the table behind an alias."""
    found = re.search(rf"\b(\w+) (?:AS )?{name}\b", sql)
    return found[1] if found and found[1] in LARGE else name


async def test_postgresql_runs_every_statement_by_an_index(postgres_url: str) -> None:
    """PostgreSQL can tell the type of every $n, and needs no sequential scan of a large table."""
    await (await open_store(postgres_url, jitter=lambda: 0)).close()
    link = await asyncpg.connect(postgres_url)
    await link.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    faults, scans = [], []
    for statement in WHOLE:
        if "pragma_" in _sql(statement):
            continue
        try:
            plan = await _plan(link, _sql(statement))
        except asyncpg.PostgresError as fault:
            faults.append(f"{statement}: {fault}")
            continue
        scans += [f"{statement}: {step}" for step in plan if _reads_all(statement, step)]
    await link.close()
    assert not faults, "\n".join(faults)
    assert not scans, "\n".join(scans)


async def _plan(link: "asyncpg.Connection[asyncpg.Record]", sql: str) -> Sequence[str]:
    """Plan a statement for any values: EXPLAIN (GENERIC_PLAN) came with PostgreSQL 16, so it is prepared first."""
    await link.execute(f"PREPARE planned AS {sql}")
    count = max([int(n) for n in re.findall(r"\$(\d+)", sql)], default=0)
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    try:
        return [str(row[0]) for row in await link.fetch(f"EXPLAIN EXECUTE planned{values}")]
    finally:
        await link.execute("DEALLOCATE planned")


def _reads_all(statement: Statement, step: str) -> bool:
    found = re.search(r"Seq Scan on (\w+)", step)
    return found is not None and found[1] in LARGE and statement.file not in READS_ALL


def test_a_scan_would_be_seen() -> None:
    """The tests above can fail: a scan of people is one, a scan of a small table or by an index is none."""
    some = Statement("x.py", 1, "SELECT a FROM person p", ())
    assert _scans(some, "SCAN person")
    assert _scans(some, "SCAN p")
    assert not _scans(some, "SCAN person USING COVERING INDEX person_org")
    assert not _scans(some, "SCAN notice")
    assert _reads_all(some, "  ->  Seq Scan on person  (cost=1..2)")
    assert len(WHOLE) > 100


@pytest.mark.parametrize("file", READS_ALL)
def test_no_reason_is_left_over(file: str) -> None:
    """The list above names files that exist."""
    assert any(s.file == file for s in ALL)
