"""Room web: staff and roles: who is on the staff, whose undertaking runs out; let in, and dismissed."""

import base64
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, NotFound
from tepati.flows.acts.dismiss import dismiss
from tepati.flows.acts.enlist import enlist
from tepati.flows.acts.factors import take_away
from tepati.flows.acts.staff import Newcomer, welcome
from tepati.flows.acts.team import team
from tepati.flows.stewards import speaks
from tepati.web import addresses
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.said import Said
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.site.account import named
from tepati.web.site.frame import Asked, Page

SOON = 30 * 86_400_000_000
SECRET = 15  # random bytes of a first password


@get(addresses.both("staff"))
async def staff(request: Asked, org: FromPath[str]) -> Page:
    """Show the staff. Raises Away, NotFound, Refused."""
    return await _show(await seat(request, org, "staff"))


@post(addresses.both("staff"), status_code=303)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Let somebody in, dismiss or invite them, take a lost factor away. Raises Away, BadInput, Refused, NotFound."""
    here, form, _ = await posted(request, org, "staff")
    match one(form, "do"):
        case "welcome":
            return await _welcome(here, form)
        case "dismiss":
            await dismiss(here.desk, here.actor, one(form, "email"))
            return here.to("staff")
        case "enlist":
            await enlist(here.desk, here.actor, one(form, "email"))
            return here.to("staff")
        case "factor":
            return await _lost(here, form)
    raise NotFound("page")


async def _lost(here: Seat, form: Form) -> Page | Redirect:
    """Take a lost factor away; the last one stays."""
    try:
        await take_away(here.desk, here.actor, one(form, "email"), named(one(form, "key")))
    except BadInput as bad:
        return await _show(here, wrong=[("daftar", told(BadInput(next(iter(bad.faults.values()))), here.at.lang))])
    return here.to("staff")


async def _welcome(here: Seat, form: Form) -> Page:
    """Let somebody in; password and key are on the answer, once, and nowhere else."""
    password = base64.urlsafe_b64encode(here.at.house.config.random(SECRET)).decode()
    roles = tuple(name for name in here.at.org.notice.roles if f"role.{name}" in form)
    new = Newcomer(one(form, "name"), one(form, "email"), one(form, "phone"), password, roles)
    try:
        made = await welcome(here.desk, new, here.actor)
    except (BadInput, Conflict) as no:
        faults = dict(no.faults) if isinstance(no, BadInput) else {"staff.email": no.code}
        wrong = [(field.rpartition(".")[2], told(BadInput(code), here.at.lang)) for field, code in faults.items()]
        return await _show(here, form=form, wrong=wrong)
    name = quote(f"{here.at.org.name}:{one(form, 'email')}")
    uri = f"otpauth://totp/{name}?secret={made.factor}&issuer={quote(here.at.org.name)}"
    return await here.draw("welcomed.html", who=one(form, "name"), password=password, factor=made.factor, uri=uri)


async def _show(here: Seat, form: Form | None = None, wrong: list[tuple[str, str]] | None = None) -> Page:
    mates = await team(here.desk, here.actor, company=here.at.org.company is not None)
    return await here.draw(
        "staff.html", 422 if wrong else 200, mates=mates, said=Said(here.at), ending=here.at.now + SOON,
        form={name: one(form or {}, name) for name in ("name", "email", "phone")}, wrong=wrong or [],
        chosen=[name for name in here.at.org.notice.roles if f"role.{name}" in (form or {})],
        offered=[name for name in here.at.org.notice.roles if not speaks(here.at.org.notice, name)],
    )  # fmt: skip
