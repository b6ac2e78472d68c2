"""Room web: what waits to leave, what was given up, what was refused at the last moment: by kind, without addresses."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.flows.acts import mails as act
from tepati.notice.words import words
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.site.frame import Asked, Page

ORDER = ("waiting", "failed", "refused", "stopped", "sent")


@get(addresses.both("mails"))
async def mails(request: Asked, org: FromPath[str]) -> Page:
    """Show the outbox of the last week. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "mails")
    kinds = await act.mails(here.desk, here.actor)
    sums = {state: sum(getattr(kind, state) for kind in kinds) for state in ORDER}
    return await here.draw("mails.html", kinds=kinds, sums=sums, called={k.kind: _called(here, k.kind) for k in kinds})


@post(addresses.both("mails"), status_code=303)
async def retry(request: Asked, org: FromPath[str]) -> Redirect:
    """Try again what was given up. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "mails")
    forms.only(form, (), act.PROMISE)
    await act.retry(here.desk, here.actor)
    return here.to("mails")


def _called(here: Seat, kind: str) -> str:
    """Call a kind of letter by the title it carries, or by its name."""
    said = words(here.at.lang, "mail")
    key = f"kind.{kind}"
    return said.say(key) if key in said else kind.replace("_", " ")
