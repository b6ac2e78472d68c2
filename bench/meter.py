"""CPU of this process and of whole process trees (a server, a database), from /proc: user and system, reaped included.

The kernel counts in ticks of 10 ms, so a measurement of a tree should take a second or more.
"""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What n operations cost: wall seconds, and CPU seconds of every process that took part."""

    n: int
    wall: float
    cpu: float

    @property
    def ms(self) -> float:
        """CPU milliseconds of one operation."""
        return 1000 * self.cpu / self.n

    @property
    def us(self) -> float:
        """CPU microseconds of one operation."""
        return 1e6 * self.cpu / self.n

    @property
    def rate(self) -> float:
        """Operations for each second of CPU: what one core does."""
        return self.n / self.cpu if self.cpu else 0.0


class Meter:
    """Reads the CPU clocks of this process and of the trees under ``roots`` (process ids)."""

    def __init__(self, *roots: int, own: bool = True) -> None:
        self.roots = roots
        self.own = own

    def read(self) -> float:
        """CPU seconds spent until now."""
        own = time.process_time() if self.own else 0.0
        return own + sum(spent(pid) for pid in tree(self.roots))

    def start(self) -> "Run":
        """Begin a measurement."""
        return Run(self, time.perf_counter(), self.read())

    def of(self, n: int, work: Callable[[], object]) -> Cost:
        """Measure ``work``, which does n operations."""
        run = self.start()
        work()
        return run.stop(n)


@dataclass(frozen=True, slots=True)
class Run:
    """A measurement that was begun."""

    meter: Meter
    wall: float
    cpu: float

    def stop(self, n: int) -> Cost:
        """End it: n operations were done since."""
        return Cost(n, time.perf_counter() - self.wall, self.meter.read() - self.cpu)


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the name in parentheses may hold spaces


def spent(pid: int) -> float:
    """CPU seconds of a process and of the children it has reaped (proc(5): utime, stime, cutime, cstime)."""
    fields = _stat(pid)
    return sum(int(f) for f in fields[11:15]) / TICK if fields else 0.0


def tree(roots: Iterable[int]) -> set[int]:
    """List the processes of the trees under ``roots``."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    left = list(roots)
    while left:
        pid = left.pop()
        found.add(pid)
        left += parents.get(pid, [])
    return found


def resident(roots: Iterable[int]) -> float:
    """Resident megabytes of the trees under ``roots`` (VmRSS: pages shared between two of them count twice)."""
    return sum(_memory(pid, "VmRSS:") for pid in tree(roots))


def peak() -> float:
    """Most resident megabytes that this process ever had (VmHWM; ru_maxrss begins with the parent's)."""
    return _memory(os.getpid(), "VmHWM:")


def _memory(pid: int, kind: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(kind)) * 1024 / 1e6
