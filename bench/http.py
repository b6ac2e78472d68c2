"""Acts over HTTP: server and database CPU of one operation, beside a floor that runs exactly the same statements.

Three copies of one prepared state: on the first the acts run in this process and their statements are written down; on
the second a bare handler replays them; on the third the real server answers the real requests: staff's API with a
session, and the stop link of a promotion by a mail program's button. Eight connections, one worker.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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
TIMES = 400
WARM = 4  # one part in so many is done before the clocks run: plans are made and caches filled on both sides
BARS = {"create": ("create a person (10 fields)", 2.2), "batch": ("create, an item of a batch of 100", 0.1),
        "read": ("read 3 fields by e-mail", 1.0), "withdraw": ("record one consent (stop link)", 1.8)}  # fmt: skip
ITEMS = {"batch": company.BATCH}


def measure(place: Place, people: int) -> Iterator[Result]:
    """Prepare, copy, trace, replay, serve."""
    n = min(TIMES, people)
    urls = _copies(place, n, people - n)
    about = msgspec.json.decode((place.folder / "about.json").read_bytes())
    traces = run(_traced(urls[0], place.folder / "keys0", about))
    (place.folder / "traces").write_bytes(msgspec.msgpack.encode(traces))
    floor = _served(place, urls[1], "floor", about)
    ours = _served(place, urls[2], "acts", about)
    for kind, (name, bar) in BARS.items():
        sql, begun = _statements(traces[kind])
        rate = ours[kind].n / ours[kind].wall
        note = f"{rate:.0f}/s with {CLIENTS} clients; {sql:.0f} statements, {begun:.0f} transactions"
        yield Result(
            f"http: {name}", place.engine, ours[kind].ms, "ms CPU", bar, "most", floor[kind].ms,
            "bare handler, same statements", 1.5 if kind in {"read", "withdraw"} else None, note,
        )  # fmt: skip
    yield Result("memory of the server after this", place.engine, _memory[place.engine], "MB", 150)


_memory: dict[str, float] = {}


def _statements(traces: list[list]) -> tuple[float, float]:
    """How many statements and transactions an act has, on average."""
    begun = sum(method == "begin" for trace in traces for method, _, _ in trace) / len(traces)
    bare = sum(method == "bare" for trace in traces for method, _, _ in trace) / len(traces)
    return sum(map(len, traces)) / len(traces) - begun - bare, begun


def _copies(place: Place, n: int, people: int) -> list[str]:
    """Prepare one state and copy it, database and key store, three times."""
    url, keys = place.url(), place.folder / "keys"
    for name in ("one", "two"):
        (keys / name).mkdir(parents=True, mode=0o700)
    run(_prepared(place, url, keys, n, people))
    if place.engine == "postgresql":  # as autovacuum would have done by then
        place.server.run("ANALYZE", url.partition("@/")[2].partition("?")[0])  # type: ignore[attr-defined]
    out = []
    for i in range(3):
        shutil.copytree(keys, place.folder / f"keys{i}")
        out.append(_copy(place, url, i))
    return out


def _copy(place: Place, url: str, i: int) -> str:
    if place.engine == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        shutil.copy(path, path.with_name(f"copy{i}.db"))
        return f"sqlite:///{path.with_name(f'copy{i}.db')}"
    name = url.partition("@/")[2].partition("?")[0]
    place.server.run(f"CREATE DATABASE copy{i} TEMPLATE {name}")  # type: ignore[attr-defined]
    return place.server.url(f"copy{i}")  # type: ignore[attr-defined, no-any-return]


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


def _served(place: Place, url: str, serves: str, about: dict[str, list[str]]) -> dict[str, Cost]:
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
        meter = Meter(process.pid, *place.roots, own=False)
        out = {kind: run(_driven(port, kind, _requests(serves, kind, about), meter)) for kind in company.ACTS}
        if serves == "acts":
            _memory[place.engine] = resident([process.pid])
        return out
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


async def _driven(port: int, kind: str, requests: list[bytes], meter: Meter) -> Cost:
    """Send all requests, and count the cost of those after the first few."""
    warm = len(requests) // WARM
    await _sent(port, kind, requests[:warm])
    metered = meter.start()
    await _sent(port, kind, requests[warm:])
    return metered.stop(len(requests[warm:]) * ITEMS.get(kind, 1))


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
