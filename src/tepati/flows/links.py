"""Room flows: the secret of a mailed link. 192 random bits in the link; only their blind index is kept."""

import base64

from tepati.errors import NotFound
from tepati.flows.desk import Sheet
from tepati.registers import links
from tepati.registers.links import Link

FIELD = "link"  # the name under which secrets of links are indexed


async def mint(sheet: Sheet, person: bytes, kind: str, about: str, expires: int, ledger_id: bytes) -> str:
    """Make a link's secret for one person and purpose, keep its index, and return what goes into the address."""
    token = base64.urlsafe_b64encode(sheet.desk.random(24)).decode()
    secret = sheet.desk.vault.index(FIELD, token)
    await sheet.desk.vault.claim(sheet.tx, FIELD, token, person)
    link = Link(person, secret, kind, about, made=sheet.at, expires=expires, used=0)
    await links.add(sheet.tx, sheet.desk.org, link, ledger_id)
    return token


async def find(sheet: Sheet, token: str) -> Link:
    """Find the link of a secret, used or not. Raises NotFound for all that is no link of this organisation."""
    if not (len(token) == 32 and token.isascii()):
        raise NotFound("no_such_link")
    person = await sheet.desk.vault.find(sheet.tx, FIELD, token)
    link = await links.get(sheet.tx, sheet.desk.org, person, sheet.desk.vault.index(FIELD, token)) if person else None
    if link is None:
        raise NotFound("no_such_link")
    return link
