"""Room ledger: cosignatures as they are kept, each under a MAC: believed is only what a command of ours compared.

    mac = first 16 bytes of HMAC-SHA256(key, label || size || at || u16(length of org) || org
                                             || u16(length of witness) || witness || note)

Whoever asks a witness gives its key on the command line, so no key of a witness is known when the board is judged. The
MAC says that the signature verified by that key. Its own key is kept outside the database: SQL cannot write a witness.
"""

import hmac
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tepati.errors import Tampered
from tepati.ledger.cells import raw, text, whole
from tepati.ledger.note import Signer, ours
from tepati.ledger.tree import read_head
from tepati.store.port import Tx

_PREFIX = b"tepati cosigned 1\n"
_PACK = struct.Struct(">qq").pack
_KEEP = (
    "INSERT INTO log_cosign (org, witness, size, at, note, mac) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (org, witness) DO UPDATE"
    " SET size = excluded.size, at = excluded.at, note = excluded.note, mac = excluded.mac"
    " WHERE log_cosign.size <= excluded.size"
)


class Cosigned(NamedTuple):
    """The newest head that one witness cosigned: its size, when (microseconds), and the note with its signature."""

    witness: str
    size: int
    at: int
    note: str


def mac(key: bytes, org: str, one: Cosigned) -> bytes:
    """Return the MAC of a cosignature: 16 bytes."""
    named = b"".join(len(name).to_bytes(2, "big") + name for name in (org.encode(), one.witness.encode()))
    said = b"".join((_PREFIX, _PACK(one.size, one.at), named, one.note.encode()))
    return hmac.digest(key, said, "sha256")[:16]


async def read(tx: Tx, key: bytes, org: str, log: Signer | None) -> tuple[list[Cosigned], list[str]]:
    """Return what is believed, the newest head first, and the witnesses of rows that are not.

    A row of a log that ended was genuine once: where ``log`` is given, its key must have signed the head.
    """
    rows = await tx.all(
        "SELECT witness, size, at, note, mac FROM log_cosign WHERE org = $1 ORDER BY size DESC, witness", org
    )
    found = [(Cosigned(text(row[0]), whole(row[1]), whole(row[2]), text(row[3])), raw(row[4])) for row in rows]
    sound = {one.witness for one, said in found if hmac.compare_digest(mac(key, org, one), said) and _of(one, log)}
    return [one for one, _ in found if one.witness in sound], [
        one.witness for one, _ in found if one.witness not in sound
    ]


def _of(one: Cosigned, log: Signer | None) -> bool:
    try:
        return log is None or bool(ours(read_head(one.note.encode()), log))
    except Tampered:
        return False


async def keep(tx: Tx, key: bytes, org: str, found: Sequence[Cosigned], strange: Iterable[str]) -> None:
    """Keep cosignatures unless a newer one is kept. ``strange``: rows in their place that are not believed go first."""
    gone = set(strange) & {one.witness for one in found}
    await tx.many("DELETE FROM log_cosign WHERE org = $1 AND witness = $2", [(org, name) for name in sorted(gone)])
    await tx.many(_KEEP, [(org, *one, mac(key, org, one)) for one in found])
