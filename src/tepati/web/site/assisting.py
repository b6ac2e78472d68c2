"""Room web: somebody in their privacy centre asks to be helped in a way that suits them; nobody is asked why."""

from collections.abc import Mapping

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.assist import AGREED, PROMISE, assist, needed
from tepati.flows.rights import ASSISTANCE
from tepati.web import addresses, forms
from tepati.web.errors import fault
from tepati.web.forms import Form, one
from tepati.web.site.frame import Asked, Page
from tepati.web.site.inside import Inside, inside, posted

WORDS = ("words", "helper", "agreed")
OF = "of."  # before a way's name in the form


@get(addresses.both("assistance"))
async def show(request: Asked, org: FromPath[str]) -> Page:
    """Show the form. Raises Away, NotFound (the notice offers no such way here)."""
    return await _form(await inside(request, org, "assistance"), {}, {})


@post(addresses.both("assistance"), status_code=303)
async def ask(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Take the request. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "assistance")
    desk = here.at.org.desk
    forms.only(form, (*(f"{OF}{way}" for way in _ways(here)), *WORDS), PROMISE)
    ways = tuple(name.removeprefix(OF) for name in form if name.startswith(OF))
    try:
        need = needed(desk, ways, *(one(form, name) for name in WORDS))
    except BadInput as bad:
        return await _form(here, form, bad.faults)
    done = await assist(desk, here.who, need)
    return here.to("requests", done.number)


def _ways(here: Inside) -> tuple[str, ...]:
    right = here.at.org.notice.rights.get(ASSISTANCE)
    if right is None or (right.channels and "site" not in right.channels):
        raise NotFound("page")
    return right.ways


async def _form(here: Inside, typed: Form, wrong: Mapping[str, str]) -> Page:
    at = here.at
    said = {name: fault(code, at.lang, at.say(f"assist.{name}")) for name, code in wrong.items()}
    return await at.draw(
        "site/assistance.html", 422 if wrong else 200, here=here, ways=_ways(here), agreed=AGREED, wrong=said,
        typed={name: one(typed, name) for name in typed},
    )  # fmt: skip
