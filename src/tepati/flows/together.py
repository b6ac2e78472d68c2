"""Room flows: acts that only open share a transaction, and so a commit; who is refused or hindered goes alone.

Each act asks and opens on the same snapshot, as alone; its line and both openings are written with those of the others
when all have opened, and no value leaves before that is durable. The acts run side by side: what they ask at the same
time is one statement. An act of a group writes nothing before its end: so one that raises leaves nothing behind, and is
done again by itself, as any act. docs/decisions/0013.
"""

import types
from collections.abc import Callable, Coroutine, Generator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from tepati.errors import Conflict, Refused, TepatiError
from tepati.flows.desk import Desk, Sheet
from tepati.store.port import Engine, Row, Tx, Value

T = TypeVar("T")
Act = Callable[[Sheet], Coroutine[Any, Any, Any]]
Question = tuple[str, tuple[Value, ...]]
Answers = dict[Question, Sequence[Row]]


class Given(NamedTuple):
    """What an act of a group gave; an act that has to go alone gave none."""

    value: Any


class Turned(NamedTuple):
    """An act of a group that was refused, to be written down by itself."""

    sheet: Sheet
    refused: Refused


class Spoilt(Exception):
    """A statement of the group failed: nothing of it is kept."""


class Writes(Exception):
    """An act of a group wants to write, which it may alone."""


End = Given | Turned | None  # None: it goes alone


async def share(desk: Desk, act: Callable[[Sheet], Coroutine[Any, Any, T]]) -> T:
    """Run an act that opens and writes nothing but its lines, in one transaction with others that came meanwhile.

    Raises what the act raises. No act of a group waits for a row that another transaction holds: it goes alone.
    """
    end: End = await desk.groups.acts.add(act, partial(_together, desk))
    if isinstance(end, Turned):
        await desk.write_refusal(*end)
        raise end.refused
    answer: T = end.value if end else await desk.write(act)
    return answer


async def peek(desk: Desk, look: Callable[[Sheet], Coroutine[Any, Any, T]]) -> T:
    """Run a look at registers that asks one thing, in one statement with others that came meanwhile (PostgreSQL).

    SQLite asks each by itself: there a statement costs less than to gather them. Raises what the look raises.
    """
    if desk.store.engine == "sqlite":
        return await desk.read(look, single=True)
    end: End = await desk.groups.looks.add(look, partial(_looked, desk))
    if isinstance(end, Given):
        answer: T = end.value
        return answer
    return await desk.read(look, single=True)


async def _looked(desk: Desk, looks: Sequence[Act]) -> Sequence[End]:
    """Run looks by one statement; None for each that found no answer, and raises again by itself."""

    async def work(tx: Tx) -> list[End]:
        with desk.vault.room.within(tx, writes=False):
            voices = [_Voice(Sheet(desk, _Asking(tx), desk.now(), writes=False), look) for look in looks]
            await _sung(tx, voices, once=True)
        return [voice.end for voice in voices]

    try:
        return await desk.store.read(work, single=True)
    except Spoilt:
        return [None] * len(looks)


async def _together(desk: Desk, acts: Sequence[Act]) -> Sequence[End]:
    """Run acts in one transaction; None for each that goes alone, which may be all. Raises Unavailable."""
    try:
        given, tx = await desk.store.write(lambda tx: _each(desk, tx, acts))
    except (Spoilt, Conflict, RuntimeError):  # the store raises RuntimeError where a statement failed unnoticed
        return [None] * len(acts)
    await desk.vault.settled(tx)
    return given


async def _each(desk: Desk, tx: Tx, acts: Sequence[Act]) -> tuple[list[End], int]:
    whole = Sheet(desk, tx, desk.now())  # takes what those that went well have to write, at once
    with desk.vault.room.within(tx, writes=True):
        voices = [_Voice(Sheet(desk, _Asking(tx), desk.now(), shared=True), act) for act in acts]
        await _sung(tx, voices)
        for voice in voices:
            if isinstance(voice.end, Given):
                whole.lines += voice.sheet.lines
                whole.openings += voice.sheet.openings
                whole.drawn += voice.sheet.drawn
        await whole.settle()
    return [voice.end for voice in voices], tx.id


class _Voice:
    """One act of a group: what it asks now, or how it ended."""

    def __init__(self, sheet: Sheet, act: Act) -> None:
        self.sheet = sheet
        self.asks: Sequence[Question] = ()
        self.end: End = None
        self._run = act(sheet)

    def go_on(self, answers: Answers | None = None) -> None:
        """Run until it asks again, or ends."""
        self.asks = ()
        try:
            self.asks = self._run.send(answers)
        except StopIteration as end:
            self.end = Given(end.value)
        except Refused as refused:
            self.end = Turned(self.sheet, refused)
        except Exception:  # noqa: BLE001 - whatever it is, it is raised again where the act goes alone, and harms no other
            self.end = None

    def stop(self) -> None:
        self._run.close()


async def _sung(tx: Tx, voices: Sequence[_Voice], *, once: bool = False) -> None:
    """Run all acts to their ends, or until they have asked ``once``. Raises Spoilt."""
    try:
        for voice in voices:
            voice.go_on()
        while await _round(tx, voices) and not once:
            pass
    finally:
        for voice in voices:
            voice.stop()


async def _round(tx: Tx, voices: Sequence[_Voice]) -> bool:
    """Send whatever the acts ask now as one statement, and let them go on; False where none asks."""
    asking = [voice for voice in voices if voice.asks]
    if asking:
        answers = await _answered(tx, asking)
        for voice in asking:
            voice.go_on(answers)
    return bool(asking)


async def _answered(tx: Tx, asking: Sequence[_Voice]) -> Answers:
    questions = list(dict.fromkeys(question for voice in asking for question in voice.asks))
    try:
        for sql, args in questions[1:]:
            await tx.ahead(sql, *args)
        return {(sql, args): await tx.all(sql, *args) for sql, args in questions}
    except TepatiError:
        raise Spoilt from None


class _Asking:
    """A transaction as an act of a group has it: it asks by way of the group, and writes nothing."""

    def __init__(self, tx: Tx) -> None:
        self.engine: Engine = tx.engine
        self.id = tx.id
        self._along: list[Question] = []
        self._answers: Answers = {}

    async def one(self, sql: str, *args: Value) -> Row | None:
        rows = await self.all(sql, *args)
        return rows[0] if rows else None

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        question = (sql, args)
        if question not in self._answers:
            wanted, self._along = [question, *self._along], []
            answers = await _ask(wanted)
            self._answers.update((each, answers[each]) for each in wanted)
        return self._answers.pop(question)

    async def ahead(self, sql: str, *args: Value) -> None:
        self._along.append((sql, args))

    async def run(self, sql: str, *args: Value | Sequence[Value]) -> int:
        del sql, args
        raise Writes

    async def many(self, sql: str, rows: Any) -> None:
        del sql, rows
        raise Writes

    async def later(self, sql: str, rows: Any, *, apart: bool = False, once: str = "") -> None:
        del sql, rows, apart, once
        raise Writes

    async def copy(self, table: str, columns: Sequence[str], rows: Any) -> None:
        del table, columns, rows
        raise Writes


@types.coroutine
def _ask(questions: Sequence[Question]) -> Generator[Sequence[Question], Answers, Answers]:
    """Hand questions to ``_Voice.go_on`` and wait for the answers: the event loop never sees this."""
    return (yield questions)
