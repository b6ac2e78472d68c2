"""Room flows: a value is written into every record that holds the field (design section 2), each under its own key."""

from collections.abc import Mapping

import msgspec

from tepati.errors import NotFound
from tepati.flows import callers, tables
from tepati.flows.desk import Desk, Sheet
from tepati.registers import records
from tepati.registers.records import Part
from tepati.rules.aims import Fields
from tepati.rules.facts import Facts, vouched

# What people mistype or what changes in a life. Choices and dates are the order itself: they are changed as an order.
CORRECTABLE = frozenset({"name", "phone", "address", "postcode", "area", "birth_date", "gender", "nik", "npwp",
                         "account_number", "text", "username"})  # fmt: skip


def correctable(desk: Desk) -> tuple[str, ...]:
    """Name the fields that a person may correct: what they gave themselves, and what does not lead to them.

    What was measured, or came from somebody else, is corrected where it came from.
    """
    return tuple(
        f"{category}.{name}"
        for category, held in desk.notice.data.items()
        for name, field in held.fields.items()
        if held.source_of(name) == "person" and field.type in CORRECTABLE and not field.identifies
    )  # fmt: skip


async def rewrite(sheet: Sheet, person: bytes, facts: Facts, changes: Mapping[str, str], line: bytes) -> Facts:
    """Write new values into all proven records that hold them; return the facts with the new versions.

    Raises NotFound where no record holds one of the fields.
    """
    parts: dict[str, list[Part]] = {}
    for part in await records.parts(sheet.tx, person):
        parts.setdefault(part.record.hex(), []).append(part)
    rows, written = dict(facts.rows), set[str]()
    for name, row in facts.rows.items():
        held = sheet.desk.notice.points[row.point].collects if row.point in sheet.desk.notice.points else frozenset()
        live = row.ends.keys() - row.held.keys()  # what only a hold keeps stays as it was when it was kept
        mine = {path: v for path, v in changes.items() if path in held and path.partition(".")[0] in live}
        if mine and vouched(facts, row) and not tables.is_table(sheet.desk.notice, row.point):
            version = await _seal(sheet, person, name, mine, parts.get(name, []), line)
            rows[name] = msgspec.structs.replace(row, version=version)
            written |= mine.keys()
    if written != changes.keys():
        raise NotFound("no_such_field")
    after = msgspec.structs.replace(facts, rows=rows)
    if written & set(callers.phones(sheet.desk.notice)):
        await callers.index(sheet, person, after)
    return after


async def _seal(
    sheet: Sheet, person: bytes, record: str, changes: Mapping[str, str], parts: list[Part], line: bytes
) -> int:  # fmt: skip
    values: dict[str, dict[str, str]] = {}
    for path, value in changes.items():
        category, _, name = path.partition(".")
        values.setdefault(category, {})[name] = value
    permit = sheet.entering(person, frozenset({record}), frozenset(changes), "requests", "rights.correction")
    endings, dues = {p.category: p.ending for p in parts}, {p.category: p.due for p in parts}
    return await sheet.desk.vault.put(sheet.tx, permit, bytes.fromhex(record), values, endings, dues, line)


async def cut(sheet: Sheet, person: bytes, facts: Facts, gone: dict[str, Fields]) -> Facts:
    """Take the fields out of their records; a record with nothing left is forgotten."""
    rows = dict(facts.rows)
    for name, fields in gone.items():
        permit = sheet.entering(person, frozenset({name}), fields, "requests", "rights.withdrawal")
        version, left = await sheet.desk.vault.cut(sheet.tx, permit, bytes.fromhex(name))
        ends = {c: at for c, at in rows[name].ends.items() if c in left}
        rows[name] = msgspec.structs.replace(rows[name], version=version, ends=ends)
        if not left:
            await records.drop(sheet.tx, person, bytes.fromhex(name))
            del rows[name]
    return msgspec.structs.replace(facts, rows=rows)
