"""Room web: the first page of the privacy centre, the list of requests with their clocks, and what they are called."""

from dataclasses import dataclass

from litestar import get
from litestar.params import FromPath

from tepati.errors import NotFound
from tepati.flows.acts.restrict import ALL
from tepati.flows.acts.review import Request, review
from tepati.flows.acts.show import show
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses
from tepati.web.site.frame import Asked, Page, Visit
from tepati.web.site.inside import Inside, inside
from tepati.web.site.uses import consent

HOUR = 3_600_000_000
MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One request as shown; instants in microseconds, ``whole`` and ``used`` in minutes for the bar."""

    name: str
    number: str
    state: str
    due: int
    whole: int
    used: int
    share: str
    left: str
    came: str
    done: int
    late: bool
    outcome: str
    about: str
    line: str


def rows(at: Visit, found: list[Request]) -> tuple[list[Row], list[Row]]:
    """Say requests: those whose clock runs, the next to end first, and the others, the newest first."""
    said = [_row(at, one) for one in found]
    return sorted((r for r in said if not r.done), key=lambda r: r.due), [r for r in said if r.done]


def _row(at: Visit, one: Request) -> Row:
    whole, used = max(1, (one.due - one.received) // MINUTE), max(0, at.now - one.received) // MINUTE
    came = at.say("requests.came", channel=_channel(at, one.channel), at=at.instant(one.received))
    hours = (one.done - one.received) // HOUR
    took = at.say("requests.took", n=hours) if hours else at.say("requests.at_once")
    outcome = (
        at.say(f"outcome.{one.outcome}")
        if one.outcome
        else at.say("requests.cancelled" if one.state == "cancelled" else "requests.finished", took=took)
    )
    return Row(
        name=at.say(f"kind.{one.kind}"), number=one.number, state=one.state, due=one.due, whole=whole,
        used=min(used, whole), share=at.say("requests.share", used=used // 60, whole=whole // 60),
        left=left(at, one.due), came=came, done=one.done, late=not one.done and one.due < at.now, outcome=outcome,
        about=_about(at, one), line=one.line.hex(),
    )  # fmt: skip


def _about(at: Visit, one: Request) -> str:
    """Say what a request was about, where it says so: purposes, fields, a consent."""
    said, names = labels(at.org.notice, at.lang), one.about.split(",") if one.about else []
    if one.kind in {"objection", "restriction"}:
        if not names:
            return at.say("requests.lifted")
        return at.say("limits.all") if ALL in names else speech.capital(said.purposes(names))
    if one.kind == "withdrawal" and one.about in at.org.notice.consents:
        return consent(at, one.about)
    return speech.capital(said.fields(names)) if one.kind == "correction" and names else ""


def _channel(at: Visit, channel: str) -> str:
    return labels(at.org.notice, at.lang).channels([channel])


def left(at: Visit, due: int) -> str:
    """Say how much of a clock is left: days and hours, never less than it is."""
    hours = max(0, due - at.now) // HOUR
    if due <= at.now:
        return at.say("requests.over")
    if hours < 24:
        return at.say("requests.left_hours", hours=hours) if hours else at.say("requests.left_less")
    return at.say("requests.left", days=hours // 24, hours=hours % 24)


async def overview(here: Inside) -> Page:
    """Draw the first page: what is held in numbers, what runs, what can be asked."""
    desk = here.at.org.desk
    mine = await show(desk, here.who, here.at.lang, values=False)
    seen = await review(desk, here.who)
    running, _ = rows(here.at, seen.requests)
    fields = {path for one in mine.kept for path in one.fields}
    return await here.at.draw(
        "site/centre.html", here=here, who=here.who, mine=mine, fields=len(fields), running=running,
        restricted=seen.restricted, objected=seen.objected, number=speech.number,
    )  # fmt: skip


@get(addresses.both("requests"))
async def requests(request: Asked, org: FromPath[str]) -> Page:
    """List every request with its number and its clock. Raises Away."""
    return await _requests(request, org, "")


@get(addresses.tailed("requests", "number"))
async def asked(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """List the same, and say first what became of the one just made. Raises Away, NotFound (none of this person)."""
    return await _requests(request, org, number)


async def _requests(request: Asked, org: str, number: str) -> Page:
    here = await inside(request, org, "requests")
    seen = await review(here.at.org.desk, here.who)
    running, over = rows(here.at, seen.requests)
    told = next((row for row in (*running, *over) if row.number == number), None)
    if number and told is None:
        raise NotFound("page")
    return await here.at.draw(
        "site/requests.html", here=here, tail=number, running=running, over=over, told=told, mailed=seen.joined
    )
