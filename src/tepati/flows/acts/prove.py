"""Room flows: a person reads and takes the receipt of one line of their own trail: the line, their opening, the proof.

It verifies without us (``tepati verify``). Where the line is one that the person said or asked, the readable record of
that day lies with its opening, and comes along: for programs and in words, in both languages.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, Unavailable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.receipts import written
from tepati.flows.trail import Says
from tepati.flows.visitors import Visitor
from tepati.ledger import openings
from tepati.ledger.entry import decode
from tepati.ledger.log import Proven
from tepati.ledger.openings import Kept
from tepati.ledger.receipt import digest
from tepati.ledger.verify import verify_receipt
from tepati.rules.facts import Use


@dataclass(frozen=True, slots=True)
class File:
    """A receipt to take home, and what it is named by: the number in it, or the beginning of its line's id."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """A receipt to read: its sentences by language (none for a line that has no record), and what it rests on.

    ``at`` is the exact instant (microseconds), ``sum`` the SHA-256 of the record, ``size`` and ``root`` of the head.
    """

    in_words: Mapping[str, list[str]]
    at: int
    number: str
    index: int
    promise: str
    sum: str
    log: str
    size: int
    root: str


async def prove(desk: Desk, who: Visitor, line: str) -> File:
    """Write the receipt of a line (hex). Raises NotFound (no line of this person), BadInput, Unavailable (pending)."""
    ledger_id = _id(line)

    async def act(sheet: Sheet) -> File:
        kept, proven = await _opened(sheet, who, ledger_id)
        made = written(proven, kept)
        told = sheet.to_person(who.person, {"at": sheet.at, "role": "person", "effect": "receipt", "lines": [line]})
        await sheet.line("prove", promise="rights.access", purpose="proof", answer="allowed", told=[told])
        return File(_says(kept).number or line[:8], made)

    return await desk.write(act)


async def read(desk: Desk, who: Visitor, line: str) -> Paper:
    """Read the receipt of a line (hex) as people do; nothing is written. Raises as ``prove``."""
    ledger_id = _id(line)

    async def look(sheet: Sheet) -> Paper:
        kept, proven = await _opened(sheet, who, ledger_id)
        report, says, entry = verify_receipt(written(proven, kept), None), _says(kept), decode(proven.entry)
        record = openings.readable(kept) or {}
        words = msgspec.convert(record.get("in_words", {}), dict[str, list[str]])
        return Paper(
            words, says.at or entry.at, says.number, proven.index, entry.promise, digest(record) if record else "",
            report.origin, report.size, report.root,
        )  # fmt: skip

    return await desk.read(look)


def _id(line: str) -> bytes:
    try:
        return bytes.fromhex(line)
    except ValueError:
        raise BadInput("faulty_form", {"line": "not_text"}) from None


def _says(kept: Kept) -> Says:
    return msgspec.json.decode(kept.payload, type=Says)


async def _opened(sheet: Sheet, who: Visitor, ledger_id: bytes) -> tuple[Kept, Proven]:
    """Open this person's side of a line, with its proof. Raises NotFound, Unavailable."""
    desk = sheet.desk
    facts, _ = await sheet.facts(who.person)
    fields = frozenset({desk.policy.mark_of(facts)})
    use = Use(act="prove", purpose="proof", fields=fields, at=0, role="person", person=who.person)
    permit = await sheet.ask(use, facts)
    packed = await desk.vault.open_opening(sheet.tx, permit, ledger_id, "person")
    proven = await desk.log.prove(sheet.tx, ledger_id)
    if proven is None:
        raise Unavailable("receipt_pending")
    return openings.unpack(packed), proven
