"""Room flows: the letter about an answer, and the link in it by which its reader writes back, once.

The letter is the one that the notice declares for the moment: the closing of the case (``<case>.closed``), or an answer
that waits for its reader (``<case>.answered``). The latter carries the words of the answer only where ``reply.text`` is
among its declared fields; else it says that there is one.
"""

from tepati.errors import Expired, NotFound, Refused
from tepati.flows import links, post, threads
from tepati.flows.answering import REPLY
from tepati.flows.desk import Desk, Sheet
from tepati.flows.letters import WAITS
from tepati.flows.threads import ANSWER, ANSWERED
from tepati.notice.model import Notice
from tepati.notice.values import Duration
from tepati.registers import acceptances
from tepati.registers.dealings import Dealing
from tepati.registers.links import Link

KIND = "thread"
QUIET = Duration(30, "day")  # for which a link waits while its case is open, where the notice says no time


def letter_of(notice: Notice, kind: str, event: str) -> str:
    """Name the message that the notice declares for an event of a case, by e-mail; "" where there is none."""
    when = f"{kind}.{event}"
    found = (n for n, m in notice.messages.items() if m.when and m.when.event == when and m.channel == "email")
    return next(found, "")


async def tell(sheet: Sheet, found: Dealing, text: str, line: bytes, *, closes: bool) -> None:
    """Put the letter about an answer into the outbox. Raises Refused: the notice declares none."""
    notice = sheet.desk.notice
    kind = letter_of(notice, found.kind, "closed" if closes else ANSWERED)
    if not kind:
        raise Refused("message_not_declared", "messages")
    language = await acceptances.language(sheet.tx, found.person)
    fills = {"number": found.number} | await _link(sheet, found, language, line, closes=closes)
    if not closes:
        fills[WAITS] = "yes"
    if closes or ANSWER in notice.messages[kind].fields:
        fills[REPLY] = text
    await post.put(sheet, found.person, post.Letter(kind, language, fills), line)


async def _link(sheet: Sheet, found: Dealing, language: str, line: bytes, *, closes: bool) -> dict[str, str]:
    """Make the link by which the reader writes back; none where nothing is left of what they wrote."""
    desk, case = sheet.desk, found.dealing.hex()
    facts, _ = await sheet.facts(found.person)
    try:
        threads.point_of(desk.notice, facts, case)
    except Expired:
        return {}
    quiet = desk.notice.cases[found.kind].idle or QUIET
    until = threads.reopens(desk, found.kind, sheet.at if closes else desk.after(sheet.at, quiet))
    token = await links.mint(sheet, found.person, KIND, f"{case},{language}", until, line)
    return {"thread": desk.url("thread", language, token), "until": str(until)}


async def usable(sheet: Sheet, token: str) -> tuple[Link, str, str]:
    """Return an unused link with the case (hex) and the language it names. Raises NotFound, Expired, Tampered."""
    link = await links.find(sheet, token)
    if link.kind != KIND:
        raise NotFound("no_such_link")
    if link.used or link.expires <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    case, _, language = link.about.partition(",")
    return link, case, language


def waits(desk: Desk, kind: str) -> bool:
    """Say whether an answer can leave a case of this kind open: a letter is declared for it."""
    return bool(letter_of(desk.notice, kind, ANSWERED))
