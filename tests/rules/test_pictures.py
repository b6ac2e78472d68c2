"""A photo keeps what shows it: no place, no camera, no second file behind its end; nothing else enters."""

import base64
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.errors import BadInput
from tepati.rules.pictures import LARGEST, kind, stripped
from tepati.rules.types import clean

SECRET = b"GPS -6.4025 106.7942"


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(turned: int, order: str = "<") -> bytes:
    mark = {"<": b"II", ">": b"MM"}[order]
    tiff = struct.pack(f"{order}2sHIHHHIHH", mark, 42, 8, 1, 0x0112, 3, 1, turned, 0)
    return segment(0xE1, b"Exif\x00\x00" + tiff + struct.pack(f"{order}I", 0) + SECRET)


def jpeg(*before: bytes, size: tuple[int, int] = (8, 8), scan: bytes = b"\x12\xff\x00\x34\xff\xd0\x56") -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, size[1], size[0], 1) + b"\x01\x11\x00")
    tables = segment(0xDB, bytes(65)) + segment(0xC4, bytes(17))
    return (
        b"\xff\xd8"
        + b"".join(before)
        + tables
        + frame
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + scan
        + b"\xff\xd9"
    )


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*beside: bytes, size: tuple[int, int] = (1, 1), head: bytes = b"") -> bytes:
    ihdr = head or chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + ihdr + b"".join(beside) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


JFIF = segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")
TOLD = (
    JFIF,
    exif(1),
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
    segment(0xED, SECRET),
    segment(0xFE, SECRET),
)
TEXTS = (chunk(b"tEXt", b"Comment\0" + SECRET), chunk(b"eXIf", SECRET), chunk(b"iTXt", SECRET), chunk(b"prVt", SECRET))


@pytest.mark.parametrize("raw", [jpeg(*TOLD), png(*TEXTS)], ids=["jpeg", "png"])
def test_what_is_told_beside_the_image_is_left_out(raw):
    """Place, camera, comment, preview: gone; the image itself stays as it was, byte for byte."""
    assert SECRET in raw
    assert SECRET not in stripped(raw)
    assert stripped(raw) == (jpeg() if raw.startswith(b"\xff") else png())


@pytest.mark.parametrize("raw", [jpeg(), png()], ids=["jpeg", "png"])
@pytest.mark.parametrize("tail", [b"PK\x03\x04archive", b"<script>alert(1)</script>", b"\xff\xd8\xff second picture"])
def test_nothing_stands_behind_the_end(raw, tail):
    """An archive or a page glued to a picture is no part of it."""
    assert stripped(raw + tail) == raw


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turned", [3, 6, 8])
def test_a_photo_stays_as_it_was_turned(turned, order):
    """Of EXIF one number stays: without it a photo taken upright lies on its side."""
    kept = stripped(jpeg(exif(turned, order)))
    assert SECRET not in kept
    assert len(kept) == len(jpeg()) + 36
    assert stripped(kept) == kept
    assert kept == stripped(jpeg(exif(turned, ">" if order == "<" else "<")))


@pytest.mark.parametrize("turned", [0, 1, 9, 65535])
def test_an_upright_or_absurd_turn_says_nothing(turned):
    assert stripped(jpeg(exif(turned))) == jpeg()


NO_PICTURE = {
    "nothing": b"",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a drawing that runs": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a gif": b"GIF89a" + bytes(40),
    "an archive": b"PK\x03\x04" + bytes(40),
    "a script that begins as a picture": b"\xff\xd8\xff<script>",
    "a page named as a picture": b"\x89PNG\r\n\x1a\n<html>",
    "a jpeg cut short": jpeg()[:-2],
    "a jpeg without image": b"\xff\xd8" + JFIF + b"\xff\xd9",
    "a scan without a frame": b"\xff\xd8" + segment(0xDA, bytes(6)) + b"\x01\xff\xd9",
    "a segment longer than the file": b"\xff\xd8\xff\xe0\xff\xff" + bytes(20),
    "a segment shorter than its length": b"\xff\xd8\xff\xe0\x00\x00" + bytes(20),
    "a marker nobody knows": jpeg(segment(0x02, b"x")),
    "a jpeg without height": jpeg(size=(8, 0)),
    "a png cut short": png()[:-4],
    "a png whose bytes were changed": png().replace(b"IDAT", b"IDAT"[:3] + b"U"),
    "a png whose sum is wrong": png()[:-1] + b"\0",
    "a png without head": b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
    "a png with two heads": png(chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))),
    "a png without image": png().partition(b"\0\0\0\n")[0][:33] + chunk(b"IEND", b""),
    "a png with a critical chunk nobody knows": png(chunk(b"EVIL", b"x")),
    "a png whose head is cut": png(head=chunk(b"IHDR", b"\0\0")),
}  # fmt: skip


@pytest.mark.parametrize("raw", NO_PICTURE.values(), ids=NO_PICTURE)
def test_what_is_no_picture_does_not_enter(raw):
    """The content decides: neither a name nor a declared type is asked."""
    with pytest.raises(BadInput, match="not_picture"):
        stripped(raw)


@pytest.mark.parametrize("raw", [jpeg(size=(65535, 65535)), png(size=(100_000, 100_000))], ids=["jpeg", "png"])
def test_a_bomb_is_not_kept(raw):
    """A few bytes that unfold to gigabytes in whoever opens them."""
    with pytest.raises(BadInput, match="picture_large"):
        stripped(raw)


def test_too_many_bytes_are_not_looked_at():
    with pytest.raises(BadInput, match="file_large"):
        stripped(jpeg(scan=b"\x01" * LARGEST))


def test_the_type_of_the_language_takes_pictures_only():
    """Wherever an image enters, by form or by program, it is stripped."""
    given_ = base64.b64encode(jpeg(*TOLD)).decode()
    assert base64.b64decode(clean("image", given_)) == jpeg()
    assert clean("image", clean("image", given_)) == clean("image", given_)
    for raw in ("PGh0bWw+", "%%%"):
        with pytest.raises(BadInput):
            clean("image", raw)
    assert (kind(jpeg()), kind(png())) == ("jpg", "png")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([jpeg(*TOLD), png(*TEXTS), jpeg(exif(6))]), st.data())
def test_a_broken_picture_is_refused_or_clean(raw, data):
    """Whatever is changed, cut or put in: a refusal, or a picture that stays the same when stripped again."""
    at = data.draw(st.integers(0, len(raw)))
    cut = data.draw(st.integers(0, 8))
    broken = raw[:at] + data.draw(st.binary(max_size=12)) + raw[at + cut :]
    try:
        kept = stripped(broken)
    except BadInput:
        return
    assert stripped(kept) == kept
