"""Room vault: the blind index, by which a person is found without their value standing anywhere.

    index = first 16 bytes of HMAC-SHA256(key of organisation, field and version; normalised value)

Values that a person writes in several ways are one: e-mail (RFC 5321: the domain has no case; we fold the local part
too, which must be ASCII), Indonesian telephone numbers (0…, 62…, +62…, 8…, 0062… are one number), other text by
Unicode NFKC, case and spaces. The form as written stays in the blob. A secret (of a link, of a session) has one writing
only and is taken as it is: ``exact``, chosen by the field and never by the shape of the value.
"""

import hmac
import re
import unicodedata
from functools import lru_cache

import idna

from tepati.errors import BadInput

_PHONE = re.compile(r"^\+?[0-9][0-9 ().\-/]{6,19}$")
_APART = re.compile(r"[^0-9+]")
_SPACES = re.compile(r"\s+")
VERSION = 1


def blind(key: bytes, value: str, *, exact: bool = False) -> bytes:
    """Return the 16 bytes under which a value is found. Raises BadInput where it has no normal form."""
    said = value.encode("utf-8", "surrogatepass") if exact else normal(value).encode()
    return hmac.digest(key, said, "sha256")[:16]


def normal(value: str) -> str:
    """Return the one form of a value, chosen by its shape; a normal form is its own. Raises BadInput on no e-mail."""
    value = unicodedata.normalize("NFKC", value).strip()
    if "@" in value:
        return _email(value)
    if _PHONE.match(value):
        return _phone(value)
    return unicodedata.normalize("NFKC", _SPACES.sub(" ", value).casefold()).strip()


def _email(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not local or not local.isascii() or not domain:
        raise BadInput("email_form")
    try:
        return f"{local.lower()}@{_ascii(domain.rstrip('.'))}"
    except (idna.IDNAError, UnicodeError):
        pass
    raise BadInput("email_form")  # outside the handler: the library's error quotes the value


@lru_cache(4096)
def _ascii(domain: str) -> str:
    """Encode a domain, 80 us each; few domains serve most people, and what is remembered is at most 253 long."""
    return idna.encode(domain, uts46=True).decode("ascii").lower()


def _phone(value: str) -> str:
    digits = _APART.sub("", value)
    foreign = digits.startswith("+")
    digits = digits.lstrip("+")
    if digits.startswith("00"):
        digits, foreign = digits.lstrip("0"), True
    if digits.startswith("62"):
        return "+62" + digits[2:].lstrip("0")
    if foreign:
        return "+" + digits
    return "+62" + digits[1:] if digits.startswith("0") else "+62" + digits if digits.startswith("8") else digits
