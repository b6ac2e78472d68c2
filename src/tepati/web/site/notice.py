"""Room web: the public notice at its permanent address, drawn from the same document as every other form of it."""

from litestar import get
from litestar.params import FromPath

from tepati.notice.blocks import Section
from tepati.web.site.frame import Asked, Page, visit
from tepati.web.site.home import accepted


@get(["/{org:str}/privasi", "/{org:str}/en/privacy"])
async def notice(request: Asked, org: FromPath[str]) -> Page:
    """Show the notice in force; each part names the promises it rests on, linked to the board."""
    at = visit(request, org, "notice")
    return await at.draw(
        "site/notice.html", doc=at.house.document(org, at.lang), rests_on=rests_on, digest=at.org.digest, past=None,
        until=None, press=at.house.config.press, told=at.org.notice.notice.announce.material, before=at.org.version > 1,
        terms=accepted(at),
    )  # fmt: skip


def rests_on(section: Section) -> tuple[str, ...]:
    """Name the promises of a section, each once."""
    return tuple(dict.fromkeys(section.promises))
