"""Room flows: what is left of somebody who was erased, by the number on their receipt, for who comes to the counter.

The certificate names nobody and opens no value: it says what other law keeps, and until when.
"""

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.certificate import Certificate, verified
from tepati.flows.desk import Desk, Sheet
from tepati.flows.handling import may
from tepati.registers import certificates


async def left(desk: Desk, actor: Actor, number: str) -> Certificate:
    """Read the certificate of an erasure's number. Raises NotFound, Refused (handles no requests), Tampered."""

    async def look(sheet: Sheet) -> Certificate:
        may(sheet, actor)
        try:
            found = await certificates.numbered(sheet.tx, desk.org, number)
        except NotFound:
            raise NotFound("no_such_number") from None
        return verified(desk.mac, desk.org, found)

    return await desk.write(look)
