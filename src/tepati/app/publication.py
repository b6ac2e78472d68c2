"""Composition root: a notice's file must be what was published; one that was only edited opens and ends nothing."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from tepati.app.compose import Installation, Org
from tepati.board.remember import OVER, noted
from tepati.errors import Misconfigured
from tepati.flows import history
from tepati.flows.acts.bind import bind
from tepati.flows.desk import Desk
from tepati.notice.finding import Finding
from tepati.notice.law.pack import Official
from tepati.notice.load import load
from tepati.registers import notices, observations
from tepati.registers.observations import REPAIRED, UNDECLARED


async def published(org: Org) -> None:
    """Check that a version of the notice was published at all: this desk runs it. Raises Misconfigured, Tampered."""
    if await history.running(org.desk) is None:
        raise Misconfigured("unpublished", org=org.slug)


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


async def objections(org: Org) -> Sequence[Finding]:
    """List what today's rules object to in the version in force: it was published before they came, and runs on."""
    found = await history.running(org.desk)
    return _objections(found.source, org.desk.laws) if found else ()


@lru_cache(maxsize=16)
def _objections(source: str, laws: tuple[Official, ...]) -> Sequence[Finding]:
    return load(source.encode(), laws=laws).objections()


# The causes of the gap: what stands in the file was not published, or its time is over; today's rules object to it.
FILE, OBJECTED = "notice_file", "notice_objected"
PAGE = "notice.page"
WORDS = "terms_words"  # the terms of the site read otherwise than those kept under their version


async def terms(desk: Desk, name: str, words: bytes) -> None:
    """Bind the words of the site's terms to their version; write down when they part from it, or are as they were."""
    promise, same = f"terms.{name}", await bind(desk, name, words)
    looks = await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, promise))
    newest = next((one for one in looks if one.detail == WORDS or one.outcome == REPAIRED), None)
    open_ = newest is not None and newest.outcome == UNDECLARED
    if same == open_:
        await noted(desk, [(promise, REPAIRED, OVER) if same else (promise, UNDECLARED, WORDS)])


async def compared(installation: Installation, org: Org) -> bool:
    """Read a notice's file again, and write down when it parts from what was published, or is as it was; say which.

    So too where newer rules object to what is in force.

    What runs is not touched by the file; who would start from it would be refused. Raises Tampered.
    """
    place, desk = installation.place, org.desk
    try:
        raw = (place.folder / place.config.orgs[org.slug].notice).read_bytes()
    except OSError:
        raw = b""
    digest = hashlib.sha256(raw).digest()
    found = await desk.read(lambda sheet: notices.by_digest(sheet.tx, desk.mac, desk.org, digest), single=True)
    differs = found is None or found.version < desk.notice.notice.version
    looks = await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, PAGE))
    newest = next((one for one in looks if one.detail in {FILE, OBJECTED} or one.outcome == REPAIRED), None)
    written = newest.detail if newest is not None and newest.outcome == UNDECLARED else ""
    cause = FILE if differs else OBJECTED if await objections(org) else ""
    if cause != written:
        await noted(desk, [(PAGE, UNDECLARED, cause) if cause else (PAGE, REPAIRED, OVER)])
    return differs
