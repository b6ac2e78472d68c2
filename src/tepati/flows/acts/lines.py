"""Room flows: staff read the ledger: newest lines first, by act, promise or answer; one line with its proof.

A line names nobody. What it means to its parties stands in openings, which are not read here.
"""

from dataclasses import dataclass

from tepati.errors import NotFound, Unavailable
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.entry import Line, decode
from tepati.ledger.receipt import receipt
from tepati.ledger.tree import leaf_hash
from tepati.registers import heads

PAGE = 50  # lines shown at once
CHUNK = 500  # lines read at once
MOST = 5_000  # lines looked through for one page: beyond that one goes on by hand


@dataclass(frozen=True, slots=True)
class Row:
    """One line and its number."""

    index: int
    line: Line


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines: of an act, an answer, a promise (or anything below it); "" is any. ``before``: older than that."""

    act: str = ""
    answer: str = ""
    promise: str = ""
    before: int = -1

    def fits(self, line: Line) -> bool:
        """Say whether a line is one of these."""
        promise = self.promise in {"", line.promise} or line.promise.startswith(f"{self.promise}.")
        return self.act in {"", line.act} and self.answer in {"", line.answer} and promise


@dataclass(frozen=True, slots=True)
class Found:
    """Lines, newest first; ``more`` is where to go on (-1: nowhere), ``seen`` how many were looked through."""

    rows: tuple[Row, ...]
    size: int
    more: int
    seen: int


async def lines(desk: Desk, sought: Sought) -> Found:
    """List lines, newest first. Raises Tampered when one is missing."""

    async def look(sheet: Sheet) -> Found:
        size = await desk.log.size(sheet.tx)
        start = size if sought.before < 0 else min(size, sought.before)
        rows, at = list[Row](), start
        while at > 0 and len(rows) < PAGE and start - at < MOST:
            first = max(0, at - CHUNK)
            raws = await desk.log.leaves(sheet.tx, first, at)
            for index in range(at - 1, first - 1, -1):
                at = index
                line = decode(raws[index - first])
                if sought.fits(line):
                    rows.append(Row(index, line))
                    if len(rows) == PAGE:
                        break
        return Found(tuple(rows), size, at or -1, start - at)

    return await desk.read(look)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line: its bytes as text, their leaf hash (hex), its proof, the witnesses of that head, and the file."""

    index: int
    line: Line
    entry: str
    leaf: str
    proof: str
    witnesses: int
    file: bytes


async def one(desk: Desk, index: int) -> Shown:
    """Return one line with its proof. Raises NotFound, Unavailable (its head is not signed yet), Tampered."""

    async def look(sheet: Sheet) -> Shown:
        line_id = await heads.line_id(sheet.tx, desk.org, index)
        if not line_id:
            raise NotFound("ledger_line")
        proven = await desk.log.prove(sheet.tx, line_id)
        if proven is None:
            raise Unavailable("receipt_pending")
        return Shown(
            index, decode(proven.entry), proven.entry.decode("ascii"), leaf_hash(proven.entry).hex(), proven.proof,
            proven.witnesses, receipt(proven),
        )  # fmt: skip

    return await desk.read(look)
