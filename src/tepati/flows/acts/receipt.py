"""Room flows: the certificate as a file: its facts, and the proof that the line of the erasure is in the ledger.

It names nobody: the line has no opening any more, and its facts are counts and instants. The facts grow after the line
was written, so the line does not cover them, and ``tepati verify`` says so.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from tepati.errors import NotFound, Unavailable
from tepati.flows.certificate import verified
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.receipt import receipt as written
from tepati.registers import certificates


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out: the number it is named by, and its bytes (JSON)."""

    number: str
    body: bytes


async def receipt(desk: Desk, capability: str) -> File:
    """Write the certificate that a capability opens as a receipt of its line.

    Raises NotFound (unknown, past its end, or nothing erased yet), Unavailable (the line is pending: in a moment).
    """

    async def look(sheet: Sheet) -> File:
        secret = hashlib.sha256(capability.encode("utf-8", "surrogatepass")).digest()
        found = await certificates.find(sheet.tx, desk.org, secret, sheet.at)
        if not found.erased:
            raise NotFound("certificate_unknown")
        verified(desk.mac, desk.org, found)
        facts = msgspec.json.decode(found.body, type=dict[str, object])
        proven = await desk.log.prove(sheet.tx, bytes.fromhex(str(facts["line"])))
        if proven is None:
            raise Unavailable("receipt_pending")
        return File(found.number, written(proven, None, {"@type": "tepati:ErasureCertificate", **facts}))

    return await desk.read(look)
