"""Room ports: what a sign-in provider says is believed here or nowhere (OpenID Connect Core 1.0, RFC 7636, 9207).

Pure: bytes in, claims out. Nothing a provider sent stands in an error; ``why`` names the check that failed.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from joserfc import jwk, jws
from joserfc.errors import InvalidKeyIdError, JoseError

from tepati.errors import BadInput

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384")  # asymmetric only: a public key is never a shared secret
GOOGLE: Final = "https://accounts.google.com"
_FAMILIES: Final = frozenset({"RSA", "EC"})
_SECOND: Final = 1_000_000  # microseconds
_SKEW: Final = 60  # seconds two clocks may differ
_OLDEST: Final = 600  # seconds since a token was made
_LARGEST: Final = 20_000  # characters of a token
_SCOPES: Final[Mapping[str, str]] = {  # OpenID Connect Core 1.0, section 5.4
    "email": "email", "email_verified": "email", "phone_number": "phone", "phone_number_verified": "phone",
    "address": "address", "sub": "openid",
}  # fmt: skip

_Said = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Provider(msgspec.Struct, frozen=True):
    """What a provider publishes of itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: _Said
    authorization_endpoint: _Said
    token_endpoint: _Said
    jwks_uri: _Said
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say: who made it, for whom, and the ``nonce`` of the sign-in; ``now`` in microseconds."""

    issuer: str
    client: str
    nonce: str = field(repr=False)
    now: int


@dataclass(frozen=True, slots=True)
class Proven:
    """Who signed in, to be joined by issuer and subject alone; ``said`` is everything, for ``kept`` to narrow."""

    issuer: str
    subject: str = field(repr=False)
    said: Mapping[str, object] = field(repr=False)


class _Token(msgspec.Struct, frozen=True):
    iss: str
    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    aud: str | list[str]
    exp: int
    iat: int
    nonce: str
    azp: str | None = None
    nbf: int = 0


def provider(raw: bytes, issuer: str) -> Provider:
    """Read what was published at ``issuer``, which must name itself so, to the letter. Raises BadInput."""
    try:
        read = msgspec.json.decode(raw, type=Provider)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _no("metadata") from None
    if read.issuer != issuer:
        raise _no("issuer")
    if not all(map(_safe, (read.authorization_endpoint, read.token_endpoint, read.jwks_uri))):
        raise _no("endpoint")
    if read.code_challenge_methods_supported and "S256" not in read.code_challenge_methods_supported:
        raise _no("challenge")
    return read


def scope(claims: Iterable[str]) -> str:
    """Return the scopes that declared claims need, and no other: what is not declared is not asked for."""
    return " ".join(sorted({"openid", *(_SCOPES.get(claim, "profile") for claim in claims)}))


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def answered(asked: Provider, iss: str | None) -> None:
    """Hold an answer to the provider that was asked (RFC 9207, section 2.4: mix-up). Raises BadInput."""
    if iss != asked.issuer and (iss is not None or asked.authorization_response_iss_parameter_supported):
        raise _no("issuer")


def proven(token: str, keys: bytes, expected: Expected) -> Proven:
    """Verify an ID token (Core, section 3.1.3.7). Raises BadInput; ``why=key``: keys may be newer than ours."""
    payload = _verified(token, keys)
    try:
        read, said = msgspec.json.decode(payload, type=_Token), msgspec.json.decode(payload, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _no("claims") from None
    for why, sound in _checks(read, expected):
        if not sound:
            raise _no(why)
    return Proven(read.iss, read.sub, said)


def kept(who: Proven, declared: Mapping[str, str]) -> dict[str, str]:
    """Return field to value for the declared claims (field to claim) that are text; nothing else gets further."""
    found = {name: who.said.get(claim) for name, claim in declared.items()}
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def _checks(read: _Token, expected: Expected) -> tuple[tuple[str, bool], ...]:
    at = expected.now // _SECOND
    audience = [read.aud] if isinstance(read.aud, str) else read.aud
    alone = audience == [expected.client] and read.azp is None
    return (
        ("issuer", read.iss == expected.issuer),
        ("audience", expected.client in audience),
        ("party", alone or read.azp == expected.client),
        ("nonce", bool(expected.nonce) and _same(read.nonce, expected.nonce)),
        ("expired", at < read.exp + _SKEW),
        ("early", max(read.iat, read.nbf) <= at + _SKEW),
        ("old", at <= read.iat + _OLDEST + _SKEW),
    )


def _verified(token: str, keys: bytes) -> bytes:
    if len(token) > _LARGEST or not token.isascii():
        raise _no("token")
    try:
        return jws.deserialize_compact(token, _public(keys), list(ALGORITHMS)).payload
    except InvalidKeyIdError:
        raise _no("key") from None
    except (JoseError, ValueError):
        raise _no("signature") from None


def _public(raw: bytes) -> jwk.KeySet:
    """Take the public keys for signing out of a JWKS; a shared secret among them is no key."""
    try:
        listed = msgspec.json.decode(raw, type=dict[str, object]).get("keys")
        fit = [one for one in listed if _fit(one)] if isinstance(listed, list) else []
        return jwk.KeySet.import_key_set({"keys": fit})
    except (msgspec.MsgspecError, UnicodeDecodeError, JoseError, ValueError, KeyError):
        raise _no("keys") from None


def _fit(one: object) -> bool:
    return isinstance(one, dict) and one.get("kty") in _FAMILIES and one.get("use", "sig") == "sig"


def _safe(url: str) -> bool:
    try:
        at = urlsplit(url)
    except ValueError:
        return False
    return at.scheme == "https" and bool(at.hostname) and at.username is None and not at.fragment


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _no(why: str) -> BadInput:
    return BadInput("sign_in_refused", why=why)
