"""Room web: a guardian's page: what a child sent, who asks and why; two buttons of equal weight, or one to take back.

GET answers nothing, whoever opens it: mail scanners do. A refusal (the child's own browser) is said on the page.
"""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Refused
from tepati.flows.acts import guardian as act
from tepati.flows.acts.guardian import From
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.asking import uses
from tepati.web.site.enter import fresh
from tepati.web.site.frame import Asked, Page, Visit, visit

ROUTE = addresses.tailed("guardian", "link")


@get(ROUTE)
async def guardian(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page:
    """Show what the link asks; nothing is answered. Raises NotFound, Expired."""
    return await _show(visit(request, org, "guardian"), link)


@post(ROUTE, status_code=303)
async def answer(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page | Redirect:
    """Take one of the buttons. Raises BadInput (forged), NotFound, Expired."""
    at = visit(request, org, "guardian")
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, _route(link), at.now)
    forms.only(form, ("answer",), "minors.guardian")
    by = From(cookies.read(request, org, "device"), cookies.read(request, org, "session"))
    try:
        done = await act.guardian(at.org.desk, link, one(form, "answer"), by)
    except (Refused, BadInput) as no:
        if no.code == "form_forged":
            raise
        code = next(iter(no.faults.values()), no.code) if isinstance(no, BadInput) else no.code
        full = code in {"slot_full", "date_range", "hour_gone"}
        return await _show(at, link, at.say("guardian.full") if full else at.spoken(told(no, at.lang)))
    said = {"answer": done.answer, "due": str(done.due)}
    ticket = tokens.ticket(at.house.config.key, org, "guardian_said", said, at.now)
    return Redirect(at.url("guardian_said", ticket), status_code=303)


@get(addresses.tailed("guardian_said", "ticket"))
async def answered(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Say what the answer did. Raises NotFound, Expired."""
    at = visit(request, org, "guardian_said")
    said = tokens.open_ticket(at.house.config.key, ticket, org, "guardian_said", at.now)
    return await at.draw("site/guardian_said.html", tail=ticket, answer=said["answer"], due=int(said["due"]))


def _route(link: str) -> str:
    return tokens.bound("guardian", link)


async def _show(at: Visit, link: str, wrong: str = "") -> Page:
    found, notice, called = await act.read(at.org.desk, link), at.org.notice, labels(at.org.notice, at.lang)
    limits = notice.minors.guardian.limits
    point = notice.points.get(found.point)
    return await at.draw(
        "site/guardian.html", 403 if wrong else 200, tail=link, found=found, link=link, wrong=wrong,
        entry=called.entry(found.point) if point else "", fields=called.groups(point.collects) if point else "",
        uses=uses(at, found.point) if point else "", age=notice.minors.under,
        limits=f"{speech.capital(limits.of(at.lang))}." if limits else "", token=fresh(at, _route(link)),
    )  # fmt: skip
