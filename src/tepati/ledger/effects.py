"""Room ledger: the tables whose rows carry a line, from the schema, and how to say that none of them names one."""

from tepati.ledger.cells import raw
from tepati.store.port import Engine, Tx
from tepati.store.schema import TABLES

EFFECTS = tuple(t.name for t in TABLES if any(c.name == "ledger_id" for c in t.columns) and t.name != "severed")


def absent(engine: Engine, table: str) -> str:
    """Say "not in this table" the way the engine hashes it once: SQLite a list, PostgreSQL an anti-join."""
    if engine == "sqlite":
        return f"l.id NOT IN (SELECT ledger_id FROM {table})"
    return f"NOT EXISTS (SELECT 1 FROM {table} e WHERE e.ledger_id = l.id)"


async def still_named(tx: Tx, org: str, start: int, end: int) -> frozenset[bytes]:
    """Return the ids of the lines [start, end) that an effect names. One pass over all effects."""
    none = " AND ".join(absent(tx.engine, table) for table in EFFECTS)
    sql = f"SELECT l.id FROM log_leaf l WHERE l.org = $1 AND l.idx >= $2 AND l.idx < $3 AND NOT ({none})"
    return frozenset(raw(row[0]) for row in await tx.all(sql, org, start, end))
