"""What ``tepati promises`` and ``tepati doctor`` print, and when doctor fails."""

import hmac
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tepati.board import alive, examination, keeping
from tepati.board.board import judged
from tepati.board.examination import Check
from tepati.board.facts import Running, Seen
from tepati.board.written import iso, row_of, shown
from tepati.cli import doctor
from tepati.cli.promises import text
from tepati.errors import Unavailable
from tepati.notice.promises import promises
from tepati.notice.words import words
from tepati.ports.config import Config, DecoysConfig, MailConfig, OrgConfig, ProviderConfig
from tepati.ports.machine import Machine
from tepati.registers import agreements, counters, decoys, duties
from tepati.registers.agreements import Agreement
from tepati.registers.behind import behind
from tepati.registers.counters import SLOW, Count
from tepati.registers.decoys import KINDS
from tepati.registers.duties import Duty
from tepati.vault.root import Grade
from tests.board.conftest import ORG

NOW = 1_800_000_000_000_000
DAY = 86_400_000_000


@pytest.fixture(scope="module")
def board(notice):
    seen = Seen(counts={"points.booking": {"collect.done": Count(4, 9)}}, requests={"access": Running(2, 1, NOW - DAY)})
    return judged(notice, promises(notice), seen, NOW)


def test_json_is_the_contract(board) -> None:
    rows = json.loads(json.dumps([row_of(row) for row in board.rows]))
    for row in rows:
        assert set(row) == {"id", "ids", "kind", "text", "state", "grade", "coverage", "evidence", "law"}
        assert set(row["text"]) == {"id", "en"}
        assert isinstance(row["coverage"], str)
        assert {"says", "grades", "lines", "default"} <= row["evidence"].keys()
    late = next(row for row in rows if row["id"] == "rights.access.within")
    assert late["state"] == "broken"
    assert late["evidence"]["next_at"] == late["evidence"]["since"] == iso(NOW - DAY)
    assert late["evidence"]["cause"]["en"].endswith("is not done.")
    booking = next(row for row in rows if row["id"] == "points.booking")
    assert (booking["evidence"]["allowed"], booking["evidence"]["lines"]) == (4, [9]), "the company sees exact figures"


def test_evidence_is_printed_in_units_people_and_programs_know() -> None:
    evidence = shown({"next_at": 0, "last_at": 2**62, "longest_took": 3_600_000_000, "by": "x", "n": 2})
    assert evidence == {"next_at": "", "last_at": "", "longest_seconds": 3600, "by": "x", "n": 2}


@pytest.mark.parametrize("locale", ["id_ID.UTF-8", "C"])
def test_text_tells_the_sum_and_bad_news_first(board, monkeypatch, locale) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    lines = text(board).splitlines()
    assert lines[0].startswith(f"{len(board.rows)} ")
    assert "rights.access" in lines[3]
    assert sum(1 for one in lines if " points.booking " in one) == 1
    assert "{" not in "".join(lines)


class Fake:
    """A machine of which each fact can be chosen."""

    def __init__(self, *, mode=0o600, free=50, kind="ext4", core=0, answers=True):
        self.facts = mode, free, kind, core, answers

    def mode(self, path):
        return self.facts[0]

    def device(self, path):
        return {"far.key": 2}.get(path.name, 1)

    def space(self, path):
        return SimpleNamespace(free=self.facts[1] << 20, total=100 << 20)

    def filesystem(self, path):
        return self.facts[2]

    def core_dumps(self):
        return self.facts[3]

    async def reaches(self, host, port, seconds=3):
        return self.facts[4]


def installation(
    store, notice, tmp_path, *, align=lambda: "", mail="tls", database="sqlite:////x/store.db", left=(), objections=()
):
    keys = (str(tmp_path / "k1"), str(tmp_path / "k2"))
    config = Config(database, keys, str(tmp_path / "root"), {}, mail=MailConfig(security=mail))

    async def read(act):
        return await store.read(lambda tx: act(SimpleNamespace(tx=tx, at=NOW)))

    desk = SimpleNamespace(org=ORG, notice=notice, read=read, now=lambda: NOW, mac=mac)
    return SimpleNamespace(
        place=SimpleNamespace(config=config, folder=tmp_path / "data", laws=()),
        keystore=SimpleNamespace(align=align, root=Rooted(), left=lambda: left),
        orgs={ORG: SimpleNamespace(desk=desk, loaded=SimpleNamespace(objections=lambda: objections))},
    )  # fmt: skip


class Rooted:
    """A root of which older versions can be chosen."""

    def __init__(self, **fates):
        self.version, self.grade, self._fates = 3, Grade("scheduled"), fates

    def fates(self):
        if "fault" in self._fates:
            raise self._fates["fault"]
        return {int(name[1:]): fate for name, fate in self._fates.items()}


