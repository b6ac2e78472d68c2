"""Room store: writes whose answer nobody waits for, kept until the next statement or the commit, then sent together.

On PostgreSQL a statement costs 0.1 to 0.2 ms, most of it the way there and back (measured, server and client); so the
writes of an act become one: ``WITH a AS (INSERT ...), b AS (INSERT ...) SELECT``. Such parts see neither each other's
rows nor change one row twice (PostgreSQL manual, 7.8.4): two different statements on one table never share a batch
unless their caller says that their rows are apart. What must change exactly one row says so, and is counted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple

from tepati.errors import Conflict
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
    once: tuple[str, ...] = ()  # for run: the code of each count in its answer that must be one


class Part(NamedTuple):
    """A waiting statement, its rows, and the code of the Conflict where one of them changes no row ("": it may)."""

    sql: str
    rows: list[Args]
    once: str = ""


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
    once: dict[str, str] = field(default_factory=dict)  # statement -> code, where each row must be changed

    def fits(self, sql: str, *, apart: bool) -> bool:
        """Say whether this statement may wait with the others, or they must go first."""
        if sql in self.parts:
            return "DO UPDATE" not in sql  # one INSERT may not change a row twice
        return apart or table(sql) not in self.tables

    def add(self, sql: str, rows: Sequence[Args], once: str = "") -> None:
        self.parts.setdefault(sql, []).extend(rows)
        self.tables.setdefault(table(sql), sql)
        if once:
            self.once[sql] = once

    def take(self) -> list[Part]:
        parts, once = self.parts, self.once
        self.parts, self.tables, self.once = {}, {}, {}
        return [Part(sql, _in_order(sql, rows), once.get(sql, "")) for sql, rows in parts.items() if rows]


def _in_order(sql: str, rows: list[Args]) -> list[Args]:
    """Put many new rows in the order of their tree, by its first column: neighbours cost half as much.

    An UPDATE or DELETE has its arguments in an order of its own, and few rows share a page anyhow.
    """
    return sorted(rows, key=itemgetter(0)) if len(rows) > TOGETHER and _plain(sql) else rows


def changed(count: object, code: str) -> None:
    """Raise Conflict unless exactly one row was changed."""
    if count != 1:
        raise Conflict(code)


def steps(parts: Sequence[Part]) -> Iterator[Step]:
    """Turn waiting writes into the fewest statements for PostgreSQL."""
    few = [part for part in parts if part.once or len(part.rows) <= TOGETHER]
    for sql, rows, once in parts:
        if len(rows) > TOGETHER and not once:
            plain = _plain(sql)
            yield Step("copy", plain[0], rows, plain[1]) if plain else Step("many", sql, rows)
    if few:
        shape = tuple((part.sql, len(part.rows), len(part.rows[0]), bool(part.once)) for part in few)
        codes = tuple(part.once for part in few for _ in part.rows if part.once)
        yield Step("run", together(shape), [[value for part in few for row in part.rows for value in row]], (), codes)


@lru_cache(500)
def together(shape: tuple[tuple[str, int, int, bool], ...]) -> str:
    """Join statements, each (SQL, rows, arguments a row, counted), into one; its arguments are theirs in that order.

    It answers with one row: how many rows each counted statement changed.
    """
    first, counted = 0, list[int]()
    parts: list[str] = []
    for sql, rows, each, once in shape:
        made = _single(sql, first, rows, each) if once else _rows(sql, first, rows, each)
        counted += range(len(parts), len(parts) + len(made)) if once else ()
        parts += [f"{part} RETURNING 1" for part in made] if once else made
        first += rows * each
    if len(parts) == 1 and not counted:
        return parts[0]
    answer = ", ".join(f"(SELECT count(*) FROM w{n})" for n in counted) or "1"
    return f"WITH {', '.join(f'w{n} AS ({part})' for n, part in enumerate(parts))} SELECT {answer}"


def _single(sql: str, first: int, rows: int, each: int) -> list[str]:
    """Number the arguments from ``first`` on, a statement for each row."""
    return [numbered(sql, first + row * each) for row in range(rows)]


def _rows(sql: str, first: int, rows: int, each: int) -> list[str]:
    """Number the arguments from ``first`` on; rows of an INSERT are one statement."""
    found = _INSERT.match(sql)
    if found is None or "$" in (found[5] or ""):
        return _single(sql, first, rows, each)
    values = ", ".join(numbered(found[4], first + row * each) for row in range(rows))
    return [f"{found[1]} {values}{found[5] or ''}"]


def numbered(sql: str, first: int) -> str:
    """Count the placeholders of a statement from ``first`` on."""
    return _PLACE.sub(lambda found: f"${int(found[1]) + first}", sql)
