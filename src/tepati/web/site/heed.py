"""Room web: a change of the notice as it is told to somebody who came in and was not reached before."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import NotFound
from tepati.flows.acts import heed as act
from tepati.notice.differences import differences
from tepati.web import addresses, forms
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page
from tepati.web.site.inside import inside, posted


@get(addresses.both("heed"))
async def heed(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Show what changed since the version they were told, until they say that they read it. Raises Away."""
    here = await inside(request, org, "heed")
    told, newest = await act.untold(here.at.org.desk, here.who.person)
    versions = {one.version: one for one in await here.at.org.versions()}
    found, before = versions.get(newest), versions.get(told)
    if found is None:
        return here.to("centre")
    known = differences(before.notice, found.notice) if before and before.notice and found.notice else ()
    return await here.at.draw("site/heed.html", here=here, found=found, before=before, known=known)


@post(addresses.both("heed"), status_code=303)
async def heeded(request: Asked, org: FromPath[str]) -> Redirect:
    """Take the button: from now on this version has reached them. Raises Away, BadInput (forged), NotFound."""
    here, form, _ = await posted(request, org, "heed")
    forms.only(form, ("version",), "notice.announce")
    number = one(form, "version")
    if not (number.isascii() and number.isdecimal() and len(number) <= 6):
        raise NotFound("page")
    await act.heed(here.at.org.desk, here.who, int(number), here.at.lang)
    return here.to("centre")
