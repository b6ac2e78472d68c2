"""Room vault: the root key, which wraps everything in the key store and lives apart from the data.

The file is 0600; a version's key is destroyed by overwriting the file in place, and the grade says honestly what that
is worth: a file system or a disk may keep what was overwritten.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Misconfigured, Tampered

_LINE = re.compile(rb"[1-9][0-9]{0,8} +[0-9A-Fa-f]{64}")
Random = Callable[[int], bytes]


class Grade(msgspec.Struct, frozen=True):
    """What the destruction of a key is worth: ``until`` (microseconds) is given only where it is scheduled."""

    kind: Literal["attested", "scheduled", "overwritten"]
    until: int = 0

    def words(self) -> str:
        """Return the grade as the certificate's code."""
        return {"attested": "attested", "scheduled": "scheduled until", "overwritten": "overwritten, media unknown"}[
            self.kind
        ]


class Root(Protocol):
    """A provider of the root: a file, the environment, a key service. Versions count from 1."""

    @property
    def version(self) -> int: ...

    @property
    def grade(self) -> Grade: ...

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        """Wrap under the newest version."""

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap what any living version wrapped. Raises Tampered, Misconfigured when that version is gone."""

    def rotate(self) -> int:
        """Make a new version and return its number; older ones unwrap until destroyed."""

    def destroy(self, version: int) -> Grade:
        """Destroy a version's key and return what that is worth."""


class _Keys:
    """Root keys in memory. Wrapped form: version (4 bytes, big endian) ‖ nonce (12) ‖ ciphertext and tag."""

    def __init__(self, keys: dict[int, bytes], random: Random) -> None:
        self._keys = keys
        self._random = random

    @property
    def version(self) -> int:
        return max(self._keys)

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        head, nonce = self.version.to_bytes(4), self._random(12)
        return head + nonce + AESGCM(self._keys[self.version]).encrypt(nonce, plain, head + aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        key = self._keys.get(int.from_bytes(wrapped[:4]))
        if key is None:
            raise Misconfigured("root_version", version=int.from_bytes(wrapped[:4]))
        try:
            return AESGCM(key).decrypt(wrapped[4:16], wrapped[16:], wrapped[:4] + aad)
        except InvalidTag:
            pass
        raise Tampered("keystore_entry")


class EnvRoot(_Keys):
    """A root given as 64 hex digits by the operator (an environment variable, read in ``app.py``)."""

    grade = Grade("overwritten")

    def __init__(self, given: str, random: Random) -> None:
        try:
            key = bytes.fromhex(given.strip())
        except ValueError:
            key = b""
        if len(key) != 32:
            raise Misconfigured("root_form", wanted="64 hex digits")
        super().__init__({1: key}, random)

    def rotate(self) -> int:
        raise Misconfigured("root_fixed", mend="a root from the environment is changed there")

    def destroy(self, version: int) -> Grade:
        raise Misconfigured("root_fixed", version=version)


class FileRoot(_Keys):
    """A root in a file of mode 0600, one line a version: ``<version> <64 hex digits>``.

    Lines never move: a new version is appended, a destroyed one is overwritten where it stands, so that no crash in
    between leaves the file without a version that something is wrapped by.
    """

    grade = Grade("overwritten")

    def __init__(self, path: Path, random: Random, *, create: bool = False) -> None:
        self._path = path
        if create and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _put(path, 0, _line(1, random(32)))
        super().__init__(_read(path), random)

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        """Wrap under the file's newest version: another process may have rotated, and destroyed the one we knew."""
        self._keys = _read(self._path)
        return super().wrap(plain, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        if int.from_bytes(wrapped[:4]) not in self._keys:
            self._keys = _read(self._path)
        return super().unwrap(wrapped, aad)

    def rotate(self) -> int:
        self._keys = _read(self._path)
        after, key = self.version + 1, self._random(32)
        body = self._path.read_bytes()
        _put(self._path, len(body), (b"" if body.endswith(b"\n") else b"\n") + _line(after, key))
        self._keys[after] = key
        return after

    def destroy(self, version: int) -> Grade:
        if version == self.version:
            raise Misconfigured("root_newest", version=version)
        key = self._keys.pop(version, None)
        if key is not None:
            at = self._path.read_bytes().lower().index(key.hex().encode()) - len(f"{version} ")
            _put(self._path, at, b"\n" * len(_line(version, key)))
        return self.grade


def _line(version: int, key: bytes) -> bytes:
    return f"{version} {key.hex()}\n".encode()


def _read(path: Path) -> dict[int, bytes]:
    try:
        mode, raw = path.stat().st_mode & 0o077, path.read_bytes()
    except OSError:
        raise Misconfigured("root_missing", mend="the root key file is not there or not readable") from None
    if mode:
        raise Misconfigured("root_mode", mend="chmod 600 the root key file")
    lines = [line.strip() for line in raw.split(b"\n") if line.strip()]
    if not lines or not all(_LINE.fullmatch(line) for line in lines):
        raise Misconfigured("root_form", wanted=f"lines of a version and 64 hex digits, in {path}")
    pairs = (line.decode("ascii").split() for line in lines)
    return {int(number): bytes.fromhex(key) for number, key in pairs}


def _put(path: Path, at: int, raw: bytes) -> None:
    """Write bytes in place and fsync, never by rename: a rename would leave the old bytes in free blocks."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(file, raw, at)
        os.fsync(file)
    finally:
        os.close(file)
