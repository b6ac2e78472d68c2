"""Room web: what waits to leave, what was given up, what was refused at the last moment: by kind, without addresses."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.flows.acts import mails as act
from tepati.notice import speech
from tepati.notice.labels import labels
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
    """Call a kind of letter what it is; a message that only the notice knows, by what it is for."""
    said, message = words(here.at.lang, "mail"), here.at.org.notice.messages.get(kind)
    if f"kind.{kind}" in said:
        return said.say(f"kind.{kind}")
    if message is None:  # of a version that is over
        return kind.replace("_", " ")
    return speech.capital(labels(here.at.org.notice, here.at.lang).purpose(message.for_))
