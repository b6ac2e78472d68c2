"""The schema: every column classed, every person's row with a fate, and both engines hold what is declared."""

from pathlib import Path

import apsw
import asyncpg
import pytest

from tepati.errors import Conflict, TepatiError
from tepati.store import ddl
from tepati.store.open import open_store
from tepati.store.port import Store, Tx
from tepati.store.schema import TABLES, Table
from tests.conftest import Seeded

TABLE = {table.name: table for table in TABLES}
PG = {"uuid": "uuid", "bytes": "bytea", "text": "text", "int": "int8", "small": "int2"}
LITE = {"uuid": "BLOB", "bytes": "BLOB", "text": "TEXT", "int": "INTEGER", "small": "INTEGER"}
NAMES = [table.name for table in TABLES]

# Tables that name a person and are not distributed by it: the look-up, which is how a person is found (rule 2).
LOOK_UP = {"ident"}
# References to a member of staff, who is a person too, in rows of others.
REFERRED = {("dealing", "assigned"), ("unveiling", "second")}


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_classed(name: str) -> None:
    """An unclassed column stops the build: somebody must say what may stand in it."""
    for column in TABLE[name].columns:
        assert column.klass in {"sealed", "fact", "counter", "key"}
        assert column.kind in PG
    assert len(set(_names(TABLE[name]))) == len(TABLE[name].columns)


@pytest.mark.parametrize("name", NAMES)
def test_a_person_stands_first_in_the_key_of_their_tables(name: str) -> None:
    """Rule 1: a table with a person is distributed by person, and nothing else is unique in it."""
    table = TABLE[name]
    if "person" in _names(table) and name not in LOOK_UP:
        assert (table.by, table.key[0], table.columns[0].name) == ("person", "person", "person")
    assert table.by in table.key
    assert not {column.name for column in table.columns if column.null} & set(table.key)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_person_has_a_fate(name: str) -> None:
    """What names a person goes with the person, or is unlinked; the build stops when nobody said which."""
    table = TABLE[name]
    if "person" in _names(table):
        assert table.fate in {"delete", "unlink"}
    else:
        assert table.fate == "none"
    assert [c.name for c in table.columns if c.kind == "uuid" and c.name in {"assigned", "second"}] == [
        c for t, c in REFERRED if t == name
    ]


@pytest.mark.parametrize("name", NAMES)
def test_effects_carry_their_line(name: str) -> None:
    """No act without a line: a person's rows name theirs, but for keys, state and look-up, which acts imply."""
    table = TABLE[name]
    if table.fate == "delete" and name not in {"ident", "state", "dek", "standing"}:
        line = next(column for column in table.columns if column.name == "ledger_id")
        assert (line.kind, line.null) == ("uuid", False)


def test_names_of_indexes_are_short_and_different() -> None:
    """PostgreSQL cuts names at 63 bytes in silence."""
    names = [ddl.index_name(table, on) for table in TABLES for on in table.indexes]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 63
    assert not set(names) & set(NAMES)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_is_unique_but_keys(engine: str) -> None:
    """Rule 2: uniqueness across people lives in ident only; rule 3: nothing is counted up by the database."""
    text = "\n".join(ddl.statements(engine)).upper()  # type: ignore[arg-type]
    for word in ("UNIQUE", "SERIAL", "IDENTITY", "AUTOINCREMENT", "DEFAULT", "TRIGGER", "NOW("):
        assert word not in text


async def test_the_sqlite_catalogue_is_what_is_declared(tmp_path: Path) -> None:
    """DDL and the live database agree: tables, columns, kinds, NULLs, keys, indexes, STRICT."""
    store = await open_store(f"sqlite:///{tmp_path / 'a.db'}", jitter=lambda: 0.0)
    await store.close()
    db = apsw.Connection(str(tmp_path / "a.db"), flags=apsw.SQLITE_OPEN_READONLY)
    tables = {r[0]: r for r in db.execute("SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main'")}
    assert {name for name in tables if not name.startswith("sqlite_")} == set(NAMES)
    for table in TABLES:
        assert tables[table.name][1] == 1, "STRICT"
        found = list(db.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table.name,)))
        assert [(n, k, bool(nn)) for n, k, nn, _ in found] == [
            (c.name, LITE[c.kind], not c.null) for c in table.columns
        ]
        assert tuple(n for n, *_, pk in sorted(found, key=lambda r: r[3]) if pk) == table.key
        assert _lite_indexes(db, table.name) == {ddl.index_name(table, on): on for on in table.indexes}
    foreign = list(db.execute('SELECT "table", "from" FROM pragma_foreign_key_list(\'dek\') ORDER BY seq'))
    assert foreign == [("epoch", "org"), ("epoch", "epoch")]
    db.close()


