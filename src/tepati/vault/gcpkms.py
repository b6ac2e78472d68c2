"""Room vault: a root that stays in Google Cloud KMS: one key, whose versions are ours.

Written against the documented REST API (v1). Wrapped form: version (4 bytes, big endian) ‖ the ciphertext that the
service returned; version and AAD travel as ``additionalAuthenticatedData``. Every way of a value is checked by its
CRC32C, as Google advises: what arrived otherwise is no answer.

Order of durable steps: ``rotate`` makes a version, which is the newest from then on; ``destroy`` asks for the end of a
version and of all before it, and reads each state back: *scheduled until* its ``destroyTime``, *attested* where the
service says that it is destroyed.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Protocol, TypeVar

import msgspec

from tepati.errors import Misconfigured, Tampered, TepatiError, Unavailable
from tepati.vault import coded
from tepati.vault.root import Grade

T = TypeVar("T")
_ALGORITHM = "GOOGLE_SYMMETRIC_ENCRYPTION"
_INSIDE = frozenset({"SOFTWARE", "HSM", "HSM_SINGLE_TENANT"})
_SCHEDULED, _DESTROYED = "DESTROY_SCHEDULED", "DESTROYED"


def _camel(name: str) -> str:
    """Write a field's name as the service does: ``ciphertext_crc32c`` is ``ciphertextCrc32c``."""
    head, *rest = name.split("_")
    return head + "".join(part[0].upper() + part[1:] for part in rest)


class Service(Protocol):
    """The way to the service; ``path`` is below ``/v1/``."""

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[int, bytes]:
        """Return the status and body of an answer. Raises Unavailable, Misconfigured."""


