"""Room ledger: refusals to callers nobody knows are counted: one line a minute, act and promise, with their number."""

from collections import Counter

from tepati.ledger.entry import MINUTE, Line

MOST = 10_000  # different (minute, act, promise ...) held; more are counted under the promise "refusals"

Key = tuple[int, str, str, str]  # minute, act, promise, purpose


class Refusals:
    """Counts in memory. BUG: a process that is killed loses the counts of the minute that runs; they hold no use."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()

    def count(self, at: int, act: str, promise: str, purpose: str = "") -> None:
        """Count one refusal at an instant (microseconds)."""
        minute = at - at % MINUTE
        key = (minute, act, promise, purpose)
        if key not in self._counts and len(self._counts) >= MOST:
            key = (minute, "refusals", "", "")
        self._counts[key] += 1

    def take(self, before: int, notice: str) -> list[Line]:
        """Remove and return one line for each count of a minute that ended by ``before``; ``notice`` is hex.

        Write them in one transaction, and give them back by ``again`` when it fails.
        """
        over = sorted(key for key in self._counts if key[0] + MINUTE <= before)
        return [
            Line(at=minute, act=act, answer="refused", promise=promise, purpose=purpose, notice=notice, opening="",
                 n=self._counts.pop((minute, act, promise, purpose)))
            for minute, act, promise, purpose in over
        ]  # fmt: skip

    def again(self, lines: list[Line]) -> None:
        """Count lines that could not be written."""
        for line in lines:
            self._counts[line.at, line.act, line.promise, line.purpose] += line.n
