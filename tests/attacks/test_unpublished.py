"""A notice that was edited on disk: what runs is what was published, and what is in force, byte for byte."""

from pathlib import Path

import msgspec
import pytest

from tepati.app import everything, publish, signed_in
from tepati.app.compose import opened
from tepati.app.demo import examples
from tepati.app.publication import in_force
from tepati.errors import Conflict, Misconfigured
from tepati.notice.words import words
from tepati.ports.config import OrgConfig, Place
from tests.app.test_daily import company
from tests.conftest import Clock

ORG = "home-cleaning"
WIDER = ("{sees: [identity.name, payment], for: [bookkeeping]}",
         "{sees: [identity.name, location, payment], for: [bookkeeping, orders]}")  # fmt: skip
NEXT = ("version: 1\n  effective: 2026-08-01", "version: 2\n  effective: 2027-03-01")


def other(where: Place, file: Path, *changes: tuple[str, str]) -> Place:
    """The same installation, with a notice file of its own."""
    text = (examples() / ORG / "notice.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    org = where.config.orgs[ORG]
    orgs = {ORG: OrgConfig(str(file), org.origin, org.site)}
    return Place(where.folder, msgspec.structs.replace(where.config, orgs=orgs))


async def test_an_edited_notice_runs_only_once_it_is_published(tmp_path: Path, clock: Clock) -> None:
    """A role that sees more, written into the file and not published: nothing is served, sent or opened by it."""
    async with company(tmp_path / "data", clock) as installation:
        await in_force(installation.org(ORG))
        where = installation.place
    edited = await opened(other(where, tmp_path / "notice.yaml", WIDER), clock=clock)
    try:
        for act in (in_force(edited.org(ORG)), everything(edited, edited.org(ORG)), signed_in(edited, ORG)):
            with pytest.raises(Misconfigured) as no:
                await act
            assert "tepati publish" in words("en", "errors").say(no.value.code, **no.value.values)
        with pytest.raises(Conflict):  # the same version: no way round the differences that people are told
            await publish(edited, ORG)
    finally:
        await edited.close()


async def test_a_version_runs_from_its_day_and_the_one_before_until_then(tmp_path: Path, clock: Clock) -> None:
    """Published early it widens nothing yet; from its day on the older one, wider perhaps, is over."""
    async with company(tmp_path / "data", clock) as installation:
        where = installation.place
        later = await opened(other(where, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        try:
            assert await publish(later, ORG) == 2
            with pytest.raises(Misconfigured) as no:
                await in_force(later.org(ORG))
            assert "Version 1" in words("en", "errors").say(no.value.code, **no.value.values)
            await in_force(installation.org(ORG))
            clock.forward(hours=24 * 365)
            await in_force(later.org(ORG))
            with pytest.raises(Misconfigured):
                await in_force(installation.org(ORG))
        finally:
            await later.close()


async def test_a_published_notice_changed_by_sql_stands_in_for_no_edited_one(tmp_path: Path, clock: Clock) -> None:
    """Text and digest written over together are another version: what runs is looked for by its own digest."""
    async with company(tmp_path / "data", clock) as installation:
        empty = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        await installation.store.write(lambda tx: tx.run("UPDATE notice SET digest = $1, source = ''", empty))
        with pytest.raises(Misconfigured):
            await in_force(installation.org(ORG))
