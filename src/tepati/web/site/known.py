"""Room web: the few addresses that programs look for: what robots leave alone, whom to tell of a hole, and the signal.

RFC 9309 (robots.txt), RFC 9116 (security.txt), W3C Global Privacy Control (gpc.json).
"""

import datetime as dt

from litestar import Response, get

from tepati.errors import NotFound
from tepati.web import addresses
from tepati.web.site.frame import EPOCH, Asked, house_of, slugs_of

PRIVATE = ("confirm", "certificate", "centre", "booked", "formed", "written", "cookies", "today")
FRESH = dt.timedelta(days=180)  # RFC 9116 section 2.5.5: less than a year
KEEP = {"cache-control": "public, max-age=3600"}
GPC = "2026-11-01"  # since when the signal is treated as the choices page says


def _text(lines: list[str], media: str = "text/plain") -> Response[bytes]:
    return Response("\n".join([*lines, ""]).encode("utf-8"), media_type=media, headers=KEEP)


@get("/robots.txt")
async def robots(request: Asked) -> Response[bytes]:
    """Keep robots from what belongs to one person; from everything of the demo, whose people are invented."""
    if house_of(request).config.demo:
        return _text(["User-agent: *", "Disallow: /"])
    slugs = sorted(slugs_of(request) & set(house_of(request).orgs))
    shut = [path for slug in slugs for page in PRIVATE for path in _both(page, slug)]
    return _text(["User-agent: *", *(f"Disallow: {path}" for path in shut), "Disallow: /v1/"])


def _both(page: str, slug: str) -> list[str]:
    return [addresses.path(page, slug, lang) for lang in addresses.LANGUAGES]


@get("/.well-known/security.txt")
async def security(request: Asked) -> Response[bytes]:
    """Say whom to tell of a hole. Raises NotFound where the operator named nobody, or this Host shows no site."""
    config = house_of(request).config
    slugs = sorted(slugs_of(request) & set(house_of(request).orgs))
    if not config.security or not slugs:
        raise NotFound("page")
    until = EPOCH + dt.timedelta(microseconds=config.now()) + FRESH
    stamp = until.replace(hour=0, minute=0, second=0, microsecond=0).isoformat().replace("+00:00", "Z")
    canonical = [f"Canonical: {config.origins[slug]}/.well-known/security.txt" for slug in slugs]
    return _text([f"Contact: {config.security}", f"Expires: {stamp}", "Preferred-Languages: id, en", *canonical])


@get("/.well-known/gpc.json")
async def signal(request: Asked) -> Response[bytes]:
    """Say that the signal is honoured. Raises NotFound where this Host shows no site."""
    if not slugs_of(request) & set(house_of(request).orgs):
        raise NotFound("page")
    return _text([f'{{"gpc": true, "lastUpdate": "{GPC}"}}'], "application/json")
