"""Room web: the console's first page: what is due today."""

from litestar import get
from litestar.params import FromPath

from tepati.notice import speech
from tepati.web import addresses
from tepati.web.console.frame import seat
from tepati.web.site.frame import Asked, Page


@get(addresses.both("today"))
async def today(request: Asked, org: FromPath[str]) -> Page:
    """Show the day. Raises Away, NotFound."""
    here = await seat(request, org, "today")
    return await here.draw("today.html", day=speech.day(here.at.now, here.at.tz, here.at.lang))
