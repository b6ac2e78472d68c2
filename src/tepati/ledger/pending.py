"""Room ledger: the lines that wait for a number, each under a MAC: only what an act of ours wrote is ever signed.

    mac = first 16 bytes of HMAC-SHA256(key, label || lane || at || u16(length of org) || org || id || entry)

The key is kept outside the database. A row that SQL wrote or changed would else become a line, and with one that tells
of openings that ended, whoever took openings out of the database would be covered by our own signature.
"""

import hmac
import struct
from collections.abc import Iterable, Sequence

from tepati.errors import BadInput
from tepati.ledger.cells import raw, whole
from tepati.ledger.lanes import LANES
from tepati.store.port import Row, Tx

Waiting = tuple[bytes, int, int, bytes]  # id (16 random bytes), lane, at (microseconds), entry

COLUMNS = ("lane", "id", "org", "at", "entry", "mac")
_INSERT = "INSERT INTO log_pending (lane, id, org, at, entry, mac) VALUES ($1, $2, $3, $4, $5, $6)"
_TAKE = (
    "DELETE FROM log_pending WHERE (lane, id) IN (SELECT lane, id FROM log_pending WHERE org = $1"
    " ORDER BY lane, id LIMIT $2) RETURNING lane, id, entry, at, mac"
)
_IN = (_TAKE, _TAKE.replace("ORDER BY", "ORDER BY at,"))
_PREFIX = b"tepati pending 1\n"
_PACK = struct.Struct(">BqH").pack
_STAMPED = 5000  # lines a transaction


def mac(key: bytes, org: str, line: Waiting) -> bytes:
    """Return the MAC of a pending row: 16 bytes."""
    id, lane, at, entry = line
    name = org.encode()
    return hmac.digest(key, b"".join((_PREFIX, _PACK(lane, at, len(name)), name, id, entry)), "sha256")[:16]


def row(key: bytes, org: str, line: Waiting) -> Row:
    """Return the row of a line that waits. Raises BadInput on one that is none."""
    id, lane, at, entry = line
    if not 0 <= lane < LANES or not 0 < len(entry) < 2**16:
        raise BadInput("ledger_line", {"lane": "ledger_number", "entry": "ledger_size"})
    return lane, id, org, at, entry, mac(key, org, line)


async def append(tx: Tx, key: bytes, org: str, line: Waiting) -> None:
    """Add a line to the act's transaction."""
    await tx.later(_INSERT, [row(key, org, line)])


async def append_many(tx: Tx, key: bytes, org: str, lines: Iterable[Waiting]) -> None:
    """Add many lines at once."""
    await tx.copy("log_pending", COLUMNS, [row(key, org, line) for line in lines])


async def take(tx: Tx, key: bytes, org: str, most: int, *, in_order: bool) -> tuple[list[Row], int]:
    """Take at most ``most`` lines out: (lane, id, entry, at), in their order, and how many rows were none of ours.

    ``in_order``: as they were appended, where a restore enters the lines of a log that ended; those have no MAC yet.
    """
    found = await tx.all(_IN[in_order], org, most)
    mine = [each for each in found if _ours(key, org, each, bare=in_order)]
    ordered = sorted((each[:4] for each in mine), key=lambda r: (r[3], r[0], r[1]) if in_order else (r[0], r[1]))
    return ordered, len(found) - len(mine)


def _ours(key: bytes, org: str, found: Row, *, bare: bool) -> bool:
    lane, id, entry, at, said = found
    wanted = mac(key, org, (raw(id), whole(lane), whole(at), raw(entry)))
    return hmac.compare_digest(wanted, raw(said)) or (bare and said == b"")


async def doubled(tx: Tx, org: str) -> int:
    """Take away rows that SQL put back once their line had its number; return how many. They stop every batch."""
    return await tx.run(
        "DELETE FROM log_pending WHERE org = $1 AND EXISTS"
        " (SELECT 1 FROM log_leaf l WHERE l.lane = log_pending.lane AND l.id = log_pending.id)",
        org,
    )


async def stamp(tx: Tx, key: bytes, org: str) -> int:
    """Give MACs to lines of a restore that wait for an organisation which is not here; return how many of a page."""
    sql = "SELECT lane, id, at, entry FROM log_pending WHERE org = $1 AND mac = $2 LIMIT $3"
    rows: Sequence[Row] = await tx.all(sql, org, b"", _STAMPED)
    lines = [(raw(id), whole(lane), whole(at), raw(entry)) for lane, id, at, entry in rows]
    await tx.many(
        "UPDATE log_pending SET mac = $3 WHERE lane = $1 AND id = $2",
        [(lane, id, mac(key, org, (id, lane, at, entry))) for id, lane, at, entry in lines],
    )
    return len(rows)
