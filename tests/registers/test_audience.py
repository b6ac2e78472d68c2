"""A page of an audience costs what a page holds, however many people there are: it is read in order from one index."""

import os

from bench import decide
from bench.audience import COLUMNS
from tepati.registers import standings
from tepati.rules.facts import FOREVER
from tepati.rules.standing import predicate

ORG = "audience-test"
WHERE, ARGS = predicate(decide.notice(), decide.uses()["campaign mail with consent"])


async def filled(store, people):
    rows = [
        (os.urandom(16), "offers", "offers_by_email", ORG, FOREVER if i % 10 < 3 else 0, 0, 1) for i in range(people)
    ]

    async def work(tx):
        await tx.copy("standing", COLUMNS, rows)
        if tx.engine == "postgresql":
            await tx.run("ANALYZE standing")

    await store.write(work)
    return sorted(row[0] for row in rows if row[4])


async def test_pages_hold_everybody_who_agreed_once_and_in_order(store):
    agreed = await filled(store, 100)
    found, after = [], bytes(16)
    while page := await store.read(lambda tx, after=after: standings.audience(tx, ORG, WHERE, ARGS, after, 7)):
        found, after = found + page, page[-1]
    assert found == agreed


async def test_no_page_sorts_or_reads_more_than_it_returns(store):
    await filled(store, 5000)
    how = "EXPLAIN QUERY PLAN" if store.engine == "sqlite" else "EXPLAIN"
    rows = await store.read(lambda tx: tx.all(f"{how} {standings.page(WHERE, len(ARGS))}", *ARGS, ORG, bytes(16), 200))
    plan = "\n".join(str(cell) for row in rows for cell in row)
    assert "standing_org_purpose_question" in plan
    assert not any(word in plan for word in ("Sort", "TEMP B-TREE", "Seq Scan", "hashed", "Bitmap")), plan
