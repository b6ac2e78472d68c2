"""Room ports: the way to AWS KMS: its address, the credentials of this machine, and signed requests over TLS.

Credentials come from the environment, or are lent by the container's or the instance's metadata service (IMDSv2);
which of them, the address says. Lent ones are asked for anew five minutes before they end.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

import msgspec

from tepati.errors import Misconfigured, Unavailable
from tepati.ports.https import Asked, send, send_plainly, trusted
from tepati.ports.sigv4 import Credentials, Scope, signed

_FORM = "aws:https://kms.REGION.amazonaws.com/NAME[?days=7..30&credentials=env|container|instance&region=R&ca-file=F]"
_SECOND = 1_000_000  # microseconds
_BEFORE = 300 * _SECOND
_HOST = re.compile(r"kms(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")
_NAME = re.compile(r"(?!aws/)[A-Za-z0-9/_-]{1,200}")
_METADATA = "http://169.254.169.254"
_CONTAINER = "http://169.254.170.2"
_ROLE = "/latest/meta-data/iam/security-credentials/"


@dataclass(frozen=True, slots=True)
class Where:
    """What ``aws:https://HOST/NAME`` names; ``days`` is the waiting time of a deletion (7 to 30)."""

    host: str
    port: int
    region: str
    name: str
    days: int
    lender: str
    authority: str = ""


def where(uri: str) -> Where:
    """Read the configured address of a root. Raises Misconfigured."""
    at = urlsplit(uri.removeprefix("aws:"))
    said = {name: values[-1] for name, values in parse_qs(at.query).items()}
    known, host, name = _HOST.fullmatch(at.hostname or ""), at.hostname or "", at.path.strip("/")
    region, days = said.get("region") or (known[1] if known else ""), said.get("days", "7")
    lender = said.get("credentials", "env")
    sound = at.scheme == "https" and host and region and _NAME.fullmatch(name) and lender in LENDERS
    if not sound or not days.isdecimal() or not 7 <= int(days) <= 30:
        raise Misconfigured("root_form", wanted=_FORM)
    return Where(host, at.port or 443, region, name, int(days), lender, said.get("ca-file", ""))


class KmsService:
    """Asks AWS KMS. ``now()`` is in microseconds; ``environ`` is the process's environment."""

    def __init__(self, at: Where, environ: Mapping[str, str], now: Callable[[], int]) -> None:
        self._at, self._environ, self._now = at, environ, now
        self._context = trusted(at.authority)
        self._who: Credentials | None = None

    def ask(self, action: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the status and body of an answer. Raises Unavailable, Misconfigured (no credentials)."""
        port = "" if self._at.port == 443 else f":{self._at.port}"
        headers = {
            "Host": f"{self._at.host}{port}", "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{action}",
        }  # fmt: skip
        scope = Scope(self._at.region, "kms", dt.datetime.fromtimestamp(self._now() / _SECOND, dt.UTC))
        asked = signed(self._credentials(), scope, Asked("POST", "/", headers, msgspec.json.encode(body)))
        return send(self._at.host, self._at.port, self._context, asked)

    def _credentials(self) -> Credentials:
        who = self._who
        if who is None or not who.until or who.until - _BEFORE <= self._now():
            who = self._who = LENDERS[self._at.lender](self._environ)
        return who


def _of_environment(environ: Mapping[str, str]) -> Credentials:
    key, secret = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not key or not secret:
        raise Misconfigured("root_credentials", wanted="AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY")
    return Credentials(key, secret, environ.get("AWS_SESSION_TOKEN", ""))


def _of_container(environ: Mapping[str, str]) -> Credentials:
    """Ask what lends a container its role: a fixed address of the host, or one on this machine."""
    full, path = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""), ""
    if not full and (path := environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")):
        full = f"{_CONTAINER}{path}"
    if not full:
        raise Misconfigured("root_credentials", wanted="AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    proof = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    return _lent(_nearby(full, "GET", {"Authorization": proof} if proof else {}))


def _of_instance(environ: Mapping[str, str]) -> Credentials:
    """Ask the instance's metadata service, version 2: a session token first, then the role, then its credentials."""
    base = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "") or _METADATA
    token = _nearby(f"{base}/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})
    proof = {"X-aws-ec2-metadata-token": token.decode("ascii", "replace").strip()}
    role = _nearby(f"{base}{_ROLE}", "GET", proof).decode("ascii", "replace").strip().partition("\n")[0]
    return _lent(_nearby(f"{base}{_ROLE}{role}", "GET", proof))


LENDERS: Mapping[str, Callable[[Mapping[str, str]], Credentials]] = {
    "env": _of_environment, "container": _of_container, "instance": _of_instance,
}  # fmt: skip


def _nearby(url: str, method: str, headers: Mapping[str, str]) -> bytes:
    """Ask an address of this machine or its host, and no other, without TLS. Raises Misconfigured, Unavailable."""
    at = urlsplit(url)
    host = at.hostname or ""
    if at.scheme != "http" or not _near(host):
        raise Misconfigured("root_credentials", wanted="http://169.254.0.0/16, http://127.0.0.0/8")
    path = at.path + (f"?{at.query}" if at.query else "")
    status, body = send_plainly(host, at.port or 80, Asked(method, path, headers))
    if status in {401, 403, 404}:
        raise Misconfigured("root_credentials", wanted="a role of this instance or container")
    if status != 200:
        raise Unavailable("root_unreachable")
    return body


def _near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local


class _Lent(msgspec.Struct):
    AccessKeyId: str
    SecretAccessKey: str
    Token: str
    Expiration: dt.datetime


def _lent(raw: bytes) -> Credentials:
    try:
        lent = msgspec.json.decode(raw, type=_Lent)
        return Credentials(
            lent.AccessKeyId, lent.SecretAccessKey, lent.Token, round(lent.Expiration.timestamp() * _SECOND)
        )
    except msgspec.MsgspecError:
        pass
    raise Unavailable("root_unreachable")
