"""A notice that was edited on disk: what runs is what was published, and is in force, byte for byte."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from tepati.app import everything, publish, signed_in
from tepati.app.compose import Installation, Org, do_due, opened, renewed, running, sequence
from tepati.app.daily import daily
from tepati.app.demo import examples, place
from tepati.app.publication import compared, in_force, objections, terms
from tepati.app.serve import surfaces
from tepati.board.board import board
from tepati.errors import BadNotice, Conflict, Expired, Misconfigured, Refused, Tampered
from tepati.flows import history
from tepati.flows.acts.publish import approve, propose
from tepati.ledger.reconcile import taken_down
from tepati.notice import prose
from tepati.notice.load import load
from tepati.notice.words import words
from tepati.ports.config import OrgConfig, Place
from tepati.registers import observations
from tepati.vault.root import FileRoot
from tepati.web.site.fitting import shop
from tepati.web.site.shop import worded
from tests.app.test_daily import company
from tests.conftest import Clock
from tests.flows.people import hired, lines

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


async def approved(installation: Installation, clock: Clock) -> None:
    """Publish the file of an installation as its version in force declares: one approver, and a day's wait."""
    org = installation.org(ORG)
    director = await hired(org.desk, "director")
    await approve(org.desk, director, await propose(org.desk, director, org.loaded.source.decode()))
    clock.forward(hours=24)
    await do_due(installation, org)


async def test_an_edited_notice_runs_only_once_it_is_published(tmp_path: Path, clock: Clock) -> None:
    """A role that sees more, written into the file and not published: nothing is served, sent or opened by it."""
    async with company(tmp_path / "data", clock) as installation:
        await in_force(installation.org(ORG))
        where, digest = installation.place, installation.org(ORG).desk.digest
    edited = await opened(other(where, tmp_path / "notice.yaml", WIDER), clock=clock)
    try:
        with pytest.raises(Misconfigured) as no:
            await in_force(edited.org(ORG))
        assert "tepati publish" in words("en", "errors").say(no.value.code, **no.value.values)
        with pytest.raises(Expired):  # nobody is signed in; who is, acts under the version in force
            await signed_in(edited, ORG)
        with pytest.raises(Conflict):  # the same version: no way round the differences that people are told
            await publish(edited, ORG)
        assert edited.org(ORG).desk.digest == digest != edited.org(ORG).loaded.digest
        assert "file_differs" in (await everything(edited, edited.org(ORG)))[1]
        assert (edited.org(ORG).desk.digest, edited.org(ORG).desk.notice.notice.version) == (digest, 1)
    finally:
        await edited.close()


@pytest.mark.promise("F9")
async def test_a_file_that_parts_from_what_was_published_is_a_gap(tmp_path: Path, clock: Clock) -> None:
    """Found by the daily round of the running installation, once, and told as over when the file is put back."""
    async with company(tmp_path / "data", clock) as installation:
        where = installation.place
    installation = await opened(other(where, tmp_path / "notice.yaml"), clock=clock)
    try:
        org, file = installation.org(ORG), tmp_path / "notice.yaml"
        written = file.read_bytes()
        await daily(installation, org)
        seen = []
        for content in (written + b"# more\n", written + b"# more\n", b"\xff", written, written):
            file.write_bytes(content)
            clock.forward(seconds=1)
            await daily(installation, org)
            looks = await org.desk.read(lambda sheet: observations.of(sheet.tx, ORG, sheet.desk.mac, "notice.page"))
            seen.append([(one.outcome, one.detail) for one in reversed(looks)])
        gap = ("undeclared", "notice_file")
        assert seen == [[gap], [gap], [gap], [gap, ("repaired", "cause_over")], [gap, ("repaired", "cause_over")]]
    finally:
        await installation.close()


@pytest.mark.promise("F10")
async def test_terms_that_read_otherwise_under_the_same_version_are_a_gap(tmp_path: Path, clock: Clock) -> None:
    """What people accept is kept word for word with its version; other words under its number are seen."""
    async with company(tmp_path / "data", clock) as installation:
        desk = installation.org(ORG).desk
        seen = []
        for said in (b"satu", b"satu", b"dua", b"dua", b"satu"):
            clock.forward(seconds=1)
            await terms(desk, "service", said)
            looks = await desk.read(lambda sheet: observations.of(sheet.tx, ORG, sheet.desk.mac, "terms.service"))
            seen.append([(one.outcome, one.detail) for one in reversed(looks)])
        gap, over = ("undeclared", "terms_words"), ("repaired", "cause_over")
        assert seen == [[], [], [gap], [gap], [gap, over]]
        assert (await history.shown(desk, desk.digest))["terms.service.1"] == b"satu"
        assert await taken_down(desk.store, desk.log) == []


