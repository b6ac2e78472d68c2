"""Room web: what was: every version of the notice at its own permanent address, what changed between two, the news."""

import hashlib
from collections.abc import Sequence

from litestar import get
from litestar.params import FromPath

from tepati.errors import NotFound
from tepati.flows.history import Version
from tepati.notice.differences import by_kind, differences
from tepati.web import addresses
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page, visit
from tepati.web.site.notice import rests_on

PICTURE = "picture."
TEXT = "notice"  # the name of the notice's own text among the files of a version
LONGEST = 6  # digits of a version's number


@get(addresses.both("history"))
async def history(request: Asked, org: FromPath[str]) -> Page:
    """List every version, with when it was published and from when it holds."""
    at = visit(request, org, "history")
    return await at.draw("site/history.html", versions=await at.org.versions())


@get([f"{path}/{{number:str}}" for path in addresses.both("version")])
async def version(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one version as it was published. Raises NotFound."""
    at = visit(request, org, "version")
    versions = await at.org.versions()
    if not versions and number == str(at.org.version):  # in force here, and not yet published
        return await at.draw("site/history.html", tail=number, versions=versions)
    found, _, later = _placed(versions, number)
    if found.notice is None:
        return await at.draw("site/source.html", tail=number, found=found)
    doc = at.house.document(org, at.lang, found)
    return await at.draw(
        "site/notice.html", tail=number, doc=doc, rests_on=rests_on, digest=found.digest, past=found, until=later,
        told=None, terms=None, before=None, coming=None, press=at.house.config.press,
    )  # fmt: skip


@get([f"{path}/{{number:str}}" for path in addresses.both("pdf")])
async def printed(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Give one version as PDF, the same bytes each time. Raises NotFound (no such version, no press here)."""
    at = visit(request, org, "pdf")
    found, _, _ = _placed(await at.org.versions(), number)
    if found.notice is None:
        raise NotFound("page")
    body = await at.house.printed(at.house.document(org, at.lang, found), found.digest)
    return download(File(f"{org}-v{found.version}-{at.lang}.pdf", body))


@get([f"{path}/{{number:str}}" for path in addresses.both("sheets")])
async def sheets(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """List the exact bytes of a version: its text, its forms, its banner, each with its hash. Raises NotFound."""
    at = visit(request, org, "sheets")
    found, _, _ = _placed(await at.org.versions(), number)
    kept = await at.org.sheets(found.digest)
    rows = [(name, hashlib.sha256(body).hexdigest(), len(body)) for name, body in kept.items()]
    return await at.draw("site/sheets.html", tail=number, found=found, rows=rows, text=TEXT,
                         pictures=await at.org.pictures(found.digest))  # fmt: skip


@get([f"{path}/{{number:str}}/{{name:str}}" for path in addresses.both("sheets")])
async def sheet(request: Asked, org: FromPath[str], number: FromPath[str], name: FromPath[str]) -> Page:
    """Give one of them as a file, the same bytes each time. Raises NotFound."""
    at = visit(request, org, "sheets")
    found, _, _ = _placed(await at.org.versions(), number)
    if name == TEXT:
        return download(File(f"{org}-v{found.version}.yaml", found.source.encode()))
    if name.startswith(PICTURE):
        return download(File(f"{org}-v{found.version}-{_plain(name)}.png", await at.org.picture(found.digest, name)))
    body = (await at.org.sheets(found.digest)).get(name)
    if body is None:
        raise NotFound("page")
    return download(File(f"{org}-v{found.version}-{name.replace('.', '-')}.json", body))


@get([f"{path}/{{number:str}}" for path in addresses.both("changes")])
async def changes(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show what a version changed, promise by promise; ``1-3``: what changed since the first.

    Raises NotFound (no such version, or nothing before it).
    """
    at = visit(request, org, "changes")
    versions = await at.org.versions()
    since, _, last = number.rpartition("-")
    found, before, _ = _placed(versions, last)
    if since:
        before, _, _ = _placed([one for one in versions if one.version < found.version], since)
    if before is None or found.notice is None or before.notice is None:
        raise NotFound("page")
    parts = by_kind(differences(before.notice, found.notice))
    return await at.draw("site/changes.html", tail=number, found=found, before=before, parts=parts)


@get(addresses.both("news"))
async def news(request: Asked, org: FromPath[str]) -> Page:
    """Show what was announced, the newest first."""
    at = visit(request, org, "news")
    return await at.draw("site/news.html", told=await at.org.news())


def _plain(name: str) -> str:
    """Name a picture's file by its day, page and language."""
    return "-".join(name.split(".")[1:-1])


def _placed(versions: Sequence[Version], number: str) -> tuple[Version, Version | None, Version | None]:
    """Find a version by its number, with the ones before and after it. Raises NotFound."""
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST):
        raise NotFound("page")
    later: Version | None = None
    for place, one in enumerate(versions):
        if one.version == int(number):
            before = versions[place + 1] if place + 1 < len(versions) else None
            return one, before, later
        later = one
    raise NotFound("page")
