"""Room store: writes whose answer nobody waits for, kept until the next statement or the commit, then sent together.

On PostgreSQL a statement costs 0.1 to 0.2 ms, most of it the way there and back (measured, server and client); so the
writes of an act become one: ``WITH a AS (INSERT ...), b AS (INSERT ...) SELECT``. Such parts see neither each other's
rows nor change one row twice (PostgreSQL manual, 7.8.4): two different statements on one table never share a batch
unless their caller says that their rows are apart.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from tepati.store.port import Value

Args = Sequence[Value]
TOGETHER = 64  # rows of one statement from which COPY, or a statement for each row in one way, is cheaper

_PLACE = re.compile(r"\$(\d+)")
_TABLE = re.compile(r"^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)")
_INSERT = re.compile(r"^(INSERT INTO (\w+)\s+\(([^()]*)\)\s+VALUES)\s*(\([^()]*\))(\s+ON CONFLICT.*)?$", re.DOTALL)


class Step(NamedTuple):
    """What goes to the engine: one statement with its arguments, one for many rows, or rows to copy."""

    kind: str  # run | many | copy
    sql: str  # for copy: the table
    rows: Sequence[Args]  # for run: one row, all arguments
    columns: tuple[str, ...] = ()


@cache
def table(sql: str) -> str:
    """Name the table a statement changes."""
    found = _TABLE.match(sql)
    if found is None:
        raise ValueError("only INSERT, UPDATE and DELETE can wait")
    return found[1]


@cache
def _plain(sql: str) -> tuple[str, tuple[str, ...]] | None:
    """Read an INSERT of bare arguments in their order as (table, columns); None for any other statement."""
    found = _INSERT.match(sql)
    if found is None or found[5]:
        return None
    columns = tuple(name.strip() for name in found[3].split(","))
    bare = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return (found[2], columns) if found[4] == f"({bare})" else None


@dataclass(slots=True)
class Waiting:
    """The writes of one transaction that wait."""

    parts: dict[str, list[Args]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)  # table -> the statement that waits for it

    def fits(self, sql: str, *, apart: bool) -> bool:
        """Say whether this statement may wait with the others, or they must go first."""
        if sql in self.parts:
            return "DO UPDATE" not in sql  # one INSERT may not change a row twice
        return apart or table(sql) not in self.tables

    def add(self, sql: str, rows: Sequence[Args]) -> None:
        self.parts.setdefault(sql, []).extend(rows)
        self.tables.setdefault(table(sql), sql)

    def take(self) -> list[tuple[str, list[Args]]]:
        parts, self.parts, self.tables = self.parts, {}, {}
        return [(sql, rows) for sql, rows in parts.items() if rows]


def steps(parts: Sequence[tuple[str, list[Args]]]) -> Iterator[Step]:
    """Turn waiting writes into the fewest statements for PostgreSQL."""
    few = [(sql, rows) for sql, rows in parts if len(rows) <= TOGETHER]
    for sql, rows in parts:
        if len(rows) > TOGETHER:
            plain = _plain(sql)
            yield Step("copy", plain[0], rows, plain[1]) if plain else Step("many", sql, rows)
    if few:
        shape = tuple((sql, len(rows), len(rows[0])) for sql, rows in few)
        yield Step("run", together(shape), [[value for _, rows in few for row in rows for value in row]])


@lru_cache(500)
def together(shape: tuple[tuple[str, int, int], ...]) -> str:
    """Join statements, each (SQL, rows, arguments a row), into one; its arguments are theirs in that order."""
    first, parts = 0, []
    for sql, rows, each in shape:
        parts += _rows(sql, first, rows, each)
        first += rows * each
    if len(parts) == 1:
        return parts[0]
    return f"WITH {', '.join(f'w{n} AS ({part})' for n, part in enumerate(parts))} SELECT 1"


def _rows(sql: str, first: int, rows: int, each: int) -> list[str]:
    """Number the arguments from ``first`` on; rows of an INSERT are one statement."""
    found = _INSERT.match(sql)
    if found is None or "$" in (found[5] or ""):
        return [_numbered(sql, first + row * each) for row in range(rows)]
    values = ", ".join(_numbered(found[4], first + row * each) for row in range(rows))
    return [f"{found[1]} {values}{found[5] or ''}"]


def _numbered(sql: str, first: int) -> str:
    return _PLACE.sub(lambda found: f"${int(found[1]) + first}", sql)
