"""What an installation costs: packages and megabytes of the core lock, start-up time, memory of a started process."""

import importlib.metadata
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.engines import Place
from bench.result import Result

ROOT = Path(__file__).resolve().parents[1]
MEGA = 1_000_000


def measure(_place: Place, _people: int) -> Iterator[Result]:
    """Weigh the packages that requirements/core.txt names, as installed beside this Python; time a start."""
    names = re.findall(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", (ROOT / "requirements/core.txt").read_text("utf-8"))
    sizes = sorted(((size(name), name) for name in names), reverse=True)
    heavy = ", ".join(f"{name} {mega:.0f}" for mega, name in sizes[:5])
    yield Result("install: packages of the core", "-", len(names), "packages", 50)
    yield Result("install: size of the core", "-", sum(s for s, _ in sizes), "MB", 240, note=f"most: {heavy}")
    bare = started("pass")
    yield Result("start: tepati --version", "-", started(None), "s", 1.5, floor=bare, floor_of="python -c pass")


def size(name: str) -> float:
    """Megabytes of an installed distribution, by its RECORD."""
    files = importlib.metadata.distribution(name).files or []
    return sum(path.stat().st_size for f in files if (path := Path(str(f.locate()))).is_file()) / MEGA


def started(code: str | None) -> float:
    """Seconds from start to end of a process, the best of five."""
    told = ["-c", code] if code else ["-P", "-m", "tepati", "--version"]
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, *told], env={"PYTHONPATH": str(ROOT / "src")}, check=True, stdout=subprocess.DEVNULL
        )
        times.append(time.perf_counter() - begun)
    return min(times)
