"""Room flows: what anybody may read of the past: every published version of the notice, and the news."""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache

from tepati.errors import Misconfigured, NotFound, Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.group import Groups
from tepati.notice.load import Loaded, load
from tepati.notice.model import Notice
from tepati.registers import news, notices, proposals, sheets
from tepati.registers.news import News
from tepati.registers.notices import Published
from tepati.rules.calendar import calendar, local
from tepati.rules.succession import compiled

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
    found = await desk.read(lambda sheet: notices.history(sheet.tx, desk.mac, desk.org))
    return [_version(desk, one) for one in found]


async def running(desk: Desk) -> Version | None:
    """Return the version that this desk runs, or None where it was not published. Raises Tampered."""
    found = await desk.read(lambda sheet: notices.by_digest(sheet.tx, desk.mac, desk.org, desk.digest))
    return _version(desk, found) if found else None


async def accepted(desk: Desk, loaded: Loaded) -> None:
    """Check a desk's file: what was never published keeps today's rules. Raises BadNotice, Tampered."""
    if loaded.notice is None and await running(desk) is None:
        loaded.sound()


def _version(desk: Desk, one: Published) -> Version:
    since = local(one.effective, calendar(desk.notice)).date()
    return Version(one.version, one.digest, one.source, one.effective, one.published, since, _loaded(one.source))


@lru_cache(maxsize=64)
def _loaded(source: str) -> Notice | None:
    """Read a version once (10 ms); its digest was checked when it left the register."""
    return load(source.encode()).declared


async def coming(desk: Desk) -> tuple[int, int] | None:
    """Return the version that is published and not in force yet, and from when it holds; None where none comes.

    Before the day of the first there is nothing that could change.
    """

    async def look(sheet: Sheet) -> tuple[int, int] | None:
        found = await notices.newest(sheet.tx, desk.mac, desk.org)
        if found is None or found.effective <= sheet.at:
            return None
        now = await notices.current(sheet.tx, desk.mac, desk.org, sheet.at)
        return (found.version, found.effective) if now else None

    return await desk.read(look)


async def shown(desk: Desk, digest: bytes) -> dict[str, bytes]:
    """Return the exact bytes of the forms and the cookie banner of a version, by the promise each is under."""
    return await desk.read(lambda sheet: sheets.of_version(sheet.tx, desk.org, digest), single=True)


@dataclass(frozen=True, slots=True)
class Picture:
    """A dated picture of a page: the promise it is under, its language, and the day on the organisation's wall."""

    name: str
    day: dt.date
    page: str
    language: str
    digest: str
    size: int


async def pictures(desk: Desk, digest: bytes) -> list[Picture]:
    """List the pictures of a version, by day and page; none where nobody took any."""
    found = await desk.read(lambda sheet: sheets.pictures(sheet.tx, desk.org, digest), single=True)
    return [_picture(name, size) for name, size in found.items()]


def _picture(name: str, size: int) -> Picture:
    _, day, *page, language, digest = name.split(".")
    return Picture(name, dt.date.fromisoformat(day), ".".join(page), language, digest, size)


async def picture(desk: Desk, digest: bytes, name: str) -> bytes:
    """Return one picture, byte for byte. Raises NotFound, Tampered: it is not what its name says."""
    body = await desk.read(lambda sheet: sheets.one(sheet.tx, desk.org, digest, name), single=True)
    if body is None or not name.startswith(sheets.PICTURE):
        raise NotFound("page")
    if hashlib.sha256(body).hexdigest() != name.rpartition(".")[2]:
        raise Tampered("sheet_tampered")
    return body


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


async def ruling(desk: Desk, *, first: bool = False) -> Desk:
    """Return the desk of the version in force: this one, or one like it by the version that took its place.

    Everything but the notice is shared. Each act keeps the desk it began with. ``first``: this desk was made from a
    file, which says nothing of the versions before it: whom a version did not reach is asked of them. Raises Tampered:
    the version in force was changed by SQL, is older than the one that ran, or those before it were taken away.
    """
    found = await desk.read(lambda sheet: notices.current(sheet.tx, desk.mac, desk.org, sheet.at), single=True)
    if found is None or (found.digest == desk.digest and not first):
        return desk
    past = [one for one in await desk.read(lambda sheet: notices.history(sheet.tx, desk.mac, desk.org))
            if one.version <= found.version]  # fmt: skip
    if desk.vault.case_floor(
        proposals.case(past[-1].digest)
    ):  # the oldest was proposed, so another was in force before
        raise Tampered("notice_tampered", version=past[-1].version)
    notices_ = [notice for one in reversed(past) if (notice := _loaded(one.source)) is not None]
    if not notices_ or notices_[-1].notice.version != found.version:
        raise Misconfigured("notice_unreadable", version=found.version)
    policy = compiled(notices_)
    desk.vault.alike(policy.alike)
    return replace(desk, notice=notices_[-1], digest=found.digest, policy=policy, groups=Groups())
