"""Room board: the installation examined from outside its own code: keys, files, database, clock, neighbours, space.

Each check says what was found and, where it is not as it must be, what to do; none of them changes anything.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from tepati.errors import Tampered, TepatiError
from tepati.notice.law.pack import Official, official, pack
from tepati.notice.model import Notice
from tepati.ports.config import SERVED, SERVICES, Config
from tepati.registers import agreements, counters
from tepati.registers.macs import Mac
from tepati.registers.observations import BROKEN, OK, SEEN, UNDECLARED
from tepati.store.port import Tx

Level = Literal["ok", "warn", "fail"]

BUILT: Final = 1_767_225_600_000_000  # 1 January 2026 UTC: a clock before this is not set (microseconds)
LONG: Final = 100_000  # a write transaction that held the database longer than this is felt (microseconds)
AHEAD: Final = 5 * 60_000_000  # a signed head more than this in the future means: the clock was set back
LEAST_FREE: Final = 0.10  # of a file system: below it a full disk is near
# File systems that write elsewhere instead of over: what was overwritten there may live on in old blocks or snapshots.
COPY_ON_WRITE: Final = frozenset({"btrfs", "zfs", "bcachefs", "overlay", "apfs", "f2fs", "nilfs2"})
LOCAL: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})

# PostgreSQL writes statements, parameters or the values of a violated key into its own log unless told otherwise.
POSTGRESQL: Final[dict[str, tuple[str, ...]]] = {
    "log_parameter_max_length": ("0",),
    "log_parameter_max_length_on_error": ("0",),
    "log_error_verbosity": ("terse",),
    "log_min_duration_statement": ("-1",),
    "log_statement": ("none",),
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write"),
}
SQLITE: Final[dict[str, tuple[str, ...]]] = {
    "journal_mode": ("wal",),
    "secure_delete": ("1",),
    "temp_store": ("2",),
    "foreign_keys": ("1",),
    "synchronous": ("2", "3"),
}


class Check(msgspec.Struct, frozen=True):
    """One check: ``name`` and ``level`` name its words (``doctor.<name>.<level>``), ``found`` fills them."""

    name: str
    level: Level
    found: dict[str, str | int] = {}
    about: str = ""  # which of several: a path, a setting, an endpoint


class Space(Protocol):
    """Bytes of a file system."""

    @property
    def free(self) -> int: ...

    @property
    def total(self) -> int: ...


class Machine(Protocol):
    """What is asked of the machine; ``ports.machine.Machine`` answers it."""

    def mode(self, path: Path) -> int | None: ...

    def device(self, path: Path) -> int | None: ...

    def space(self, path: Path) -> Space: ...

    def filesystem(self, path: Path) -> str: ...

    def core_dumps(self) -> int: ...

    async def reaches(self, host: str, port: int, seconds: float = 3) -> bool: ...


class Vital(NamedTuple):
    """What the database knows of the installation's health (microseconds; 0: never)."""

    head: int
    backup: int


def keys(align: Callable[[], str]) -> Check:
    """Open both mirrors of the key store and compare them; ``align`` names the one that was behind, or ""."""
    try:
        behind = align()
    except TepatiError as error:
        return Check("mirrors", "fail", {"code": error.code})
    return Check("mirrors", "warn", {"which": behind}) if behind else Check("mirrors", "ok")


def secrecy(machine: Machine, paths: list[Path]) -> list[Check]:
    """Check that nobody but the owner may read what is private: keys, root, configuration, database."""
    modes = [(path, machine.mode(path)) for path in paths]
    return [
        Check("mode", "ok" if mode is not None and not mode & 0o077 else "fail", {"mode": _octal(mode)}, str(path))
        for path, mode in modes
    ]


def _octal(mode: int | None) -> str:
    return "-" if mode is None else f"{mode:04o}"


def apart(first: Path, second: Path, data: Path) -> Check:
    """Check that the key folders are two, and that neither lies where data is backed up."""
    inside = [p for p in (first, second) if p.resolve().is_relative_to(data.resolve())]
    if first.resolve() == second.resolve():
        return Check("apart", "fail")
    return Check("apart", "warn" if inside else "ok")


