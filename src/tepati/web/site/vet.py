"""Room web: the page of an approver from outside: what a proposed version changes, its file, and one button."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import Conflict, Expired
from tepati.flows.acts import vet as act
from tepati.flows.outside import Asked as Vetting
from tepati.notice.differences import by_kind, differences
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.notice.revision import revision
from tepati.web import addresses, forms, tokens
from tepati.web.forms import one
from tepati.web.house import sayer
from tepati.web.ports import File
from tepati.web.site.enter import fresh
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page, Visit, visit

ROUTE = addresses.tailed("vet", "link")


@get(ROUTE)
async def vet(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page:
    """Show what the link asks; nothing changes, whoever opens it. Raises NotFound."""
    at = visit(request, org, "vet")
    return await _show(at, link, await act.read(at.org.desk, link))


@get([f"{path}/berkas" for path in ROUTE])
async def text(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page:
    """Give the proposed file, byte for byte. Raises NotFound."""
    at = visit(request, org, "vet")
    found = await act.read(at.org.desk, link)
    return download(File(f"{org}-v{found.proposal.version}.yaml", found.proposal.source.encode()))


@post(ROUTE, status_code=303)
async def approve(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page | Redirect:
    """Take the button. Raises BadInput (forged), NotFound."""
    at = visit(request, org, "vet")
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, _route(link), at.now)
    forms.only(form, (), "notice.approvals")
    try:
        await act.vet(at.org.desk, link)
    except (Conflict, Expired):
        return await _show(at, link, await act.read(at.org.desk, link), over=True)
    return Redirect(at.url("vet", link), status_code=303)


def _route(link: str) -> str:
    return tokens.bound("vet", link)


async def _show(at: Visit, link: str, found: Vetting, *, over: bool = False) -> Page:
    ready = found.stands and not over
    both = _versions(found) if ready else None
    return await at.draw(
        "site/vet.html", 200 if ready or found.used else 410, tail=link, found=found, ready=ready, link=link,
        parts=by_kind(differences(*both)) if both else (), step=revision(*both) if both else None,
        office=sayer(at.lang, "console"),
        token=fresh(at, _route(link)) if ready else "", contact=at.org.notice.organisation.contact.email,
    )  # fmt: skip


def _versions(found: Vetting) -> tuple[Notice, Notice]:
    return load(found.base.source.encode()).published(), load(found.proposal.source.encode()).published()
