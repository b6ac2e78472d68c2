"""Room flows: what anybody may read of the past: every published version of the notice, and the news."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from tepati.errors import Tampered
from tepati.flows.desk import Desk
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.registers import news, notices
from tepati.registers.news import News
from tepati.registers.notices import Published
from tepati.rules.calendar import calendar, local

__all__ = ["News", "Version", "told", "versions"]
NEWEST = 50  # pieces of news on one page
ALL = 100_000


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
    found = await desk.read(lambda sheet: notices.history(sheet.tx, desk.org))
    return [_version(desk, one) for one in found]


async def running(desk: Desk) -> Version | None:
    """Return the version that this desk runs, or None where it was not published. Raises Tampered."""
    found = await desk.read(lambda sheet: notices.by_digest(sheet.tx, desk.org, desk.digest))
    return _version(desk, found) if found else None


def _version(desk: Desk, one: Published) -> Version:
    since = local(one.effective, calendar(desk.notice)).date()
    return Version(one.version, one.digest, one.source, one.effective, one.published, since, _loaded(one.source))


@lru_cache(maxsize=64)
def _loaded(source: str) -> Notice | None:
    """Read a version once (10 ms); its digest was checked when it left the register."""
    return load(source.encode()).notice


async def told(desk: Desk) -> list[News]:
    """List the news, the newest first; what SQL changed or wrote is not told, and raises an alarm."""
    found = await desk.read(lambda sheet: news.newest(sheet.tx, desk.org, NEWEST))
    sound = [one for one in found if news.sound(desk.mac, desk.org, one)]
    if len(sound) < len(found):
        await desk.alarm(Tampered("news_tampered"))
    return sound


async def altered(desk: Desk) -> list[str]:
    """Look at all news, for the nightly audit; return a finding where some of it is not what was announced."""
    found = await desk.read(lambda sheet: news.newest(sheet.tx, desk.org, ALL))
    bad = len(found) - len([one for one in found if news.sound(desk.mac, desk.org, one)])
    return [f"news altered {bad}"] if bad else []