def root(machine: Machine, key: Path, folder: Path, databases: list[Path]) -> Check:
    """Say where a key lies: in the data folder one copy takes both, and so does one of a device they share."""
    if key.resolve().is_relative_to(folder.resolve()):
        return Check("root", "warn", {"why": "inside"}, str(key))
    beside = machine.device(key)
    same = beside is not None and beside in {machine.device(path) for path in [folder, *databases]}
    return Check("root", "warn" if same else "ok", {"why": "device" if same else ""}, str(key))


def media(machine: Machine, paths: list[Path]) -> list[Check]:
    """Name the file systems honestly: on a copying one, "overwritten" is no promise about the medium."""
    kinds = [(str(path), machine.filesystem(path)) for path in paths]
    return [Check("media", "warn" if kind in COPY_ON_WRITE or not kind else "ok", {"kind": kind or "?"}, where)
            for where, kind in kinds]  # fmt: skip


def space(machine: Machine, paths: list[Path]) -> list[Check]:
    """Check that a tenth of each file system is free: an act needs room for its line, too."""
    out = []
    for path in paths:
        found = machine.space(path)
        share = found.free * 100 // max(1, found.total)
        level: Level = "ok" if found.free >= found.total * LEAST_FREE else "fail"
        out.append(Check("space", level, {"share": share, "free": found.free >> 20}, str(path)))
    return out


def dumps(machine: Machine) -> Check:
    """A core dump writes open values to the disk: it must be off."""
    return Check("dumps", "fail" if machine.core_dumps() else "ok")


def clock(now: int, head: int) -> Check:
    """Deadlines are worth what the clock is: it is set, and not behind what was signed."""
    if now < BUILT:
        return Check("clock", "fail", {"why": "unset"})
    return Check("clock", "fail", {"why": "back"}) if head > now + AHEAD else Check("clock", "ok", {"why": ""})


async def engine(tx: Tx) -> list[Check]:
    """Ask the database how it is set, and compare with what keeps values out of its files and logs."""
    wanted = POSTGRESQL if tx.engine == "postgresql" else SQLITE
    found = {name: await _setting(tx, name) for name in wanted}
    return [
        Check("setting", "ok" if found[name] in good else "fail", {"value": found[name], "want": good[0]}, name)
        for name, good in wanted.items()
    ]


async def _setting(tx: Tx, name: str) -> str:
    if tx.engine == "sqlite":
        row = await tx.one(f"PRAGMA {name}")  # a name of the table above: pragmas take no parameter
    else:
        row = await tx.one("SELECT setting FROM pg_settings WHERE name = $1", name)
    return str(row[0]).lower() if row else "-"


async def vital(tx: Tx, org: str) -> Vital:
    """Read the newest signed head and the newest backup that was read back."""
    head = await tx.one("SELECT at FROM log_head WHERE org = $1", org)
    sums = await counters.on(tx, org)
    backup = sums.get("security.backups", {}).get(SEEN + OK)
    return Vital(int(head[0] or 0) if head else 0, backup.worst if backup else 0)


