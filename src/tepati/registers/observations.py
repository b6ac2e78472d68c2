"""Room registers: what was seen from outside: decoy mailboxes, byte scans, backups, doctor, synthetic attempts.

``outcome`` is one of the words below; any other word is read as a gap, for what is not understood is not proof.
``detail`` names what was seen in a code or a few words, never a value of a person.
"""

from dataclasses import dataclass

from tepati.registers import counters
from tepati.registers.cells import whole
from tepati.registers.counters import Count
from tepati.store.port import Row, Tx

OK = "ok"  # looked, and it was as promised
BROKEN = "broken"  # seen: the promise was not kept
TAMPERED = "tampered"  # a stored fact did not verify
UNDECLARED = "undeclared"  # something stands or moves that the notice does not name
WARDED = "warded"  # somebody tried, and was refused: to be looked at, and no promise is broken
UNABLE = "unable"  # the look could not be taken: proves nothing, accuses nobody
ATTESTED = "attested"  # a named person said so: ``detail`` is their function, or where the paper lies
REPAIRED = "repaired"  # the cause was found and mended: ``detail`` says how

OPENED = "decoy record opened by staff"  # the detail of a decoy alarm that a look raised
NOT_IN_ORDER = "not_in_order"  # the detail of a reveal that a second look found out of order

BAD = (BROKEN, TAMPERED, UNDECLARED)
SEEN = "seen."  # counters: seen.<outcome>, worst is the instant of the newest
DAYS = "days."  # counters: days.<outcome>, on how many days


@dataclass(frozen=True, slots=True)
class Observation:
    """One look: at which promise, when (microseconds), what came out of it."""

    promise: str
    at: int
    outcome: str
    detail: str


async def add(tx: Tx, org: str, observation: bytes, seen: Observation, ledger_id: bytes) -> None:
    """Write down one look, and count it in the same transaction."""
    day = counters.day_of(seen.at)
    known = await tx.one(
        "SELECT 1 FROM counter WHERE org = $1 AND promise = $2 AND what = $3 AND day = $4",
        org, seen.promise, SEEN + seen.outcome, day,
    )  # fmt: skip
    counts = {(seen.promise, SEEN + seen.outcome, day): Count(1, seen.at)}
    if known is None:
        counts[seen.promise, DAYS + seen.outcome, day] = Count(1, seen.at)
    await counters.add(tx, org, counts)
    await tx.run(
        "INSERT INTO observation (org, observation, promise, at, outcome, detail, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        org, observation, seen.promise, seen.at, seen.outcome, seen.detail, ledger_id,
    )  # fmt: skip


async def troubles(tx: Tx, org: str, limit: int = 100) -> list[Observation]:
    """Return the newest bad looks, those warded off, and repairs, newest first; at most ``limit`` of each outcome."""
    found: list[Observation] = []
    for outcome in (*BAD, WARDED, REPAIRED):
        rows = await tx.all(
            "SELECT promise, at, outcome, detail FROM observation WHERE org = $1 AND outcome = $2"
            " ORDER BY at DESC LIMIT $3",
            org, outcome, limit,
        )  # fmt: skip
        found += [_read(row) for row in rows]
    return sorted(found, key=lambda seen: -seen.at)


async def of(tx: Tx, org: str, promise: str, limit: int = 50) -> list[Observation]:
    """Return the newest looks at one promise, newest first."""
    rows = await tx.all(
        "SELECT promise, at, outcome, detail FROM observation WHERE org = $1 AND promise = $2"
        " ORDER BY at DESC LIMIT $3",
        org, promise, limit,
    )  # fmt: skip
    return [_read(row) for row in rows]


def _read(row: Row) -> Observation:
    return Observation(str(row[0]), whole(row[1]), str(row[2]), str(row[3]))
