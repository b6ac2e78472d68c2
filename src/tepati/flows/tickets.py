"""Room flows: the one-time link to a visit, mailed to whom it was given: it names nobody, and shows nothing by itself.

A link belongs to one member of staff and one visit. Its button, pressed within the window of the role, binds it to one
browser; what is shown is asked of the door each time, so that a visit moved, called off or given to another shows
nothing any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tepati.errors import Expired, NotFound
from tepati.flows import links, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import crew
from tepati.registers import links as register
from tepati.registers import sessions
from tepati.registers.links import Link
from tepati.rules.deadlines import shifted
from tepati.rules.facts import Dealing, Facts

KIND = "visit"  # of link and session
DROPPED = "dropped"  # the name in the key store of links in whose place another was sent
LETTER = "visit_link"  # the message that carries it, where the notice declares one
REMEMBERED = 7 * 86_400_000_000  # after the window: so that the link can still say that it is over

State = Literal["early", "ready", "open", "used", "over", "gone"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A link to a visit as one browser meets it; instants in microseconds since 1970 UTC.

    early: the window begins at ``opens``; ready: the button opens it; open: this browser has opened it; used: another
    browser has; over: the window ended at ``closes``; gone: the visit is another's, was called off, or is no more.
    """

    state: State
    staff: bytes
    person: bytes
    visit: str
    starts: int = 0
    ends: int = 0
    opens: int = 0
    closes: int = 0


def role_of(desk: Desk, roles: tuple[str, ...] = ()) -> tuple[str, str]:
    """Name the role that goes to visits (of these, where given) and its purpose. Raises NotFound."""
    for name in sorted(crew(desk.notice)):
        if (not roles or name in roles) and desk.notice.roles[name].for_:
            return name, desk.notice.roles[name].for_[0]
    raise NotFound("no_visits")


def window(desk: Desk, visit: Dealing) -> tuple[int, int]:
    """Give the instants between which the role sees a visit, as the notice promises. Raises NotFound."""
    role = desk.notice.roles[role_of(desk)[0]]
    edges = []
    for moment in (role.from_, role.until):
        base = visit.moments.get(moment.event.rpartition(".")[2], 0) if moment else 0
        if moment is None or not base:
            raise NotFound("no_visits")
        edges.append(shifted(base, moment, desk.policy.days))
    return edges[0], edges[1]


async def send(sheet: Sheet, person: bytes, visit: str, planned: Dealing, ledger_id: bytes) -> None:
    """Mail whom the visit is given to a new link; an earlier one to the same visit ends, with the browser it bound.

    Where the notice declares no such message, nothing is sent.
    """
    staff, about = bytes.fromhex(planned.assigned), f"{person.hex()},{visit}"
    for dropped in await register.drop_like(sheet.tx, staff, KIND, about):
        sheet.desk.vault.end_row(sheet.tx, DROPPED, dropped.secret, dropped.expires)
    if LETTER not in sheet.desk.notice.messages:
        return
    expires = window(sheet.desk, planned)[1] + REMEMBERED
    token = await links.mint(sheet, staff, KIND, about, expires, ledger_id)
    language = sheet.desk.notice.organisation.languages[0]
    letter = post.Letter(LETTER, language, {"link": sheet.desk.url("visit", language, token)})
    await post.put(sheet, staff, letter, ledger_id)


async def sent(sheet: Sheet, person: bytes, visit: str, planned: Dealing) -> tuple[int, int]:
    """Say when the link to a visit that is in force was mailed, and when it was opened; 0 where it was not."""
    if not planned.assigned:
        return 0, 0
    link = await register.newest(sheet.tx, bytes.fromhex(planned.assigned), KIND, f"{person.hex()},{visit}")
    return (link.made, link.used) if link else (0, 0)


async def read(sheet: Sheet, token: str, browser: str) -> tuple[Ticket, Link]:
    """Say what a link to a visit is for this browser (its secret, or ""). Raises NotFound, Tampered."""
    link = await links.find(sheet, token)
    if link.kind != KIND or sheet.desk.vault.ended(DROPPED, link.secret):
        raise NotFound("no_such_link")
    person, _, visit = link.about.partition(",")
    found = await sheet.desk.vault.facts(sheet.tx, bytes.fromhex(person), lock=sheet.writes)
    known = _mine(found[0], visit, link) if found else None
    if known is None:
        return Ticket("gone", link.person, bytes.fromhex(person), visit), link
    opens, closes = window(sheet.desk, known)
    state = _state(sheet.at, opens, closes) or await _bound(sheet, link, token, browser)
    at: Mapping[str, int] = known.moments
    return Ticket(state, link.person, bytes.fromhex(person), visit, at["starts"], at["ends"], opens, closes), link


def _mine(facts: Facts, visit: str, link: Link) -> Dealing | None:
    known = facts.dealings.get(visit)
    return known if known and known.assigned == link.person.hex() and "starts" in known.moments else None


def _state(at: int, opens: int, closes: int) -> Literal["early", "over"] | None:
    return "early" if at < opens else "over" if at >= closes else None


async def _bound(sheet: Sheet, link: Link, token: str, browser: str) -> State:
    if not link.used:
        return "ready"
    if not browser:
        return "used"
    desk, bound = sheet.desk, secret(sheet, token, browser)
    try:
        found = await sessions.valid(sheet.tx, desk.mac, desk.org, link.person, bound, sheet.at)
    except Expired:
        return "used"
    return "open" if found.kind == KIND else "used"


def secret(sheet: Sheet, token: str, browser: str) -> bytes:
    """Give the keyed hash that ties one link to one browser: neither is of use without the other."""
    return sheet.desk.vault.index(KIND, f"{browser}.{token}")
