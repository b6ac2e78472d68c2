"""Room web: signed form tokens and tickets, so that no cookie and no stored session is needed.

A form token says: this organisation showed this form, under the notice with this digest, in this minute. Its random
part is the form's id, by which a second press of the button finds the first answer. A ticket carries the answer of a
POST to the page it redirects to. Both are HMAC-SHA256 over length-prefixed parts, domain-separated by their first part.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from tepati.errors import BadInput, Expired, NotFound

MINUTE = 60_000_000  # microseconds
FORM_LIFE = 12 * 60  # minutes: a form left open over a working day still sends
TICKET_LIFE = 60  # minutes: long enough to read an answer, short enough for a shared phone
_ID, _DIGEST, _MAC = 16, 32, 32
_FORM = 4 + _ID + _DIGEST


@dataclass(frozen=True, slots=True)
class Shown:
    """What a genuine form token says: the digest of the notice shown, and the id of the form."""

    digest: bytes
    form_id: bytes


def _mac(key: bytes, *parts: bytes) -> bytes:
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, message, sha256)


def _write(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _read(text: str) -> bytes:
    """Decode strictly: one text for one value, so that a token cannot be respelt."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if _write(raw) == text else b""


def issue(key: bytes, org: str, route: str, digest: bytes, at: int, form_id: bytes) -> str:
    """Make the token of one rendered form; ``at`` in microseconds, ``form_id`` 16 random bytes."""
    body = (at // MINUTE).to_bytes(4, "big") + form_id + digest
    return _write(body + _mac(key, b"form", org.encode(), route.encode(), body))


def check(key: bytes, token: str, org: str, route: str, at: int) -> Shown:
    """Return what the token says. Raises BadInput (forged, or of another form) or Expired (left open too long)."""
    raw = _read(token) if len(token) <= 200 else b""
    body, mac = raw[:_FORM], raw[_FORM:]
    if len(mac) != _MAC or not hmac.compare_digest(mac, _mac(key, b"form", org.encode(), route.encode(), body)):
        raise BadInput("form_forged")
    if not 0 <= at // MINUTE - int.from_bytes(body[:4], "big") <= FORM_LIFE:
        raise Expired("form_old")
    return Shown(body[4 + _ID :], body[4 : 4 + _ID])


def ticket(key: bytes, org: str, kind: str, said: dict[str, str], at: int) -> str:
    """Carry an answer over the redirect after a POST; ``said`` holds order numbers and flags, nothing typed."""
    body = (at // MINUTE).to_bytes(4, "big") + msgspec.json.encode(said, order="sorted")
    return _write(body + _mac(key, b"ticket", org.encode(), kind.encode(), body))


def bound(route: str, session: str) -> str:
    """Name a form that stands behind a session: its token is of no use in another session, nor on another surface."""
    return f"{route}:{sha256(session.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def open_ticket(key: bytes, text: str, org: str, kind: str, at: int, life: int = TICKET_LIFE) -> dict[str, str]:
    """Return what a ticket says; it lives ``life`` minutes. Raises NotFound (forged) or Expired."""
    raw = _read(text) if len(text) <= 2000 else b""
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if len(body) < 4 or not hmac.compare_digest(mac, _mac(key, b"ticket", org.encode(), kind.encode(), body)):
        raise NotFound("page")
    if not 0 <= at // MINUTE - int.from_bytes(body[:4], "big") <= life:
        raise Expired("ticket_old")
    return msgspec.json.decode(body[4:], type=dict[str, str])
