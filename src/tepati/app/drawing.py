"""Composition root: a picture for the demonstration, drawn here: a card with a face and lines, of nobody (PNG)."""

import struct
import zlib

WIDE, HIGH = 320, 200
PAPER, INK, FACE = b"\xdd\xe8\xee", b"\x7a\x8b\x99", b"\xb9\xa7\x94"


def drawn() -> bytes:
    """Draw it: eight bits for each of red, green and blue (PNG 1.2)."""
    rows = b"".join(b"\x00" + b"".join(_at(x, y) for x in range(WIDE)) for y in range(HIGH))
    head = struct.pack(">IIBBBBB", WIDE, HIGH, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _at(x: int, y: int) -> bytes:
    if (x - 250) ** 2 + (y - 80) ** 2 < 1_200 or (x - 250) ** 2 + 2 * (y - 160) ** 2 < 2_600:
        return FACE
    line = 20 <= x < 190 - 30 * (y // 24 % 2) and y % 24 < 8 and 40 <= y < 170
    return INK if line else PAPER


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
