"""Room web: what the sweep would end, counted and not done; and what other law keeps, with its reading."""

from litestar import get
from litestar.params import FromPath

from tepati.flows.acts.endings import endings
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.promises import promises
from tepati.web import addresses
from tepati.web.console.frame import seat
from tepati.web.site.frame import Asked, Page


@get(addresses.both("retention"))
async def retention(request: Asked, org: FromPath[str]) -> Page:
    """Show the dry run and the holds. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "retention")
    found, called = await endings(here.desk, here.actor), labels(here.at.org.notice, here.at.lang)
    text = {one.id: one.text.of(here.at.lang) for one in promises(here.at.org.notice)}
    held = {row.category: row.held for row in found.rows}
    holds = [(category, life.hold) for category, life in here.at.org.notice.retention.items() if life.hold]
    return await here.draw(
        "retention.html", found=found, called=called, text=text, held=held, holds=holds, over=sum(
            abs(row.over) for row in found.rows), capital=speech.capital,
    )  # fmt: skip
