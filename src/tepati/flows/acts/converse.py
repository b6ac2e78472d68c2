"""Room flows: what a person wrote to us and we answered, as they read it: in order, its words on a known device only.

Without a second proof it tells when who wrote, and no word of it; each view that opens words is a line.
"""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows import clocks, corresponding, threads
from tepati.flows.answering import kinds
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.flows.threads import ANSWERED, Message
from tepati.flows.visitors import Visitor
from tepati.registers import dealings
from tepati.rules.facts import Dealing, Facts, Use


@dataclass(frozen=True, slots=True)
class Talk:
    """A case as its writer sees it; instants in microseconds since 1970 UTC, 0: not.

    ``due``: until when it is answered; ``until``: until when it may be opened again, or the link's end; ``ours``: we
    have the last word; ``open``: they can write in it now; ``told``: the words stand in ``messages``.
    """

    number: str
    kind: str
    opened: int
    closed: int
    due: int
    until: int
    ours: bool
    open: bool
    messages: tuple[Message, ...] = ()
    told: bool = False


async def talks(desk: Desk, who: Visitor) -> list[Talk]:
    """List the cases that somebody wrote to us, the newest first. Raises NotFound, Tampered."""

    async def look(sheet: Sheet) -> list[Talk]:
        facts, _ = await sheet.facts(who.person)
        mine = [one for one in await dealings.of_person(sheet.tx, who.person) if one.kind in kinds(desk.notice)]
        numbers = {one.dealing.hex(): one.number for one in mine}
        found = [_talk(sheet, facts, case, number) for case, number in numbers.items() if case in facts.dealings]
        return sorted(found, key=lambda one: (bool(one.closed), -one.opened))

    return await desk.read(look)


async def converse(desk: Desk, who: Visitor, number: str) -> Talk:
    """Show one case of theirs, its words on a known device. Raises NotFound, Tampered."""

    async def act(sheet: Sheet) -> Talk:
        found = await dealing_of(sheet, number)
        if found is None or found.person != who.person or found.kind not in kinds(desk.notice):
            raise NotFound("no_such_number")
        facts, _ = await sheet.facts(who.person)
        case = found.dealing.hex()
        said = threads.written(facts, case)
        if who.known and said:
            said = await _words(sheet, who, facts, case)
        return _talk(sheet, facts, case, number, tuple(said), told=who.known)

    return await desk.write(act)


async def linked(desk: Desk, token: str) -> Talk:
    """Say which case a letter's link adds to, and until when; no word of it. Raises NotFound, Expired, Tampered."""

    async def look(sheet: Sheet) -> Talk:
        link, case, _ = await corresponding.usable(sheet, token)
        facts, _ = await sheet.facts(link.person)
        found = await dealings.get(sheet.tx, link.person, bytes.fromhex(case))
        if found is None or case not in facts.dealings:
            raise NotFound("no_such_link")
        return _talk(sheet, facts, case, found.number)

    return await desk.read(look)


async def _words(sheet: Sheet, who: Visitor, facts: Facts, case: str) -> list[Message]:
    """Open the words of one case, and write the view down."""
    fields = threads.fields(sheet.desk.notice, facts, case)
    use = Use(act="show", purpose="requests", fields=fields, at=0, role="person", person=who.person)
    said = await threads.read(sheet, await sheet.ask(use, facts), facts, case)
    told = sheet.to_person(who.person, {"at": sheet.at, "fields": sorted(fields), "role": "person", "dealing": case})
    await sheet.line("show", promise="rights.access", purpose="requests", answer="allowed", told=[told])
    return said


def _talk(
    sheet: Sheet, facts: Facts, case: str, number: str, said: tuple[Message, ...] = (), *, told: bool = False
) -> Talk:  # fmt: skip
    known, desk = facts.dealings[case], sheet.desk
    until = threads.reopens(desk, known.kind, known.closed)
    return Talk(
        number, known.kind, known.opened, known.closed, 0 if known.closed else _due(desk, known), until,
        ANSWERED in known.moments, _writable(desk, facts, case) and (not known.closed or sheet.at < until), said, told,
    )  # fmt: skip


def _due(desk: Desk, known: Dealing) -> int:
    return clocks.due(desk, known.kind, known.opened, known.moments)


def _writable(desk: Desk, facts: Facts, case: str) -> bool:
    row = facts.rows.get(case)
    return bool(row and row.ends and not row.held and row.point in desk.notice.points
                and threads.speaks(desk.notice, row.point))  # fmt: skip
