"""Room store: what SQLite's planner is told of sizes, for it knows none: an organisation is large, a person small.

Without figures it takes any index for as good as another, and a look at one person read the whole organisation by its
index on ``org`` (measured: 28 ms at 20,000 people, 0.1 ms with them). The figures are stated, not gathered: they hold
for an installation of any size, and no ``ANALYZE`` of a large database is ever waited for.
https://www.sqlite.org/fileformat2.html#stat1tab
"""

from tepati.store.ddl import BODIED, index_name
from tepati.store.port import Tx
from tepati.store.schema import TABLES, Table

_ROWS = 1_000_000
_EQUAL: dict[str, int] = {"org": 500_000, "person": 8, "state": 300_000, "kind": 100_000, "lane": 60_000}


async def inform(tx: Tx) -> None:
    """State the figures in SQLite's own table of statistics, and let this connection read them."""
    await tx.run("ANALYZE sqlite_schema")  # makes the table where it is missing
    await tx.run("DELETE FROM sqlite_stat1")
    await tx.many("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)", list(_figures()))
    await tx.run("ANALYZE sqlite_schema")


def _figures() -> list[tuple[str, str, str]]:
    rows = []
    for table in TABLES:
        rows.append((table.name, _primary(table), _stat(table.key, unique=True)))
        rows += [(table.name, index_name(table, on), _stat(on, unique=False)) for on in table.indexes]
    return rows


def _primary(table: Table) -> str:
    """Name the tree of the primary key: the table itself, or for one with row ids its automatic index."""
    return f"sqlite_autoindex_{table.name}_1" if table.name in BODIED else table.name


def _stat(on: tuple[str, ...], *, unique: bool) -> str:
    """Say how many rows share the first one, two, ... columns: fewer with each, one at the end of a unique key."""
    alike, figures = _ROWS, [_ROWS]
    for place, column in enumerate(on):
        alike = min(alike, max(1, _EQUAL.get(column, 10) if place == 0 or column == "person" else alike // 20))
        figures.append(1 if unique and place == len(on) - 1 else alike)
    return " ".join(str(n) for n in figures)
