"""The frame of the measurements: what is counted is counted, and a bar that was missed is not hidden."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import engines
from bench.meter import Cost, Meter, tree
from bench.result import Missing, Result, as_json, table
from bench.yardstick import beside

BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"


def test_the_cpu_of_a_grandchild_is_counted() -> None:
    """A server's workers and a database's backends are part of what an operation costs."""
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}]); sys.stdin.read()"
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    metered = Meter(parent.pid, own=False).start()
    try:
        for _ in range(600):
            cost = metered.stop(10)
            if cost.cpu >= 0.25:
                break
            subprocess.run([sys.executable, "-c", "import time; time.sleep(0.05)"], check=True)
        assert 0.25 <= cost.cpu < 2
        assert cost.ms == pytest.approx(100 * cost.cpu)
        assert parent.pid in tree([os.getpid()])
    finally:
        parent.communicate(b"")


def test_a_missed_bar_is_told() -> None:
    """Both bars count: the figure's own, and its distance from the floor."""
    assert Result("a", "-", 2.0, "ms", 1.8).met is False
    assert Result("a", "-", 1.0, "ms", 1.8, floor=0.5, ratio_bar=1.5).met is False
    assert Result("a", "-", 0.7, "ms", 1.8, floor=0.5, ratio_bar=1.5).met is True
    assert Result("a", "-", 30_000, "keys/s", 20_000, "least").met is True
    assert Result("a", "-", 1.0, "ms").met is None
    text = table([Result("slow", "sqlite", 2.0, "ms", 1.8), Missing("b", "-", "no server")])
    assert "NOT MET" in text
    assert "not measured" in text
    assert "no server" in text


def test_what_is_printed_for_machines_is_whole() -> None:
    """The figure, its floor and the verdict."""
    (said,) = json.loads(as_json([Result("a", "sqlite", 3.0, "ms", 2.0, floor=1.5)]))
    assert (said["value"], said["floor"], said["ratio"], said["met"]) == (3.0, 1.5, 2.0, False)


def test_a_bar_stands_beside_what_its_limit_costs_here() -> None:
    """The bar and the verdict stay; what the machine does is told in a column of its own."""
    result = beside(Result("a", "postgresql", 3.0, "ms", 1.8, yard="commit"), {"sha": 0.67, "commit": 840.0})
    assert isinstance(result, Result)
    assert (result.machine, result.met) == (2.0, False)
    assert "2.00 x" in table([result])
    assert beside(Result("a", "-", 1.0, "ms"), {"sha": 1.0}) == Result("a", "-", 1.0, "ms")


def test_no_measurement_finds_what_another_left() -> None:
    """Each has a folder of its own, which is gone afterwards: the same one may run twice."""
    with engines.sqlite() as place:
        for _ in range(2):
            with place.apart("pages") as own:
                (own.folder / "keys").mkdir()
                url = own.url()
                Path(url.removeprefix("sqlite:///")).write_bytes(b"made")
                assert Path(own.copy(url).removeprefix("sqlite:///")).read_bytes() == b"made"
        assert not list(place.folder.iterdir())


def test_a_cost_is_told_per_operation() -> None:
    """CPU of all processes, divided by how often."""
    assert Cost(1000, 2.0, 0.5).ms == 0.5
    assert Cost(1000, 2.0, 0.5).rate == 2000
