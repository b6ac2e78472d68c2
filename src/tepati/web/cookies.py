"""Room web: the cookies that the notice declares, and how they are written: no other leaves this server.

On https each is ``__Host-`` and Secure (RFC 6265bis section 4.1.3.2); the demo alone, on plain http, writes plain names
and says so on every page. Names carry the organisation, so that two on one machine never read each other's.
"""

from typing import Any, Literal

from litestar import Request, Response
from litestar.datastructures import Cookie, State

Asked = Request[Any, Any, State]
Key = Literal["session", "staff_session", "visit_link", "device", "language", "display", "choice"]
DAY = 86_400  # seconds
LIVES: dict[Key, int | None] = {
    "session": None, "staff_session": None, "visit_link": None, "device": 180 * DAY, "language": 365 * DAY,
    "display": 365 * DAY, "choice": 180 * DAY,
}  # fmt: skip
STRICT = frozenset({"staff_session"})  # never sent along from another site, not even by a link
LONGEST = 600  # characters that are read


def name_of(request: Asked, org: str, key: Key) -> str:
    """Name a cookie of an organisation on this connection."""
    prefix = "__Host-" if request.scope["scheme"] == "https" else ""
    return f"{prefix}{org}-{key}"


def read(request: Asked, org: str, key: Key) -> str:
    """Return a cookie's value, or nothing where there is none or it is absurd."""
    value = request.cookies.get(name_of(request, org, key), "")
    return value if len(value) <= LONGEST else ""


def keep(response: Response[Any], request: Asked, org: str, key: Key, value: str) -> None:
    """Have the browser keep a cookie for as long as the notice says."""
    _write(response, request, org, key, value, LIVES[key])


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
