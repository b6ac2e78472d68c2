"""Room web: the cookies that the notice declares (``cookies.set``), and how they are written: no other leaves here.

A cookie lives as long as its notice says; one that is not declared is not written, and an optional one only after a
yes. On https each is ``__Host-`` and Secure (RFC 6265bis section 4.1.3.2); the demo alone, on plain http, writes plain
names and says so on every page. Names carry the organisation, so that two on one machine never read each other's.
"""

from typing import Any, Literal

from litestar import Request, Response
from litestar.datastructures import Cookie, State

from tepati.notice.model import Notice
from tepati.web import choice

Asked = Request[Any, Any, State]
Key = Literal["session", "staff_session", "visit_link", "device", "sign_in", "language", "display", "choice"]
STRICT = frozenset({"staff_session"})  # never sent along from another site, not even by a link
LONGEST = 600  # characters that are read
LOOKS = frozenset({"light", "dark", "large"})  # what ``display`` may say; nothing of it: as the device is set


def name_of(request: Asked, org: str, key: Key) -> str:
    """Name a cookie of an organisation on this connection."""
    prefix = "__Host-" if request.scope["scheme"] == "https" else ""
    return f"{prefix}{org}-{key}"


def read(request: Asked, org: str, key: Key) -> str:
    """Return a cookie's value, or nothing where there is none or it is absurd."""
    value = request.cookies.get(name_of(request, org, key), "")
    return value if len(value) <= LONGEST else ""


def chosen(request: Asked, org: str) -> choice.Choice:
    """Return what this browser chose about optional cookies."""
    house = request.app.state.house
    return choice.read(house.orgs[org].notice, read(request, org, "choice"), house.config.now())


def look(request: Asked, org: str) -> str:
    """Return the classes by which a page looks as this browser asked, in a fixed order; empty: as its device is set."""
    if "display" not in chosen(request, org).yes:
        return ""
    return " ".join(sorted(LOOKS & set(read(request, org, "display").split("."))))


def keep(
    response: Response[Any], request: Asked, org: str, key: Key, value: str, said: choice.Choice | None = None
) -> None:  # fmt: skip
    """Have the browser keep a declared cookie for as long as the notice says; ``said`` is a choice made just now."""
    notice: Notice = request.app.state.house.orgs[org].notice
    declared = notice.cookies.set.get(key)
    if declared is None:
        return
    if declared.class_ != "necessary" and key not in (said or chosen(request, org)).yes:
        return
    _write(response, request, org, key, value, declared.life.rough_seconds() if declared.life else None)


def drop(response: Response[Any], request: Asked, org: str, key: Key) -> None:
    """Have the browser forget a cookie."""
    _write(response, request, org, key, "", 0)


def _write(response: Response[Any], request: Asked, org: str, key: Key, value: str, life: int | None) -> None:
    secure, site = request.scope["scheme"] == "https", "strict" if key in STRICT else "lax"
    name = name_of(request, org, key)
    response.set_cookie(Cookie(name, "/", value, life, secure=secure, httponly=True, samesite=site))  # type: ignore[arg-type]


def label(request: Asked) -> str:
    """Call the browser's device by one of a few kinds (``flows.visitors.LABELS``): nothing finer is kept."""
    said = request.headers.get("user-agent", "").lower()
    kinds = (("android", "android"), ("iphone", "iphone"), ("ipad", "iphone"), ("windows", "windows"),
             ("macintosh", "mac"), ("linux", "linux"))  # fmt: skip
    return next((kind for word, kind in kinds if word in said), "other")
