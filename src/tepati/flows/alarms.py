"""Room flows: alarms are coalesced: one line by code and hour at once, and one that counts how many more there were."""

from typing import TYPE_CHECKING

from tepati.ledger.entry import Line
from tepati.registers import observations
from tepati.registers.observations import Observation

if TYPE_CHECKING:
    from tepati.flows.desk import Sheet

HOUR = 3_600_000_000


class Alarms:
    """Counts in memory, by code. BUG: a process that is killed loses the number of repeats, never a first alarm."""

    def __init__(self) -> None:
        self._more: dict[str, tuple[int, int]] = {}  # code -> the hour of its line, and how many came after it

    def first(self, code: str, at: int) -> bool:
        """Count one alarm at an instant (microseconds); True when it is the first of its hour and needs a line."""
        hour = at - at % HOUR
        known, more = self._more.get(code, (-1, 0))
        if known < 0 or (hour > known and not more):
            self._more[code] = hour, 0
            return True
        self._more[code] = known, more + 1  # also of a later hour, until the repeats before it are written
        return False

    def forget(self, code: str) -> None:
        """Let the next of a code be the first: the line of this one could not be written."""
        self._more.pop(code, None)

    def take(self, before: int, notice: str) -> list[Line]:
        """Remove and return one line for the repeats of each code whose hour ended by ``before``; ``notice`` is hex."""
        over = sorted(code for code, (hour, more) in self._more.items() if more and hour + HOUR <= before)
        counts = [self._more.pop(code)[1] for code in over]
        return [
            Line(at=before, act="alarm", answer="tampered", promise="security.storage", purpose="security",
                 notice=notice, opening="", n=n)
            for n in counts
        ]  # fmt: skip

    def again(self, lines: list[Line]) -> None:
        """Count lines that could not be written; the codes are gone from them, so they are counted as one."""
        for line in lines:
            hour, more = self._more.get("again", (line.at - line.at % HOUR, 0))
            self._more["again"] = hour, more + line.n


async def write_down(sheet: "Sheet", code: str) -> None:
    """Give one alarm its line, and its observation for the board."""
    line = await sheet.line("alarm", promise="security.storage", purpose="security", answer="tampered")
    seen = Observation("security.storage", sheet.at, observations.TAMPERED, code)
    await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)
    await sheet.settle()