def _lite_indexes(db: apsw.Connection, table: str) -> dict[str, tuple[str, ...]]:
    names = [
        r[0]
        for r in db.execute("SELECT name FROM pragma_index_list(?) WHERE origin = 'c' AND \"unique\" = 0", (table,))
    ]
    return {
        n: tuple(r[0] for r in db.execute("SELECT name FROM pragma_index_info(?) ORDER BY seqno", (n,))) for n in names
    }


async def test_the_postgresql_catalogue_is_what_is_declared(postgres_url: str) -> None:
    """DDL and the live database agree: tables, columns, kinds, NULLs, collation, keys, indexes, the one foreign key."""
    store = await open_store(postgres_url, jitter=lambda: 0.0)
    await store.close()
    link = await asyncpg.connect(postgres_url)
    rows = await link.fetch(
        "SELECT table_name, column_name, udt_name, is_nullable, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    )
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, *column in rows:
        found.setdefault(name, []).append(tuple(column))
    assert found == {
        t.name: [(c.name, PG[c.kind], "YES" if c.null else "NO", "C" if c.kind == "text" else None) for c in t.columns]
        for t in TABLES
    }
    indexes = await link.fetch(
        "SELECT t.relname AS on_table, i.relname AS name, x.indisprimary AS first, x.indisunique AS single,"
        " ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY AS k(n, o)"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n ORDER BY k.o) AS columns"
        " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        " JOIN pg_namespace s ON s.oid = t.relnamespace WHERE s.nspname = 'public'"
    )
    assert {(r["on_table"], tuple(r["columns"])) for r in indexes if r["first"]} == {(t.name, t.key) for t in TABLES}
    assert all(r["first"] for r in indexes if r["single"])
    assert {(r["name"], tuple(r["columns"])) for r in indexes if not r["first"]} == {
        (ddl.index_name(t, on), on) for t in TABLES for on in t.indexes
    }
    foreign = await link.fetch(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    )
    assert [tuple(row) for row in foreign] == [("dek", "epoch")]
    await link.close()


async def test_an_epoch_in_use_cannot_be_deleted(store: Store, random: Seeded) -> None:
    """A roll that would strand keys fails at the database, whatever the code believes."""

    async def seal(tx: Tx) -> None:
        await tx.run("INSERT INTO epoch (org, epoch, state, since) VALUES ($1, 1, 'current', 0)", "o")
        await tx.run(
            "INSERT INTO dek (person, key, org, category, ending, epoch, wrapped) VALUES ($1, $2, 'o', 'c', '', 1, $3)",
            random(16), random(16), b"w",
        )  # fmt: skip

    async def roll(tx: Tx) -> int:
        return await tx.run("DELETE FROM epoch WHERE org = $1 AND epoch = 1", "o")

    await store.write(seal)
    with pytest.raises(Conflict, match="store_referred"):
        await store.write(roll)
    await store.write(lambda tx: tx.run("DELETE FROM dek WHERE org = $1", "o"))
    assert await store.write(roll) == 1


@pytest.mark.parametrize("value", [b"short", b"f" * 32])
async def test_a_uuid_is_sixteen_bytes(store: Store, value: bytes) -> None:
    """A hex text's bytes, or half an id, never pass as a key on either engine."""
    sql = "INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, 'o', 1, 1)"
    with pytest.raises(TepatiError, match="store_fault"):
        await store.write(lambda tx: tx.run(sql, value))
