"""Composition root: where a browser is present, a version in force is photographed once: notice, forms and banner."""

from collections.abc import Mapping

from tepati.app.compose import Installation, Org
from tepati.flows.acts.picture import picture, wanted
from tepati.ports.camera import found, pictures
from tepati.web import addresses
from tepati.web.site.fitting import shop

Page = tuple[str, str]  # the promise that a page is under, and its language


async def pictured(installation: Installation, org: Org) -> int:
    """Take the pictures of the version in force where there are none yet; return how many.

    Raises OSError where the site or a browser does not answer, Unavailable.
    """
    program, desk = found(installation.place.config.browser), org.desk
    if not program or not await wanted(desk):
        return 0
    asked, origin = pages(org), installation.place.config.orgs[org.slug].origin
    made = await pictures(program, [(origin + path, page[0] != "cookies") for page, path in asked.items()])
    if org.desk.digest != desk.digest:  # another version took over meanwhile: the pages may be of either
        return 0
    return await picture(desk, dict(zip(asked, made, strict=True)))


def pages(org: Org) -> Mapping[Page, str]:
    """Name the pages to look at: the notice, each form that the site shows, and the first screen, with the banner."""
    read = shop(org.site, org.desk.notice) if org.site else None
    asked: dict[Page, str] = {}
    for lang in org.desk.notice.organisation.languages:
        asked["notice.page", lang] = addresses.path("notice", org.slug, lang)
        if org.desk.notice.cookies.set:
            asked["cookies", lang] = addresses.path("home", org.slug, lang)
        if read is None:
            continue
        asked[f"points.{read.point}", lang] = addresses.path("book", org.slug, lang)
        for further in read.shop.forms.values():
            asked[f"points.{further.point}", lang] = addresses.path("form", org.slug, lang, further.path.of(lang))
        if read.contact:
            asked[f"points.{read.contact.point}", lang] = addresses.path("contact", org.slug, lang)
    return asked
