"""Room flows: a table as one record: each field's column is one sealed value, so a file of any length has one key."""

from collections.abc import Mapping, Sequence

import msgspec

from tepati.notice.labels import labels
from tepati.notice.model import Field, Notice
from tepati.rules.tables import Column

LANGUAGES = ("id", "en")


def is_table(notice: Notice, point: str) -> bool:
    """Say whether what entered at a point is a table."""
    known = notice.points.get(point)
    return known is not None and known.rows != "one"


def columns(notice: Notice, fields: Sequence[tuple[str, Field]]) -> list[Column]:
    """Give the columns of a point, in the notice's order, with what their headings may say in either language."""
    declared, names = dict(fields), [labels(notice, language) for language in LANGUAGES]
    order = [f"{category}.{name}" for category, held in notice.data.items() for name in held.fields]
    return [
        Column(path, declared[path], tuple(dict.fromkeys(each.field(path) for each in names)))
        for path in order if path in declared
    ]  # fmt: skip


def packed(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write each column as one value."""
    return {path: msgspec.json.encode(cells).decode() for path, cells in table.items()}


def cells(value: str) -> list[str]:
    """Read a column back."""
    return msgspec.json.decode(value, type=list[str])
