"""Room flows: what a mailed link is for, whatever its kind, so that one page can show it before its button."""

from dataclasses import dataclass
from typing import Literal

from tepati.errors import Expired, NotFound
from tepati.flows import links
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of

Kind = Literal["booking", "complaint", "record", "cancel", "stop", "deny"]
_ONCE = links.CONFIRMS | {"cancel", "deny"}  # a way out of promotion works again and again
_NUMBERLESS = frozenset({"stop", "deny"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link as shown: its kind, the number or the question it is about, the consents asked, and its last instant."""

    kind: Kind
    number: str
    questions: tuple[str, ...]
    until: int


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
        thing, questions = found.about, tuple[str, ...]()
        if found.kind in links.CONFIRMS:
            said = links.booked(found.about)
            thing, questions = said.record, said.questions
        number = thing if found.kind in _NUMBERLESS else number_of(desk.org, found.person, bytes.fromhex(thing))
        return Link(found.kind, number, questions, found.expires)  # type: ignore[arg-type]

    return await desk.read(look)
