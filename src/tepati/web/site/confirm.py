"""Room web: the page behind a mailed link. GET changes nothing (mail scanners fetch links); the button acts."""

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput
from tepati.flows.acts.agree import Browser
from tepati.web import addresses, cookies, forms, tokens, uploads
from tepati.web.forms import one
from tepati.web.ports import Preview
from tepati.web.site import released
from tepati.web.site.asking import also, question
from tepati.web.site.frame import Asked, Page, Visit, surface_of, visit

SHOW = ["/{org:str}/k/{token:str}", "/{org:str}/en/k/{token:str}"]
STOP = ["/{org:str}/s/{token:str}", "/{org:str}/en/s/{token:str}"]  # the way out that a promotion carries
ONE_CLICK = {"List-Unsubscribe": ["One-Click"]}
ACT = ["/{org:str}/k", "/{org:str}/en/k"]
DONE = ["/{org:str}/k/selesai/{ticket:str}", "/{org:str}/en/k/done/{ticket:str}"]


@get([*SHOW, *STOP])
async def preview(request: Asked, org: FromPath[str], token: FromPath[str]) -> Page:
    """Show what the link would do. Raises Expired, NotFound."""
    at = visit(request, org, "confirm")
    return await _show(at, token, await at.org.preview(token))


@post([*SHOW, *STOP], status_code=200)
async def one_click(request: Asked, org: FromPath[str], token: FromPath[str]) -> Page:
    """Stop a promotion by the mail program's own button (RFC 8058): no page, no cookie, no second question.

    Raises BadInput for any other body, NotFound for any other kind of link.
    """
    surface = surface_of(request, org)
    form, _ = uploads.parse(await request.body(), request.headers.get("content-type", ""), ())  # either kind of form
    if form != ONE_CLICK:
        raise BadInput("form_forged")
    await surface.stop(token, addresses.language_of(request.scope["path"]))
    return Response(b"", status_code=200, media_type="text/plain")  # a mail program shows nobody what comes back


@post(ACT, status_code=303)
async def act(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Do what the link says, once. Raises Expired, NotFound, BadInput, Refused."""
    at = visit(request, org, "confirm")
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "confirm", at.now)
    link = one(form, "link")
    will = await at.org.preview(link)
    forms.only(form, ("link", *(f"asks.{name}" for name in will.questions)), "consents")
    if missing := [name for name in will.questions if one(form, f"asks.{name}") not in ("yes", "no")]:
        return await _show(at, link, will, missing, status=422)
    agreed = frozenset(name for name in will.questions if one(form, f"asks.{name}") == "yes")
    kept = cookies.read(request, org, "device")
    browser = Browser(kept, cookies.label(request)) if kept else None
    done = await at.org.confirm(link, agreed, at.lang, browser)
    if done.capability:
        return Redirect(at.url("certificate", done.capability), status_code=303)
    if done.withdrawn:
        ticket = tokens.ticket(at.house.config.key, org, "stopped", released.told(at, done.withdrawn), at.now)
        return Redirect(at.url("stopped", ticket), status_code=303)
    said = {"kind": done.kind, "number": done.number, "questions": " ".join(done.questions),
            "answer": str(done.answer)}  # fmt: skip
    ticket = tokens.ticket(at.house.config.key, org, "confirmed", said, at.now)
    return Redirect(at.url("confirmed", ticket), status_code=303)


@get(DONE)
async def done(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show what was confirmed. Raises NotFound, Expired."""
    at = visit(request, org, "confirmed")
    said = tokens.open_ticket(at.house.config.key, ticket, org, "confirmed", at.now)
    questions = [question(at, name) for name in said["questions"].split() if name in at.org.notice.consents]
    return await at.draw(
        "site/confirmed.html",
        tail=ticket,
        said=_said(at, said["kind"], said["number"]),
        questions=questions,
        answer=int(said["answer"]),
    )


@get(addresses.tailed("stopped", "ticket"))
async def stopped(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show what a withdrawal erased and kept. Raises NotFound, Expired."""
    at = visit(request, org, "stopped")
    said = tokens.open_ticket(at.house.config.key, ticket, org, "stopped", at.now)
    return await at.draw("site/stopped.html", tail=ticket, told=said)


def _said(at: Visit, kind: str, number: str) -> dict[str, str]:
    """Name what a link was about: a number, or for a way out the question it takes back."""
    return {"kind": kind, "number": question(at, number) if number in at.org.notice.consents else number}


async def _show(at: Visit, link: str, will: Preview, missing: list[str] | None = None, status: int = 200) -> Page:
    config = at.house.config
    return await at.draw(
        "site/confirm.html",
        status,
        tail=link,
        will=will,
        number=_said(at, will.kind, will.number)["number"],
        gone=released.gone(at, will.gone),
        stays=released.stays(at, will.stays),
        questions=[(name, question(at, name), also(at, name), name in (missing or ())) for name in will.questions],
        link=link,
        token=tokens.issue(config.key, at.org.slug, "confirm", at.org.digest, at.now, config.random(16)),
    )
