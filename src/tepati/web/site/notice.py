"""Room web: the public notice at its permanent address, drawn from the same document as every other form of it."""

from litestar import get

from tepati.web.site.frame import Asked, Page, visit


@get(["/{org:str}/privasi", "/{org:str}/en/privacy"])
async def notice(request: Asked, org: str) -> Page:
    """Show the notice in force."""
    at = visit(request, org, "notice")
    return await at.draw("site/notice.html", doc=at.org.document(at.lang))
