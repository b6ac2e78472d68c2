"""The press sets what a company wrote as text, whatever it looks like, and reads nothing but its template."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tepati.notice.document import document
from tepati.notice.load import load
from tepati.ports.press import pdf

BARBER = load((Path(__file__).parents[1] / "notice" / "drafts" / "barber.yaml").read_bytes())
PLAIN = document(BARBER.sound(), "id")


@pytest.mark.parametrize(
    "text",
    ["#panic()", '#read("/etc/passwd")', '#import "@preview/x:1.0.0": *', "$ x $ _a_ *b* `c` @d <e> \\ // f", "= A"],
)  # fmt: skip
def test_text_is_never_markup(text: str) -> None:
    assert pdf(replace(PLAIN, title=text, organisation=text), bytes(32)).startswith(b"%PDF")


def test_another_text_is_another_file() -> None:
    assert pdf(PLAIN, bytes(32)) != pdf(replace(PLAIN, organisation="Pangkas Lain"), bytes(32))
