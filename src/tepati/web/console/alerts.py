"""Room web: what somebody must look at: promises broken or with a gap, their cause, and what was mended since."""

from litestar import get
from litestar.params import FromPath

from tepati.flows.acts.evidence import troubles
from tepati.web import addresses
from tepati.web.console.frame import seat
from tepati.web.console.promises import judged
from tepati.web.site.frame import Asked, Page


@get(addresses.both("alerts"))
async def alerts(request: Asked, org: FromPath[str]) -> Page:
    """Show what is open, then what was seen. Raises Away, NotFound."""
    here = await seat(request, org, "alerts")
    made = await judged(here)
    called = {row.promise.id: row.promise.text.of(here.at.lang) for row in made.rows}
    return await here.draw("alerts.html", bad=made.first(), seen=await troubles(here.desk), called=called)
