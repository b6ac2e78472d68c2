"""A2: a table is judged whole: each fault by row and column, as a spreadsheet counts, and no fault says the value."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import BadInput
from tepati.notice import vocabulary
from tepati.notice.checks.entry import _NO_COLUMN
from tepati.notice.model import Field, Point
from tepati.rules import tables
from tepati.rules.tables import FAULTS, Column, fits, read, write

PRODUCT, PRICE, NOTE = "catalogue.product", "catalogue.price", "catalogue.note"
COLUMNS = (
    Column(PRODUCT, Field(type="text"), ("Produk",)),
    Column(PRICE, Field(type="money"), ("Harga",)),
    Column(NOTE, Field(type="number", optional=True)),
)
SECRET = "rahasia-4711"


def faults(raw: bytes, most: int = 100) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        read(raw, COLUMNS, most)
    assert SECRET not in f"{caught.value} {caught.value.faults} {caught.value.values}"
    return dict(caught.value.faults)


@pytest.mark.parametrize(
    "raw",
    [
        b"product,price\nKopi,25000\n", b"\xef\xbb\xbfproduct;price\r\nKopi;25.000\r\n", b"Harga,PRODUK\n25000,Kopi",
        b"catalogue.product,price,note\nKopi,Rp25.000,\n\n,,\n", b'"product","price"\r"Kopi","25000"\r',
    ],
)  # fmt: skip
def test_a_table_is_read_however_a_spreadsheet_wrote_it(raw):
    found = read(raw, COLUMNS, 10)
    assert (found.rows, dict(found.columns)) == (1, {PRODUCT: ["Kopi"], PRICE: ["25000 IDR"], NOTE: [""]})


def test_a_bad_row_40_000_is_named_by_row_and_column_without_its_value():
    rows = ["product,price", *(f"Kopi {n},{n}" for n in range(2, 50_001))]
    rows[40_000 - 1] = f"Kopi,{SECRET}"
    rows[40_001 - 1] = f'"dua\nbaris",{SECRET}'
    rows[40_002 - 1] = f"{SECRET},1,2"
    assert faults("\n".join(rows).encode(), 50_000) == {
        f"40000.{PRICE}": "not_money", f"40001.{PRICE}": "not_money", "40002.": "row_length",
    }  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", "+62", "-1", "@x", "\tx", "\rx", " =1", "＝1", "  @SUM(A1)", "\n=1"])
def test_what_a_spreadsheet_would_run_is_refused_as_text_and_a_figure_keeps_its_sign(cell):
    out = io.StringIO()
    csv.writer(out).writerows([["product", "price", "note"], [cell, "1", "-2"]])
    assert faults(out.getvalue().encode()) == {f"2.{PRODUCT}": "formula"}
    assert read(b"product,price,note\nKopi,1,-2\n", COLUMNS, 5).columns[NOTE] == ["-2"]
    assert faults(b"product,price,note\nKopi,1,-2+cmd\n") == {f"2.{NOTE}": "not_number"}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("product,price\nKopi,1\nT\xe9,2\n".encode("latin-1"), {"3.": "not_utf8"}),
        ("product,price\nT\xe9,1\n".encode() + "T\xe9,2\n".encode("latin-1"), {"3.": "not_utf8"}),  # mixed
        (b'product,price\n"a\nb",1\n\xff,2\n', {"3.": "not_utf8"}),
        ("product,price\nKopi,1\n".encode("utf-16"), {"1.": "utf_16"}),
        (b'product,price\nKopi,1\n"x,2\nTeh,3\n', {"3.": "csv_broken"}),
        (b'product,price\n"Kopi"s,1\n', {"2.": "csv_broken"}),
        (b"product,price\n" + b"x" * 200_000 + b",1\n", {"2.": "csv_broken"}),
        (b"product,price\nK\x00opi,1\n", {f"2.{PRODUCT}": "control_character"}),
        (b"product,price\n,\n", {"2.": "table_empty"}),
        (b"product,price\n,1\n", {f"2.{PRODUCT}": "missing"}),
        (b"product\nKopi\n", {f"1.{PRICE}": "column_missing"}),
        (b"product,price,product\nKopi,1,Teh\n", {"1.C": "column_twice"}),
        (b"", {f"1.{PRODUCT}": "column_missing", f"1.{PRICE}": "column_missing"}),
    ],
)
def test_other_encodings_and_broken_files_are_told_with_their_row(raw, found):
    assert faults(raw) == found


def test_a_heading_that_nobody_declared_is_named_by_its_letter_with_the_nearest_that_is():
    with pytest.raises(BadInput) as caught:
        read(f"product,prize,{SECRET}\nKopi,1,2\n".encode(), COLUMNS, 10)
    assert dict(caught.value.faults) == {
        "1.B": "unknown_column",
        "1.C": "unknown_column",
        f"1.{PRICE}": "column_missing",
    }
    assert caught.value.values["near"] == f"B={PRICE}"
    assert SECRET not in str(caught.value)


def test_no_more_rows_than_declared_and_no_more_faults_than_anybody_reads():
    two = b"product,price\nKopi,1\nTeh,2\n"
    assert read(two, COLUMNS, 2).rows == 2
    assert faults(two, 1) == {"3.": "too_many_rows"}
    assert len(faults(b"product,price\n" + b"=x,y\n" * 500, 1000)) == FAULTS
    assert len(faults(b"a," * 5000 + b"b\n")) <= FAULTS + len(COLUMNS)
    assert tables._letter(0) + tables._letter(25) + tables._letter(26) + tables._letter(702) == "AZAAAAA"


@given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_what_is_written_out_runs_in_no_spreadsheet(rows):
    made = write({"a": [a for a, _ in rows], "b": [b for _, b in rows]}).removeprefix(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(made.decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_check_of_a_notice_and_the_door_agree_on_what_can_be_a_column():
    point = Point(channels=("upload",), who="merchant", collects=frozenset(), rows="all_or_nothing")
    for kind in vocabulary.FieldType.__args__:
        if kind != "unclear":
            assert fits(point, {"x.y": Field(type=kind)}) == (kind not in _NO_COLUMN), kind
    assert not fits(point, {"x.y": Field(type="text", identifies=True)})
