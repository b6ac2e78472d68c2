"""Room flows: the trail of one person: their own openings, newest first, each with what its ledger line says.

The role of a member of staff is told, never the name. Refusals are told too; of a case about them (``flows/inquiries``)
people read when it is promised. Reading a trail opens no value.
"""

from dataclasses import dataclass

import msgspec

from tepati.flows import inquiries
from tepati.flows.desk import Sheet
from tepati.flows.numbers import number_of
from tepati.flows.rights import DISPUTE
from tepati.ledger import openings
from tepati.ledger.lines import Placed, lines
from tepati.registers import dealings, requests
from tepati.rules.facts import Facts, Use


class Says(msgspec.Struct, frozen=True):
    """What an opening of a person may say (``flows.told``); acts write more, which is not shown."""

    at: int = 0
    fields: list[str] = []
    role: str = ""
    message: str = ""
    recipient: str = ""
    dealing: str = ""
    question: str = ""
    effect: str = ""
    point: str = ""
    number: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One use or refusal, as its person may read it.

    ``line`` (hex) is what a dispute names, ``index`` the line's number (-1: pending, or pruned since). ``number`` is of
    the booking or request it was for. ``dispute`` is the number under which the person said that they do not know it.
    """

    line: str
    index: int
    says: Says
    act: str
    answer: str
    promise: str
    purpose: str
    number: str
    dispute: str


async def read(sheet: Sheet, person: bytes, facts: Facts, page: tuple[int, int]) -> list[Trace]:
    """Open a page (how many, how many before it) of openings, with the line of each."""
    fields = frozenset({sheet.desk.policy.mark_of(facts)})
    permit = await sheet.ask(
        Use(act="show", purpose="requests", fields=fields, at=0, role="person", person=person), facts
    )
    most, skip = page
    opened = await sheet.desk.vault.newest_openings(sheet.tx, permit, "person", most + skip)
    said = [(line, msgspec.json.decode(openings.unpack(raw).payload, type=Says)) for line, raw in opened]
    quiet = inquiries.silent(sheet.desk, facts, sheet.at)
    said = [one for one in said if not inquiries.hides(sheet.desk, quiet, one[1].dealing, one[1].role, one[1].at)]
    found = sorted(said, key=lambda one: (-one[1].at, one[0]))[skip : skip + most]
    placed = await lines(sheet.tx, sheet.desk.org, [line for line, _ in found])
    numbers = {d.dealing.hex(): d.number for d in await dealings.of_person(sheet.tx, person)}
    disputes = {r.about: r.number for r in await requests.of_person(sheet.tx, person) if r.kind == DISPUTE}
    traces = [_trace(sheet, person, line, says, placed.get(line), numbers, disputes) for line, says in found]
    return sorted(traces, key=lambda one: (-one.says.at, one.index >= 0, -one.index))  # pending lines are the newest


def _trace(  # noqa: PLR0913 - the parts of a trace
    sheet: Sheet, person: bytes, line: bytes, says: Says, placed: Placed | None, numbers: dict[str, str],
    disputes: dict[str, str],
) -> Trace:  # fmt: skip
    number = says.number or numbers.get(says.dealing, "")
    if says.dealing and not number:
        number = number_of(sheet.desk.org, person, bytes.fromhex(says.dealing))
    entry = placed.line if placed else None
    return Trace(
        line=line.hex(), index=placed.index if placed else -1, says=says,
        act=entry.act if entry else "", answer=entry.answer if entry else "",
        promise=entry.promise if entry else "", purpose=entry.purpose if entry else "",
        number=number, dispute=disputes.get(line.hex(), ""),
    )  # fmt: skip
