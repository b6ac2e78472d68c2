"""kill -9 of the counting process at points nobody chose: every line is counted once, on both engines."""

import signal
import subprocess
import sys
from pathlib import Path

from tepati.board.tally import tally
from tepati.ledger.entry import encode
from tepati.registers import counters
from tepati.registers.counters import WHOLE
from tests.board.conftest import ORG, line

START = 1_795_000_000_000_000
LINES = 6_000
KILLS = 4

CHILD = f"""
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from tepati.store.open import open_store
from tepati.board.tally import tally

async def main():
    store = await open_store(sys.argv[2], jitter=lambda: 0.5)
    print("counting", flush=True)
    while await store.write(lambda tx: tally(tx, {ORG!r}, {START}, 3)):
        pass

asyncio.run(main())
"""


async def _fill(tx):
    entries = [encode(line("look", ("allowed", "refused")[i % 3 == 0], f"roles.r{i % 7}", at=START)) for i in range(21)]
    rows = ((i % 16, i.to_bytes(16, "big"), ORG, i, entries[i % 21]) for i in range(LINES))
    await tx.copy("log_leaf", ("lane", "id", "org", "idx", "entry"), rows)
    await tx.run(
        "INSERT INTO log_head (org, size, root, at, note) VALUES ($1, $2, $3, $4, '')", ORG, LINES, b"r" * 32, START
    )


def _killed(url: str, after: float) -> None:
    source = str(Path(__file__).parents[2] / "src")
    child = subprocess.Popen([sys.executable, "-c", CHILD, source, url], stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"counting\n"
    try:
        child.wait(after)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
    child.stdout.close()


async def _cursor(tx):
    row = await tx.one("SELECT size FROM log_tally WHERE org = $1", ORG)
    return int(row[0]) if row else 0


def test_killed_while_counting(store, store_url, run) -> None:
    run(store.write(_fill))
    cursors = []
    for i in range(KILLS):
        _killed(store_url, 0.1 + 0.05 * i)
        cursors.append(run(store.read(_cursor)))
        sums = run(store.read(lambda tx: counters.on(tx, ORG)))
        counted = sum(count.n for count in sums.get(WHOLE, {}).values())
        assert counted == cursors[-1], "sums and cursor move together"
    assert any(0 < at < LINES for at in cursors), "a child was killed half-way, or this test shows nothing"
    while run(store.write(lambda tx: tally(tx, ORG, START))):
        pass
    sums = run(store.read(lambda tx: counters.on(tx, ORG)))
    assert sum(count.n for count in sums[WHOLE].values()) == LINES
    assert sums[WHOLE]["look.refused"].n == LINES // 3
    assert (
        sum(counts["look.allowed"].n for key, counts in sums.items() if key and "look.allowed" in counts)
        == LINES // 3 * 2
    )
