"""Room flows: acts that only open share a transaction, and so a commit; who is refused or hindered goes alone.

Each act asks and opens on the same snapshot, as alone; its line and both openings are written with those of the others
when all have opened, and no value leaves before that is durable. What an act of a group may not do is write before its
end: so one that raises leaves nothing behind, and is done again by itself, as any act. docs/decisions/0013.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from tepati.errors import Conflict, Refused, TepatiError
from tepati.flows.desk import Desk, Sheet
from tepati.store.port import Engine, Row, Tx, Value

T = TypeVar("T")
Act = Callable[[Sheet], Awaitable[Any]]


class Given(NamedTuple):
    """What an act of a group gave; an act that has to go alone gave none."""

    value: Any


class Turned(NamedTuple):
    """An act of a group that was refused, to be written down by itself."""

    sheet: Sheet
    refused: Refused


class Spoilt(Exception):
    """An act of the group failed after it had written, or by a statement: nothing of the group is kept."""


End = Given | Turned | None  # None: it goes alone


async def share(desk: Desk, act: Callable[[Sheet], Awaitable[T]]) -> T:
    """Run an act that opens and writes nothing but its lines, in one transaction with others that came meanwhile.

    Raises what the act raises. No act of a group waits for a row that another transaction holds: it goes alone.
    """
    end: End = await desk.group.add(act, partial(_together, desk))
    if isinstance(end, Turned):
        await desk.write_refusal(*end)
        raise end.refused
    answer: T = end.value if end else await desk.write(act)
    return answer


async def _together(desk: Desk, acts: Sequence[Act]) -> Sequence[End]:
    """Run acts in one transaction; None for each that goes alone, which may be all. Raises Unavailable."""
    try:
        given, tx = await desk.store.write(lambda tx: _each(desk, tx, acts))
    except (Spoilt, Conflict, RuntimeError):  # the store raises RuntimeError where a statement failed unnoticed
        return [None] * len(acts)
    await desk.vault.settled(tx)
    return given


async def _each(desk: Desk, tx: Tx, acts: Sequence[Act]) -> tuple[list[End], int]:
    given: list[End] = []
    whole = Sheet(desk, tx, desk.now())  # takes the lines and openings of those that went well, to be written at once
    with desk.vault.room.within(tx, writes=True):
        for act in acts:
            watched = Watched(tx)
            sheet = Sheet(desk, watched, desk.now(), shared=True)
            given.append(await _one(sheet, watched, act))
            if isinstance(given[-1], Given):
                whole.lines += sheet.lines
                whole.openings += sheet.openings
        await whole.settle()
    return given, tx.id


async def _one(sheet: Sheet, watched: "Watched", act: Act) -> End:
    try:
        return Given(await act(sheet))
    except Refused as refused:
        return Turned(sheet, refused)
    except Exception:  # noqa: BLE001 - whatever it is, it is raised again where the act goes alone, and harms no other
        if watched.spoilt:
            raise Spoilt from None
    return None


class Watched:
    """A transaction that remembers whether it wrote, or failed to: after that its act cannot be left out."""

    def __init__(self, tx: Tx) -> None:
        self.engine: Engine = tx.engine
        self.id = tx.id
        self.spoilt = False
        self._tx = tx

    async def one(self, sql: str, *args: Value) -> Row | None:
        return await self._asked(self._tx.one(sql, *args))

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        return await self._asked(self._tx.all(sql, *args))

    async def run(self, sql: str, *args: Value | Sequence[Value]) -> int:
        self.spoilt = True
        return await self._tx.run(sql, *args)

    async def many(self, sql: str, rows: Any) -> None:
        self.spoilt = True
        await self._tx.many(sql, rows)

    async def later(self, sql: str, rows: Sequence[Sequence[Value]], *, apart: bool = False, once: str = "") -> None:
        self.spoilt = True
        await self._tx.later(sql, rows, apart=apart, once=once)

    async def ahead(self, sql: str, *args: Value) -> None:
        await self._tx.ahead(sql, *args)

    async def copy(self, table: str, columns: Sequence[str], rows: Any) -> None:
        self.spoilt = True
        await self._tx.copy(table, columns, rows)

    async def _asked(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except TepatiError:
            self.spoilt = True
            raise
