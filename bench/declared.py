"""A notice of a thousand lines: read and checked, in this process and by the command, beside what cannot be saved."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from bench.engines import Place
from bench.result import Result
from tepati.notice.load import load

NOTICE = Path(__file__).parents[1] / "examples" / "home-cleaning" / "notice.yaml"
LINES, ROUNDS, STARTS = 1_000, 15, 5
_THING = {
    "data:": "  extra{n}:\n    class: general\n    of: customer\n    label: {{id: tambahan {n}, en: extra {n}}}\n"
    "    says: {{id: Data ini kami ambil saat Anda memesan., en: We take this when you book.}}\n"
    "    fields: {{text: text}}\n",
    "purposes:": "  use{n}:\n    kind: service\n    basis: contract\n    uses: [extra{n}]\n"
    "    label: {{id: tujuan {n}, en: purpose {n}}}\n    says: {{id: Kami memakainya., en: We use it.}}\n",
    "points:": "  enter{n}:\n    channels: [site]\n    who: customer\n    collects: [extra{n}]\n    for: [use{n}]\n"
    "    label: {{id: formulir {n}, en: form {n}}}\n",
    "retention:": "  extra{n}: {{from: record.created, for: 1 year, then: destroy}}\n",
}


def measure(place: Place, _people: int) -> Iterator[Result]:
    """Measure by the CPU clock; the command by the wall clock, start of the interpreter and all."""
    source = long()
    lines = source.count(b"\n")
    ours, floor = best(lambda: load(source)), best(lambda: events(source))
    yield Result(
        f"load and check {lines} lines", "-", ours * 1000, "ms", 60, "most", floor * 1000,
        "the same bytes through libyaml's parser", yard="sha",
    )  # fmt: skip
    path = place.folder / "notice.yaml"
    path.write_bytes(source)
    command = [sys.executable, "-P", "-m", "tepati", "check", str(path)]
    yield Result(
        f"tepati check, {lines} lines", "-", started(command), "s", 0.5, "most",
        started([sys.executable, "-I", "-c", "pass"]), "an interpreter that does nothing",
    )  # fmt: skip


def long() -> bytes:
    """Lengthen an example to a thousand lines, sound all the same."""
    text, n = NOTICE.read_text("utf-8"), 0
    while text.count("\n") < LINES:
        for section, lines in _THING.items():
            begin = text.index(f"\n{section}") + 1
            end = text.index("\n", begin) + 1
            text = text[:end] + lines.format(n=n) + text[end:]
        n += 1
    return text.encode()


def events(source: bytes) -> None:
    """Run the bytes through the parser that ours stands on."""
    for _ in yaml.parse(source, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass


def best(call: Callable[[], object]) -> float:
    """Seconds of CPU, best of the rounds."""
    call()
    took = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        call()
        took.append(time.process_time() - begun)
    return min(took)


def started(command: list[str]) -> float:
    """Seconds of a command from start to end, best of a few."""
    took = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, check=False)
        took.append(time.perf_counter() - begun)
        if ran.returncode:
            raise RuntimeError(ran.stdout.decode()[-200:])
    return min(took)
