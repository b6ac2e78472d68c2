"""Room web: a second member of staff confirms what a colleague wrote down, and comes back to where they were."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.flows.acts.countersign import countersign as confirm
from tepati.flows.answering import kinds
from tepati.web import addresses, forms
from tepati.web.console.frame import posted
from tepati.web.forms import one
from tepati.web.site.frame import Asked

PROMISE = "roles"


@post(addresses.both("countersign"), status_code=303)
async def countersign(request: Asked, org: FromPath[str]) -> Redirect:
    """Take the button. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "countersign")
    forms.only(form, ("number",), PROMISE)
    number = one(form, "number")
    kind = await confirm(here.desk, here.actor, number)
    if kind == "request":
        return here.to("asked", number)
    return here.to("complaint" if kind in kinds(here.desk.notice) else "booking", number)
