"""What an installation costs: packages and megabytes of the core lock, start-up time, memory of a started process."""

import contextlib
import importlib.metadata
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.engines import Place
from bench.meter import resident, spent
from bench.result import Result

ROOT = Path(__file__).resolve().parents[1]
MEGA = 1_000_000


def measure(place: Place, _people: int) -> Iterator[Result]:
    """Weigh the packages that requirements/core.txt names, as installed beside this Python; time a start."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(place.folder / "bytecode")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation keeps its bytecode, whatever this shell says
    names = re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", (ROOT / "requirements/core.txt").read_text("utf-8"))
    sizes = sorted(((size(name), name) for name in names), reverse=True)
    heavy = ", ".join(f"{name} {mega:.0f}" for mega, name in sizes[:5])
    yield Result("install: packages of the core", "-", len(names), "packages", 50)
    yield Result("install: size of the core", "-", sum(s for s, _ in sizes), "MB", 240, note=f"most: {heavy}")
    bare, ours = started("pass", env), started(None, env)
    yield Result("start: tepati --version", "-", ours, "s", 1.5, floor=bare, floor_of="python -c pass", yard="sha")
    yield from demo(place.folder, env)


def demo(folder: Path, env: Mapping[str, str]) -> Iterator[Result]:
    """Start the demo in one folder: the first start seeds through the real flows, the later ones (best of 3) serve."""
    libraries = started("import granian, litestar, asyncpg, apsw, cryptography, jinja2, babel", env)
    first, _, _ = answered(folder, env)
    later, cpu, memory = min(answered(folder, env) for _ in range(3))
    yield Result("start: demo, first, seeded", "sqlite", first, "s", 30, yard="sha")
    yield Result(
        "start: demo, later, until / answers", "sqlite", later, "s", 1.5, "most", libraries, "imports alone",
        note=f"{cpu:.2f} s of CPU", yard="sha",
    )  # fmt: skip
    yield Result("memory: demo after its first page", "sqlite", memory, "MB", 150)


def answered(folder: Path, env: Mapping[str, str]) -> tuple[float, float, float]:
    """Seconds until the demo's first page, its CPU seconds and its megabytes then."""
    port, begun = free_port(), time.perf_counter()
    told = [sys.executable, "-P", "-m", "tepati", "demo", "--port", str(port), "--data", f"{folder}/data"]
    process = subprocess.Popen(told, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - begun < 180:
            if process.poll() is not None:
                raise RuntimeError("the demo stopped while starting")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                page.read()
                return time.perf_counter() - begun, spent(process.pid), resident([process.pid])
            time.sleep(0.02)
        raise RuntimeError("the demo does not answer")
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def size(name: str) -> float:
    """Megabytes of an installed distribution, by its RECORD."""
    files = importlib.metadata.distribution(name).files or []
    return sum(path.stat().st_size for f in files if (path := Path(str(f.locate()))).is_file()) / MEGA


def started(code: str | None, env: Mapping[str, str]) -> float:
    """Seconds from start to end of a process, the best of five."""
    told = ["-c", code] if code else ["-P", "-m", "tepati", "--version"]
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *told], env=env, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begun)
    return min(times)
