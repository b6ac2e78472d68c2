"""Room registers: duties, what must be done by an instant. A duty is written in the transaction that causes it.

A duty is *open* until it is *done*; it is never given up, for a legal limit does not go away by failing. ``due`` never
moves, so lateness cannot be hidden by trying again; ``taken`` is the instant before which nobody else may take it: the
end of a worker's lease, or of the wait after a failure. A killed worker's duty therefore comes back by itself. Each is
done at least once; a worker does its effect and ``done`` in one transaction, and is then done exactly once.
"""

from dataclasses import dataclass, replace

from tepati.errors import Conflict
from tepati.registers.backoff import pause
from tepati.registers.cells import whole
from tepati.store.port import Row, Tx

WARN = 3  # failures after which somebody is told
ESCALATE = 8  # failures (about two hours) after which the board shows it broken


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of a person (16 zero bytes: of the organisation itself). Instants in microseconds since 1970 UTC."""

    person: bytes
    duty: bytes
    kind: str
    due: int
    about: str = ""
    attempts: int = 0
    taken: int = 0
    ledger_id: bytes = b""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Open duties of one kind that keep failing: how many, the most tries of one, the oldest instant due."""

    kind: str
    n: int
    attempts: int
    due: int


async def add(tx: Tx, org: str, duty: Duty, ledger_id: bytes) -> None:
    """Write a duty down, open from its ``due`` on. Raises Conflict when its id is there already."""
    await tx.run(
        "INSERT INTO duty (person, duty, org, kind, due, state, attempts, taken, about, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, 'open', 0, 0, $6, $7)",
        duty.person, duty.duty, org, duty.kind, duty.due, duty.about, ledger_id,
    )  # fmt: skip


async def once(tx: Tx, org: str, duty: Duty, ledger_id: bytes) -> None:
    """Write a duty down unless one of its kind and person is open already."""
    await tx.run(
        "INSERT INTO duty (person, duty, org, kind, due, state, attempts, taken, about, ledger_id)"
        " SELECT $1, $2, $3, $4, $5, 'open', 0, 0, $6, $7"
        " WHERE NOT EXISTS (SELECT 1 FROM duty WHERE person = $1 AND kind = $4 AND org = $3 AND state = 'open')",
        duty.person, duty.duty, org, duty.kind, duty.due, duty.about, ledger_id,
    )  # fmt: skip


async def claim(tx: Tx, org: str, now: int, limit: int, lease: int) -> list[Duty]:
    """Take at most ``limit`` duties that are due, for ``lease`` microseconds; the oldest first.

    Two workers never hold the same: each row is taken by one conditional statement routed by its key (rule 7), so the
    one who comes second touches no row. Commit before working: a claim is a promise to others.
    """
    rows = await tx.all(
        "SELECT person, duty, kind, due, about, attempts, taken, ledger_id FROM duty WHERE org = $1 AND state = 'open'"
        " AND due <= $2 AND taken <= $2 ORDER BY due, person, duty LIMIT $3",
        org, now, limit,
    )  # fmt: skip
    return [mine for row in rows if (mine := await _take(tx, _read(row), now + lease))]


async def _take(tx: Tx, duty: Duty, until: int) -> Duty | None:
    taken = await tx.run(
        "UPDATE duty SET taken = $4, attempts = attempts + 1"
        " WHERE person = $1 AND duty = $2 AND taken = $3 AND state = 'open'",
        duty.person, duty.duty, duty.taken, until,
    )  # fmt: skip
    return replace(duty, attempts=duty.attempts + 1, taken=until) if taken else None


async def done(tx: Tx, duty: Duty) -> None:
    """Close a duty in the transaction of its effect, which rolls back by the Conflict when it was closed before."""
    closed = await tx.run(
        "UPDATE duty SET state = 'done' WHERE person = $1 AND duty = $2 AND state = 'open'", duty.person, duty.duty
    )
    if not closed:
        raise Conflict("duty_done")


async def failed(tx: Tx, duty: Duty, now: int) -> bool:
    """Put a claimed duty back for later; True when it is to be told (every try from the third).

    Does nothing when the lease ran out and somebody else has it.
    """
    await tx.run(
        "UPDATE duty SET taken = $4 WHERE person = $1 AND duty = $2 AND taken = $3 AND state = 'open'",
        duty.person, duty.duty, duty.taken, now + pause(duty.attempts, duty.duty),
    )  # fmt: skip
    return duty.attempts >= WARN


async def later(tx: Tx, duty: Duty, until: int) -> None:
    """Put a claimed duty back until an instant, not as a failure: what it waits for has not happened yet.

    Does nothing when the lease ran out and somebody else has it.
    """
    await tx.run(
        "UPDATE duty SET taken = $4, attempts = attempts - 1"
        " WHERE person = $1 AND duty = $2 AND taken = $3 AND state = 'open'",
        duty.person, duty.duty, duty.taken, until,
    )  # fmt: skip


async def waiting(tx: Tx, org: str) -> int:
    """Count open duties, due or not."""
    row = await tx.one("SELECT count(*) FROM duty WHERE org = $1 AND state = 'open'", org)
    return whole(row[0]) if row else 0


async def oldest_due(tx: Tx, org: str) -> int | None:
    """Return the earliest instant an open duty is due, or None."""
    row = await tx.one("SELECT min(due) FROM duty WHERE org = $1 AND state = 'open'", org)
    return int(row[0]) if row and row[0] is not None else None


async def alarming(tx: Tx, org: str, now: int, attempts: int = WARN) -> list[Alarm]:
    """List by kind the open duties past their instant that failed ``attempts`` times or more (ESCALATE: broken)."""
    rows = await tx.all(
        "SELECT kind, count(*), max(attempts), min(due) FROM duty WHERE org = $1 AND state = 'open' AND due <= $2"
        " AND attempts >= $3 GROUP BY kind ORDER BY kind",
        org, now, attempts,
    )  # fmt: skip
    return [Alarm(*row) for row in rows]  # type: ignore[arg-type]


async def of(tx: Tx, person: bytes) -> list[Duty]:
    """List the open duties of one person, the earliest due first."""
    rows = await tx.all(
        "SELECT person, duty, kind, due, about, attempts, taken, ledger_id FROM duty"
        " WHERE person = $1 AND state = 'open' ORDER BY due, duty",
        person,
    )
    return [_read(row) for row in rows]


async def drop(tx: Tx, person: bytes, kind: str) -> int:
    """Delete the open duties of one kind of a person, when what they wait for will not happen; return how many."""
    return await tx.run("DELETE FROM duty WHERE person = $1 AND kind = $2 AND state = 'open'", person, kind)


async def sweep(tx: Tx, org: str, before: int, limit: int) -> int:
    """Delete done duties that were due before an instant, at most ``limit``; return how many. The ledger stays."""
    rows = await tx.all(
        "SELECT person, duty FROM duty WHERE org = $1 AND state = 'done' AND due < $2 ORDER BY due LIMIT $3",
        org, before, limit,
    )  # fmt: skip
    await tx.many("DELETE FROM duty WHERE person = $1 AND duty = $2 AND state = 'done'", rows)
    return len(rows)


def _read(row: Row) -> Duty:
    return Duty(*row)  # type: ignore[arg-type]
