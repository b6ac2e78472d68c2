"""Room flows: a record becomes its person's, because their mailbox or their session proved it, and its case opens."""

import dataclasses

import msgspec

from tepati.errors import Expired
from tepati.flows import callers, clocks, entrance, post, readable
from tepati.flows.desk import Sheet
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.registers import dealings, notices, people, records
from tepati.rules import retention
from tepati.rules.facts import Dealing, Facts, Row


async def join(sheet: Sheet, person: bytes, record: str, facts: Facts, number: str, said: Said) -> tuple[Facts, Slip]:
    """Make a record (hex) its person's: its case opens under ``number``, its ends are the notice's; say what it is.

    The case is that of the facts (``clocks.opened``), where they have it already.
    """
    row, desk, tx = facts.rows[record], sheet.desk, sheet.tx
    point = desk.notice.points[row.point]
    said = dataclasses.replace(said, minor=facts.minor_until > sheet.at)
    shown = readable.of_booking(desk, row.point, said, sheet.new_id())
    told = sheet.to_person(person, {"at": sheet.at, "effect": "confirmed", "point": row.point, "role": "person"}, shown)
    purpose = point.for_[0] if point.for_ else desk.notice.consents[point.asks[0]].for_
    line = await sheet.line("confirm", promise=f"points.{row.point}", purpose=purpose, told=[told])
    await records.join(tx, person, bytes.fromhex(record))
    await people.set_status(tx, desk.org, person, "joined")
    now = dict(facts.dealings)
    if row.dealing:
        case = now.setdefault(row.dealing, Dealing(point.opens, sheet.at))
        raw = bytes.fromhex(row.dealing)
        opened = dealings.Dealing(person, raw, point.opens, number, raw, case.opened, 0, case.moments, b"")
        await dealings.add(tx, desk.org, opened, line)
    told_version = max(facts.told, await _shown(sheet, facts, await records.shown(tx, person, bytes.fromhex(record))))
    ends = await redate(sheet, person, (record, row), now.get(row.dealing), told_version)
    rows = {**facts.rows, record: msgspec.structs.replace(row, joined=True, ends=ends)}
    joined = msgspec.structs.replace(facts, joined=True, told=told_version, rows=rows, dealings=now)
    if point.collects & set(callers.phones(desk.notice)):
        await callers.index(sheet, person, joined)
    return joined, Slip(line)


def served(sheet: Sheet, row: Row) -> None:
    """Check that the version in force still knows what a record came for. Raises Expired: its link is over."""
    if row.point not in sheet.desk.notice.points or not row.ends.keys() <= sheet.desk.policy.lives.keys():
        raise Expired("link_expired")
    if 0 < sheet.desk.policy.over.get(sheet.desk.notice.points[row.point].opens, 0) <= sheet.at:
        raise Expired("case_over", promise=f"cases.{sheet.desk.notice.points[row.point].opens}")


async def _shown(sheet: Sheet, facts: Facts, came: tuple[bytes, str]) -> int:
    """Return the version of the notice that was shown with a record; 0 for one that was never published here.

    What staff or a program typed in showed somebody known no page: what widened has not reached them by that.
    """
    digest, channel = came
    if facts.joined and channel != entrance.SITE:
        return 0
    if digest == sheet.desk.digest:
        return sheet.desk.notice.notice.version
    found = await notices.by_digest(sheet.tx, sheet.desk.mac, sheet.desk.org, digest)
    return found.version if found else 0


async def redate(
    sheet: Sheet, person: bytes, of: tuple[str, Row], dealing: Dealing | None, told: int
) -> dict[str, int]:  # fmt: skip
    """Give each sealed part of a record the end that is promised to whoever was ``told`` that version; return them."""
    record, row = of
    ends = {category: retention.due(sheet.desk.policy, category, sheet.at, dealing, told) for category in row.ends}
    for category, due in ends.items():
        await records.set_due(sheet.tx, person, bytes.fromhex(record), category, due)
    return ends


async def announce(sheet: Sheet, person: bytes, opens: str, letter: post.Letter) -> None:
    """Put the letters that the notice declares for this moment into the outbox; the first carries the receipts.

    ``letter`` is what they share: language, record, what fills them, and the slips.
    """
    event, line = f"{opens}.opened", letter.slips[0].line
    for name, message in sheet.desk.notice.messages.items():
        if message.when and message.when.event == event and message.when.offset is None and message.channel == "email":
            await post.put(sheet, person, msgspec.structs.replace(letter, kind=name), line)
            letter = msgspec.structs.replace(letter, slips=())


def fills(sheet: Sheet, number: str, case: Dealing | None) -> dict[str, str]:
    """Give what every letter about a new case may say: its number, and until when it is answered."""
    until = clocks.due(sheet.desk, case.kind, case.opened, case.moments) if case else 0
    return {"number": number, **({"answer": str(until)} if until else {})}