class Named(Protocol):
    """Which key: its ring, its name; days its versions wait for their end and where it works, if it is made."""

    @property
    def ring(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def days(self) -> int: ...

    @property
    def protection(self) -> str: ...


class _Version(msgspec.Struct, rename=_camel):
    name: str
    state: str
    protection_level: str = ""
    algorithm: str = ""
    destroy_time: dt.datetime | None = None
    import_job: str = ""

    @property
    def number(self) -> int:
        return int(self.name.rpartition("/")[2])


class _Versions(msgspec.Struct, rename=_camel):
    crypto_key_versions: list[_Version] = []
    next_page_token: str = ""


class _Wrapped(msgspec.Struct, rename=_camel):
    name: str
    ciphertext: str
    ciphertext_crc32c: str | int
    verified_plaintext_crc32c: bool = False
    verified_additional_authenticated_data_crc32c: bool = False


class _Opened(msgspec.Struct, rename=_camel):
    plaintext: str
    plaintext_crc32c: str | int


class _Status(msgspec.Struct):
    status: str = ""


class _Failed(msgspec.Struct):
    error: _Status = msgspec.field(default_factory=_Status)


class GcpRoot:
    """A root in Google Cloud KMS.

    Raises Misconfigured (no such key, one that can leave, an account that may not), Unavailable (down, busy).
    """

    grade = Grade("scheduled")

    def __init__(self, service: Service, at: Named, *, create: bool = False) -> None:
        self._service, self._key = service, f"{at.ring}/cryptoKeys/{at.key}"
        if create:
            self._create(at)
        found = self._listed()
        newest = found[max(found)]
        _stays(newest)
        if newest.state != "ENABLED":
            raise Misconfigured("root_disabled", version=newest.number)

    @property
    def version(self) -> int:
        return max(self._listed())

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        version = self.version
        head, name = version.to_bytes(4), self._named(version)
        asked = {"plaintext": coded.text(plain), "plaintextCrc32c": str(crc32c(plain)), **_bound(head + aad)}
        said = self._made(f"{name}:encrypt", asked, _Wrapped, version)
        if said.name != name:
            raise Tampered("root_other_key")
        if not (said.verified_plaintext_crc32c and said.verified_additional_authenticated_data_crc32c):
            raise Unavailable("root_unreachable")
        return head + _arrived(said.ciphertext, said.ciphertext_crc32c)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        version, sealed = int.from_bytes(wrapped[:4]), wrapped[4:]
        asked = {"ciphertext": coded.text(sealed), "ciphertextCrc32c": str(crc32c(sealed)), **_bound(wrapped[:4] + aad)}
        status, body = self._service.ask("POST", f"{self._key}:decrypt", asked)
        if status == 400 and _kind(body) == "INVALID_ARGUMENT":
            raise Tampered("keystore_entry")
        said = _read(status, body, _Opened, version)
        return _arrived(said.plaintext, said.plaintext_crc32c)

    def rotate(self) -> int:
        made = self._made(f"{self._key}/cryptoKeyVersions", {}, _Version)
        if made.state != "ENABLED":  # a module takes a moment: it is the newest, and wraps once it is ready
            raise Unavailable("root_unreachable")
        return made.number

    def destroy(self, version: int) -> Grade:
        """End a version and all before it; return the least that the service says of them when asked again."""
        found = self._listed()
        if version >= max(found):
            raise Misconfigured("root_newest", version=version)
        ended = [self._ended(found[n]) for n in sorted(found) if n <= version]
        if not ended:
            raise Misconfigured("root_version", version=version)
        return max(ended, key=lambda grade: grade.until)

    def fates(self) -> dict[int, Grade | None]:
        found = self._listed()
        return {n: _fate(found[n]) for n in sorted(found) if n < max(found) and found[n].state != _DESTROYED}

    def _ended(self, said: _Version) -> Grade:
        _stays(said)
        if said.state not in {_SCHEDULED, _DESTROYED}:
            self._made(f"{self._named(said.number)}:destroy", {}, _Version, said.number)
            said = self._got(self._named(said.number), _Version, said.number)
        fate = _fate(said)
        if fate is None:
            raise Unavailable("root_unreachable")
        return fate

    def _listed(self) -> dict[int, _Version]:
        found: dict[int, _Version] = {}
        more = ""
        while True:
            page = self._got(f"{self._key}/cryptoKeyVersions?pageSize=100{more}", _Versions)
            found |= {one.number: one for one in page.crypto_key_versions}
            if not page.next_page_token:
                break
            more = f"&pageToken={page.next_page_token}"
        if not found:
            raise Misconfigured("root_missing")
        return found

    def _create(self, at: Named) -> None:
        """Make the key where there is none; of one that is there nothing changes."""
        template = {"algorithm": _ALGORITHM, "protectionLevel": at.protection.upper()}
        waits = f"{at.days * 86_400}s"
        asked = {"purpose": "ENCRYPT_DECRYPT", "versionTemplate": template, "destroyScheduledDuration": waits}
        status, body = self._service.ask("POST", f"{at.ring}/cryptoKeys?cryptoKeyId={at.key}", asked)
        if status not in {200, 409}:
            raise _fault(status, body, 0)

    def _named(self, version: int) -> str:
        return f"{self._key}/cryptoKeyVersions/{version}"

    def _made(self, path: str, asked: Mapping[str, object], kind: type[T], version: int = 0) -> T:
        return _read(*self._service.ask("POST", path, asked), kind, version)

    def _got(self, path: str, kind: type[T], version: int = 0) -> T:
        return _read(*self._service.ask("GET", path), kind, version)


def _stays(said: _Version) -> None:
    """Refuse a version whose material stands elsewhere too, or which is no key to encrypt with."""
    if said.import_job or said.protection_level not in _INSIDE:
        raise Misconfigured("root_exportable", version=said.number)
    if said.algorithm != _ALGORITHM:
        raise Misconfigured("root_form", wanted=_ALGORITHM)


def _fate(said: _Version) -> Grade | None:
    if said.state == _DESTROYED:
        return Grade("attested")
    if said.state == _SCHEDULED and said.destroy_time:
        return Grade("scheduled", round(said.destroy_time.timestamp() * 1_000_000))
    return None


def _read(status: int, body: bytes, kind: type[T], version: int) -> T:
    if status != 200:
        raise _fault(status, body, version)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError):
        pass
    raise Unavailable("root_unreachable")


def _kind(body: bytes) -> str:
    """Read the name of a fault; nothing else of its words is taken over."""
    try:
        return msgspec.json.decode(body, type=_Failed).error.status
    except msgspec.MsgspecError:
        return ""


def _fault(status: int, body: bytes, version: int) -> TepatiError:
    if status in {401, 403}:
        return Misconfigured("root_refused")
    if status == 404:
        return Misconfigured("root_version", version=version) if version else Misconfigured("root_missing")
    if status == 400 and _kind(body) == "FAILED_PRECONDITION":
        return Misconfigured("root_disabled", version=version)
    return Unavailable("root_busy" if status == 429 else "root_unreachable")


def _bound(aad: bytes) -> dict[str, str]:
    return {"additionalAuthenticatedData": coded.text(aad), "additionalAuthenticatedDataCrc32c": str(crc32c(aad))}


def _arrived(text: str, said: str | int) -> bytes:
    """Decode what came and compare its checksum. Raises Unavailable."""
    raw = coded.raw(text)
    if str(crc32c(raw)) != str(said):
        raise Unavailable("root_unreachable")
    return raw


def crc32c(raw: bytes) -> int:
    """Return the CRC of Castagnoli's polynomial (RFC 3720, B.4); a few hundred bytes at a time."""
    crc = 0xFFFFFFFF
    for byte in raw:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
