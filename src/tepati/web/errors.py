"""Room web: every error becomes a page in the visitor's language: what happened, what to do; no value, no trace."""

import logging
from collections.abc import Mapping

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from tepati.errors import (
    BadInput,
    Conflict,
    Expired,
    Misconfigured,
    NotFound,
    Refused,
    Tampered,
    TepatiError,
    Unavailable,
)
from tepati.notice import speech
from tepati.notice.words import words
from tepati.web.addresses import language_of
from tepati.web.edge import Refusal
from tepati.web.house import Away, House, html, other, sayer

LOG = logging.getLogger("tepati.web")
STATUS: Mapping[type[TepatiError], int] = {
    BadInput: 400,
    Refused: 403,
    NotFound: 404,
    Conflict: 409,
    Expired: 410,
    Tampered: 500,
    Misconfigured: 500,
    Unavailable: 503,
}
SPOKEN = frozenset({400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 421, 429, 500, 503})


def told(error: TepatiError, lang: str) -> str:
    """Say an error in one sentence: this room's words, then those of all rooms, then a plain one."""
    for area in ("site", "errors"):
        found = words(lang, area)
        key = f"told.{error.code}" if area == "site" else error.code
        if key in found:
            return found.say(key, **error.values)
    return words(lang, "site").say("told.other")


def fault(code: str, lang: str, label: str) -> str:
    """Say what is wrong with one field and how to mend it."""
    site = words(lang, "site")
    key = f"fault.{code}"
    return site.say(key if key in site else "fault.other", field=label)


def page(house: House, status: int, path: str, because: str = "", promise: str = "") -> str:
    """Render the page of an error in the language of the path; it asks nothing of the acts, so it cannot fail twice."""
    lang, slug = language_of(path), path.lstrip("/").partition("/")[0]
    org = house.orgs.get(slug)
    form = org.notice.organisation.form_of_address if org else ""
    dress = house.dresses.get(slug)
    return house.draw(
        "error.html",
        lang,
        say=sayer(lang, "site", form),
        mark=dress.mark if dress else "",
        **({"sheet": f"/static/{dress.sheet.name}"} if dress else {}),
        status=status if status in SPOKEN else (500 if status >= 500 else 400),
        because=speech.addressed(because, lang, form),
        promise=promise,
        org=org,
        other=other(lang),
    )


def refusal(house: House) -> Refusal:
    """Make the edge's own answer: it has no request object yet."""

    def answer(status: int, path: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        body = page(house, status, path).encode("utf-8")
        return body, [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]

    return answer


def of_tepati(request: Request[object, object, State], error: TepatiError) -> Response[bytes]:
    """Answer a refusal, a fault or an expiry."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status == 500:
        _report(request, error)
    headers = {"retry-after": "30"} if status == 503 else None
    promise = error.promise if isinstance(error, Refused) else ""
    because = told(error, language_of(request.scope["path"])) if status in (400, 403, 409, 410) else ""
    return html(page(request.app.state.house, status, request.scope["path"], because, promise), status, headers)


def of_away(_request: Request[object, object, State], away: Away) -> Redirect:
    """Lead somebody without a session to the door."""
    return Redirect(away.path, status_code=303)


def of_http(request: Request[object, object, State], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: unknown address, wrong method."""
    headers = {"allow": _allowed(request)} if error.status_code == 405 else {}
    body = page(request.app.state.house, error.status_code, request.scope["path"])
    return html(body, error.status_code, headers)


def _allowed(request: Request[object, object, State]) -> str:
    """List the methods of an address (RFC 9110 section 15.5.6); HEAD is answered by the edge."""
    try:
        request.app.asgi_router.handle_routing(path=request.scope["path"].rstrip("/") or "/", method="POST")
    except HTTPException:
        return "GET, HEAD"
    return "GET, HEAD, POST"


def of_any(request: Request[object, object, State], error: Exception) -> Response[bytes]:
    """Answer a fault of ours: the log names its class and the route, no message, for a message may hold a value."""
    _report(request, error)
    return html(page(request.app.state.house, 500, request.scope["path"]), 500)


def _report(request: Request[object, object, State], error: Exception) -> None:
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    where = f"{last.tb_frame.f_code.co_name}:{last.tb_lineno}" if last else "-"
    LOG.error("%s in %s at %s", type(error).__name__, request.scope.get("path_template", "-"), where)