def mac(row):
    """Stand in for the vault's MAC."""
    return hmac.digest(b"key", row, "sha256")


async def signed(store, notice, *, until=NOW + DAY, by=mac):
    """Write down an agreement with every recipient that must sign."""
    for name, one in notice.recipients.items():
        if one.agreement and one.agreement.required:
            paper = Agreement(ORG, name, NOW, until, "sha256:0")
            await store.write(lambda tx, paper=paper: agreements.put(tx, by, paper, bytes(16)))


def failed(checks):
    return sorted({check.name for check in checks if check.level == "fail"} - {"setting"})


async def test_a_sound_installation_passes(store, notice, tmp_path) -> None:
    await signed(store, notice)
    checks = await doctor.examined(installation(store, notice, tmp_path), Fake())
    assert failed(checks) == []
    names = {check.name for check in checks}
    assert names >= {"mirrors", "apart", "mode", "media", "space", "dumps", "clock", "backup", "endpoint", "relay"}
    engine = [check for check in checks if check.name == "setting"]
    assert len(engine) == len(examination.SQLITE if store.engine == "sqlite" else examination.POSTGRESQL)
    if store.engine == "sqlite":
        assert examination.sound(engine), engine
        assert examination.sound(checks)


async def test_postgresql_that_logs_values_is_found(store) -> None:
    """A server as Debian installs it writes the values of a violated key into its log."""
    checks = {check.about: check.level for check in await store.read(examination.engine)}
    if store.engine == "postgresql":
        assert checks["log_error_verbosity"] == "fail" or checks["log_parameter_max_length"] == "fail"
        assert checks["log_min_duration_statement"] == "ok"
    else:
        assert set(checks.values()) == {"ok"}


def _broken():
    raise Unavailable("keystore_gone")


@pytest.mark.parametrize(
    ("machine", "more", "found"),
    [
        ({"mode": 0o644}, {}, ["mode"]), ({"mode": None}, {}, ["mode"]), ({"free": 9}, {}, ["space"]),
        ({"core": -1}, {}, ["dumps"]), ({"answers": False}, {}, ["relay"]), ({}, {"mail": "none"}, ["relay_tls"]),
        ({}, {"align": _broken}, ["mirrors"]), ({"kind": "btrfs"}, {}, []), ({}, {"align": lambda: "second"}, []),
    ],
)  # fmt: skip
async def test_each_fault_is_found(store, notice, tmp_path, machine, more, found) -> None:
    await signed(store, notice)
    checks = await doctor.examined(installation(store, notice, tmp_path, **more), Fake(**machine))
    assert failed(checks) == found
    assert examination.sound([c for c in checks if c.name != "setting"]) == (not found)


@pytest.mark.parametrize(
    ("more", "name", "said"),
    [
        ({"left": ("/old/one", "postgresql://two?password=x")}, "moved", "/old/one, postgresql://two is still there"),
        ({"objections": ("notice.yaml:3:1: error: faulty",)}, "objected", "first notice.yaml:3:1: error: faulty"),
        ({}, "", ""),
    ],
)
async def test_what_was_left_half_done_is_told(store, notice, tmp_path, monkeypatch, more, name, said) -> None:
    """A move of the key store that shredded nothing yet; a version in force that newer rules object to."""
    monkeypatch.setenv("LC_ALL", "en")
    await signed(store, notice)
    checks = await doctor.examined(installation(store, notice, tmp_path, **more), Fake())
    told = [c for c in checks if c.name in {"moved", "objected"}]
    assert [c.name for c in told] == [name] * bool(name)
    assert all(said in doctor.line(c) and "password" not in doctor.line(c) for c in told)


@pytest.mark.parametrize("how", [None, {"until": NOW}, {"by": lambda row: hmac.digest(b"other", row, "sha256")}])
async def test_a_recipient_without_an_agreement_in_force_is_found(store, notice, tmp_path, how) -> None:
    """None, one that ended, one that does not verify: to all of these nothing is handed over."""
    if how is not None:
        await signed(store, notice, **how)
    checks = await doctor.examined(installation(store, notice, tmp_path), Fake())
    assert failed(checks) == ["agreement"]


