"""Room web: by what a member of staff signs in: authenticator and passkeys, added and taken away by themselves."""

from urllib.parse import quote

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import passkeys
from tepati.flows.acts import factors as act
from tepati.flows.onetime import spelt
from tepati.web import addresses, cookies, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.account import PICTURED, named
from tepati.web.site.frame import Asked, Page
from tepati.web.site.passkeys import party, question, shown


@get(addresses.both("factors"))
async def factors(request: Asked, org: FromPath[str]) -> Page:
    """Show them. Raises Away, NotFound."""
    return await _page(request, await seat(request, org, "factors"))


async def _page(request: Asked, here: Seat, wrong: str = "") -> Page:
    kept = await act.factors(here.desk, here.actor, here.session)
    secret = spelt(kept.secret) if kept.secret and kept.fresh else ""
    drawn = segno.make(_address(here, secret), micro=False).png_data_uri(scale=5, border=4) if secret else ""
    where, who = party(request, here.at), here.actor.person  # by name: several members may share a machine
    asked = passkeys.making(here.desk, where, who, kept.keys, _bound(here), here.name)
    return await here.draw(
        "factors.html", 422 if wrong else 200, headers={"content-security-policy": PICTURED}, kept=kept, wrong=wrong,
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), drawn=drawn,
        ask=question(request, here.at, asked), part="own",
        last=kept.app + sum(not key.stopped for key in kept.keys) == 1,
    )  # fmt: skip


def _address(here: Seat, secret: str) -> str:
    name = quote(here.at.org.name)
    return f"otpauth://totp/{name}?secret={secret}&issuer={name}"


def _bound(here: Seat) -> bytes:
    """Bind a challenge to this session."""
    return here.session.encode()


@post(addresses.both("factors"), status_code=303)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Add one, or take one away: then whoever did signs in anew. Raises Away, BadInput (forged), NotFound."""
    here, form, _ = await posted(request, org, "factors")
    forms.only(form, ("do", "code", "credential", "key"), act.PROMISE)
    who = here.desk, here.actor, here.session
    try:
        match one(form, "do"):
            case "passkey":
                await act.add_key(*who, shown(request, here.at, form, _bound(here)), cookies.label(request))
            case "app":
                await act.add_app(*who, one(form, "code"))
            case "remove":
                await act.remove(*who, named(one(form, "key")))
                return here.to("sign_in")
            case _:
                raise NotFound("page")
    except BadInput as bad:
        return await _page(request, here, told(BadInput(next(iter(bad.faults.values()), bad.code)), here.at.lang))
    except Refused as no:
        return await _page(request, here, told(no, here.at.lang))
    return here.to("factors")
