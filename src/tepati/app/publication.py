"""Composition root: what runs is the notice that was published; a file that was only edited opens and ends nothing."""

from tepati.app.compose import Org
from tepati.errors import Misconfigured
from tepati.flows import history
from tepati.registers import notices


async def in_force(org: Org) -> None:
    """Check that an organisation runs the version in force, byte for byte, or its first one before its day.

    Raises Misconfigured (it was not published, or another is in force), Tampered (SQL changed the published text).
    """
    desk = org.desk
    if await history.running(desk) is None:
        raise Misconfigured("unpublished", org=org.slug)
    now = await desk.read(lambda sheet: notices.current(sheet.tx, desk.org, sheet.at), single=True)
    if now and now.digest != desk.digest:
        raise Misconfigured("notice_other", org=org.slug, version=now.version)
