"""Room flows: what anybody may read of the past: every published version of the notice, and the news."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache

from tepati.errors import Misconfigured
from tepati.flows.desk import Desk
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.registers import news, notices
from tepati.registers.news import News
from tepati.registers.notices import Published
from tepati.rules.calendar import calendar, local
from tepati.rules.succession import compiled

__all__ = ["News", "Version", "told", "versions"]
NEWEST = 50  # pieces of news on one page


@dataclass(frozen=True, slots=True)
class Version:
    """One published version, in force from ``effective``, on the organisation's wall from the day ``since``.

    ``notice`` is None where this program no longer reads its language.
    """

    version: int
    digest: bytes
    source: str
    effective: int
    published: int
    since: dt.date
    notice: Notice | None


async def versions(desk: Desk) -> list[Version]:
    """List every published version, the newest first. Raises Tampered: a stored text is not what was published."""
    found = await desk.read(lambda sheet: notices.history(sheet.tx, desk.mac, desk.org))
    return [_version(desk, one) for one in found]


async def running(desk: Desk) -> Version | None:
    """Return the version that this desk runs, or None where it was not published. Raises Tampered."""
    found = await desk.read(lambda sheet: notices.by_digest(sheet.tx, desk.mac, desk.org, desk.digest))
    return _version(desk, found) if found else None


def _version(desk: Desk, one: Published) -> Version:
    since = local(one.effective, calendar(desk.notice)).date()
    return Version(one.version, one.digest, one.source, one.effective, one.published, since, _loaded(one.source))


@lru_cache(maxsize=64)
def _loaded(source: str) -> Notice | None:
    """Read a version once (10 ms); its digest was checked when it left the register."""
    return load(source.encode()).notice


async def told(desk: Desk) -> list[News]:
    """List the news, the newest first."""
    return await desk.read(lambda sheet: news.newest(sheet.tx, desk.org, NEWEST))


async def ruling(desk: Desk) -> Desk:
    """Return the desk of the version in force: this one, or one like it by the version that took its place.

    Everything but the notice is shared. Each act keeps the desk it began with. Raises Tampered: the version in force
    was changed by SQL, or is older than the one that ran.
    """
    found = await desk.read(lambda sheet: notices.current(sheet.tx, desk.mac, desk.org, sheet.at), single=True)
    if found is None or found.digest == desk.digest:
        return desk
    past = [one for one in await desk.read(lambda sheet: notices.history(sheet.tx, desk.mac, desk.org))
            if one.version <= found.version]  # fmt: skip
    notices_ = [notice for one in reversed(past) if (notice := _loaded(one.source)) is not None]
    if not notices_ or notices_[-1].notice.version != found.version:
        raise Misconfigured("notice_unreadable", version=found.version)
    return replace(desk, notice=notices_[-1], digest=found.digest, policy=compiled(notices_))
