"""The daily round: each thing once a day by what stands in the database; the demo's witness; nobody can put it off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tepati.app import witness
from tepati.app.compose import Installation, do_due, opened, random
from tepati.app.daily import daily, everything
from tepati.app.demo import place
from tepati.app.keep import save
from tepati.app.serve import surfaces
from tepati.errors import Misconfigured
from tepati.flows.acts import publish
from tepati.flows.acts.watch import Came, Watched
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.note import signer
from tepati.registers import observations
from tepati.registers.observations import OPENED, Observation
from tepati.vault.backup import backups
from tepati.vault.root import FileRoot
from tests.conftest import Clock

DAY, HOUR = 24, 3_600_000_000


class Boxes:
    """Empty mailboxes."""

    async def came(self, address: str) -> list[Came]:
        return []


@asynccontextmanager
async def company(folder: Path, clock: Clock) -> AsyncIterator[Installation]:
    """Open a demo's installation with its notice published and nobody in it."""
    where = place(folder, "127.0.0.1", 8000, "", 1)
    FileRoot(Path(where.config.root), random, create=True)
    installation = await opened(where, clock=clock)
    try:
        org = installation.org("home-cleaning")
        await publish.publish(org.desk, org.loaded.source.decode())
        await do_due(installation, org)
        yield installation
    finally:
        await installation.close()


async def test_what_was_not_published_is_not_served(tmp_path: Path, clock: Clock) -> None:
    async with company(tmp_path, clock) as installation:
        assert (await surfaces(installation))["home-cleaning"].version == 1
        await installation.store.write(lambda tx: tx.run("DELETE FROM notice"))
        with pytest.raises(Misconfigured) as refused:
            await surfaces(installation)
        assert refused.value.code == "unpublished"


async def outcomes(desk: Desk, promise: str) -> list[str]:
    found = await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, promise))
    return [one.outcome for one in found]


async def test_each_thing_is_done_once_a_day(tmp_path: Path, clock: Clock) -> None:
    """A second call the same day only cosigns; a day later all is done again; a restart repeats nothing."""
    async with company(tmp_path, clock) as installation:
        org = installation.org("home-cleaning")
        assert set(await daily(installation, org, Boxes())) >= {"cosigned", "audited"}
        clock.forward(hours=1)
        assert await daily(installation, org, Boxes()) == ["cosigned"]
        clock.forward(hours=DAY)
        assert set(await daily(installation, org, Boxes())) >= {"cosigned", "audited", "rolled"}
        assert await outcomes(org.desk, "accountability.ledger") == ["ok", "ok"]
        assert await outcomes(org.desk, "security.audit") == ["ok", "ok"]
        assert await outcomes(org.desk, "endpoints.mail_relay") == ["ok", "ok"]


async def test_where_nothing_is_served_what_is_over_goes_all_the_same(tmp_path: Path, clock: Clock) -> None:
    """``tepati tick`` does the daily round: openings and lines whose term passed go, and nothing waits for a server."""
    async with company(tmp_path, clock) as installation:
        org, staff = installation.org("home-cleaning"), bytes(15) + b"1"

        async def act(sheet: Sheet) -> None:
            told = [sheet.to_actor(staff, {"at": sheet.at})]
            for _ in range(300):
                await sheet.line("look", promise="notice.page", purpose="proof", told=told)

        await org.desk.write(act)
        assert "audited" in (await everything(installation, org))[1]
        assert await installation.store.read(org.desk.log.pending) == 0, "the lines of the round are entered with it"
        clock.forward(hours=DAY * 366 * 10)
        _, done = await everything(installation, org)
        assert {"lapsed", "pruned", "rolled", "audited"} <= set(done)
        assert await outcomes(org.desk, "accountability.ledger") == ["ok", "ok"]
        assert {"lapsed", "audited"}.isdisjoint((await everything(installation, org))[1]), "once a day"


async def test_a_sum_changed_by_sql_is_found_by_the_audit(tmp_path: Path, clock: Clock) -> None:
    """Whoever writes past the tally is named at the ledger; that an audit was made stays true."""
    async with company(tmp_path, clock) as installation:
        org = installation.org("home-cleaning")
        await org.desk.store.write(
            lambda tx: tx.run(
                "UPDATE counter SET n = n + 7 WHERE promise = 'notice.page' AND what = 'publish.published'"
            )
        )
        await daily(installation, org)
        assert await outcomes(org.desk, "accountability.ledger") == ["tampered"]
        assert await outcomes(org.desk, "security.audit") == ["ok"]


