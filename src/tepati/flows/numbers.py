"""Room flows: numbers that people read aloud: no order, no count and no person can be read from them."""

import base64
import hashlib
from functools import lru_cache

from tepati.errors import Conflict, NotFound, Tampered
from tepati.flows.desk import Sheet
from tepati.registers import dealings, requests
from tepati.registers.dealings import Dealing
from tepati.registers.requests import Request

# Crockford's base 32 (no I, L, O, U) in the place of RFC 4648's.
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
DRAWS = 4  # of a number of 40 bits; the chance that all are taken is nil


@lru_cache(1024)
def number_of(org: str, person: bytes, thing: bytes, again: int = 0) -> str:
    """Name a thing of a person, such as ``HC-4K7Q-X2MB``: 40 bits of SHA-256 after the initials of ``org``.

    ``again`` counts the numbers before it that were taken.
    """
    suffix = bytes([again]) if again else b""
    digest = hashlib.sha256(b"number" + person + thing + suffix).digest()
    letters = base64.b32encode(digest[:5]).decode().translate(_LETTERS)
    return f"{_initials(org)}-{letters[:4]}-{letters[4:]}"


@lru_cache(64)
def _initials(org: str) -> str:
    return "".join(word[0] for word in org.split("-") if word).upper()


async def free(sheet: Sheet, person: bytes, thing: bytes) -> str:
    """Draw the number of a new dealing, again where another has it. Raises Conflict after some draws."""
    for again in range(DRAWS):
        number = number_of(sheet.desk.org, person, thing, again)
        if not await dealings.numbered(sheet.tx, sheet.desk.org, number):
            return number
    raise Conflict("number_taken")


async def dealing_of(sheet: Sheet, number: str) -> Dealing | None:
    """Find a dealing by its number, or None. Raises Tampered when SQL gave the number to another dealing or person.

    Raises NotFound, and alarms, when two have it: nobody is opened in the place of another.
    """
    found = await dealings.numbered(sheet.tx, sheet.desk.org, number)
    for one in found:
        if number not in {number_of(sheet.desk.org, one.person, one.dealing, again) for again in range(DRAWS)}:
            raise Tampered("dealing_number")
    if len(found) > 1:
        sheet.alarms.append("number_ambiguous")
        raise NotFound("number_ambiguous")
    return found[0] if found else None


async def request_of(sheet: Sheet, number: str) -> Request | None:
    """Find a request by its number, or None: also where two have it, or SQL gave the number to another."""
    org = sheet.desk.org
    rows = await requests.numbered(sheet.tx, org, number)
    found = [one for one in rows if number == number_of(org, one.person, one.request)]
    return found[0] if len(found) == 1 else None
