"""Composition root: a notice's file must be what was published; one that was only edited opens and ends nothing."""

from tepati.app.compose import Org
from tepati.errors import Misconfigured
from tepati.registers import notices


async def in_force(org: Org) -> None:
    """Check that the file of an organisation is the version in force, byte for byte, or one that comes.

    Raises Misconfigured (it was not published, or another is in force), Tampered (SQL changed the published text).
    """
    desk, digest = org.desk, org.loaded.digest
    found = await desk.read(lambda sheet: notices.by_digest(sheet.tx, desk.mac, desk.org, digest), single=True)
    if found is None:
        raise Misconfigured("unpublished", org=org.slug)
    now = await desk.read(lambda sheet: notices.current(sheet.tx, desk.mac, desk.org, sheet.at), single=True)
    if now and now.version > found.version:
        raise Misconfigured("notice_other", org=org.slug, version=now.version)
