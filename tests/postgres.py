"""A PostgreSQL server of the tests' own: made by hand, in a temporary directory, behind a private Unix socket."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import asyncpg

# What a crash of the machine could lose does not matter in tests; what a crash of the server loses does, and is kept.
_SETTINGS = {
    "listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "shared_buffers": "32MB", "max_connections": "60", "max_wal_size": "256MB", "autovacuum": "off",
    "logging_collector": "off", "log_min_messages": "panic", "deadlock_timeout": "100ms", "jit": "off",
}  # fmt: skip


class Absent(Exception):
    """There is no PostgreSQL on this machine: the message says what to install."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``url(name)`` is the address of one of its databases."""

    socket: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://tepati@/{database}?host={self.socket}"

    def run(self, sql: str, database: str = "postgres") -> None:
        """Run plain SQL in one database."""
        with ThreadPoolExecutor(1) as thread:  # the caller's thread may be running a loop already
            thread.submit(lambda: asyncio.run(_run(self.url(database), sql))).result()


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Start a server and stop it at the end. Raises Absent."""
    binaries, user = _binaries(), _user()
    with tempfile.TemporaryDirectory(prefix="tepati-pg-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        _cluster(binaries, user, place)
        process = subprocess.Popen(
            _as(user, binaries / "postgres", "-D", place / "data", "-k", place, *_options()),
            cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield _ready(Server(place, process))
        finally:
            _stop(process, place)


def restarted(server: Server, how: signal.Signals) -> Server:
    """End a server in order (SIGINT) or at once (SIGQUIT) and start it again; from now on no commit may be lost."""
    binaries, user, place = _binaries(), _user(), server.socket
    server.process.send_signal(how)
    server.process.wait(60)
    (place / "data" / "postmaster.pid").unlink(missing_ok=True)
    options = [*_options(), "-c", "synchronous_commit=on"]
    process = subprocess.Popen(
        _as(user, binaries / "postgres", "-D", place / "data", "-k", place, *options),
        cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return _ready(Server(place, process))


def stopped(server: Server) -> None:
    """Stop a server that was started again."""
    _stop(server.process, server.socket)


def _binaries() -> Path:
    found = shutil.which("postgres")
    places = [Path(found)] if found else []
    # A binary on the PATH may be a link or a wrapper: initdb must stand beside it.
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    for place in places:
        if (place.resolve().parent / "initdb").exists():
            return place.resolve().parent
    raise Absent("PostgreSQL is not installed: on Debian, apt-get install postgresql")


def _user() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {line.partition(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in names else "nobody"


def _as(user: str | None, *command: object) -> list[str]:
    # setpriv replaces itself by the server, so that its process is ours to stop; runuser would stay in between.
    # A server whose test process was killed ends too (SIGQUIT: at once) instead of staying for ever.
    whom = [f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"] if user else []
    return ["setpriv", "--pdeathsig=QUIT", *whom, *(str(part) for part in command)]


def _group(user: str) -> str:
    return subprocess.run(["id", "-g", user], check=True, capture_output=True, text=True).stdout.strip()


def _cluster(binaries: Path, user: str | None, place: Path) -> None:
    """Put a fresh cluster into ``place/data``: a copy of one made earlier, for initdb takes a second or two."""
    shape = _shape(binaries)
    shutil.copytree(shape, place / "data")
    (place / "data").chmod(0o700)
    if user:
        subprocess.run(["chown", "-R", user, str(place)], check=True)


def _shape(binaries: Path) -> Path:
    version = binaries.parent.name
    shape = Path(tempfile.gettempdir()) / f"tepati-initdb-{os.geteuid()}-{version}-1"
    if not shape.exists():
        _initdb(binaries, shape)
    if shape.stat().st_uid != os.geteuid():
        raise Absent(f"{shape} belongs to somebody else: remove it")
    return shape


def _initdb(binaries: Path, shape: Path) -> None:
    user = _user()
    with tempfile.TemporaryDirectory(prefix="tepati-initdb-") as name:
        if user:
            shutil.chown(name, user)
        made = Path(name) / "data"
        options = ["-A", "trust", "-U", "tepati", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        subprocess.run(
            _as(user, binaries / "initdb", "-D", made, *options), check=True, cwd=name, stdout=subprocess.DEVNULL
        )
        waiting = Path(tempfile.mkdtemp(prefix="tepati-initdb-")) / "data"
        shutil.copytree(made, waiting)
        # Several test processes may do this at once: the first rename wins, the others use what it left.
        with contextlib.suppress(OSError):
            waiting.rename(shape)
        shutil.rmtree(waiting.parent)


def _options() -> list[str]:
    return [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]


def _ready(server: Server) -> Server:
    for _ in range(200):
        if server.process.poll() is not None:
            raise RuntimeError("PostgreSQL stopped while starting")
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            server.run("SELECT 1")
            return server
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL does not answer")


def _stop(process: "subprocess.Popen[bytes]", place: Path) -> None:
    process.send_signal(signal.SIGQUIT)  # immediate: nothing here is worth a checkpoint
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(place / "data", ignore_errors=True)


async def _run(url: str, sql: str) -> None:
    link = await asyncpg.connect(url)
    try:
        await link.execute(sql)
    finally:
        await link.close()
