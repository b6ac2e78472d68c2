"""Room web: the papers of the data protection officer, in one download: what it holds, and the file."""

from litestar import Response, get
from litestar.params import FromPath

from tepati.board.dossier import dossier
from tepati.errors import NotFound
from tepati.flows import public
from tepati.flows.acts.deadlines import deadlines
from tepati.web import addresses
from tepati.web.console.frame import Seat, seat
from tepati.web.console.promises import judged
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page


@get(addresses.both("papers"))
async def papers(request: Asked, org: FromPath[str]) -> Page:
    """Say what the download holds. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "papers")
    return await here.draw("papers.html", running=len(await deadlines(here.desk, here.actor)))


@get([f"{path}/zip" for path in addresses.both("papers")])
async def packed(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Hand the papers out as a zip file. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "papers")
    running = await deadlines(here.desk, here.actor)
    made = await judged(here)
    body = dossier(here.at.org.notice, made, running, await _head(here), here.at.lang)
    return download(File(f"{here.at.org.slug}-{here.at.say('papers.file')}.zip", body))


async def _head(here: Seat) -> str:
    try:
        return await public.checkpoint(here.desk)
    except NotFound:
        return ""


__all__ = ["packed", "papers"]
