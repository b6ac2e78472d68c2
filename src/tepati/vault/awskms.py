"""Room vault: a root that stays in AWS KMS. Each version is a KMS key of its own, under the alias ``NAME-<version>``.

KMS destroys whole keys, never one generation of a key: rotating its material would end nothing. Wrapped form: version
(4 bytes, big endian) ‖ the ciphertext that KMS returned. What an entry is bound to travels as the encryption context
``tepati`` = base64(version ‖ AAD), which the service's own log shows: names of keys, never of persons.

Order of durable steps: ``rotate`` makes a key and then gives it its alias; a crash in between leaves a key without a
name that wraps nothing (found by its tag ``tepati-root``). ``destroy`` schedules the deletion of a version and of all
before it, and reads each date back: the grade is what the service says, *scheduled until DATE*.
"""

import contextlib
import re
from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

import msgspec

from tepati.errors import Misconfigured, Tampered, TepatiError, Unavailable
from tepati.vault import coded
from tepati.vault.root import Grade

T = TypeVar("T")

# What the service answers (docs.aws.amazon.com/kms/latest/APIReference, "Common errors" and each action's own).
_MAY_NOT: Final = frozenset({
    "AccessDeniedException", "AccessDenied", "ExpiredTokenException", "IncompleteSignature",
    "IncompleteSignatureException", "InvalidClientTokenId", "InvalidSignatureException",
    "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired", "SignatureDoesNotMatch",
    "UnrecognizedClientException",
})  # fmt: skip
_BUSY: Final = frozenset({"LimitExceededException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
_STOPPED: Final = frozenset({"DisabledException", "KMSInvalidStateException"})
_FORGED: Final = frozenset({"IncorrectKeyException", "InvalidCiphertextException"})
_ABSENT: Final = frozenset({"NotFoundException"})
_PENDING = "PendingDeletion"


class Service(Protocol):
    """The way to the service."""

    def ask(self, action: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the status and body of an answer. Raises Unavailable, Misconfigured."""


class _Alias(msgspec.Struct):
    AliasName: str
    TargetKeyId: str = ""


class _Aliases(msgspec.Struct):
    Aliases: list[_Alias]
    NextMarker: str = ""
    Truncated: bool = False


class _Metadata(msgspec.Struct):
    KeyId: str
    KeyState: str = ""
    KeySpec: str = ""
    KeyUsage: str = ""
    Origin: str = ""
    MultiRegion: bool = False
    DeletionDate: float = 0  # seconds since 1970


class _Described(msgspec.Struct):
    KeyMetadata: _Metadata


class _Wrapped(msgspec.Struct):
    CiphertextBlob: str
    KeyId: str


class _Opened(msgspec.Struct):
    Plaintext: str
    KeyId: str


class _Failed(msgspec.Struct):
    kind: str = msgspec.field(name="__type", default="")


class AwsRoot:
    """A root in AWS KMS; ``days`` is how long a deletion waits (7 to 30, the service's own bounds).

    Raises Misconfigured (no such alias, a key that can leave, credentials that may not), Unavailable (down, busy).
    """

    grade = Grade("scheduled")

    def __init__(self, service: Service, name: str, days: int, *, create: bool = False) -> None:
        self._service, self._name, self._days = service, name, days
        self._named = re.compile(rf"alias/{re.escape(name)}-([1-9][0-9]{{0,8}})")
        self._keys: dict[int, str] = {}
        if not self._listed():
            if not create:
                raise Misconfigured("root_missing")
            self._make(1)
        newest = self.version
        self._usable(newest, self._described(self._keys[newest]))

    @property
    def version(self) -> int:
        versions = self._listed()
        if not versions:
            raise Misconfigured("root_missing")
        return max(versions)

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        version = self.version
        head, key = version.to_bytes(4), self._keys[version]
        asked = {"KeyId": key, "Plaintext": coded.text(plain), "EncryptionContext": _context(head + aad)}
        said = self._ask("Encrypt", asked, _Wrapped, version)
        _same(said.KeyId, key)
        return head + coded.raw(said.CiphertextBlob)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        version = int.from_bytes(wrapped[:4])
        key = self._keys.get(version) or self._listed().get(version)
        if key is None:
            raise Misconfigured("root_version", version=version)
        asked = {
            "KeyId": key, "CiphertextBlob": coded.text(wrapped[4:]), "EncryptionContext": _context(wrapped[:4] + aad)
        }  # fmt: skip
        said = self._ask("Decrypt", asked, _Opened, version)
        _same(said.KeyId, key)
        return coded.raw(said.Plaintext)

    def rotate(self) -> int:
        before = self.version
        self._make(before + 1)
        return self.version

    def destroy(self, version: int) -> Grade:
        """Schedule the deletion of a version and of all before it; return the latest date, as the service says it."""
        keys = self._listed()
        if keys and version >= max(keys):
            raise Misconfigured("root_newest", version=version)
        if version not in keys:
            raise Misconfigured("root_version", version=version)
        return Grade("scheduled", max(self._scheduled(n, keys[n]) for n in sorted(keys) if n <= version))

    def fates(self) -> dict[int, Grade | None]:
        """Ask how older versions stand: when each ends, or None where nothing ends it."""
        keys = self._listed()
        found = {n: self._described(keys[n]) for n in sorted(keys) if n < max(keys)}
        return {n: Grade("scheduled", _micros(said)) if said.KeyState == _PENDING else None
                for n, said in found.items()}  # fmt: skip

    def _scheduled(self, version: int, key: str) -> int:
        said = self._described(key)
        _stays(version, said)
        if said.KeyState != _PENDING:
            asked = {"KeyId": key, "PendingWindowInDays": self._days}
            self._ask("ScheduleKeyDeletion", asked, dict, version)
            said = self._described(key)
        if said.KeyState != _PENDING or not said.DeletionDate:
            raise Unavailable("root_unreachable")
        return _micros(said)

    def _listed(self) -> dict[int, str]:
        """Find the versions by their aliases. What was seen once stays known: the service's lists lag behind it."""
        marker = ""
        while True:
            more = {"Marker": marker} if marker else {}
            page = self._ask("ListAliases", {"Limit": 100, **more}, _Aliases)
            for one in page.Aliases:
                if (named := self._named.fullmatch(one.AliasName)) and one.TargetKeyId:
                    self._keys[int(named[1])] = one.TargetKeyId
            if not page.Truncated or not page.NextMarker:
                return self._keys
            marker = page.NextMarker

    def _make(self, version: int) -> None:
        """Make a key and give it a version's alias; where another host was first, ours goes again."""
        asked = {
            "Description": f"Tepati root {self._name}", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT",
            "Origin": "AWS_KMS", "MultiRegion": False, "Tags": [{"TagKey": "tepati-root", "TagValue": self._name}],
        }  # fmt: skip
        key = self._ask("CreateKey", asked, _Described).KeyMetadata.KeyId
        named = {"AliasName": f"alias/{self._name}-{version}", "TargetKeyId": key}
        try:
            status, body = self._service.ask("CreateAlias", named)
            if status != 200 and _kind(body) != "AlreadyExistsException":
                raise _fault(status, body, version)
        except TepatiError:
            self._withdrawn(key)
            raise
        if status == 200:
            self._keys[version] = key
            return
        self._withdrawn(key)
        if version not in self._listed():
            raise Unavailable("root_unreachable")

    def _withdrawn(self, key: str) -> None:
        """Let a key go that wraps nothing; where that fails it stays, without a name and found by its tag."""
        with contextlib.suppress(TepatiError):
            self._service.ask("ScheduleKeyDeletion", {"KeyId": key, "PendingWindowInDays": 7})

    def _described(self, key: str) -> _Metadata:
        return self._ask("DescribeKey", {"KeyId": key}, _Described).KeyMetadata

    def _usable(self, version: int, said: _Metadata) -> None:
        _stays(version, said)
        if said.KeySpec != "SYMMETRIC_DEFAULT" or said.KeyUsage != "ENCRYPT_DECRYPT":
            raise Misconfigured("root_form", wanted="SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT")
        if said.KeyState != "Enabled":
            raise Misconfigured("root_disabled", version=version)

    def _ask(self, action: str, asked: Mapping[str, object], kind: type[T], version: int = 0) -> T:
        status, body = self._service.ask(action, asked)
        if status != 200:
            raise _fault(status, body, version)
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError:
            pass
        raise Unavailable("root_unreachable")


def _stays(version: int, said: _Metadata) -> None:
    """Refuse a key whose material stands elsewhere too: imported, kept by another, or copied to other regions."""
    if said.MultiRegion or said.Origin not in {"AWS_KMS", "AWS_CLOUDHSM"}:
        raise Misconfigured("root_exportable", version=version)


def _same(said: str, key: str) -> None:
    """Check that the service used the key that was asked for, which it names by its ARN. Raises Tampered."""
    if said.rpartition("/")[2] != key.rpartition("/")[2]:
        raise Tampered("root_other_key")


def _kind(body: bytes) -> str:
    """Read the name of a fault; nothing else of its words is taken over."""
    try:
        said = msgspec.json.decode(body, type=_Failed).kind
    except msgspec.MsgspecError:
        return ""
    return said.rpartition("#")[2].partition(":")[0]


def _fault(status: int, body: bytes, version: int) -> TepatiError:
    kind = _kind(body)
    known: dict[frozenset[str], TepatiError] = {
        _MAY_NOT: Misconfigured("root_refused"), _BUSY: Unavailable("root_busy"),
        _STOPPED: Misconfigured("root_disabled", version=version), _FORGED: Tampered("keystore_entry"),
        _ABSENT: Misconfigured("root_version", version=version) if version else Misconfigured("root_missing"),
    }  # fmt: skip
    found = next((error for kinds, error in known.items() if kind in kinds), None)
    if found is None and status in {401, 403}:
        return Misconfigured("root_refused")
    return found or Unavailable("root_busy" if status == 429 else "root_unreachable")


def _context(bound: bytes) -> dict[str, str]:
    return {"tepati": coded.text(bound)}


def _micros(said: _Metadata) -> int:
    return round(said.DeletionDate * 1_000_000)
