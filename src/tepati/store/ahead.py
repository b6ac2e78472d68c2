"""Room store: questions whose answer will be wanted, sent to PostgreSQL together with the next one.

The mirror of ``later``: a way there and back costs 30 to 60 us of CPU on both sides, so what an act will ask of other
tables anyway goes along: ``SELECT ARRAY(SELECT x FROM (...) x), ARRAY(...)``. All parts see one snapshot, but for rows
that a part locks, which are the newest. Who asks early knows that nothing this transaction writes changes the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tepati.store.later import numbered
from tepati.store.port import Row, Value

Asked = tuple[str, tuple[Value, ...]]  # SQL and its arguments


@dataclass(slots=True)
class Ahead:
    """What one transaction will ask, and what was answered and not yet asked for."""

    asked: list[Asked] = field(default_factory=list)
    answers: dict[Asked, Sequence[Row]] = field(default_factory=dict)

    def add(self, question: Asked) -> None:
        if question not in self.asked:
            self.asked.append(question)

    def with_(self, question: Asked) -> list[Asked]:
        """Hand over a question with all that goes along.

        Equal SQL stands together, its number filled up to a power of two: so few statements are prepared.
        """
        by_sql: dict[str, list[Asked]] = {}
        for each in dict.fromkeys([question, *self.asked]):
            by_sql.setdefault(each[0], []).append(each)
        self.asked = []
        return [each for sql in sorted(by_sql) for each in _filled(by_sql[sql])]

    def keep(self, questions: Sequence[Asked], found: Sequence[Sequence[Row]], wanted: Asked) -> Sequence[Row]:
        """Keep the answers of those that went along, and return the one that is wanted now."""
        self.answers.update(
            (question, [tuple(row) for row in rows]) for question, rows in zip(questions, found, strict=True)
        )
        return self.answers.pop(wanted)


def _filled(questions: list[Asked]) -> list[Asked]:
    wanted: int = 1 << (len(questions) - 1).bit_length()
    return questions + questions[-1:] * (wanted - len(questions))


def joined(questions: Sequence[Asked]) -> tuple[str, list[Value]]:
    """Join questions into one statement: its SQL, and its arguments. It answers with one row of arrays of rows."""
    shape = tuple((sql, len(args)) for sql, args in questions)
    return _joined(shape), [value for _, args in questions for value in args]


@lru_cache(500)
def _joined(shape: tuple[tuple[str, int], ...]) -> str:
    first, parts = 0, []
    for sql, args in shape:
        parts.append(f"ARRAY(SELECT x FROM ({numbered(sql, first)}) x)")
        first += args
    return f"SELECT {', '.join(parts)}"
