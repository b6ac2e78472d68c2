"""Room registers: mailed links. Only the blind index of a link's secret is kept; it works once, and not for long."""

from collections.abc import Sequence

import msgspec

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx


class Link(msgspec.Struct, frozen=True):
    """A link that was mailed: what it is for (``kind``), and what it is ``about`` (an id in hex, a list of names)."""

    person: bytes
    secret: bytes
    kind: str
    about: str
    made: int
    expires: int
    used: int


async def add(tx: Tx, org: str, link: Link, ledger_id: bytes) -> None:
    """Keep the index of a link's secret."""
    await add_all(tx, org, [(link, link.about)], ledger_id)


async def add_all(tx: Tx, org: str, links: Sequence[tuple[Link, str]], ledger_id: bytes) -> None:
    """Keep the indexes of links' secrets, each with what its row says that it is about."""
    await tx.later(
        "INSERT INTO link (person, secret, org, kind, about, made, expires, used, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (link.person, link.secret, org, link.kind, about, link.made, link.expires, link.used or None, ledger_id)
            for link, about in links
        ],
    )


async def get(tx: Tx, org: str, person: bytes, secret: bytes) -> Link | None:
    """Return a link of this person, used or not, or None."""
    row = await tx.one(
        "SELECT person, secret, kind, about, made, expires, used FROM link"
        " WHERE person = $1 AND secret = $2 AND org = $3",
        person,
        secret,
        org,
    )
    return _read(row) if row else None


async def use(tx: Tx, person: bytes, secret: bytes, at: int) -> int:
    """Mark a link as used; 0 when somebody was first."""
    return await tx.run(
        "UPDATE link SET used = $3 WHERE person = $1 AND secret = $2 AND used IS NULL", person, secret, at
    )


async def expired(tx: Tx, org: str, at: int, limit: int) -> list[Link]:
    """List links whose time is over, at most ``limit``."""
    rows = await tx.all(
        "SELECT person, secret, kind, about, made, expires, used FROM link WHERE org = $1 AND expires <= $2"
        " ORDER BY expires LIMIT $3",
        org,
        at,
        limit,
    )
    return [_read(row) for row in rows]


async def drop(tx: Tx, person: bytes, secret: bytes) -> None:
    """Forget a link and the way to look it up."""
    await tx.run("DELETE FROM link WHERE person = $1 AND secret = $2", person, secret)
    await tx.run("DELETE FROM ident WHERE blind_index = $1", secret)


async def drop_like(tx: Tx, person: bytes, kind: str, about: str) -> list[Link]:
    """Forget the links of one kind of a person that end in ``about``, which the MAC stands before; return them."""
    rows = await tx.all(
        "SELECT person, secret, kind, about, made, expires, used FROM link"
        " WHERE person = $1 AND kind = $2 AND about LIKE $3",
        person, kind, f"%:{about}",
    )  # fmt: skip
    dropped = [_read(row) for row in rows]
    for link in dropped:
        await drop(tx, link.person, link.secret)
    return dropped


async def newest(tx: Tx, person: bytes, kind: str, about: str) -> Link | None:
    """Return the newest link of one kind of a person that ends in ``about``, which the MAC stands before."""
    row = await tx.one(
        "SELECT person, secret, kind, about, made, expires, used FROM link WHERE person = $1 AND kind = $2"
        " AND about LIKE $3 ORDER BY made DESC LIMIT 1",
        person, kind, f"%:{about}",
    )  # fmt: skip
    return _read(row) if row else None


def _read(row: Row) -> Link:
    person, secret, kind, about, made, expires, used = row
    return Link(
        raw(person),
        raw(secret),
        str(kind),
        str(about),
        whole(made),
        whole(expires),
        whole(used),
    )


async def count_since(tx: Tx, person: bytes, kind: str, since: int) -> int:
    """Count the links of one kind made for this person since an instant."""
    row = await tx.one("SELECT count(*) FROM link WHERE person = $1 AND kind = $2 AND made > $3", person, kind, since)
    return whole(row[0]) if row else 0
