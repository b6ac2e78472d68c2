"""Room notice: tables as a workbook for spreadsheets (Office Open XML, ECMA-376). Pure; every cell is a text.

A cell that looks like a formula is marked as quoted, so that it stays a text when somebody edits it too. The bytes
depend on nothing but what is in the tables. docs/decisions/0060-a-workbook-of-our-own.md.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from importlib.resources import files
from xml.sax.saxutils import escape

from tepati.notice.sheet import UNSAFE

Row = tuple[str, ...]
MOST = 32_767  # characters a cell holds
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_UNTYPED = re.compile("[^\t\n\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 has no such characters
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # _x0041_ would be read as A
_PLAIN, _HEAD, _QUOTED = 0, 1, 2  # cell formats of workbook.xml


def workbook(sheets: Sequence[tuple[str, Iterable[Row]]]) -> bytes:
    """Write titled tables, each a head and its rows, as the bytes of an ``.xlsx`` file."""
    numbered = list(enumerate(sheets, 1))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": _part(
            "Types", f"{_PACKAGE}/content-types",
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>',
            f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>',
            *(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
              for n, _ in numbered),
        ),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": _part(
            "workbook", _MAIN,
            "<sheets>", *(f'<sheet name="{_title(t)}" sheetId="{n}" r:id="rId{n}"/>' for n, (t, _) in numbered),
            "</sheets>",
        ),
        "xl/_rels/workbook.xml.rels": _relations(
            *(("worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered), ("styles", "styles.xml")
        ),
        "xl/styles.xml": files("tepati.notice").joinpath("workbook.xml").read_text("utf-8"),
        **{f"xl/worksheets/sheet{n}.xml": _sheet(list(rows)) for n, (_, rows) in numbered},
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, body in parts.items():
            whole.writestr(zipfile.ZipInfo(name), body.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _part(root: str, space: str, *inner: str) -> str:
    linked = f' xmlns:r="{_OFFICE}"' if space == _MAIN else ""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}\n<{root} xmlns="{space}"{linked}>{"".join(inner)}</{root}>'


def _relations(*targets: tuple[str, str]) -> str:
    listed = (
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return _part("Relationships", f"{_PACKAGE}/relationships", *listed)


def _title(text: str) -> str:
    return escape(re.sub(r"[\[\]:*?/\\]", " ", text)[:31].strip("' "), {'"': "&quot;"})


def _sheet(rows: list[Row]) -> str:
    """Write one table: its head stays in sight, columns are wide enough to read, a printed page is as wide as it."""
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    wide = f'<cols><col min="1" max="{max(map(len, rows), default=1)}" width="32" customWidth="1"/></cols>'
    told = (_row(n, row) for n, row in enumerate(rows, 1))
    return _part(
        "worksheet", _MAIN, '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>',
        f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>', wide,
        "<sheetData>", *told, "</sheetData>", '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
    )  # fmt: skip


def _row(number: int, cells: Row) -> str:
    return f'<row r="{number}">{"".join(_cell(text, head=number == 1) for text in cells)}</row>'


def _cell(text: str, *, head: bool) -> str:
    style = _HEAD if head else _QUOTED if text.startswith(tuple(UNSAFE)) else _PLAIN
    said = escape(_CODED.sub("_x005F_", _UNTYPED.sub("\ufffd", text)[:MOST]))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>'