def test_the_words_of_the_terms_are_those_of_the_site() -> None:
    """Of every example with terms: the words in both languages, under the name that its forms have accepted."""
    for path in sorted(examples().glob("*/site.toml")):
        notice = load(path.with_name("notice.yaml").read_bytes()).sound()
        read = shop(path.read_bytes(), notice)
        found = worded(read, notice)
        assert {name for name, _ in found} == set(notice.terms) if read.shop.terms else not found
        assert all(
            each.id.encode() in body for _, body in found for each in read.shop.terms.clauses if '"' not in each.id
        )


@pytest.mark.promise("W21")
async def test_a_version_runs_from_its_day_and_the_one_before_until_then(tmp_path: Path, clock: Clock) -> None:
    """Published early it widens nothing yet; from its day on the older one is over, in servers that run as well."""
    async with company(tmp_path / "data", clock) as installation:
        where, pages = installation.place, (await surfaces(installation))[ORG]
        later = await opened(other(where, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        try:
            with pytest.raises(Refused, match="notice_unapproved"):
                await publish(later, ORG)
            await approved(later, clock)
            assert [one.version for one in await history.versions(later.org(ORG).desk)] == [2, 1]
            for one in (later, installation):  # either file may lie there while the new version comes
                await in_force(one.org(ORG))
                await renewed(one.org(ORG))
                assert one.org(ORG).desk.notice.notice.version == 1
            clock.forward(hours=24 * 365)
            await renewed(installation.org(ORG))
            assert (installation.org(ORG).desk.notice.notice.version, pages.version) == (2, 2)
            await in_force(later.org(ORG))
            with pytest.raises(Misconfigured) as no:
                await in_force(installation.org(ORG))
            assert "Version 2" in words("en", "errors").say(no.value.code, **no.value.values)
        finally:
            await later.close()


async def test_a_server_that_runs_turns_by_itself(tmp_path: Path, clock: Clock) -> None:
    """Its rounds see the instant pass: pages, desk and ledger follow within a second or two, without a restart."""
    async with company(tmp_path / "data", clock) as installation:
        org, pages = installation.org(ORG), (await surfaces(installation))[ORG]
        later = await opened(other(installation.place, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        await approved(later, clock)
        await later.close()
        async with running(installation, never):
            await asyncio.sleep(1.5)
            assert pages.version == 1
            clock.forward(hours=24 * 365)
            for _ in range(50):
                await asyncio.sleep(0.2)
                if pages.version == 2 and await lines(org.desk, "take_over", "in_force"):
                    break
        assert (pages.version, org.desk.notice.notice.version) == (2, 2)
        assert await lines(org.desk, "take_over", "in_force") == ["notice.page"]


async def never(_org: Org) -> None:
    """No daily round."""


async def test_sql_brings_no_version_forward_and_none_back(tmp_path: Path, clock: Clock) -> None:
    """An instant that was written over is refused; a running server goes back to no older version."""
    async with company(tmp_path / "data", clock) as installation:
        later = await opened(other(installation.place, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        try:
            org = later.org(ORG)
            await approved(later, clock)
            await later.store.write(lambda tx: tx.run("UPDATE notice SET effective = 1 WHERE version = 2"))
            with pytest.raises(Tampered):
                await renewed(org)
            assert org.desk.notice.notice.version == 1
        finally:
            await later.close()


async def test_a_deleted_version_is_not_followed_back(tmp_path: Path, clock: Clock) -> None:
    async with company(tmp_path / "data", clock) as installation:
        later = await opened(other(installation.place, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        try:
            org = later.org(ORG)
            await approved(later, clock)
            clock.forward(hours=24 * 365)
            await renewed(org)
            await later.store.write(lambda tx: tx.run("DELETE FROM notice WHERE version = 2"))
            with pytest.raises(Tampered):
                await renewed(org)
            with pytest.raises(Misconfigured):
                await in_force(org)
            assert org.desk.notice.notice.version == 2
        finally:
            await later.close()


async def test_a_published_notice_changed_by_sql_stands_in_for_no_edited_one(tmp_path: Path, clock: Clock) -> None:
    """Text and digest written over together are another version: the row's MAC and the digest tell."""
    async with company(tmp_path / "data", clock) as installation:
        empty = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        await installation.store.write(lambda tx: tx.run("UPDATE notice SET digest = $1, source = ''", empty))
        with pytest.raises(Misconfigured):
            await in_force(installation.org(ORG))
        with pytest.raises(Tampered):
            await renewed(installation.org(ORG))


OPEN_ENDED = ("  page: /privasi ", '  says: {id: "Kami, dan lain-lain.", en: "We."}\n  page: /privasi ')


async def test_a_version_published_before_a_rule_came_runs_and_is_a_gap(
    tmp_path: Path, clock: Clock, own_url: str, random, monkeypatch
) -> None:
    """After an update the company starts as before; the start and the board say what the next version must mend."""
    where = other(place(tmp_path, "127.0.0.1", 8000, own_url, 1), tmp_path / "notice.yaml", OPEN_ENDED)
    FileRoot(Path(where.config.root), random, create=True)
    with monkeypatch.context() as older:
        older.setattr(prose, "_phrases", lambda *, short: ())
        before = await opened(where, clock=clock)
        try:
            await publish(before, ORG)
        finally:
            await before.close()
    installation = await opened(where, clock=clock)
    try:
        org = installation.org(ORG)
        await in_force(org)
        assert [found.code for found in await objections(org)] == ["open-ended"]
        assert (await surfaces(installation))[ORG].version == 1
        await gap_is_shown(installation, org)
        director = await hired(org.desk, "director")
        text = org.loaded.source.decode().replace("version: 1\n  effective: 2026", "version: 2\n  effective: 2027")
        with pytest.raises(BadNotice):  # what comes keeps today's rules
            await propose(org.desk, director, text)
        await propose(org.desk, director, text.replace(", dan lain-lain", ""))
    finally:
        await installation.close()


async def gap_is_shown(installation: Installation, org: Org) -> None:
    """The board has the gap, written down once, with what to do."""
    for _ in range(2):
        assert not await compared(installation, org)
    looks = await org.desk.read(lambda sheet: observations.of(sheet.tx, ORG, sheet.desk.mac, "notice.page"))
    assert [(one.outcome, one.detail) for one in looks] == [("undeclared", "notice_objected")]
    while await sequence(org.desk):
        pass
    made = await org.desk.read(lambda sheet: board(sheet.tx, org.desk.notice, ORG, sheet.at, desk=org.desk))
    (row,) = [row for row in made.rows if row.promise.id == "notice.page"]
    assert (row.state, "tepati check" in row.cause.id) == ("gap", True)


async def test_a_file_that_was_never_published_keeps_todays_rules(tmp_path: Path, clock: Clock) -> None:
    async with company(tmp_path / "data", clock) as installation:
        where = installation.place
    with pytest.raises(BadNotice):
        await opened(other(where, tmp_path / "notice.yaml", OPEN_ENDED), clock=clock)


async def test_a_restart_opens_nothing_for_whom_a_version_did_not_reach(tmp_path: Path, clock: Clock) -> None:
    """Started from the file of the version in force, a server knows of the one before what a running one knew."""
    async with company(tmp_path / "data", clock) as installation:
        later = await opened(other(installation.place, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        await approved(later, clock)
        clock.forward(hours=24 * 365)
        await renewed(later.org(ORG))
        running_ = later.org(ORG).desk.policy
        await later.close()
        again = await opened(later.place, clock=clock)
        try:
            org = again.org(ORG)
            await in_force(org)
            assert running_.before is not None
            assert org.desk.policy.before is not None
            assert org.desk.policy.before.version == running_.before.version == 1
            told = {name: aim.told for name, aim in org.desk.policy.aims.items()}
            assert told == {name: aim.told for name, aim in running_.aims.items()}
            assert 2 in told.values()
            assert org.desk.vault.room.alike == org.desk.policy.alike
        finally:
            await again.close()


async def test_the_versions_before_are_not_taken_away(tmp_path: Path, clock: Clock) -> None:
    """Without them an old yes would stand for what its question was widened to: the key store knows it was proposed."""
    async with company(tmp_path / "data", clock) as installation:
        later = await opened(other(installation.place, tmp_path / "notice.yaml", NEXT, WIDER), clock=clock)
        await approved(later, clock)
        clock.forward(hours=24 * 365)
        await later.store.write(lambda tx: tx.run("DELETE FROM notice WHERE version = 1"))
        await later.store.write(lambda tx: tx.run("DELETE FROM proposal"))
        await later.close()
        with pytest.raises(Tampered, match="notice_tampered"):
            await opened(later.place, clock=clock)
