"""Room flows: who wrote to us writes again, in the same case: from their privacy centre, or once by a letter's link.

A closed case opens again with it, for as long as the notice says (``cases.<c>.reopen``). The link shows nothing of what
was written before: whoever holds it can only add.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from tepati.errors import BadInput, Expired, NotFound
from tepati.flows import clocks, corresponding, ending, threads
from tepati.flows.answering import kinds
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.flows.threads import Writing
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.registers import dealings
from tepati.rules.facts import Dealing, Facts
from tepati.rules.taking import taken
from tepati.rules.types import clean

LONGEST = 2_000  # characters, as of the first message
MOST = 10  # messages that wait for one answer
SITE = "site"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of it: the number, whether the case was opened again, and until when it is answered (0: no clock)."""

    number: str
    reopened: bool
    due: int


async def write_back(desk: Desk, by: Visitor | str, text: str, number: str = "") -> Written:
    """Add a message to a case of whoever came in (its number), or of the link that ``by`` is the secret of.

    Raises NotFound (no such case of theirs, no such link), Expired (the link; the case is closed for good, or nothing
    is left of it), BadInput (the text; too many that wait).
    """
    words = clean("text", text)
    if len(words) > LONGEST:
        raise BadInput("faulty_form", {"text": "too_long"})

    async def act(sheet: Sheet) -> Written:
        person, case = await _case(sheet, by, number)
        facts, version = await sheet.facts(person)
        known = facts.dealings.get(case)
        if known is None or known.kind not in kinds(desk.notice):
            raise NotFound("no_such_number")
        point, field = threads.point_of(desk.notice, facts, case)
        if known.closed and sheet.at >= threads.reopens(desk, known.kind, known.closed):
            raise Expired("thread_over")
        if threads.unanswered(facts, case) >= MOST:
            raise BadInput("faulty_form", {"text": "thread_full"})
        _screened(desk, field, words)
        line = await _line(sheet, (person, case), point, field, "reopened" if known.closed else "written again")
        after = await _open(sheet, (person, case), facts, threads.again(desk, point, known, sheet.at, facts.told))
        after = await threads.add(sheet, (person, case), after, Writing(point, field, SITE, words), line)
        await sheet.keep(person, after, version)
        return await _told(sheet, (person, case), after.dealings[case], reopened=bool(known.closed))

    return await desk.write(act)


def _screened(desk: Desk, field: str, words: str) -> None:
    """Refuse what the field that a case is written in does not take (``screen``). Raises BadInput."""
    category, _, name = field.partition(".")
    try:
        taken(desk.notice.data[category].fields[name], words)
    except BadInput as bad:
        raise BadInput("faulty_form", {"text": bad.code}) from None


async def _case(sheet: Sheet, by: Visitor | str, number: str) -> tuple[bytes, str]:
    """Say whose case it is, and name it (hex); a link is used up."""
    if isinstance(by, Visitor):
        found = await dealing_of(sheet, number)
        if found is None or found.person != by.person:
            raise NotFound("no_such_number")
        return by.person, found.dealing.hex()
    link, case, _ = await corresponding.usable(sheet, by)
    if not await ending.use(sheet, link):
        raise Expired("link_used")
    return link.person, case


async def _line(sheet: Sheet, of: tuple[bytes, str], point: str, field: str, effect: str) -> bytes:
    says: Says = {"at": sheet.at, "fields": [field], "point": point, "dealing": of[1], "effect": effect}
    told = [sheet.to_person(of[0], says)]
    purpose = sheet.desk.notice.points[point].for_[0]
    return await sheet.line("collect", promise=f"points.{point}", purpose=purpose, told=told)


async def _open(sheet: Sheet, of: tuple[bytes, str], facts: Facts, moments: dict[str, int]) -> Facts:
    """Give the case its new moments; it is open from now on, whatever it was."""
    person, case = of
    known = facts.dealings[case]
    if known.closed:
        await dealings.reopen(sheet.tx, person, bytes.fromhex(case))
    return await threads.moved(sheet, of, clocks.with_case(facts, case, replace(known, closed=0, by="")), moments)


async def _told(sheet: Sheet, of: tuple[bytes, str], known: Dealing, *, reopened: bool) -> Written:
    person, case = of
    found = await dealings.get(sheet.tx, person, bytes.fromhex(case))
    due = clocks.due(sheet.desk, known.kind, known.opened, known.moments)
    return Written(found.number if found else "", reopened, due)
