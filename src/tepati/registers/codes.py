"""Room registers: six digits on their way to a telephone: for one person and one thing, of one browser, for minutes.

A row decides who comes in, so it verifies or is refused; how often it was tried is outside the MAC, for it changes.
"""

from dataclasses import dataclass, replace

from tepati.registers.cells import raw, whole
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Tx


@dataclass(frozen=True, slots=True)
class Code:
    """One code: keyed hashes of what the page, the browser and the number are, and of the digits.

    ``kind`` and ``about`` say what it does; ``made`` and ``expires`` are microseconds since 1970 UTC.
    """

    person: bytes
    code: bytes
    secret: bytes
    device: bytes
    number: bytes
    digest: bytes
    kind: str
    about: str
    made: int
    expires: int
    tries: int = 0


_COLUMNS = "person, code, secret, device, number, digest, kind, about, made, expires, tries"


async def add(tx: Tx, mac: Mac, org: str, new: Code, ledger_id: bytes) -> None:
    """Write a code down."""
    await tx.run(
        f"INSERT INTO code ({_COLUMNS}, org, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        new.person, new.code, new.secret, new.device, new.number, new.digest, new.kind, new.about, new.made,
        new.expires, new.tries, org, mac(_encoded(org, new)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, org: str, person: bytes, secret: bytes) -> Code | None:
    """Return the code of a page's secret, over or not; None where there is none. Raises Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS}, mac FROM code WHERE person = $1 AND secret = $2 AND org = $3", person, secret, org
    )
    if row is None:
        return None
    a, b, c, d, e, f, kind, about, made, expires, tries, sealed = row
    keys = (raw(a), raw(b), raw(c), raw(d), raw(e), raw(f))
    found = Code(*keys, str(kind), str(about), whole(made), whole(expires), whole(tries))
    verify(mac, _encoded(org, found), raw(sealed), "link_tampered")
    return found


async def tried(tx: Tx, code: Code, n: int = 1) -> bool:
    """Count tries; False where somebody else counted in between. A code that was used has all of its tries."""
    sql = "UPDATE code SET tries = $4 WHERE person = $1 AND code = $2 AND tries = $3"
    return bool(await tx.run(sql, code.person, code.code, code.tries, code.tries + n))


async def count_since(tx: Tx, org: str, number: bytes, since: int) -> int:
    """Count the codes that were made for a number (keyed hash) after an instant."""
    row = await tx.one("SELECT count(*) FROM code WHERE org = $1 AND number = $2 AND made > $3", org, number, since)
    return whole(row[0]) if row else 0


async def count_ending(tx: Tx, org: str, since: int) -> int:
    """Count the codes of an organisation that ended, or end, after an instant."""
    row = await tx.one("SELECT count(*) FROM code WHERE org = $1 AND expires > $2", org, since)
    return whole(row[0]) if row else 0


async def sweep(tx: Tx, org: str, before: int, limit: int) -> int:
    """Delete those that are kept no longer to be counted, at most ``limit``; return how many."""
    rows = await tx.all(
        "SELECT person, code FROM code WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3", org, before, limit
    )
    await tx.many("DELETE FROM code WHERE person = $1 AND code = $2", rows)
    return len(rows)


def _encoded(org: str, one: Code) -> bytes:
    bare = replace(one, tries=0)
    parts = (bare.person, bare.code, bare.secret, bare.device, bare.number, bare.digest, bare.kind, bare.about)
    return canonical("code 1", org, *parts, bare.made, bare.expires)
