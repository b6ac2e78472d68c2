"""Room web: a page on which anybody checks a receipt in their own browser; nothing of it leaves the machine.

Its policy allows one script of our own and no connection at all; words come with the page, keys only from the reader.
"""

from litestar import get
from litestar.params import FromPath

from tepati.notice.words import words
from tepati.web.site.frame import Asked, Page, visit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
TOLD = "verify_result."


@get(["/{org:str}/periksa", "/{org:str}/en/verify"])
async def verify(request: Asked, org: FromPath[str]) -> Page:
    """Show the page; what it says about a receipt is decided in the browser."""
    at = visit(request, org, "verify")
    said = words(at.lang, "site").entries
    told = {key.removeprefix(TOLD): text for key, text in said.items() if key.startswith(TOLD)}
    headers = {"content-security-policy": POLICY}
    return await at.draw(
        "site/verify.html", headers=headers, told=told, script=f"/static/{at.house.assets['verify'].name}"
    )
