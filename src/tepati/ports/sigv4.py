"""Room ports: signatures of Amazon's kind (AWS Signature Version 4), for requests without a query. Pure.

Checked by the vectors that Amazon publishes (``tests/vectors/aws/sigv4.json``).
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from tepati.ports.https import Asked

_KIND = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs. ``token`` is there where they are lent; ``until``: when they end (microseconds, 0: never)."""

    key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    until: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for, and when it was made (UTC)."""

    region: str
    service: str
    at: dt.datetime


def signed(who: Credentials, scope: Scope, asked: Asked) -> Asked:
    """Return the request with its date, the token of lent credentials, and the signature over all its headers."""
    instant = scope.at.strftime("%Y%m%dT%H%M%SZ")
    lent = {"X-Amz-Security-Token": who.token} if who.token else {}
    headers = {**asked.headers, "X-Amz-Date": instant, **lent}
    names, canonical = _canonical(asked, headers)
    place = f"{instant[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = "\n".join([_KIND, instant, place, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(_key(who.secret, place), text.encode(), hashlib.sha256).hexdigest()
    said = f"{_KIND} Credential={who.key}/{place}, SignedHeaders={names}, Signature={signature}"
    return Asked(asked.method, asked.path, {**headers, "Authorization": said}, asked.body)


def _canonical(asked: Asked, headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the names of the headers that are signed, and the canonical request."""
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in lines)
    body = hashlib.sha256(asked.body or b"").hexdigest()
    parts = [asked.method, asked.path, "", *(f"{name}:{value}" for name, value in lines), "", names, body]
    return names, "\n".join(parts)


def _key(secret: str, place: str) -> bytes:
    """Derive the signing key: one HMAC for each part of the scope."""
    key = f"AWS4{secret}".encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key
