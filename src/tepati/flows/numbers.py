"""Room flows: numbers that people read aloud: no order, no count and no person can be read from them."""

import hashlib

from tepati.errors import Tampered
from tepati.flows.desk import Sheet
from tepati.registers import dealings
from tepati.registers.dealings import Dealing

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


def number_of(org: str, person: bytes, thing: bytes) -> str:
    """Name a thing of a person, such as ``HC-4K7Q-X2MB``: 40 bits of SHA-256 after the initials of ``org``."""
    bits = int.from_bytes(hashlib.sha256(b"number" + person + thing).digest()[:5], "big")
    letters = "".join(_LETTERS[(bits >> shift) & 31] for shift in range(35, -1, -5))
    initials = "".join(word[0] for word in org.split("-") if word).upper()
    return f"{initials}-{letters[:4]}-{letters[4:]}"


async def dealing_of(sheet: Sheet, number: str) -> Dealing | None:
    """Find a dealing by its number, or None. Raises Tampered when SQL gave the number to another dealing or person."""
    found = await dealings.numbered(sheet.tx, sheet.desk.org, number)
    if found is not None and number_of(sheet.desk.org, found.person, found.dealing) != number:
        raise Tampered("dealing_number")
    return found
