"""Room vault: the stop list applied: what had ended after a backup was made ends again when it is restored."""

from collections.abc import Sequence
from typing import cast

from msgspec import structs

from tepati.rules.facts import Facts
from tepati.store.port import Tx


def narrowed(facts: Facts, stops: Sequence[str]) -> Facts:
    """Take from facts everything that has stopped since they were written."""
    named: dict[str, set[str]] = {}
    for stop in stops:
        kind, _, what = stop.partition(":")
        named.setdefault(kind, set()).add(what)
    untils = dict(_last(each) for each in sorted(named.get("until", ()), key=_last))
    closed = dict(_last(each) for each in named.get("closed", ()))
    return structs.replace(
        facts,
        minor_until=max([facts.minor_until, *map(int, named.get("minor", ()))]),
        guardian=facts.guardian and "guardian" not in named,
        consents={
            q: min(until, untils.get(q, until))
            for q, until in facts.consents.items()
            if q not in named.get("consent", ())
        },
        dealings={
            d: structs.replace(known, closed=closed[d]) if d in closed and not known.closed else known
            for d, known in facts.dealings.items()
        },
        restricted=_more(facts.restricted, named.get("restricted", set())),
        objected=_more(facts.objected, named.get("objected", set())),
        ended=_more(facts.ended, named.get("ended", set())),
    )


async def ended(tx: Tx, person: bytes, facts: Facts) -> Facts:
    """Take out of facts the parts that ended since the backup, whose keys are gone, and records of which none is left.

    Records without parts go from the register too: nothing would ever end them.
    """
    rows = await tx.all("SELECT record, category FROM sealed WHERE person = $1", person)
    there = {(cast("bytes", record).hex(), category) for record, category in rows}
    left = {
        name: structs.replace(
            row,
            ends={c: at for c, at in row.ends.items() if (name, c) in there},
            held={c: at for c, at in row.held.items() if (name, c) in there},
        )
        for name, row in facts.rows.items()
        if not row.ends or any((name, c) in there for c in row.ends)
    }
    for name in facts.rows.keys() - left.keys():
        await tx.run("DELETE FROM record WHERE person = $1 AND record = $2", person, bytes.fromhex(name))
        await tx.run("DELETE FROM dealing WHERE person = $1 AND record = $2", person, bytes.fromhex(name))
    dealings = {d: known for d, known in facts.dealings.items() if d in left or d not in facts.rows}
    return structs.replace(facts, rows=left, dealings=dealings) if left != facts.rows else facts


def _last(word: str) -> tuple[str, int]:
    """Take the instant off the end of a word of the stop list."""
    what, _, at = word.rpartition(":")
    return what, int(at)


def _more(old: tuple[str, ...], new: set[str]) -> tuple[str, ...]:
    return (*old, *sorted(new - set(old)))


async def registers(tx: Tx, person: bytes, stops: Sequence[str]) -> int:
    """Bring the registers to the same answer: consents withdrawn, and out of every set (the desk writes it anew)."""
    for stop in stops:
        if stop.startswith("consent:"):
            await tx.run(
                "UPDATE consent SET state = 'ConsentWithdrawn', until = 0 WHERE person = $1 AND question = $2",
                person, stop[8:],
            )  # fmt: skip
        elif stop.startswith("until:"):
            await tx.run(
                "UPDATE consent SET until = $3 WHERE person = $1 AND question = $2 AND until > $3",
                person, *_last(stop[6:]),
            )  # fmt: skip
        elif stop.startswith("closed:"):
            await _close(tx, person, *_last(stop[7:]))
    await tx.run("DELETE FROM standing WHERE person = $1", person)
    return len(stops)


async def _close(tx: Tx, person: bytes, dealing: str, at: int) -> None:
    """Close a dealing in its register; a request among them was cancelled, and is not carried out any more."""
    name = bytes.fromhex(dealing)
    await tx.run(
        "UPDATE dealing SET closed = $3 WHERE person = $1 AND dealing = $2 AND closed IS NULL", person, name, at
    )
    await tx.run(
        "UPDATE request SET state = 'cancelled', done = $3 WHERE person = $1 AND request = $2 AND done IS NULL",
        person, name, at,
    )  # fmt: skip
    await tx.run("DELETE FROM duty WHERE person = $1 AND about LIKE $2", person, f"{dealing},%")
