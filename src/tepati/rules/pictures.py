"""Room rules: a picture is a JPEG or a PNG by its content, and keeps nothing but what shows it.

Nothing is decoded. What is told of a picture beside its image (place, time, camera, text, a preview of what was cut
away) and what stands behind its end (an archive, a script, a film) is left out; of EXIF the way it is turned stays.
Sources: ITU-T T.81 annex B (JPEG), EXIF 2.32 section 4.6.4 (orientation), W3C PNG third edition sections 5 and 11.
"""

import binascii
import re
import struct
import zlib
from collections.abc import Iterator

from tepati.errors import BadInput

LARGEST = 2_000_000  # bytes, as sent
POINTS = 60_000_000  # width times height: no viewer of ours is asked to unfold more
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the start of a frame, which tells its size
_LEFT_OUT = frozenset(range(0xE0, 0xF0)) | {0xFE}  # APPn and comments
_KNOWN = _FRAMES | _LEFT_OUT | {0xC4, 0xCC, 0xDA, 0xDB, 0xDD}  # with the tables that an image needs, and its scans
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what ends a scan: no stuffed byte, no restart, no fill
_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB"})
_EXIF, _TURNED = b"Exif\x00\x00", 0x0112


def stripped(raw: bytes) -> bytes:
    """Return the picture without all that does not show it; what it returned, it returns again.

    Raises BadInput: ``file_large``, ``not_picture`` (neither kind, cut short, or not as its kind is written),
    ``picture_large`` (more points than anybody needs).
    """
    if len(raw) > LARGEST:
        raise BadInput("file_large")
    try:
        if raw.startswith(_JPEG):
            return _jpeg(raw)
        if raw.startswith(_PNG):
            return _png(raw)
    except (struct.error, IndexError):
        pass  # it ends in the middle of something
    raise BadInput("not_picture")


def image(text: str) -> str:
    """Take a picture in strict base64 (RFC 4648), and give it back stripped. Raises BadInput."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise BadInput("not_file") from None
    return binascii.b2a_base64(stripped(raw), newline=False).decode("ascii")


def kind(raw: bytes) -> str:
    """Name the kind of a stripped picture as its ending: ``jpg`` or ``png``."""
    return "png" if raw.startswith(_PNG) else "jpg"


def _sized(width: int, height: int) -> None:
    if not width or not height:
        raise BadInput("not_picture")
    if width * height > POINTS:
        raise BadInput("picture_large")


# --- JPEG


def _jpeg(raw: bytes) -> bytes:
    kept, turned, framed, scanned = [b""], 0, False, False
    for marker, segment, scan in _segments(raw):
        if marker in _LEFT_OUT:
            turned = turned or (_turned(segment[2:]) if marker == 0xE1 else 0)
            continue
        if marker in _FRAMES:
            _sized(*struct.unpack_from(">HH", segment, 3))
            framed = True
        elif scan and not framed:
            raise BadInput("not_picture")
        scanned = scanned or bool(scan)
        kept.append(bytes((0xFF, marker)) + segment + scan)
    if not scanned:
        raise BadInput("not_picture")
    kept[0] = raw[:2] + _upright(turned)
    return b"".join(kept) + b"\xff\xd9"


def _segments(raw: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Give each segment up to the end of the image: its marker, its bytes with their length, and the scan behind it."""
    marker, at = _marker(raw, 2)
    while marker != 0xD9:
        (length,) = struct.unpack_from(">H", raw, at)
        segment, end = raw[at : at + length], at + length
        if marker not in _KNOWN or length < 2 or len(segment) < length:
            raise BadInput("not_picture")
        at = _scan(raw, end) if marker == 0xDA else end
        yield marker, segment, raw[end:at]
        marker, at = _marker(raw, at)


def _marker(raw: bytes, at: int) -> tuple[int, int]:
    """Read a marker, which any number of fill bytes may precede (T.81 B.1.1.2); return it and where it ends."""
    if raw[at] != 0xFF:
        raise BadInput("not_picture")
    while raw[at] == 0xFF:
        at += 1
    return raw[at], at + 1


def _scan(raw: bytes, at: int) -> int:
    found = _MARK.search(raw, at)
    if found is None:
        raise BadInput("not_picture")
    return found.start()


def _turned(exif: bytes) -> int:
    """Read how the camera was held (1 to 8), or 0: the one thing of EXIF without which a picture lies on its side."""
    if not exif.startswith(_EXIF):
        return 0
    tiff = exif[len(_EXIF) :]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 0
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        for n in range(min(entries, 64)):
            tag, form, count, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * n)
            if (tag, form, count) == (_TURNED, 3, 1):
                return value if 1 <= value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _upright(turned: int) -> bytes:
    """Write a segment that says how the picture is turned, and nothing else; none where it stands upright."""
    if turned < 2:
        return b""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _TURNED, 3, 1, turned, 0, 0)
    body = _EXIF + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


# --- PNG


def _png(raw: bytes) -> bytes:
    kept, at, seen, filled = [_PNG], len(_PNG), b"", False
    while seen != b"IEND":
        length, seen_now = struct.unpack_from(">I4s", raw, at)
        chunk = raw[at : at + 12 + length]
        _whole(chunk, length)
        if (not seen) != (seen_now == b"IHDR"):
            raise BadInput("not_picture")
        if seen_now == b"IHDR":
            _sized(*struct.unpack_from(">II", chunk, 8))
        if seen_now in _CHUNKS:
            kept.append(chunk)
        elif not seen_now[0] & 0x20:  # critical, and nobody we know (PNG section 5.4)
            raise BadInput("not_picture")
        filled, seen, at = filled or seen_now == b"IDAT", seen_now, at + len(chunk)
    if not filled:
        raise BadInput("not_picture")
    return b"".join(kept)


def _whole(chunk: bytes, length: int) -> None:
    if len(chunk) < 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
        raise BadInput("not_picture")
