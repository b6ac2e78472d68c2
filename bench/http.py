"""Acts over HTTP: server and database CPU of one operation, beside a floor that runs exactly the same statements.

Three copies of one prepared state: on the first the acts run in this process and their statements are written down; on
the second a bare handler replays them; on the third the real server answers the real requests: staff's API with a
session, and the stop link of a promotion by a mail program's button. Eight connections, one worker.

The state is one that a server left a moment ago: its lines are numbered and counted, the daily round was made, no
letter waits. So what is counted is the acts. Each is measured among few people and among many: it must not cost more.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench import company
from bench.engines import Place, run
from bench.install import free_port
from bench.meter import Cost, Meter, resident
from bench.result import Result
from bench.tap import TapStore

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = 8
TIMES = 800
FEW = 1000  # people beside whom the acts are measured first
GROWTH = 1.1  # the most that an act among many may cost of the same among few
WARM = 4  # one part in so many is done before the clocks run: plans are made and caches filled on both sides
BARS = {"create": ("create a person (10 fields)", 2.2, "commit"),
        "batch": ("create, an item of a batch of 100", 0.1, "copy"),
        "read": ("read 3 fields by e-mail", 1.0, "select"),
        "withdraw": ("record one consent (stop link)", 1.8, "commit")}  # fmt: skip
ITEMS = {"batch": company.BATCH}


def measure(place: Place, people: int) -> Iterator[Result]:
    """Among few people, then among all; what each act costs among all of what it cost among few."""
    few = yield from _among(place, min(FEW, people))
    if people > FEW:
        many = yield from _among(place, people)
        for kind, (name, *_) in BARS.items():
            yield Result(f"http: {name}, cost among many", place.engine, many[kind].ms / few[kind].ms, "x few", GROWTH,
                         note=f"among {people:,} people, of that among {FEW:,}")  # fmt: skip


def _among(place: Place, people: int) -> Generator[Result, None, dict[str, Cost]]:
    """Prepare, copy, trace, replay, serve."""
    with place.apart(f"http-{people}") as own:
        urls, daily = _copies(own, min(TIMES, people), people)
        about = msgspec.json.decode((own.folder / "about.json").read_bytes())
        traces = run(_traced(urls[0], own.folder / "keys0", about))
        (own.folder / "traces").write_bytes(msgspec.msgpack.encode(traces))
        floor = _served(own, urls[1], "floor", about)
        ours = _served(own, urls[2], "acts", about)
    for kind, (name, bar, yard) in BARS.items():
        sql, begun = _statements(traces[kind])
        cost, alone = ours.costs[kind], ours.alone[kind]
        note = f"{people:,} people, {cost.n / cost.wall:.0f}/s with {CLIENTS} clients; {sql:.0f} statements, "
        note += f"{begun:.0f} transactions; server {alone:.2f}, database {cost.ms - alone:.2f}"
        yield Result(
            f"http: {name}", place.engine, cost.ms, "ms CPU", bar, "most", floor.costs[kind].ms,
            "bare handler, same statements", 1.5 if kind in {"read", "withdraw"} else None, note, yard,
        )  # fmt: skip
    note = f"{people:,} people; {ours.before:.0f} when it had started, which took {ours.started:.1f} s of CPU"
    yield Result("memory of the server after this", place.engine, ours.after, "MB", 150, note=note)
    note = f"{people:,} people; {daily[1]:.1f} s of CPU, the start included, without the database's"
    yield Result("memory of the daily round", place.engine, daily[0], "MB", 150, note=note)
    return ours.costs


@dataclass
class Seen:
    """What a server cost: each act, its own process alone (ms), its start (s of CPU), its memory (MB) twice."""

    costs: dict[str, Cost] = field(default_factory=dict)
    alone: dict[str, float] = field(default_factory=dict)
    started: float = 0.0
    before: float = 0.0
    after: float = 0.0


def _statements(traces: list[list]) -> tuple[float, float]:
    """How many statements and transactions an act has, on average."""
    begun = sum(method == "begin" for trace in traces for method, _, _ in trace) / len(traces)
    bare = sum(method == "bare" for trace in traces for method, _, _ in trace) / len(traces)
    return sum(map(len, traces)) / len(traces) - begun - bare, begun


def _copies(place: Place, n: int, people: int) -> tuple[list[str], list[float]]:
    """Prepare one state and copy it, database and key store, three times; and say what its daily round took."""
    url, keys = place.url(), place.folder / "keys"
    for name in ("one", "two"):
        (keys / name).mkdir(parents=True, mode=0o700)
    run(_prepared(place, url, keys, n, people))
    place.settle(url)
    told = [sys.executable, "-m", "bench.rest", url, str(keys)]
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    daily = json.loads(subprocess.run(told, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    for i in range(3):
        shutil.copytree(keys, place.folder / f"keys{i}")
    copies = [place.copy(url) for _ in range(3)]
    place.settle()
    return copies, daily


async def _prepared(place: Place, url: str, keys: Path, n: int, people: int) -> None:
    desk = await company.open_desk(url, keys)
    about = await company.prepare(desk, n, people)
    await company.close_desk(desk)
    (place.folder / "about.json").write_bytes(msgspec.json.encode(about))


async def _traced(url: str, keys: Path, about: dict[str, list[str]]) -> dict[str, list[list]]:
    desk = await company.open_desk(url, keys, TapStore)
    out: dict[str, list[list]] = {kind: [] for kind in company.ACTS}
    for kind in company.ACTS:
        for one in about[kind]:
            desk.store.trace = []  # type: ignore[attr-defined]
            await company.act(desk, kind, one, about["token"][0])
            out[kind].append(desk.store.trace)  # type: ignore[attr-defined]
    await company.close_desk(desk)
    return out


def _served(place: Place, url: str, serves: str, about: dict[str, list[str]]) -> Seen:
    """Start a server, drive it, and count the CPU of its processes and the database's."""
    port = free_port()
    env = os.environ | {
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "BENCH_URL": url, "BENCH_TRACES": str(place.folder / "traces"),
    }  # fmt: skip
    told = ["-m", "bench.real", url, str(place.folder / "keys2"), str(port)]
    if serves == "floor":
        told = ["-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
                "--no-ws", "--log-level", "warning", "--loop", "asyncio", "bench.served:app"]  # fmt: skip
    process = subprocess.Popen([sys.executable, *told], env=env, cwd=ROOT)
    try:
        _await_port(port, process)
        server, meter = Meter(process.pid, own=False), Meter(process.pid, *place.roots, own=False)
        _await_rest(server)
        seen = Seen(started=server.read(), before=resident([process.pid]))
        for kind in company.ACTS:
            seen.costs[kind], seen.alone[kind] = run(
                _driven(port, kind, _requests(serves, kind, about), (meter, server))
            )
        seen.after = resident([process.pid])
        return seen
    finally:
        process.terminate()
        process.wait(10)


