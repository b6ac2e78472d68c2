"""Room registers: recorded requests (UU PDP Art. 14): what was asked, by which channel, and the instant it is due."""

from dataclasses import dataclass, field

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``done`` is 0 while its clock runs; states: waiting, working, done, cancelled.

    ``kind`` is a right of the notice or ``dispute``; ``about`` says what of: purposes, field paths, a line (hex).
    ``outcome`` is the word by which staff ended it; ``line`` is the ledger line that wrote it down.
    """

    person: bytes
    request: bytes
    kind: str
    channel: str
    number: str
    received: int
    due: int
    state: str
    done: int
    about: str = ""
    outcome: str = ""
    line: bytes = field(default=b"", compare=False)


_COLUMNS = "person, request, kind, channel, number, received, due, state, done, about, outcome, ledger_id"


async def add(tx: Tx, org: str, request: Request, ledger_id: bytes) -> None:
    """Write down a request; its clock runs from ``received``."""
    row = (
        request.person, request.request, org, request.kind, request.channel, request.number, request.received,
        request.due, request.state, request.done or None, request.about, request.outcome, ledger_id,
    )  # fmt: skip
    await tx.later(
        "INSERT INTO request (person, request, org, kind, channel, number, received, due, state, done, about,"
        " outcome, ledger_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [row],
    )


async def get(tx: Tx, person: bytes, request: bytes) -> Request | None:
    """Return one request of a person, or None."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM request WHERE person = $1 AND request = $2", person, request)
    return _read(row) if row else None


async def open_of(tx: Tx, person: bytes, kind: str) -> Request | None:
    """Return the request of this kind whose clock still runs, or None."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM request WHERE person = $1 AND kind = $2 AND done IS NULL ORDER BY received",
        person,
        kind,
    )
    return _read(row) if row else None


async def of_person(tx: Tx, person: bytes) -> list[Request]:
    """List the requests of one person, open ones too, the newest first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM request WHERE person = $1 ORDER BY received DESC, request DESC", person
    )
    return [_read(row) for row in rows]


async def open_in(tx: Tx, org: str, limit: int) -> list[Request]:
    """List the requests of an organisation whose clock runs, the next to end first, at most ``limit``."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM request WHERE org = $1 AND state IN ('waiting', 'working') ORDER BY due LIMIT $2",
        org,
        limit,
    )
    return [_read(row) for row in rows]


async def open_count(tx: Tx, org: str) -> int:
    """Count the requests of an organisation whose clock runs."""
    row = await tx.one("SELECT count(*) FROM request WHERE org = $1 AND state IN ('waiting', 'working')", org)
    return whole(row[0]) if row else 0


async def numbered(tx: Tx, org: str, number: str) -> list[Request]:
    """Find the requests of a number, at most two: numbers are short, and nothing makes them unique across people."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM request WHERE org = $1 AND number = $2 LIMIT 2", org, number)
    return [_read(row) for row in rows]


async def latest(tx: Tx, person: bytes, kind: str, thing: str) -> Request | None:
    """Return the newest request of a kind about one thing, ended or not, or None."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM request WHERE person = $1 AND kind = $2 AND about = $3 ORDER BY received DESC LIMIT 1",
        person, kind, thing,
    )  # fmt: skip
    return _read(row) if row else None


async def conclude(tx: Tx, person: bytes, request: bytes, outcome: str) -> None:
    """Keep the outcome of a request that is over, in a word."""
    await tx.run("UPDATE request SET outcome = $3 WHERE person = $1 AND request = $2", person, request, outcome)


async def running_of(tx: Tx, person: bytes) -> list[Request]:
    """List the requests of one person whose clock runs, the nearest deadline first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM request WHERE person = $1 AND done IS NULL ORDER BY due, request", person
    )
    return [_read(row) for row in rows]


async def set_state(tx: Tx, person: bytes, request: bytes, state: str, done: int = 0) -> None:
    """Move a request on; ``done`` stops its clock."""
    await tx.run(
        "UPDATE request SET state = $3, done = $4 WHERE person = $1 AND request = $2",
        person, request, state, done or None,
    )  # fmt: skip


def _read(row: Row) -> Request:
    person, request, kind, channel, number, received, due, state, done, about, outcome, line = row
    return Request(
        raw(person),
        raw(request),
        str(kind),
        str(channel),
        str(number),
        whole(received),
        whole(due),
        str(state),
        whole(done),
        str(about),
        str(outcome),
        raw(line),
    )
