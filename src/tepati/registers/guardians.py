"""Room registers: children for whom a guardian was asked, and what came of it. No value of theirs stands here in clear.

A row decides who may make a child's record usable, so it verifies or is refused: SQL neither makes one, nor answers for
a guardian, nor gives it another end. States: *asked* (the guardian has not answered), *agreed* (their link said yes;
staff have not confirmed it yet), *given* (in force), *over* (taken back: what is left waits for the sweep).
"""

from dataclasses import dataclass

from tepati.errors import Conflict
from tepati.registers.cells import raw, whole
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx

ASKED, AGREED, GIVEN, OVER = "asked", "agreed", "given", "over"
WHOLE, ONE = "person", "record"  # scope: what a yes is for, and what ends with it


@dataclass(frozen=True, slots=True)
class Guardianship:
    """A guardian's answer for one record of a child. Instants are microseconds since 1970 UTC, 0: not yet.

    ``until``: the end of the request, from *given* on that of the guardian's rule; ``due``: by when staff confirm;
    ``adult``, ``device``: keyed hashes of the guardian's address and of the browser that sent the form (b"": none);
    ``sealed``: key and blob of the guardian's address (of the id ``letter``), b"" where there is none (any more);
    ``about``: what the child's own link will say.
    """

    person: bytes
    record: bytes
    number: str
    point: str
    state: str
    scope: str
    method: str
    asked: int
    until: int
    answered: int
    due: int
    about: str
    letter: bytes
    adult: bytes
    device: bytes
    sealed: tuple[bytes, bytes] = (b"", b"")


_COLUMNS = (
    "person, record, number, point, state, scope, method, asked, until, answered, due, about, letter, sealing, blob,"
    " adult, device, mac"
)


async def add(tx: Tx, mac: Mac, org: str, new: Guardianship, ledger_id: bytes) -> None:
    """Write down that a guardian is asked, or answered."""
    key, blob = new.sealed
    await tx.run(
        "INSERT INTO guardian (person, record, org, number, point, state, scope, method, asked, until, answered, due,"
        " about, letter, sealing, blob, adult, device, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        new.person, new.record, org, new.number, new.point, new.state, new.scope, new.method, new.asked, new.until,
        new.answered, new.due, new.about, new.letter, key or None, blob or None, new.adult, new.device,
        mac(_encoded(org, new)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, org: str, person: bytes, record: bytes) -> Guardianship | None:
    """Return one, or None. Raises Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM guardian WHERE person = $1 AND record = $2 AND org = $3", person, record, org
    )
    return _read(mac, org, row) if row else None


async def numbered(tx: Tx, mac: Mac, org: str, number: str) -> list[Guardianship]:
    """Return those of a number, at most two. Raises Tampered."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM guardian WHERE org = $1 AND number = $2 LIMIT 2", org, number)
    return [_read(mac, org, row) for row in rows]


async def change(tx: Tx, mac: Mac, org: str, old: Guardianship, new: Guardianship, ledger_id: bytes) -> None:
    """Write one as given in the place of what was read. Raises Conflict where it changed meanwhile."""
    key, blob = new.sealed
    changed = await tx.run(
        "UPDATE guardian SET state = $4, method = $5, until = $6, answered = $7, due = $8, sealing = $9, blob = $10,"
        " adult = $11, mac = $12, ledger_id = $13 WHERE person = $1 AND record = $2 AND state = $3",
        old.person, old.record, old.state, new.state, new.method, new.until, new.answered, new.due, key or None,
        blob or None, new.adult, mac(_encoded(org, new)), ledger_id,
    )  # fmt: skip
    if not changed:
        raise Conflict("guardian_changed")


async def forget(tx: Tx, person: bytes, record: bytes) -> None:
    """Delete one: it was answered with no, or by nobody, or the child is of age."""
    await tx.run("DELETE FROM guardian WHERE person = $1 AND record = $2", person, record)


async def waiting(tx: Tx, mac: Mac, org: str, state: str, limit: int) -> list[Guardianship]:
    """List those in a state, the next due first, then the longest waiting. Raises Tampered."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM guardian WHERE org = $1 AND state = $2 ORDER BY due, asked LIMIT $3", org, state, limit
    )
    return [_read(mac, org, row) for row in rows]


async def open_count(tx: Tx, org: str) -> int:
    """Count the children whose guardian said yes by link and whom staff have not called yet."""
    row = await tx.one("SELECT count(*) FROM guardian WHERE org = $1 AND state = $2", org, AGREED)
    return whole(row[0]) if row else 0


async def children(tx: Tx, org: str, adult: bytes, at: int) -> set[bytes]:
    """Name the children for whom a guardian (keyed hash) said yes and is not over."""
    rows = await tx.all(
        "SELECT person FROM guardian WHERE org = $1 AND adult = $2 AND until > $3 AND state <> $4 AND state <> $5",
        org, adult, at, ASKED, OVER,
    )  # fmt: skip
    return {raw(row[0]) for row in rows}


async def ended(tx: Tx, mac: Mac, org: str, at: int, limit: int) -> list[Guardianship]:
    """List those whose time is over, at most ``limit``. Raises Tampered."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM guardian WHERE org = $1 AND until <= $2 ORDER BY until LIMIT $3", org, at, limit
    )
    return [_read(mac, org, row) for row in rows]


def _read(mac: Mac, org: str, row: Row) -> Guardianship:
    (person, record, number, point, state, scope, method, asked, until, answered, due, about, letter, key, blob, adult,
     device, found) = row  # fmt: skip
    read = Guardianship(
        raw(person), raw(record), str(number), str(point), str(state), str(scope), str(method), whole(asked),
        whole(until), whole(answered), whole(due), str(about), raw(letter), raw(adult), raw(device),
        (raw(key), raw(blob)),
    )  # fmt: skip
    verify(mac, _encoded(org, read), raw(found), "guardian_tampered")
    return read


def _encoded(org: str, g: Guardianship) -> bytes:
    return canonical(
        "guardian 1", g.person, g.record, org, g.number, g.point, g.state, g.scope, g.method, g.asked, g.until,
        g.answered, g.due, g.about, g.letter, *g.sealed, g.adult, g.device,
    )  # fmt: skip
