"""Room web: receipts to take home, and who may look at this page: devices and sessions, each with its way out."""

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.flows.acts.disconnect import connected
from tepati.flows.acts.forget import forget
from tepati.flows.acts.prove import prove, read
from tepati.flows.acts.review import review
from tepati.flows.acts.trace import entered, owed
from tepati.notice.words import words
from tepati.web import addresses, forms
from tepati.web.forms import one
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page
from tepati.web.site.inside import inside, posted
from tepati.web.site.uses import entries
from tepati.web.site.ways import offered


@get(addresses.both("receipts"))
async def receipts(request: Asked, org: FromPath[str]) -> Page:
    """List what a receipt can be taken of. Raises Away."""
    here = await inside(request, org, "receipts")
    found = entries(here.at, await owed(here.at.org.desk, here.who))
    return await here.at.draw("site/receipts.html", here=here, entries=found)


@get(addresses.tailed("receipts", "line"))
async def paper(request: Asked, org: FromPath[str], line: FromPath[str]) -> Page:
    """Show one receipt to read and to print. Raises Away, BadInput, NotFound, Unavailable (the line is pending)."""
    here = await inside(request, org, "receipts")
    found = await read(here.at.org.desk, here.who, line)
    said = found.in_words.get(here.at.lang, [])
    return await here.at.draw("site/receipt.html", here=here, tail=line, found=found, line=line, words=said)


@post(addresses.both("receipts"), status_code=200)
async def receipt(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Hand out one receipt as a file. Raises Away, BadInput, NotFound, Unavailable (the line is pending)."""
    here, form, _ = await posted(request, org, "receipts")
    forms.only(form, ("line",), "rights.access")
    made = await prove(here.at.org.desk, here.who, one(form, "line"))
    stem = words(here.at.lang, "mail").say("receipt.file", number=made.name)
    return download(File(f"{stem}.json", made.body))


@get(addresses.both("security"))
async def security(request: Asked, org: FromPath[str]) -> Page:
    """Show devices and sessions. Raises Away."""
    here = await inside(request, org, "security")
    seen = await review(here.at.org.desk, here.who)
    history = entries(here.at, await entered(here.at.org.desk, here.who))
    mine = await connected(here.at.org.desk, here.who)
    return await here.at.draw(
        "site/security.html",
        here=here,
        who=here.who,
        seen=seen,
        history=history,
        ways=offered(here.at),
        mine={one.name: one for one in mine},
    )


@post(addresses.both("security"), status_code=303)
async def end(request: Asked, org: FromPath[str]) -> Redirect:
    """End a device, or all other sessions. Raises Away, BadInput."""
    here, form, _ = await posted(request, org, "security")
    forms.only(form, ("device",), "rights.access")
    await forget(here.at.org.desk, here.who, one(form, "device"))
    return here.to("security")
