"""Room ports: the way to Google Cloud KMS: its address, an access token of this program's account, requests over TLS.

The account is a service account's key file (a JWT signed RS256, RFC 7523, is exchanged for a token), or that of the
instance, lent by its metadata service. A token is asked for anew five minutes before it ends.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tepati.errors import Misconfigured, Unavailable
from tepati.ports.https import Asked, send, send_plainly, trusted

_FORM = (
    "gcp:https://cloudkms.googleapis.com/projects/P/locations/L/keyRings/R/cryptoKeys/K"
    "?credentials=instance|FILE[&days=1..120&protection=software|hsm&ca-file=F]"
)
_KEY = re.compile(r"(projects/[a-z0-9:.-]+/locations/[a-z0-9-]+/keyRings/[\w-]{1,63})/cryptoKeys/([\w-]{1,63})")
_SCOPE = "https://www.googleapis.com/auth/cloudkms"
_SECOND = 1_000_000  # microseconds
_BEFORE = 300 * _SECOND
_METADATA = "169.254.169.254"
_TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class Where:
    """What ``gcp:https://HOST/.../cryptoKeys/K`` names; ``days`` and ``protection`` are for a key that is made."""

    host: str
    port: int
    ring: str
    key: str
    account: str
    days: int
    protection: str
    authority: str = ""


def where(uri: str) -> Where:
    """Read the configured address of a key. Raises Misconfigured."""
    at = urlsplit(uri.removeprefix("gcp:"))
    said = {name: values[-1] for name, values in parse_qs(at.query).items()}
    key, days = _KEY.fullmatch(at.path.strip("/")), said.get("days", "1")
    protection = said.get("protection", "software")
    sound = at.scheme == "https" and at.hostname and said.get("credentials") and protection in {"software", "hsm"}
    if key is None or not sound or not days.isdecimal() or not 1 <= int(days) <= 120:
        raise Misconfigured("root_form", wanted=_FORM)
    account, authority = said["credentials"], said.get("ca-file", "")
    return Where(at.hostname or "", at.port or 443, key[1], key[2], account, int(days), protection, authority)


class _Account(msgspec.Struct):
    """A service account's key file, as Google writes it."""

    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class GcpService:
    """Asks Google Cloud KMS. ``now()`` is in microseconds; ``environ`` is the process's environment."""

    def __init__(self, at: Where, environ: Mapping[str, str], now: Callable[[], int]) -> None:
        self._at, self._environ, self._now = at, environ, now
        self._context = trusted(at.authority)
        self._token, self._until = "", 0

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[int, bytes]:
        """Return the status and body of an answer; ``path`` is below ``/v1/``. Raises Unavailable, Misconfigured."""
        headers = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": "application/json"}
        sent = msgspec.json.encode(body) if body is not None else None
        return send(self._at.host, self._at.port, self._context, Asked(method, f"/v1/{path}", headers, sent))

    def _bearer(self) -> str:
        if self._until - _BEFORE <= self._now():
            status, body = self._lent() if self._at.account == "instance" else self._exchanged()
            if status in {400, 401, 403, 404}:
                raise Misconfigured("root_refused")
            token = _read(body) if status == 200 else None
            if token is None:
                raise Unavailable("root_unreachable")
            self._token, self._until = token.access_token, self._now() + token.expires_in * _SECOND
        return self._token

    def _lent(self) -> tuple[int, bytes]:
        """Ask the instance's metadata service, on this machine or its host without TLS."""
        host, _, port = (self._environ.get("GCE_METADATA_HOST", "") or _METADATA).partition(":")
        return send_plainly(host, int(port or 80), Asked("GET", _TOKEN, {"Metadata-Flavor": "Google"}))

    def _exchanged(self) -> tuple[int, bytes]:
        """Sign a statement of who we are, good for an hour, and exchange it where the key file says."""
        account = self._account()
        at = urlsplit(account.token_uri)
        if at.scheme != "https" or not at.hostname:
            raise Misconfigured("root_credentials", wanted="token_uri: https://...")
        kind = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        form = urlencode({"grant_type": kind, "assertion": _stated(account, self._now() // _SECOND)}).encode()
        asked = Asked("POST", at.path, {"Content-Type": "application/x-www-form-urlencoded"}, form)
        return send(at.hostname, at.port or 443, self._context, asked)

    def _account(self) -> _Account:
        try:
            return msgspec.json.decode(Path(self._at.account).read_bytes(), type=_Account)
        except (OSError, msgspec.MsgspecError):
            pass
        raise Misconfigured("root_credentials", wanted=self._at.account)


def _stated(account: _Account, now: int) -> str:
    """Write a JWT (RFC 7519) signed RS256: who asks, for what, until when (seconds since 1970)."""
    head = {"alg": "RS256", "typ": "JWT", "kid": account.private_key_id}
    claims = {
        "iss": account.client_email, "scope": _SCOPE, "aud": account.token_uri, "iat": now, "exp": now + 3600
    }  # fmt: skip
    text = b".".join(_url64(msgspec.json.encode(part)) for part in (head, claims))
    return (text + b"." + _url64(_key(account).sign(text, PKCS1v15(), hashes.SHA256()))).decode()


def _key(account: _Account) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(account.private_key.encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise Misconfigured("root_credentials", wanted="private_key: RSA, PEM")
    return key


def _read(body: bytes) -> _Token | None:
    try:
        return msgspec.json.decode(body, type=_Token)
    except msgspec.MsgspecError:
        return None


def _url64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
