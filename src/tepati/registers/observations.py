"""Room registers: what was seen from outside: decoy mailboxes, byte scans, backups, doctor, synthetic attempts.

``outcome`` is one of the words below; any other word is read as a gap, for what is not understood is not proof.
``detail`` names what was seen in a code or a few words, never a value of a person. A row's id is the MAC of what it
says and of its line, cut to 16 bytes: whoever can write SQL but has no key has seen nothing.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from tepati.registers import counters
from tepati.registers.cells import raw, whole
from tepati.registers.counters import Count
from tepati.registers.macs import Mac, canonical
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


def name(mac: Mac, org: str, seen: Observation, ledger_id: bytes) -> bytes:
    """Give the id of a look, under the key kept outside the database."""
    said = canonical("observation 1", org, seen.promise, seen.at, seen.outcome, seen.detail, ledger_id)
    return mac(said)[:16]


async def add(tx: Tx, org: str, mac: Mac, seen: Observation, ledger_id: bytes) -> None:
    """Write down one look, and count it in the same transaction. An act says the same of a promise once."""
    await counters.once(tx, org, seen.promise, DAYS + seen.outcome, seen.at)
    await counters.add(tx, org, {(seen.promise, SEEN + seen.outcome, counters.day_of(seen.at)): Count(1, seen.at)})
    await tx.run(
        "INSERT INTO observation (org, observation, promise, at, outcome, detail, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        org, name(mac, org, seen, ledger_id), seen.promise, seen.at, seen.outcome, seen.detail, ledger_id,
    )  # fmt: skip


async def troubles(tx: Tx, org: str, mac: Mac, limit: int = 100) -> list[Observation]:
    """Return the newest bad looks, those warded off, and repairs, newest first; at most ``limit`` of each outcome."""
    found: list[Observation] = []
    for outcome in (*BAD, WARDED, REPAIRED):
        found += await _newest(tx, org, mac, (_BY_OUTCOME, outcome), limit)
    return sorted(found, key=lambda seen: -seen.at)


async def of(tx: Tx, org: str, mac: Mac, promise: str, limit: int = 50) -> list[Observation]:
    """Return the newest looks at one promise, newest first."""
    return await _newest(tx, org, mac, (_BY_PROMISE, promise), limit)


_SEEN = "SELECT observation, promise, at, outcome, detail, ledger_id FROM observation WHERE org = $1"
_BY_OUTCOME = f"{_SEEN} AND outcome = $2 ORDER BY at DESC, observation DESC LIMIT $3 OFFSET $4"
_BY_PROMISE = f"{_SEEN} AND promise = $2 ORDER BY at DESC, observation DESC LIMIT $3 OFFSET $4"


async def _newest(tx: Tx, org: str, mac: Mac, which: tuple[str, str], limit: int) -> list[Observation]:
    """Read by ``which`` (SQL and its value) until ``limit`` looks are found that are ours.

    Rows that SQL wrote are passed over, and hide none.
    """
    found: list[Observation] = []
    (sql, value), start = which, 0
    rows: Sequence[Row] = ()
    while start == 0 or (len(found) < limit and len(rows) == limit):
        rows = await tx.all(sql, org, value, limit, start)
        found += [seen for row in rows if (seen := sound(mac, org, row))]
        start += limit
    return found[:limit]


def sound(mac: Mac, org: str, row: Row) -> Observation | None:
    """Read a row (id, promise, at, outcome, detail, line); None where it is not as it was written down."""
    id, promise, at, outcome, detail, line = row
    seen = Observation(str(promise), whole(at), str(outcome), str(detail))
    return seen if hmac.compare_digest(raw(id), name(mac, org, seen, raw(line))) else None
