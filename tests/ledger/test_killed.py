"""``kill -9`` of the sequencer at random points while others write: no line is lost, none doubled, the head true."""

import asyncio
import os
import random as dice
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tepati.ledger import tree
from tepati.ledger.log import Log
from tests.ledger.logs import AT, ORIGIN, SIGNER, entry

ROUNDS = 5
ROOT = Path(__file__).parents[2]


async def write(store, log, random, made, stop):
    """Acts: each inserts an effect and its line in one transaction."""
    while not stop.is_set():
        i, id = len(made), random(16)

        async def work(tx, i=i, id=id):
            await tx.run(
                "INSERT INTO observation (org, observation, promise, at, outcome, detail, ledger_id)"
                " VALUES ('fineclean', $1, 'p', $2, 'ok', '', $1)",
                id, AT,
            )  # fmt: skip
            await log.append(tx, id, id[0] % 16, AT, entry(i))

        await store.write(work)
        made.append(id)
        await asyncio.sleep(0)


async def test_killed_sequencers_lose_and_double_nothing(store, store_url, random):
    log, made, stop = Log("fineclean", ORIGIN, SIGNER), [], asyncio.Event()
    writer = asyncio.create_task(write(store, log, random, made, stop))
    world = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, str(Path(__file__).with_name("sequencing.py")), store_url, "20"]
    for _ in range(ROUNDS):
        one = await asyncio.create_subprocess_exec(*command, env=world, stdout=subprocess.PIPE)
        assert (await one.stdout.readline()).strip() == b"ready"
        await asyncio.sleep(dice.uniform(0.01, 0.25))
        one.send_signal(signal.SIGKILL)
        assert await one.wait() == -signal.SIGKILL
    stop.set()
    await writer
    numbered = await store.read(log.size)
    while await store.write(lambda tx: log.integrate(tx, AT)):
        pass
    rows = await store.read(lambda tx: tx.all("SELECT idx, id, entry FROM log_leaf ORDER BY idx"))
    effects = await store.read(lambda tx: tx.all("SELECT ledger_id FROM observation"))
    assert numbered > 0  # the killed ones had worked
    assert [row[0] for row in rows] == list(range(len(made)))
    assert Counter(row[1] for row in rows) == Counter(made) == Counter(row[0] for row in effects)
    assert {row[1]: row[2] for row in rows} == {id: entry(i) for i, id in enumerate(made)}
    head = tree.read_head((await store.read(log.head)).encode())
    assert (head.size, head.root) == (len(made), tree.root_of([tree.leaf_hash(row[2]) for row in rows]))


async def test_two_sequencers_at_once_number_every_line_once(store, random):
    log = Log("fineclean", ORIGIN, SIGNER)
    rows = [(random(16), i % 16, AT, entry(i)) for i in range(300)]
    await store.write(lambda tx: log.append_many(tx, rows))

    async def drain():
        while await store.write(lambda tx: log.integrate(tx, AT, 20)):  # noqa: ASYNC110 - the others take turns
            await asyncio.sleep(0)

    await asyncio.gather(drain(), drain(), drain())
    leaves = await store.read(lambda tx: log.leaves(tx, 0, 300))
    assert sorted(leaves) == sorted(entry(i) for i in range(300))