async def test_writes_that_held_the_database_are_told(store, notice, tmp_path) -> None:
    """From 100 ms on with a warning, for two days."""
    day = counters.day_of(NOW)
    for n, (at, worst, level) in enumerate([(day, 20_000, "ok"), (day - 2, 900_000, "ok"), (day - 1, 200_000, "warn")]):
        await store.write(lambda tx, at=at, worst=worst: counters.add(tx, ORG, {(SLOW, "write", at): Count(1, worst)}))
        check = await store.read(lambda tx: examination.slow(tx, ORG, NOW))
        assert (check.level, check.found["n"]) == (level, 1 if n < 2 else 2)


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (9, "ok"), (30, "warn"), (90, "fail")])
async def test_work_that_nobody_takes_up_is_found_in_seconds(store, seconds, level) -> None:
    """A line without its number, or a duty that is due and in nobody's hands."""
    assert (await store.read(lambda tx: alive.workers(tx, ORG, NOW)))[0].level == "ok"
    due = Duty(bytes(16), bytes(16), "erase", NOW - seconds * 1_000_000)
    await store.write(lambda tx: duties.add(tx, ORG, due, bytes(16)))
    assert (await store.read(lambda tx: alive.workers(tx, ORG, NOW)))[0].level == level
    if seconds:
        await store.write(lambda tx: duties.claim(tx, ORG, NOW, 1, 60_000_000))
        assert await store.read(lambda tx: behind(tx, ORG, NOW)) == 0
        insert = "INSERT INTO log_pending (lane, id, org, at, entry, mac) VALUES (0, $1, $2, $3, $4, $4)"
        await store.write(lambda tx: tx.run(insert, bytes(16), ORG, due.due, b""))
        assert (await store.read(lambda tx: alive.workers(tx, ORG, NOW)))[0].level == level


async def test_a_duty_that_keeps_failing_is_told_and_at_last_fails(store) -> None:
    due = Duty(bytes(16), bytes(16), "erase", NOW - DAY)
    await store.write(lambda tx: duties.add(tx, ORG, due, bytes(16)))
    for tries, level in ((2, None), (duties.WARN, "warn"), (duties.ESCALATE, "fail")):
        await store.write(lambda tx, n=tries: tx.run("UPDATE duty SET attempts = $1, taken = $2", n, NOW + 1))
        found = [c for c in await store.read(lambda tx: alive.workers(tx, ORG, NOW)) if c.name == "duty"]
        assert [(c.level, c.about) for c in found] == ([(level, "erase")] if level else [])


async def test_decoys_that_are_promised_and_missing_are_told(store, notice, tmp_path) -> None:
    """So is a mailbox that cannot be read."""
    for n, kind in enumerate(KINDS):
        found = await store.read(lambda tx: alive.decoys(tx, ORG, notice, None))
        assert (found.level, found.found["kinds"], found.found["why"]) == ("warn", n, "unset")
        await store.write(lambda tx, n=n, kind=kind: decoys.add(tx, ORG, bytes([n]) * 16, kind, NOW, bytes(16)))
    assert (await store.read(lambda tx: alive.decoys(tx, ORG, notice, None))).level == "ok"
    assert await alive.mailbox(None) == []
    gone = DecoysConfig(read=f"maildir:{tmp_path / 'gone'}")
    assert [c.level for c in await alive.mailbox(gone)] == ["fail"]
    for part in ("new", "cur"):
        (tmp_path / "box" / part).mkdir(parents=True)
    assert [c.level for c in await alive.mailbox(DecoysConfig(read=f"maildir:{tmp_path / 'box'}"))] == ["ok"]


def test_a_clock_set_back_is_found() -> None:
    assert examination.clock(NOW, NOW + DAY).level == "fail"
    assert examination.clock(DAY, 0).level == "fail"
    assert examination.clock(NOW, NOW).level == "ok"


def test_a_connection_the_notice_does_not_name_is_found(notice) -> None:
    far = Config("postgresql://db.example/x", ("a", "b"), "r", {})
    assert {c.about: c.level for c in examination.endpoints(notice, far)} == {"mail_relay": "ok", "database": "ok"}
    import msgspec

    also = msgspec.structs.replace(far, orgs={"x": OrgConfig("n", "o", sign_in={"google": ProviderConfig("c", "s")})})
    assert {c.about: c.level for c in examination.endpoints(notice, also, "x")}["sign_in"] == "fail"
    silent = msgspec.structs.replace(notice, endpoints={})
    assert {c.about: c.level for c in examination.endpoints(silent, far)} == {"mail_relay": "fail", "database": "fail"}


def test_one_folder_for_both_mirrors_is_found(tmp_path) -> None:
    assert examination.apart(tmp_path / "a", tmp_path / "a", tmp_path / "data").level == "fail"
    assert examination.apart(tmp_path / "data/a", tmp_path / "b", tmp_path / "data").level == "warn"
    assert examination.apart(tmp_path / "a", tmp_path / "b", tmp_path / "data").level == "ok"