def _requests(serves: str, kind: str, about: dict[str, list[str]]) -> list[bytes]:
    """Write the requests before the clock runs."""
    if serves == "acts":
        return [company.request(kind, one, about["token"][0]) for one in about[kind]]
    out = []
    for index, one in enumerate(about[kind]):
        body = msgspec.json.encode({"about": one, "index": index})
        head = f"POST /{kind} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        out.append(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return out


async def _driven(port: int, kind: str, requests: list[bytes], meters: tuple[Meter, Meter]) -> tuple[Cost, float]:
    """Send all requests; return the cost of those after the first few, and the milliseconds that are the server's."""
    warm = len(requests) // WARM
    await _sent(port, kind, requests[:warm])
    both, server = (meter.start() for meter in meters)
    await _sent(port, kind, requests[warm:])
    n = len(requests[warm:]) * ITEMS.get(kind, 1)
    return both.stop(n), server.stop(n).ms


async def _sent(port: int, kind: str, requests: list[bytes]) -> None:
    todo = iter(requests)
    await asyncio.gather(*(_client(port, kind, todo) for _ in range(CLIENTS)))


async def _client(port: int, kind: str, todo: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in todo:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        said = await reader.readexactly(length)
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise RuntimeError(f"{kind}: {answer[:15].decode()} {said[-300:].decode()}")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("the server stopped while starting")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the server does not answer")


def _await_rest(meter: Meter, calm: float = 0.03) -> None:
    """Wait until a server has done what a start is for: until it takes less than ``calm`` of a core."""
    for _ in range(600):
        begun = meter.start()
        time.sleep(0.5)
        cost = begun.stop(1)
        if cost.cpu < calm * cost.wall + 0.01:  # a tick of the kernel's clock
            return
    raise RuntimeError("the server does not come to rest")
