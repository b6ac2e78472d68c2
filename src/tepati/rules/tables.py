"""Room rules: a table that somebody brings as a file (CSV, RFC 4180), judged whole: every cell of its type, or nothing.

1. UTF-8, with or without a byte order mark; cells parted by commas or semicolons; the first row names the columns.
2. Only columns of the point, each once, by name or label; what is not optional is there.
3. A cell that a spreadsheet would run is refused (OWASP, CSV injection); no cell spreads over what its type allows.
4. All faults up to ``FAULTS`` are told at once, by row and column as a spreadsheet counts them, and never the value.
"""

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tepati.errors import BadInput
from tepati.notice.finding import nearest
from tepati.notice.model import Field, Point
from tepati.notice.sheet import UNSAFE
from tepati.rules.taking import taken
from tepati.rules.types import element, indexed

FAULTS = 20  # told at once; the rest of the file is not looked at
HEADING = 64  # characters of a column's name that are compared
_MARK = b"\xef\xbb\xbf"
_SIGNED = frozenset({"number", "location"})  # they begin with a sign, and are no more than figures
_FORMULA = tuple(UNSAFE)


class Column(msgspec.Struct, frozen=True):
    """A declared column: the field (``category.field``) behind it, and what else a heading may call it."""

    path: str
    field: Field
    names: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True):
    """A table of which every cell was cleaned: its columns by field, of the same length; "" where one was left out."""

    columns: Mapping[str, list[str]]
    rows: int


class _Faults(dict[str, str]):
    """Faults by ``<row>.<field or column letter>``; the first row of the file is 1."""

    def note(self, row: int, column: str, code: str) -> None:
        """Take one. Raises BadInput when there are enough."""
        self.setdefault(f"{row}.{column}", code)
        if len(self) >= FAULTS:
            self.tell()

    def tell(self, near: str = "") -> None:
        """Raise what was found, if anything was. ``near``: ``C=category.field`` for headings that nobody declared."""
        if self:
            raise BadInput("faulty_table", self, **({"near": near} if near else {}))


def fits(point: Point, fields: Mapping[str, Field]) -> bool:
    """Say whether a point may take tables: of plain values of its sender, by none of which people are found."""
    plain = all(not indexed(f.type) and element(f.type).type not in ("file", "password") for f in fields.values())
    alone = not (point.asks or point.opens or point.age or point.about or point.terms or point.automatic)
    return plain and alone and not any(f.identifies or not f.stored for f in fields.values())


def read(raw: bytes, columns: Sequence[Column], most: int) -> Table:
    """Read a table of at most ``most`` rows. Raises BadInput ``faulty_table`` with a code for each fault."""
    text = _text(raw)
    faults = _Faults()
    rows = _rows(text, _delimiter(text, columns), faults)
    _, heading = next(rows, (1, []))
    placed = _placed(heading, columns, faults)
    cells: list[list[str]] = [[] for _ in placed]
    count = 0
    for number, row in rows:
        if count == most:
            faults.note(number, "", "too_many_rows")
            break
        count += 1
        _take(number, row, placed, cells, faults)
    if not count:
        faults.note(2, "", "table_empty")
    faults.tell()
    taken = {column.path: held for column, held in zip(placed, cells, strict=True)}
    return Table({c.path: taken.get(c.path) or [""] * count for c in columns}, count)


def write(columns: Mapping[str, Sequence[str]], safe: bool = True) -> bytes:
    """Write a table as a file (RFC 4180) with a byte order mark; what a spreadsheet would run begins with ``'``."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        table.writerow([f"'{cell}" if safe and cell.startswith(_FORMULA) else cell for cell in row])
    return _MARK + out.getvalue().encode()


def _text(raw: bytes) -> str:
    """Decode the file. Raises BadInput, naming the row in which it is no UTF-8 any more."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput("faulty_table", {"1.": "utf_16"})
    body = raw.removeprefix(_MARK)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        good = body[: wrong.start].decode("utf-8")
    rows = 0
    with contextlib.suppress(csv.Error):  # a cell without end: the fault lies in it
        for _ in csv.reader(io.StringIO(good + "x", newline=""), delimiter=_delimiter(good, ())):
            rows += 1
    raise BadInput("faulty_table", {f"{max(rows, 1)}.": "not_utf8"})


def _delimiter(text: str, columns: Sequence[Column]) -> str:
    """Choose the sign that parts the heading into more declared names, or into more cells."""
    first = text[: 64 * HEADING]

    def told(sign: str) -> tuple[int, int]:
        found = next(csv.reader(io.StringIO(first, newline=""), delimiter=sign), [])
        return len(_names(columns).keys() & {_plain(name) for name in found}), len(found)

    return max(",;", key=told)


def _rows(text: str, delimiter: str, faults: _Faults) -> Iterator[tuple[int, list[str]]]:
    """Give each row with its number; rows without any value are passed over. Raises BadInput: no CSV from here on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            faults.note(number, "", "csv_broken")
            return
        if any(row):
            yield number, row


def _plain(name: str) -> str:
    return " ".join(name[:HEADING].split()).casefold()


def _names(columns: Sequence[Column]) -> dict[str, Column]:
    """Give each column by all it may be called; its path and its field come before any label."""
    labels = {_plain(name): column for column in columns for name in column.names}
    short = {column.path.partition(".")[2]: column for column in reversed(columns)}
    return labels | short | {column.path: column for column in columns}


def _placed(heading: Sequence[str], columns: Sequence[Column], faults: _Faults) -> list[Column]:
    """Say which column stands at each place. Raises BadInput: a heading that is not wholly known leads nowhere."""
    known, found, near = _names(columns), list[Column](), list[str]()
    for place, name in enumerate(heading):
        column, letter = known.get(_plain(name)), _letter(place)
        if column is None:
            close = nearest(_plain(name), list(known))
            near += [f"{letter}={known[close].path}"] if close else []
            faults.setdefault(f"1.{letter}", "unknown_column")
        elif column in found:
            faults.setdefault(f"1.{letter}", "column_twice")
        else:
            found.append(column)
        if len(faults) >= FAULTS:
            break
    for column in columns:
        if column not in found and not column.field.optional:
            faults.setdefault(f"1.{column.path}", "column_missing")
    faults.tell(",".join(near))
    return found


def _letter(place: int) -> str:
    """Name a place as a spreadsheet does: A, B, ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _take(number: int, row: list[str], placed: list[Column], cells: list[list[str]], faults: _Faults) -> None:
    if len(row) != len(placed):
        faults.note(number, "", "row_length")
        return
    for column, cell, held in zip(placed, row, cells, strict=True):
        field = column.field
        if field.type not in _SIGNED and (cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n"))):
            faults.note(number, column.path, "formula")
            continue
        try:
            held.append(taken(field, cell))
        except BadInput as bad:
            if bad.code == "missing" and field.optional:
                held.append("")
            else:
                faults.note(number, column.path, bad.code)
