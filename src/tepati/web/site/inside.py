"""Room web: a request behind the session of a person, in their privacy centre; without one it leads to the door.

The router's guard: the session is of this organisation and of a person, the form's token of this session and surface.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar.response import Redirect

from tepati.errors import Expired
from tepati.flows.acts import enter
from tepati.flows.acts.uploads import offered
from tepati.flows.checking import takes
from tepati.flows.visitors import Visitor
from tepati.web import cookies, forms, tokens
from tepati.web.forms import Form, one
from tepati.web.house import Away
from tepati.web.site.frame import Asked, Visit, visit
from tepati.web.uploads import parse

SURFACE = "centre"


@dataclass(frozen=True, slots=True)
class Inside:
    """A visit with whoever holds its session."""

    at: Visit
    who: Visitor
    session: str

    @property
    def hidden(self) -> tuple[str, ...]:
        """Name the pages that this notice has no use for."""
        notice = self.at.org.notice
        used = {"uploads": bool(offered(self.at.org.desk)), "proving": bool(takes(notice))}
        return tuple(page for page, there in used.items() if not there)

    def token(self, page: str) -> str:
        """Make the token of a form on a page of this session."""
        config, route = self.at.house.config, tokens.bound(f"{SURFACE}:{page}", self.session)
        return tokens.issue(config.key, self.at.org.slug, route, self.at.org.digest, self.at.now, config.random(16))

    def to(self, page: str, tail: str = "") -> Redirect:
        """Lead to another page after a form was taken."""
        return Redirect(self.at.url(page, tail), status_code=303)


async def inside(request: Asked, org: str, page: str) -> Inside:
    """Place a request of somebody who came in. Raises Away (to the door), NotFound."""
    at = visit(request, org, page, SURFACE)
    session = cookies.read(request, org, "session")
    try:
        who = await enter.visitor(at.org.desk, session, cookies.read(request, org, "device"))
    except Expired:
        raise Away(at.url("centre")) from None
    return Inside(at, who, session)


async def posted(request: Asked, org: str, page: str) -> tuple[Inside, Form, bytes]:
    """Read a form of this session; return it with the form's own id. Raises Away, BadInput, Expired, NotFound."""
    here = await inside(request, org, page)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    route = tokens.bound(f"{SURFACE}:{page}", here.session)
    shown = tokens.check(here.at.house.config.key, one(form, "_token"), org, route, here.at.now)
    return here, form, shown.form_id


async def posted_file(
    request: Asked, org: str, page: str, name: str
) -> tuple[Inside, Form, Mapping[str, bytes], tokens.Shown]:
    """Read a form of this session that brings one file, as ``posted``; return its files and what its token says."""
    here = await inside(request, org, page)
    form, files = parse(await request.body(), request.headers.get("content-type", ""), {name})
    route = tokens.bound(f"{SURFACE}:{page}", here.session)
    return here, form, files, tokens.check(here.at.house.config.key, one(form, "_token"), org, route, here.at.now)
