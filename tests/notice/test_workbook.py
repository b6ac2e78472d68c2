"""Workbooks for spreadsheets: every cell is a text, whatever stands in it, and the file is one that programs take."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tepati.cli import record as command
from tepati.notice.sheet import UNSAFE
from tepati.notice.workbook import MOST, workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOME = Path(__file__).parents[2] / "examples/home-cleaning/notice.yaml"


def parts(body: bytes) -> dict[str, ET.Element]:
    with zipfile.ZipFile(io.BytesIO(body)) as whole:
        assert whole.testzip() is None
        return {name: ET.fromstring(whole.read(name)) for name in whole.namelist()}


def cells(body: bytes, sheet: int = 1) -> list[list[str]]:
    """Read the texts of a sheet."""
    rows = parts(body)[f"xl/worksheets/sheet{sheet}.xml"].iter(f"{MAIN}row")
    return [["".join(text.text or "" for text in cell.iter(f"{MAIN}t")) for cell in row] for row in rows]


@pytest.mark.parametrize("first", sorted(UNSAFE))
def test_what_looks_like_a_formula_is_a_quoted_text(first):
    """Neither a formula nor one after somebody edits the cell (OWASP, CSV injection)."""
    made = workbook([("T", [("head",), (f'{first}HYPERLINK("https://evil.example")',), ("plain",)])])
    sheet, styles = (parts(made)[f"xl/{name}.xml"] for name in ("worksheets/sheet1", "styles"))
    assert not list(sheet.iter(f"{MAIN}f"))
    assert {cell.get("t") for cell in sheet.iter(f"{MAIN}c")} == {"inlineStr"}
    quoted = [one.get("quotePrefix") for one in styles.find(f"{MAIN}cellXfs")]
    assert [quoted[int(cell.get("s"))] for cell in sheet.iter(f"{MAIN}c")] == [None, "1", None]


def test_texts_come_back_as_they_were_and_what_no_file_can_hold_is_replaced():
    said = [("a & b", "<c>", '"d"', " e ", "two\nlines"),
            ("_x0041_", "\x0b\x00\ufffe", "\U0001f512", "", "x" * (MOST + 9))]  # fmt: skip
    head, got = ("1", "2", "3", "4", "5"), cells(workbook([("T", [("1", "2", "3", "4", "5"), *said])]))
    assert got[:2] == [list(head), list(said[0])]
    assert got[2][1:] == ["\ufffd" * 3, "\U0001f512", "", "x" * MOST]
    assert got[2][0] == "_x005F_x0041_"  # which spreadsheets read as _x0041_


def test_sheets_have_titles_a_program_takes_and_the_bytes_depend_on_nothing_else():
    sheets = [("[Rekaman]: satu/dua? " + "x" * 40, [("a",), ("b",)]), ("<&>", [("c",)])]
    made = workbook(sheets)
    assert made == workbook(sheets)
    names = [one.get("name") for one in parts(made)["xl/workbook.xml"].iter(f"{MAIN}sheet")]
    assert names[0].startswith("Rekaman")
    assert not any(len(name) > 31 or set(name) & set("[]:*?/\\") for name in names)
    assert names[1] == "<&>"
    assert cells(made, 2) == [["c"]]


def test_the_record_comes_as_a_workbook(tmp_path, capfdbinary):
    import argparse

    path = tmp_path / "notice.yaml"
    source = HOME.read_text("utf-8").replace("label: {id: menyelesaikan pesanan,", "label: {id: =cmd(),")
    path.write_text(source, "utf-8")
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    args = parser.parse_args(["record", str(path), "--to", "xlsx"])
    assert args.run(args) == 0
    table = cells(capfdbinary.readouterr().out)
    assert "=cmd()" in [row[0] for row in table]
    assert len({len(row) for row in table}) == 1
