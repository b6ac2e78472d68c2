"""Room flows: receipts of what a person confirmed: bound in their opening when it happens, proven when mail leaves.

The act seals the readable record with the person's opening, which says its digest; the letter names the line in a
``Slip``. ``issue`` adds what only the ledger has later: the line's place and its proof.
"""

from collections.abc import Sequence

import msgspec

from tepati.errors import Tampered
from tepati.flows.desk import Sheet
from tepati.ledger import openings
from tepati.ledger.log import Proven
from tepati.ledger.receipt import receipt
from tepati.ledger.verify import verify_receipt
from tepati.notice.words import words
from tepati.ports.mail import Attachment
from tepati.rules.facts import Facts, Permit, Use

MEDIA = "application/json"


class Slip(msgspec.Struct, frozen=True, array_like=True):
    """A line that is owed a receipt: its id, and what it is about (``""``: the record itself)."""

    line: bytes
    about: str = ""


async def issue(
    sheet: Sheet, person: bytes, slips: Sequence[Slip], facts: Facts, number: str, language: str
) -> list[Attachment] | None:
    """Make the files of a letter; None while one of the lines is pending. A pending line has no proof and no receipt.

    Raises NotFound (the line or its opening has ended), Refused, Tampered.
    """
    proven = [await sheet.desk.log.prove(sheet.tx, slip.line) for slip in slips]
    found = [one for one in proven if one is not None]
    if len(found) < len(slips):
        return None
    use = Use(act="prove", purpose="proof", fields=frozenset(), at=0, role="system", person=person)
    permit = await sheet.ask(use, facts)
    files = [await _file(sheet, permit, slip, one, number, language) for slip, one in zip(slips, found, strict=True)]
    told = sheet.to_person(
        person, {"at": sheet.at, "role": "system", "effect": "receipt", "lines": [s.line.hex() for s in slips]}
    )
    await sheet.line("prove", promise=permit.promise, purpose="proof", answer="allowed", told=[told])
    return files


async def _file(
    sheet: Sheet, permit: Permit, slip: Slip, proven: Proven, number: str, language: str
) -> Attachment:  # fmt: skip
    """Write one receipt of a letter."""
    packed = await sheet.desk.vault.open_opening(sheet.tx, permit, slip.line, "person")
    return Attachment(name_of(number, slip.about, language), MEDIA, written(proven, openings.unpack(packed)))


def written(proven: Proven, kept: openings.Kept) -> bytes:
    """Write a receipt, and check it as its holder will. Raises Tampered: what does not verify is not given out."""
    made = receipt(proven, kept, openings.readable(kept))
    report = verify_receipt(made, None)
    if not report.sound or report.opening != "opened" or report.record == "unbound":
        raise Tampered("ledger_opening")
    return made


def name_of(number: str, about: str, language: str) -> str:
    """Name a receipt's file: ``tanda-terima-HC-4K7Q-X2MB.json``, and what it is about where that is a consent."""
    stem = words(language, "mail").say("receipt.file", number=number).rstrip("-")
    return f"{stem}-{about}.json" if about else f"{stem}.json"
