"""Room web: a form that brings a table, in the privacy centre and at the console: what it takes, and what is wrong."""

from dataclasses import dataclass

from tepati.errors import BadInput
from tepati.flows.tables import columns
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web.errors import fault
from tepati.web.house import sayer
from tepati.web.site.frame import Visit
from tepati.web.words import Say

FILE = "file"
_OF_THE_FILE = frozenset({
    "utf_16", "not_utf8", "csv_broken", "row_length", "too_many_rows", "table_empty", "unknown_column", "column_twice",
    "column_missing", "formula",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """One column as shown: what its heading says, what it is called, and whether it may be left out."""

    name: str
    label: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One point that takes tables: its name, what it is called, what it takes, and for what."""

    point: str
    label: str
    headings: list[Heading]
    most: str
    purposes: str


def words(at: Visit) -> Say:
    """Say what is said of tables, on whichever page."""
    return sayer(at.lang, "centre", at.org.notice.organisation.form_of_address)


def place(at: Visit, name: str) -> Place:
    """Describe a point that takes tables."""
    notice, said = at.org.notice, labels(at.org.notice, at.lang)
    point = notice.points[name]
    headings = [
        Heading(one.path.partition(".")[2], speech.capital(said.field(one.path)), one.field.optional)
        for one in columns(notice, at.org.desk.policy.collects[name])
    ]
    most = speech.number(point.most_rows, at.lang)
    return Place(name, speech.capital(said.point(name)), headings, most, said.purposes(point.for_))


def faults(at: Visit, error: BadInput) -> list[str]:
    """Say each fault: the row, the column, what to do; of a heading that is not known, which one is near."""
    near = dict(each.split("=") for each in str(error.values.get("near", "")).split(",") if each)
    return [_said(at, key, code, near) for key, code in error.faults.items()]


def _said(at: Visit, key: str, code: str, near: dict[str, str]) -> str:
    row, _, column = key.partition(".")
    label = speech.capital(labels(at.org.notice, at.lang).field(column)) if "." in column else column
    say = words(at)
    if code == "no_file":
        return say("table.no_file")
    where = say("table.row", row=speech.number(int(row), at.lang))
    if code in _OF_THE_FILE:
        variant = f"{code}_near" if column in near else code
        suggested = near.get(column, "").partition(".")[2]
        return f"{where}: {say(f'table.{variant}', column=label, near=suggested)}"
    return f"{where}, {at.spoken(fault(code, at.lang, label))}"
