"""A complaint of somebody known, as the confirmed form leaves it: a sealed record, its case open, its line."""

import msgspec

from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import free
from tepati.registers import dealings, records
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Dealing, Row

TEXT = "Kaca depan tergores <b>parah</b>"


async def complained(desk: Desk, person: bytes, text: str = TEXT, photo: str = "") -> str:
    """Open a complaint; return its number."""

    async def act(sheet: Sheet) -> str:
        facts, version = await sheet.facts(person)
        record = sheet.new_id()
        line = await sheet.line("confirm", promise="points.complaint", purpose="service")
        values = {"text": text} | ({"photo": photo} if photo else {})
        fields, name = frozenset(f"complaint.{field}" for field in values), record.hex()
        permit = sheet.entering(person, frozenset({name}), fields, "service", "points.complaint")
        due = retention.due(desk.policy, "complaint", sheet.at, None)
        ending = retention.ending(desk.policy, "complaint", sheet.at, name)
        await records.add(
            sheet.tx, desk.org, person, Record(record, "complaint", "site", desk.digest, joined=True, created=sheet.at),
            line,
        )  # fmt: skip
        await desk.vault.put(
            sheet.tx, permit, record, {"complaint": values}, {"complaint": ending}, {"complaint": due}, line
        )
        number = await free(sheet, person, record)
        opened = dealings.Dealing(person, record, "complaint", number, record, sheet.at, 0, {}, b"")
        await dealings.add(sheet.tx, desk.org, opened, line)
        row = Row("complaint", 1, joined=True, dealing=name, ends={"complaint": due}, created=sheet.at)
        new = msgspec.structs.replace(
            facts, rows={**facts.rows, name: row},
            dealings={**facts.dealings, name: Dealing("complaint", sheet.at)},
        )  # fmt: skip
        await sheet.keep(person, new, version)
        return number

    return await desk.write(act)
