"""Room registers: recorded requests (UU PDP Art. 14): what was asked, by which channel, and the instant it is due."""

from dataclasses import dataclass

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``done`` is 0 while its clock runs; states: waiting, working, done, cancelled."""

    person: bytes
    request: bytes
    kind: str
    channel: str
    number: str
    received: int
    due: int
    state: str
    done: int


_COLUMNS = "person, request, kind, channel, number, received, due, state, done"


async def add(tx: Tx, org: str, request: Request, ledger_id: bytes) -> None:
    """Write down a request; its clock runs from ``received``."""
    await tx.run(
        "INSERT INTO request (person, request, org, kind, channel, number, received, due, state, done, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        request.person, request.request, org, request.kind, request.channel, request.number, request.received,
        request.due, request.state, request.done or None, ledger_id,
    )  # fmt: skip


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


async def running(tx: Tx, org: str, limit: int) -> list[Request]:
    """List the requests whose clock runs, the nearest deadline first; at most ``limit``."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM request WHERE org = $1 AND done IS NULL ORDER BY due, request LIMIT $2", org, limit
    )
    return [_read(row) for row in rows]


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
    person, request, kind, channel, number, received, due, state, done = row
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
    )
