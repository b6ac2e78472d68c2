"""Composition root: what runs is the notice that was published; a file that was only edited opens and ends nothing."""

import hmac

from tepati.app.compose import Org
from tepati.errors import Misconfigured
from tepati.registers import notices


async def in_force(org: Org) -> None:
    """Check that an organisation runs the version in force, byte for byte.

    Raises Misconfigured (another file, or none was published), Tampered (the published text was changed by SQL).
    """
    desk = org.desk
    known = await desk.read(lambda sheet: notices.current(sheet.tx, desk.org, sheet.at), single=True)
    if known is None or not hmac.compare_digest(known.digest, desk.digest):
        raise Misconfigured("notice_unpublished", org=org.slug, version=known.version if known else 0)
