"""Room flows: the clock closes cases in which nothing happened for so long (``idle``), or whose ``last_day`` is over.

The register finds them; the facts decide. A person whose facts do not verify is left, and alarmed.
"""

import contextlib
from collections.abc import Mapping
from functools import partial

import msgspec

from tepati.errors import NotFound, Tampered
from tepati.flows import clocks, inquiries, letters, post, visits
from tepati.flows.desk import Desk, Sheet
from tepati.notice.values import Duration
from tepati.registers import acceptances, dealings, places
from tepati.registers.dealings import Dealing as Listed
from tepati.rules.deadlines import after
from tepati.rules.facts import FOREVER, OVER, Facts

PAGE = 200


async def idle(desk: Desk) -> int:
    """Close every case of this organisation whose time is over; return how many."""
    ends = [(kind, case.idle) for kind, case in desk.notice.cases.items() if case.idle or case.last_day]
    return sum([await _of_kind(desk, kind, span) for kind, span in ends])


async def _of_kind(desk: Desk, kind: str, span: Duration | None) -> int:
    closed, past = 0, (0, bytes(16))
    while True:
        page = await desk.read(partial(_page, kind=kind, past=past))
        for one in page:
            if _end(desk, max([one.opened, *_happened(one.moments)]), span, one.moments) <= desk.now():
                with contextlib.suppress(Tampered, NotFound):
                    closed += await desk.write(partial(_close, one=one))
        if len(page) < PAGE:
            return closed
        past = page[-1].opened, page[-1].dealing


async def _page(sheet: Sheet, kind: str, past: tuple[int, bytes]) -> list[Listed]:
    return await dealings.open_of(sheet.tx, sheet.desk.org, kind, PAGE, past)


async def _close(sheet: Sheet, one: Listed) -> int:
    """Close one case, if nothing happened in it or its parts for so long; 1 where it was closed."""
    facts, version = await sheet.facts(one.person)
    name, span = one.dealing.hex(), sheet.desk.notice.cases[one.kind].idle
    known = facts.dealings.get(name)
    if known is None or known.closed or known.kind != one.kind:
        return 0
    end = _end(sheet.desk, last(facts, name), span, known.moments)
    if end > sheet.at:
        return 0
    told = sheet.to_person(one.person, {"at": sheet.at, "role": "system", "dealing": name, "effect": "closed by time"})
    line = await sheet.line("close", promise=f"cases.{one.kind}", purpose="requests", answer="ended", told=[told])
    closed = end if end == known.moments.get(OVER) else sheet.at  # what was declared ends when it was declared to
    over = msgspec.structs.replace(known, closed=closed)
    kept = await visits.write(sheet, one.person, facts, version, {name: over})
    if closed == known.moments.get(OVER):
        await _ended(sheet, one, kept, line)
    if one.kind in inquiries.kinds(sheet.desk.notice):
        await inquiries.tell(sheet, one, over, facts, line)
    if not known.part:
        await places.leave(sheet.tx, one.person, one.record)
    return 1


async def _ended(sheet: Sheet, one: Listed, facts: Facts, line: bytes) -> None:
    """Tell whoever took part that it is over, and until when what they sent is kept, where the notice says so."""
    language, record = await acceptances.language(sheet.tx, one.person), one.record.hex()
    until = max(facts.rows[record].ends.values(), default=0) if record in facts.rows else 0
    for name, message in sheet.desk.notice.messages.items():
        when = message.when
        if when and when.event == f"{one.kind}.closed" and when.offset is None and message.channel == "email" and until:
            fills = {"number": one.number, letters.OVER: str(until)}
            await post.put(sheet, one.person, post.Letter(name, language, fills, record), line)


def _end(desk: Desk, happened: int, span: Duration | None, moments: Mapping[str, int]) -> int:
    """Give the instant at which a case ends by itself: by silence, or with all of its kind."""
    silent = after(happened, span, desk.policy.days) if span else FOREVER
    return min(silent, moments.get(OVER, FOREVER))


def last(facts: Facts, name: str) -> int:
    """Give the instant of the last thing that happened in a dealing or a part of it, or is planned to."""
    instants = [0]
    for each, dealing in facts.dealings.items():
        if name in {each, dealing.part}:
            instants += [dealing.opened, dealing.closed, *_happened(dealing.moments)]
    return max(instants)


def _happened(moments: Mapping[str, int]) -> list[int]:
    """List what happens or is planned to; what is only promised by then is none of it."""
    return [at for name, at in moments.items() if name not in {clocks.QUESTION, clocks.ANSWER, OVER}]