async def slow(tx: Tx, org: str, now: int) -> Check:
    """Tell how often a write held the database for long, today and yesterday, and how long the worst did."""
    days = [(await counters.on(tx, org, day)).get(counters.SLOW, {}) for day in _recent(now)]
    seen = [day["write"] for day in days if "write" in day]
    n, worst = sum(one.n for one in seen), max((one.worst for one in seen), default=0)
    return Check("slow", "warn" if worst > LONG else "ok", {"n": n, "worst": worst // 1000})


def _recent(now: int) -> tuple[int, int]:
    return counters.day_of(now) - 1, counters.day_of(now)


async def papers(tx: Tx, mac: Mac, org: str, notice: Notice, now: int) -> list[Check]:
    """Check that every recipient that must sign has: to one without an agreement in force nothing leaves, no letter."""
    needed = [name for name, one in notice.recipients.items() if one.agreement and one.agreement.required]
    try:
        signed = {a.recipient for a in await agreements.all_of(tx, mac, org) if a.since <= now < a.until}
    except Tampered:
        return [Check("agreement", "fail", about=name) for name in needed]
    return [Check("agreement", "ok" if name in signed else "fail", about=name) for name in needed]


def laws(notices: Iterable[Notice], read: tuple[Official, ...]) -> list[Check]:
    """Check that of each law that waits for its official text, and that a notice names, somebody recorded it."""
    named = sorted({name for notice in notices for name in notice.laws if pack(name).awaits_text})
    return [_law(name, official(name, read)) for name in named]


def _law(name: str, text: Official | None) -> Check:
    found = {"text": text.name, "date": str(text.date), "sha256": text.sha256} if text else {}
    return Check("law", "ok" if text else "warn", found, name)  # type: ignore[arg-type]


def backup(notice: Notice, newest: int, now: int) -> Check:
    """Check the age of the newest backup against half of what the notice declares, at least a day."""
    declared = notice.security.backups
    if declared is None:
        return Check("backup", "ok", {"days": -1})
    days = (now - newest) // counters.DAY if newest else -1
    limit = max(1, declared.keep.rough_seconds() // 2 // 86_400)
    return Check("backup", "ok" if 0 <= days <= limit else "warn", {"days": days})


def objected(found: Sequence[object]) -> list[Check]:
    """Warn where today's rules object to the version in force, which runs on (decision 0044)."""
    return [Check("objected", "warn", {"n": len(found)}, str(found[0]))] if found else []


def endpoints(notice: Notice, config: Config, org: str = "") -> list[Check]:
    """Every connection that is configured must be declared: what the notice does not name is not used."""
    database = urlsplit(config.database).hostname or ""
    used = {
        "mail_relay": bool(config.mail.host), "database": database not in LOCAL,
        "key_store": config.root.startswith(SERVICES) or any(map(_far, config.keys)),
        "sign_in": bool(org in config.orgs and config.orgs[org].sign_in),
    }  # fmt: skip
    return [
        Check("endpoint", "ok" if notice.endpoints.get(name, "none") != "none" else "fail", about=name)  # type: ignore[call-overload]
        for name, configured in used.items()
        if configured
    ]


def _far(place: str) -> bool:
    """Say whether a place of the key store is reached over a network."""
    return place.startswith(SERVED) and (urlsplit(place).hostname or "") not in LOCAL


async def relay(machine: Machine, config: Config) -> list[Check]:
    """Check that the mail relay answers, and that mail goes to it sealed."""
    host, port = config.mail.host, config.mail.port
    answers = await machine.reaches(host, port)
    sealed: Level = "ok" if config.mail.security != "none" else "fail"
    return [
        Check("relay", "ok" if answers else "fail", {"port": port}, host),
        Check("relay_tls", sealed, {"security": config.mail.security}, host),
    ]


def sound(checks: list[Check]) -> bool:
    """Say whether no check failed; a warning is told and does not fail."""
    return all(check.level != "fail" for check in checks)


Look = tuple[str, str, str]  # promise, outcome, detail


def looks(checks: list[Check]) -> list[Look]:
    """Return (promise, outcome, detail) of checks that are looks from outside; ``remember.examined`` writes them.

    A sealed relay alone does not prove ``security.transport`` (pages travel too), an open one breaks it.
    """
    found = []
    for check in checks:
        if check.name == "endpoint":
            found.append((f"endpoints.{check.about}", OK if check.level == "ok" else UNDECLARED, check.name))
        if check.name == "relay_tls" and check.level == "fail":
            found.append(("security.transport", BROKEN, check.name))
    whole = {outcome for promise, outcome, _ in found if promise.startswith("endpoints.")}
    if whole:
        found.append(("endpoints", UNDECLARED if UNDECLARED in whole else OK, "endpoint"))
    return found
