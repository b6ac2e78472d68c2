"""Room ports: a notice as PDF, set by Typst (an extra). It reads one template of ours and fetches nothing."""

import datetime as dt
from importlib.resources import as_file, files
from importlib.util import find_spec
from typing import Final

import msgspec

from tepati.errors import Misconfigured
from tepati.notice.document import Document
from tepati.notice.words import words

STANDARDS: Final = ("a-2a", "ua-1")  # kept for decades (ISO 19005-2), and read aloud (ISO 14289-1)
SHOWN = 16  # characters of the digest at the foot of a page


def at_hand() -> bool:
    """Tell whether the extra is installed."""
    return find_spec("typst") is not None


def pdf(document: Document, digest: bytes) -> bytes:
    """Set a notice on A4 pages; the same notice gives the same bytes. ``digest``: SHA-256 of its file, at the foot.

    Takes some tenths of a second of CPU. Raises Misconfigured where the extra is not installed.
    """
    if not at_hand():
        raise Misconfigured("pdf_extra", extra="pdf")
    import typst  # noqa: PLC0415 - an extra

    say = words(document.lang, "notice").say
    foot = say("doc.foot", organisation=document.organisation, said=document.subtitle, digest=digest.hex()[:SHOWN])
    day = dt.datetime.combine(document.effective, dt.time(), dt.UTC)
    inputs = {
        "document": msgspec.json.encode(document).decode(),
        "says": msgspec.json.encode({"footer": foot}).decode(),
    }
    with as_file(files("tepati.ports").joinpath("notice.typ")) as template:
        return typst.compile(
            str(template), root=str(template.parent), ignore_system_fonts=True, format="pdf", sys_inputs=inputs,
            pdf_standards=list(STANDARDS), timestamp=day,
        )  # fmt: skip