def test_an_old_backup_is_told(notice) -> None:
    """The notice keeps backups for 30 days: the newest must be younger than half of that."""
    assert examination.backup(notice, NOW - 14 * DAY, NOW).level == "ok"
    assert examination.backup(notice, NOW - 16 * DAY, NOW).level == "warn"
    assert examination.backup(notice, 0, NOW) == Check("backup", "warn", {"days": -1})


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_check_has_words(monkeypatch, lang) -> None:
    monkeypatch.setenv("LC_ALL", lang)
    given = {"which": "first", "code": "x", "mode": "0644", "kind": "btrfs", "share": 3, "free": 7, "why": "back",
             "value": "v", "want": "w", "days": 3, "port": 25, "security": "none", "n": 3, "worst": 12,
             "seconds": 4, "tries": 3, "kinds": 2, "copies": "archive", "setting": "fsync", "version": 2,
             "grade": "scheduled", "until": "2026-12-08", "text": "t", "date": "2026-01-01", "sha256": "0"}  # fmt: skip
    for key in words(lang, "cli").entries:
        if key.startswith("doctor."):
            _, name, level = key.split(".")
            assert "{" not in doctor.line(Check(name, level, given, "/x"))


def test_older_versions_of_the_root_are_named_with_their_last_day():
    """One that ends is told with the service's day, one that lives on is a warning, silence a failure."""
    until = NOW + 7 * DAY
    checks = keeping.versions(Rooted(v1=Grade("scheduled", until), v2=None), doctor._day)
    assert [(c.name, c.level, c.about, dict(c.found)) for c in checks] == [
        ("root_version", "ok", "", {"version": 3, "grade": "scheduled"}),
        ("root_older", "ok", "1", {"until": "2027-01-22"}),
        ("root_older", "warn", "2", {"until": ""}),
    ]
    assert "on a day it names" in doctor.line(checks[0])
    down = keeping.versions(Rooted(fault=Unavailable("root_unreachable")), doctor._day)
    assert down == [Check("root_version", "fail", {"code": "root_unreachable"})]


def look(server="a", database="k", copies=(), sealed=True, **settings):
    return SimpleNamespace(
        server=server, database=database, copies=copies, sealed=sealed,
        settings=dict.fromkeys(keeping.DURABLE, "on") | settings,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "found"),
    [
        (look(), set()), (look("app", "other"), {("place", "warn")}), (look("app", "shop"), {("place", "fail")}),
        (look("b"), {("place", "warn")}), (look(copies=("archive", "slots")), {("place_copies", "warn")}),
        (look(sealed=False), {("place_sealed", "fail")}), (look(fsync="off"), {("place_setting", "fail")}),
        (look(synchronous_commit="local"), {("place_setting", "fail")}),
    ],
)  # fmt: skip
def test_places_of_the_key_store_on_servers_are_judged(first, found):
    """The second place is sound: what is said of the first is said of the first alone, but for a server they share."""
    checks = keeping.served(lambda: [first, look("b")], ("app", "shop"))
    assert {(c.name, c.level) for c in checks if c.level != "ok"} == found
    assert {c.about for c in checks if c.level != "ok"} <= ({"1", "2"} if first.server == "b" else {"1"})


def test_a_place_that_does_not_answer_is_a_failure():
    def fails():
        raise Unavailable("keystore_gone")

    assert keeping.served(fails, ("", "")) == [Check("mirrors", "fail", {"code": "keystore_gone"})]


def test_a_key_store_on_a_far_server_must_be_declared(notice):
    far = ("postgresql://k@keys-1.example/k", "postgresql://k@keys-2.example/k")
    config = Config("sqlite:////x", far, "root", {}, mail=MailConfig())
    assert "key_store" in {c.about for c in examination.endpoints(notice, config)}
    near = ("postgresql:///k1?host=/run/postgresql", "postgresql:///k2?host=/run/postgresql")
    config = Config("sqlite:////x", near, "root", {}, mail=MailConfig())
    assert "key_store" not in {c.about for c in examination.endpoints(notice, config)}


async def test_the_real_machine_answers(tmp_path: Path) -> None:
    machine = Machine()
    private = tmp_path / "private"
    private.touch(mode=0o600)
    assert machine.mode(private) == 0o600
    assert machine.mode(tmp_path / "absent") is None
    assert 0 < machine.space(tmp_path).free < machine.space(tmp_path).total
    assert machine.filesystem(tmp_path)
    assert await machine.reaches("127.0.0.1", 1, 0.5) is False


@pytest.mark.parametrize(
    ("key", "level", "why"),
    [("data/root.key", "warn", "inside"), ("data.root.key", "warn", "device"), ("far.key", "ok", "")],
)
def test_where_the_root_lies_is_said(tmp_path, key, level, why):
    """Inside the data folder a copy of the data is a copy of everything; on one device nearly."""
    check = examination.root(Fake(), tmp_path / key, tmp_path / "data", [])
    assert (check.level, check.found["why"]) == (level, why)
