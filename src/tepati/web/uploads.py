"""Room web: reads a form with a file as strictly as one without (RFC 7578): few fields, nothing twice, no file name.

What a file is called and what type it claims is never asked: the content decides (``rules.pictures``).
"""

from collections.abc import Collection

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from tepati.errors import BadInput
from tepati.web import forms
from tepati.web.forms import Form

BODY_LIMIT = 8 * 1024 * 1024  # bytes: a photo that is too large is told beside its field, a flood is turned away
KIND = "multipart/form-data"


def parse(body: bytes, content_type: str, files: Collection[str]) -> tuple[Form, dict[str, bytes]]:
    """Return the fields of a body and its files, of which ``files`` are the names. Raises BadInput (``form_...``)."""
    kind, options = parse_options_header(content_type)
    if kind != KIND:
        return forms.parse(body, content_type), {}
    form: Form = {}
    brought: dict[str, bytes] = {}
    for segment, raw in _segments(body, options.get("boundary", "")):
        name = segment.name or ""
        if segment.filename is None:
            forms.take(form, name, _text(raw))
        elif name not in files:
            raise BadInput("form_shape")
        elif name in brought:
            raise BadInput("form_twice")
        else:
            brought[name] = raw
    return form, {name: raw for name, raw in brought.items() if raw}  # no file chosen: an empty one is sent


def _segments(body: bytes, boundary: str) -> list[tuple[MultipartSegment, bytes]]:
    found: list[tuple[MultipartSegment, bytes]] = []
    fence = b"--" + boundary.encode("latin-1", "replace")
    if not body.startswith(fence) or not body.endswith((fence + b"--", fence + b"--\r\n")):
        raise BadInput("form_shape")  # RFC 2046 lets words stand before and behind; browsers write none
    try:
        with PushMultipartParser(
            boundary, content_length=len(body), max_segment_count=forms.FIELDS, max_segment_size=BODY_LIMIT,
            max_header_count=3, max_header_size=512, strict=True,
        ) as parser:  # fmt: skip
            part: MultipartSegment | None = None
            raw = bytearray()
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    part, raw = event, bytearray()
                elif event is not None:
                    raw += event
                elif part is not None:
                    found.append((part, bytes(raw)))
    except (MultipartError, ValueError):
        raise BadInput("form_shape") from None
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("form_spelling") from None
