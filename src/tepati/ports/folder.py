"""Room ports: a folder of files named by short paths, each written whole and durable or not at all."""

import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tepati.errors import Misconfigured, Unavailable

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # no "..", nothing hidden, nothing absolute
_LIMIT = 1 << 25  # bytes: a bundle of 256 entries of 64 kB is half of that
_PATIENCE = 20  # seconds


class Folder:
    """Reads and writes below one directory. A write returns when file and directory are on disk."""

    def __init__(self, place: Path, mode: int = 0o644) -> None:
        self.place = place
        self._mode = mode

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None where there is none."""
        path = self._path(name)
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, data: bytes) -> None:
        """Write a file: beside it, fsync, rename, fsync of its directory. A crash leaves the old one or the new."""
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{path.name}.new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._mode), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            _fsync(path.parent)
        except OSError as fault:
            raise Unavailable("folder", what=type(fault).__name__) from fault

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if not all(_PART.fullmatch(part) for part in parts):
            raise Misconfigured("folder_name")
        return self.place.joinpath(*parts)


def _fsync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def contents(place: str) -> bytes:
    """Return the bytes of a file that somebody named on the command line. Raises Unavailable."""
    try:
        return Path(place).read_bytes()
    except OSError as fault:
        raise Unavailable("folder", what=type(fault).__name__) from fault


def reader(place: str) -> Callable[[str], bytes | None]:
    """Return how to read files by name below a directory or an address: ``https``, or ``http`` on this host only."""
    if "://" in place:
        return lambda name: _fetched(f"{web(place).rstrip('/')}/{name}")
    return Folder(Path(place)).read


def web(address: str) -> str:
    """Return an address that may be asked. Raises Misconfigured for all but https, and http on this host."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}):
        return address
    raise Misconfigured("folder_name")


def _fetched(address: str) -> bytes | None:
    try:
        with urllib.request.urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 - reader() allows http(s) only
            return bytes(answer.read(_LIMIT))
    except urllib.error.HTTPError as fault:
        if fault.code in {404, 410}:
            return None
        raise Unavailable("folder", what=str(fault.code)) from fault
    except OSError as fault:
        raise Unavailable("folder", what=type(fault).__name__) from fault
