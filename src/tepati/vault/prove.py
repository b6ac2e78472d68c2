"""Room vault: the byte scan, which looks for marked values in whatever form a program may have left them.

Forms: UTF-8, UTF-16 of both orders, base64 and base64url at each of three offsets, hex, URL- and JSON-escaped; and all
of these inside zip, gzip and tar, nested. A form shorter than eight bytes is not looked for: chance would find it.

BUG: what a database compresses inside its own pages (PostgreSQL's TOAST) or a file system encrypts is not unpacked.
"""

import base64
import gzip
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

SHORTEST = 8
DEEPEST = 4  # archives inside archives
LARGEST = 1 << 30  # bytes of one unpacked member


@dataclass(frozen=True, slots=True)
class Found:
    """Where a marker lay: the file (and members inside it), the marker's number, its form, the byte offset."""

    place: str
    marker: int
    form: str
    offset: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan read and found; ``unread`` names archives that could not be unpacked."""

    files: int
    size: int
    found: tuple[Found, ...]
    unread: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Nothing was found, and nothing was left unread."""
        return not self.found and not self.unread


def forms(marker: str | bytes) -> dict[str, bytes]:
    """Return every form of a marker to look for, each once; bytes have no escaped or UTF-16 form."""
    raw = marker if isinstance(marker, bytes) else marker.encode()
    out = {"plain": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(), **_base64(raw)}
    if isinstance(marker, str):
        out |= {"utf-16-le": marker.encode("utf-16-le"), "utf-16-be": marker.encode("utf-16-be")}
        escaped = json.dumps(marker)[1:-1]
        out |= {
            "json": escaped.encode(),
            "json-slash": escaped.replace("/", "\\/").encode(),
            "url": quote(marker, safe="").encode(),
            "url-plus": quote_plus(marker, safe="").encode(),
            "url-lower": _lower(quote(marker, safe="")).encode(),
        }
    first: dict[bytes, str] = {}
    for name, form in out.items():
        first.setdefault(form, name)
    return {name: form for form, name in first.items() if len(form) >= SHORTEST}


def _lower(escaped: str) -> str:
    parts = escaped.split("%")
    return "%".join([parts[0], *(p[:2].lower() + p[2:] for p in parts[1:])])


def _base64(raw: bytes) -> dict[str, bytes]:
    """Encode at each offset a longer text may put the marker, without the characters its neighbours share."""
    out = {}
    for offset in range(3):
        head, tail = (0, 2, 3)[offset], (len(raw) + offset) % 3
        body = base64.b64encode(bytes(offset) + raw)
        body = body[head : len(body) - (0, 3, 2)[tail]]
        out[f"base64+{offset}"] = body
        out[f"base64url+{offset}"] = body.replace(b"+", b"-").replace(b"/", b"_")
    return out


def scan(files: Iterable[tuple[str, bytes]], markers: Iterable[str | bytes]) -> Scanned:
    """Search named contents, and all archives in them, for every form of every marker."""
    wanted = [forms(marker) for marker in markers]
    found: list[Found] = []
    unread: list[str] = []
    count = size = 0
    for name, data in files:
        count, size = count + 1, size + len(data)
        for place, part in _unpacked(name, data, 0, unread):
            found += [each for number, each_of in enumerate(wanted) for each in _search(place, part, number, each_of)]
    return Scanned(count, size, tuple(found), tuple(unread))


@dataclass(frozen=True, slots=True)
class Control:
    """How many planted forms the search was tried on, and the names of those that it did not see."""

    looked: int
    missed: tuple[str, ...]


def control(markers: Iterable[str]) -> Control:
    """Plant every form of every marker in the midst of other bytes, plain and inside a zip in a tar in a gzip.

    A search that finds nothing proves something only where it would have found this.
    """
    looked, missed = 0, list[str]()
    for marker in markers:
        for name, form in forms(marker).items():
            planted = b"\x00..{" + form + b"}..\xff"
            for place, raw in (("plain", planted), ("nested", _nested(planted))):
                looked += 1
                found = scan([("control", raw)], [marker]).found
                missed += [] if any(one.form == name for one in found) else [f"{name} {place}"]
    return Control(looked, tuple(missed))


def _nested(raw: bytes) -> bytes:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("member", raw)
    with tarfile.open(fileobj=outer, mode="w") as archive:
        named = tarfile.TarInfo("inner.zip")
        named.size = len(inner.getvalue())
        archive.addfile(named, io.BytesIO(inner.getvalue()))
    return gzip.compress(outer.getvalue())


def _search(place: str, data: bytes, number: int, wanted: Mapping[str, bytes]) -> Iterator[Found]:
    for form, needle in wanted.items():
        offset = data.find(needle)
        if offset >= 0:
            yield Found(place, number, form, offset)


def _unpacked(name: str, data: bytes, depth: int, unread: list[str]) -> Iterator[tuple[str, bytes]]:
    """Give the contents and, where they are an archive, its members'."""
    yield name, data
    opener = _opener(data)
    if opener is None:
        return
    if depth == DEEPEST:
        unread.append(name)
        return
    try:
        for member, body in opener(data):
            yield from _unpacked(f"{name}!{member}", body, depth + 1, unread)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError, ValueError):
        unread.append(name)


def _opener(data: bytes) -> "type[_Gzip | _Zip | _Tar] | None":
    if data[:2] == b"\x1f\x8b":
        return _Gzip
    if data[:4] == b"PK\x03\x04":
        return _Zip
    return _Tar if data[257:262] == b"ustar" else None


class _Gzip:
    """The one member of a gzip file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        with gzip.GzipFile(fileobj=io.BytesIO(self._data)) as file:
            yield "gz", _bounded(file.read(LARGEST + 1))


class _Zip:
    """The members of a zip file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        with zipfile.ZipFile(io.BytesIO(self._data)) as file:
            for member in file.infolist():
                with file.open(member) as body:
                    yield member.filename, _bounded(body.read(LARGEST + 1))


class _Tar:
    """The members of a tar file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        with tarfile.open(fileobj=io.BytesIO(self._data)) as file:
            for member in file:
                body = file.extractfile(member)
                yield member.name, _bounded(body.read(LARGEST + 1)) if body else b""


def _bounded(body: bytes) -> bytes:
    if len(body) > LARGEST:
        raise ValueError("larger than is unpacked")
    return body
