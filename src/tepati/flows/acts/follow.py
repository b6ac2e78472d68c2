"""Room flows: what a mailed link is for, whatever its kind, so that one page can show it before its button."""

from dataclasses import dataclass, field
from typing import Literal

from tepati.errors import Expired, NotFound
from tepati.flows import links, releasing
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of
from tepati.registers import links as register

Kind = Literal["booking", "complaint", "record", "consent", "cancel", "stop", "deny", "keep", "reason"]
_ONCE = links.CONFIRMS | {links.ASKS, "cancel", "deny", "keep", "reason"}  # a way out of promotion works again
_NUMBERLESS = frozenset({"stop", "deny", "keep"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link as shown: its kind, the number or the question it is about, the consents asked, and its last instant.

    A way out of promotion says what it would erase (``gone``), and keep for which purposes or rules (``stays``); it
    ``rests`` where there is nothing to take back any more.
    """

    kind: Kind
    number: str
    questions: tuple[str, ...]
    until: int
    gone: tuple[str, ...] = ()
    stays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rests: bool = False


async def follow(desk: Desk, token: str) -> Link:
    """Say what a link would do, changing nothing. Raises NotFound, Expired."""

    async def look(sheet: Sheet) -> Link:
        found = await links.find(sheet, token)
        if found.expires <= sheet.at:
            raise Expired("link_expired")
        if found.used and found.kind in _ONCE:
            raise Expired("link_used")
        if found.kind not in _ONCE | {"stop"}:
            raise NotFound("no_such_link")
        if found.kind == "stop":
            return await _way_out(sheet, found)
        if found.kind == links.ASKS:
            named = links.asked(found.about).questions
            return Link("consent", "", tuple(one for one in named if one in desk.notice.consents), found.expires)
        thing, questions = found.about, tuple[str, ...]()
        if found.kind in links.CONFIRMS:
            said = links.booked(found.about)
            thing, questions = said.record, said.questions
        number = thing if found.kind in _NUMBERLESS else number_of(desk.org, found.person, bytes.fromhex(thing))
        return Link(found.kind, number, questions, found.expires)  # type: ignore[arg-type]

    return await desk.read(look)


async def _way_out(sheet: Sheet, link: register.Link) -> Link:
    """Say what the way out of a promotion would do now."""
    facts, _ = await sheet.facts(link.person)
    if link.about not in facts.consents:
        return Link("stop", link.about, (), link.expires, rests=True)
    lists = releasing.foreseen(sheet.desk, facts, link.about)
    return Link("stop", link.about, (), link.expires, lists.gone, lists.stays)
