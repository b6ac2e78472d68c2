"""Room web: the list of bookings: names masked, one line in the ledger for each page that is shown."""

from typing import get_args

from litestar import get
from litestar.params import FromPath

from tepati.flows.acts.bookings import Show
from tepati.flows.acts.bookings import bookings as listed
from tepati.flows.acts.roster import roster
from tepati.flows.entrance import ways
from tepati.web import addresses
from tepati.web.console.frame import seat
from tepati.web.console.said import Said
from tepati.web.site.frame import Asked, Page

PAGE = 25


@get(addresses.both("bookings"))
async def bookings(request: Asked, org: FromPath[str]) -> Page:
    """Show open, waiting or all bookings, a page of them. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "bookings")
    wanted, number = request.query_params.get("show", ""), request.query_params.get("page", "1")
    shows: tuple[Show, ...] = get_args(Show)
    show = next((each for each in shows if each == wanted), shows[0])
    page = min(max(int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 1, 1), 100)
    found = await listed(here.desk, here.actor, show, (page - 1) * PAGE, PAGE)
    names = await roster(here.desk, here.actor) if any(row.assigned for row in found.rows) else {}
    pages = max(1, -(-found.total // PAGE))
    return await here.draw(
        "bookings.html", found=found, names=names, show=show, shows=shows, number=page, pages=pages,
        said=Said(here.at), types=bool(ways(here.desk, here.actor, here.at.read.point)),
    )  # fmt: skip
