"""Room flows: a first e-mail address for somebody who began without one, at a sign-in provider.

The same link proves it as a change of address does. It enters at the point of theirs that asks for an address and for
the fewest other fields. Two accounts of one person are not made one: whatever stood in either was said under a notice,
with lines, numbers and receipts of its own, and a mailbox proves neither the other account nor its second factor.
"""

from msgspec.structs import replace

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import connecting
from tepati.flows.desk import Sheet
from tepati.flows.rights import Asked
from tepati.flows.visitors import Visitor
from tepati.notice.model import Notice
from tepati.registers import people, records
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Facts, Row

FRESH = 600_000_000  # microseconds after signing in: no old mailbox could refuse it, so the provider is asked anew


async def begun(sheet: Sheet, person: bytes) -> bool:
    """Say whether a sign-in provider leads to somebody. Who is known by a telephone alone adds no address here."""
    return bool(await connecting.of(sheet, person))


async def may(sheet: Sheet, who: Visitor, facts: Facts) -> None:
    """Check that somebody without an address may add one now. Raises Refused, NotFound (no point of theirs asks)."""
    if not await begun(sheet, who.person):
        raise NotFound("no_such_field")
    if who.made + FRESH <= sheet.at:
        raise Refused("sign_in_again", "rights.correction")
    point(sheet.desk.notice, sheet.desk.address, facts.population)


def point(notice: Notice, address: str, population: str) -> str:
    """Name the point at which an address alone would enter. Raises NotFound."""
    fit = [
        name for name, one in notice.points.items()
        if one.who == population and address in one.collects and "site" in one.channels and one.rows == "one"
        and not (one.entered_by or one.sent_by or one.automatic or one.opens)
    ]  # fmt: skip
    if not fit:
        raise NotFound("no_such_field")
    return min(fit, key=lambda name: len(notice.points[name].collects))


async def attach(sheet: Sheet, one: Asked, address: str, line: bytes) -> Facts:
    """Write the address down, proven; return the facts. Raises BadInput: it leads to other data."""
    desk, facts, person, at = sheet.desk, one.facts, one.person, sheet.at
    field = desk.address
    there = await desk.vault.find(sheet.tx, field, address)
    if there is not None:
        raise BadInput("faulty_form", {field: "address_taken_begun"})
    name, category = point(desk.notice, field, facts.population), field.partition(".")[0]
    record, value = sheet.new_id(), {category: {field.partition(".")[2]: address}}
    await desk.vault.claim(sheet.tx, field, address, person)
    await records.add(
        sheet.tx, desk.org, person, Record(record, name, "site", desk.digest, joined=True, created=at), line
    )
    permit = sheet.entering(person, frozenset({record.hex()}), frozenset({field}), "requests", "rights.correction")
    ends = {category: retention.due(desk.policy, category, at, None, facts.told)}
    endings = {category: retention.ending(desk.policy, category, at, "", facts.told)}
    await desk.vault.put(sheet.tx, permit, record, value, endings, ends, line)
    await people.set_status(sheet.tx, desk.org, person, "joined")
    rows = {**facts.rows, record.hex(): Row(name, 1, joined=True, ends=ends, created=at)}
    return replace(facts, joined=True, rows=rows)
