"""Room vault: a root that stays in a key service of the *transit* kind (HashiCorp Vault, OpenBao), asked over HTTPS.

Written against the documented HTTP API: ``keys/<name>`` (read, ``rotate``, ``config``, ``trim``), ``encrypt/<name>``,
``decrypt/<name>``, key type ``aes256-gcm96`` with ``associated_data``. Wrapped form: version (4 bytes, big endian) ‖
what the service returned behind ``vault:v<version>:``, decoded from base64.

Order of durable steps in ``destroy``: the least usable version is raised (``config``), then older ones are trimmed. A
crash in between leaves a version that nothing can use and that the next ``destroy`` trims.
"""

from typing import Protocol

import msgspec

from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.vault import coded
from tepati.vault.root import Grade


class Service(Protocol):
    """The way to the service; ``path`` is below the engine's mount."""

    def ask(self, method: str, path: str, body: dict[str, str | int] | None = None) -> tuple[int, bytes]:
        """Return the status and body of an answer. Raises Unavailable, Misconfigured."""


class _Key(msgspec.Struct):
    """What the service says of a key."""

    type: str
    latest_version: int
    min_decryption_version: int = 1
    min_available_version: int = 0
    exportable: bool = False
    allow_plaintext_backup: bool = False


class _Read(msgspec.Struct):
    data: _Key


class _Said(msgspec.Struct):
    data: dict[str, object]


class TransitRoot:
    """A root in a key service. Raises Misconfigured (no such key, of another type, exportable), Unavailable.

    Its grade is *overwritten, media unknown*: what is trimmed may stand in snapshots of the service's own storage.
    """

    grade = Grade("overwritten")

    def __init__(self, service: Service, name: str, *, create: bool = False) -> None:
        self._service, self._name = service, name
        if create:
            self._post(f"keys/{name}", {"type": "aes256-gcm96"})  # of a key that is there nothing changes
        found = self._key()
        if found.type != "aes256-gcm96":
            raise Misconfigured("root_form", wanted="aes256-gcm96")
        if found.exportable or found.allow_plaintext_backup:
            raise Misconfigured("root_exportable", version=found.latest_version)

    @property
    def version(self) -> int:
        return self._key().latest_version

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        version = self.version
        head = version.to_bytes(4)
        asked: dict[str, str | int] = {"plaintext": coded.text(plain), "associated_data": coded.text(head + aad)}
        asked["key_version"] = version
        said = str(self._post(f"encrypt/{self._name}", asked).get("ciphertext", ""))
        mark = f"vault:v{version}:"
        if not said.startswith(mark):
            raise Unavailable("root_unreachable")
        return head + coded.raw(said.removeprefix(mark))

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        version = int.from_bytes(wrapped[:4])
        key = self._key()
        if not max(key.min_decryption_version, key.min_available_version) <= version <= key.latest_version:
            raise Misconfigured("root_version", version=version)
        asked: dict[str, str | int] = {
            "ciphertext": f"vault:v{version}:{coded.text(wrapped[4:])}",
            "associated_data": coded.text(wrapped[:4] + aad),
        }  # fmt: skip
        status, body = self._service.ask("POST", f"decrypt/{self._name}", asked)
        if status == 400:
            raise Tampered("keystore_entry")
        return coded.raw(str(_said(status, body).get("plaintext", "")))

    def rotate(self) -> int:
        before = self.version
        self._post(f"keys/{self._name}/rotate", {})
        after = self.version
        if after <= before:
            raise Unavailable("root_unreachable")
        return after

    def destroy(self, version: int) -> Grade:
        """Trim a version and all before it, and read back that they are gone. Raises Misconfigured, Unavailable."""
        if version >= self.version:
            raise Misconfigured("root_newest", version=version)
        least = version + 1
        self._post(f"keys/{self._name}/config", {"min_decryption_version": least, "min_encryption_version": least})
        self._post(f"keys/{self._name}/trim", {"min_available_version": least})
        if self._key().min_available_version < least:
            raise Unavailable("root_unreachable")
        return self.grade

    def fates(self) -> dict[int, Grade | None]:
        key = self._key()
        return dict.fromkeys(range(max(key.min_decryption_version, key.min_available_version, 1), key.latest_version))

    def _key(self) -> _Key:
        status, body = self._service.ask("GET", f"keys/{self._name}")
        if status == 404:
            raise Misconfigured("root_missing")
        if status != 200:
            raise _fault(status)
        try:
            return msgspec.json.decode(body, type=_Read).data
        except msgspec.MsgspecError:
            pass
        raise Unavailable("root_unreachable")

    def _post(self, path: str, asked: dict[str, str | int]) -> dict[str, object]:
        return _said(*self._service.ask("POST", path, asked))


def _said(status: int, body: bytes) -> dict[str, object]:
    """Read an answer. Raises what ``_fault`` says, Unavailable for one that cannot be read."""
    if status not in {200, 204}:
        raise _fault(status)
    try:
        return msgspec.json.decode(body, type=_Said).data if status == 200 and body else {}
    except msgspec.MsgspecError:
        pass
    raise Unavailable("root_unreachable")


def _fault(status: int) -> Misconfigured | Unavailable:
    """Say what a status means: 403 is a token that may not, all others are a service that cannot now."""
    return Misconfigured("root_refused") if status in {401, 403} else Unavailable("root_unreachable")
