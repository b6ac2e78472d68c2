"""Room web: API keys of the organisation's programs: which are in force; made, with the secret shown once; ended."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.keyed import DAYS, Wanted, end, make, running
from tepati.flows.stewards import speaks
from tepati.web import addresses
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.said import Said
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.site.frame import Asked, Page


@get(addresses.both("api_keys"))
async def api_keys(request: Asked, org: FromPath[str]) -> Page:
    """Show the keys in force. Raises Away, NotFound, Refused."""
    return await _show(await seat(request, org, "api_keys"))


@post(addresses.both("api_keys"), status_code=303)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Make a key, or end one. Raises Away, BadInput (forged), Refused, NotFound."""
    here, form, _ = await posted(request, org, "api_keys")
    match one(form, "do"):
        case "make":
            return await _make(here, form)
        case "end":
            await end(here.desk, here.actor, one(form, "key"))
            return here.to("api_keys")
    raise NotFound("page")


async def _make(here: Seat, form: Form) -> Page:
    """Make a key; its secret is on the answer, once, and nowhere else: loaded again, the form makes another key."""
    days = one(form, "days").strip()
    wanted = Wanted(
        one(form, "role"), tuple(one(form, "networks").split()),
        int(days) if days.isascii() and days.isdecimal() and len(days) < len(str(DAYS)) + 1 else 0,
    )  # fmt: skip
    try:
        secret, key = await make(here.desk, here.actor, wanted)
    except BadInput as no:
        wrong = [(field, told(BadInput(code), here.at.lang)) for field, code in no.faults.items()]
        return await _show(here, form, wrong)
    return await here.draw("api_key_made.html", part="staff", secret=secret, key=key, said=Said(here.at))


async def _show(here: Seat, form: Form | None = None, wrong: list[tuple[str, str]] | None = None) -> Page:
    roles = here.at.org.notice.roles
    return await here.draw(
        "api_keys.html", 422 if wrong else 200, part="staff", said=Said(here.at),
        held=await running(here.desk, here.actor), most=DAYS, wrong=wrong or [],
        form={name: one(form or {}, name) for name in ("role", "networks", "days")},
        offered=[name for name in roles if not speaks(here.at.org.notice, name)],
    )  # fmt: skip