async def test_opening_a_decoy_does_not_put_off_the_audit_or_watch(tmp_path: Path, clock: Clock, monkeypatch) -> None:
    """An alarm raised by staff is no look of ours: the next round comes when it was due."""
    async with company(tmp_path, clock) as installation:
        org, rounds = installation.org("home-cleaning"), []

        async def watched(desk: Desk, _boxes: object) -> Watched:
            rounds.append(desk.now())
            await desk.write(lambda sheet: look(sheet, observations.OK, "order_only"))
            return Watched(1, 0, 0)

        async def look(sheet, outcome: str, detail: str) -> None:
            line = await sheet.line("watch", promise="security.decoys", purpose="proof", answer="seen")
            seen = Observation("security.decoys", sheet.at, outcome, detail)
            await observations.add(sheet.tx, org.slug, sheet.desk.mac, seen, line)

        monkeypatch.setattr("tepati.app.daily.watch", watched)
        for _ in range(5):
            await daily(installation, org, Boxes())
            clock.forward(hours=DAY / 2)
            await org.desk.write(lambda sheet: look(sheet, observations.BROKEN, OPENED))
        assert len(rounds) == 3


async def test_the_demos_witness_says_what_it_is_and_signs_no_fork(tmp_path: Path, clock: Clock) -> None:
    """Its name says it proves nothing; another history under the same key it refuses all the same."""
    async with company(tmp_path, clock) as installation:
        org = installation.org("home-cleaning")
        assert await witness.cosign(installation, org)
        names = await installation.store.read(lambda tx: tx.all("SELECT witness FROM log_cosign"))
        assert [name for (name,) in names] == [witness.NAME]
        assert "proves-nothing" in witness.NAME
        kept = next((tmp_path / "witness" / "seen").iterdir())
        size = await installation.store.read(org.desk.log.size)
        kept.write_bytes(kept.read_bytes().replace(f"\n{size}\n".encode(), f"\n{size + 5}\n".encode()))
        assert not await witness.cosign(installation, org), "it saw a longer history: this one is not signed"


async def test_another_address_is_another_log_to_the_witness(tmp_path: Path, clock: Clock) -> None:
    """A demo started again at another port has a log of another name; the same witness takes it on."""
    async with company(tmp_path, clock) as installation:
        org = installation.org("home-cleaning")
        await witness.cosign(installation, org)
        key = (tmp_path / "witness" / "key").read_bytes()
        other = signer("127.0.0.1:9000/home-cleaning", bytes(32)).key
        (tmp_path / "witness" / "logs").write_text(f"{other}\n", "utf-8")
        assert await witness.cosign(installation, org)
        assert (tmp_path / "witness" / "key").read_bytes() == key


async def test_a_roll_comes_before_the_limit_of_an_erasure(tmp_path: Path, clock: Clock, monkeypatch) -> None:
    """An erasure carried out late would wait for the daily roll beyond its limit: it gets a roll of its own, once."""
    async with company(tmp_path, clock) as installation:
        org, first = installation.org("home-cleaning"), [0]

        async def limit(_: Desk) -> int:
            return first[0]

        monkeypatch.setattr("tepati.app.daily.limit", limit)
        await daily(installation, org, Boxes())
        clock.forward(hours=DAY)
        assert "rolled" in await daily(installation, org, Boxes())
        first[0] = clock.forward(hours=6) + 12 * HOUR
        assert "rolled" in await daily(installation, org, Boxes())
        clock.forward(hours=0.5)
        assert "rolled" not in await daily(installation, org, Boxes()), "not each minute, where it could not destroy"
        first[0] = clock() + 6 * DAY * HOUR
        clock.forward(hours=2)
        assert "rolled" not in await daily(installation, org, Boxes()), "the daily one comes in time"


async def test_a_backup_past_its_last_day_loses_its_key_though_none_is_made(tmp_path: Path, clock: Clock) -> None:
    """``backups.keep`` holds where backups stopped, too."""
    async with company(tmp_path / "data", clock) as installation:
        org = installation.org("home-cleaning")
        saved = await save(installation, tmp_path / "one.backup", 1)
        assert len(backups(installation.keystore)) == 1
        await daily(installation, org, Boxes())
        assert len(backups(installation.keystore)) == 1
        clock.at = saved.until
        await daily(installation, org, Boxes())
        assert backups(installation.keystore) == []


def left(folder: Path, name: str) -> list[Path]:
    return list(folder.glob(f"{name}*"))


async def test_no_backup_outlives_what_the_notice_promises(tmp_path: Path, clock: Clock) -> None:
    """``--days`` may end one earlier; longer than declared is refused, and no file is left."""
    async with company(tmp_path, clock) as installation:
        for days in (31, 3650):
            with pytest.raises(Misconfigured) as fault:
                await save(installation, tmp_path / "long.backup", days)
            assert fault.value.code == "backups_longer"
        assert not left(tmp_path, "long.backup")
        assert (await save(installation, tmp_path / "month.backup", 30)).until > 0
