"""Room registers: mail that must leave. It is written, sealed by the vault, in the transaction of the act that says it.

A mail is *open* until it is *sent*, *refused* by the door at the last moment, or *stopped* with the campaign that it
belongs to: then its body is deleted and the row swept later. After ``TRIES`` failures it is *failed*: its body stays
until its sender decides. It leaves at least once: a worker killed between the server's yes and ``done`` sends it again
when its lease ends, with the same Message-ID (``message_id``), by which mail programs and servers know it for the
same. ``key`` and ``blob`` are the vault's and opaque here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from tepati.registers.backoff import pause
from tepati.registers.cells import whole
from tepati.store.port import Row, Tx

TRIES = 12  # about seven hours with the pauses of backoff.py
Outcome = Literal["sent", "refused", "stopped"]
# A message is ``kind:`` or ``kind:<32 hex digits>``.
_KIND = (
    "CASE WHEN substr(message, length(message), 1) = ':' THEN substr(message, 1, length(message) - 1)"
    " ELSE substr(message, 1, length(message) - 33) END"
)
NOBODY = bytes(16)  # the person of a mail to the organisation itself


class Mail(msgspec.Struct, frozen=True):
    """One mail: ``message`` names its kind in the notice, ``due`` the instant from which it may leave."""

    person: bytes
    mail: bytes
    message: str
    due: int
    key: bytes
    blob: bytes
    attempts: int = 0
    taken: int = 0
    ledger_id: bytes = b""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How full the outbox is: mails that still try, mails given up, the earliest instant due of those that try."""

    open: int
    failed: int
    oldest: int | None


def message_id(mail: bytes, host: str) -> str:
    """Return the Message-ID of a mail (RFC 5322 section 3.6.4), without its angle brackets: the same at every try."""
    return f"{mail.hex()}@{host}"


async def add(tx: Tx, org: str, mail: Mail, ledger_id: bytes) -> None:
    """Put a sealed mail into the outbox. Raises Conflict when its id is there already."""
    await add_all(tx, org, [mail], ledger_id)


async def add_all(tx: Tx, org: str, mails: Sequence[Mail], ledger_id: bytes) -> None:
    """Put sealed mails into the outbox, as ``add``."""
    await tx.later(
        "INSERT INTO outbox (person, mail, org, message, due, state, attempts, taken, key, blob, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [(m.person, m.mail, org, m.message, m.due, "open", 0, 0, m.key, m.blob, ledger_id) for m in mails],
    )


async def claim(tx: Tx, org: str, now: int, limit: int, lease: int) -> list[Mail]:
    """Take at most ``limit`` mails that are due, for ``lease`` microseconds; the oldest first. See ``duties.claim``.

    Commit before sending; the lease must be longer than the slowest server is waited for.
    """
    rows = await tx.all(
        "SELECT person, mail, message, due, key, blob, attempts, taken, ledger_id FROM outbox"
        " WHERE org = $1 AND state = 'open' AND due <= $2 AND taken <= $2 ORDER BY due, person, mail LIMIT $3",
        org, now, limit,
    )  # fmt: skip
    return [mine for row in rows if (mine := await _take(tx, _read(row), now + lease))]


async def _take(tx: Tx, mail: Mail, until: int) -> Mail | None:
    taken = await tx.run(
        "UPDATE outbox SET taken = $4, attempts = attempts + 1"
        " WHERE person = $1 AND mail = $2 AND taken = $3 AND state = 'open'",
        mail.person, mail.mail, mail.taken, until,
    )  # fmt: skip
    return msgspec.structs.replace(mail, attempts=mail.attempts + 1, taken=until) if taken else None


async def done(tx: Tx, mail: Mail, at: int, outcome: Outcome = "sent") -> bool:
    """Note what became of a mail, and delete its body; False when another worker said so before."""
    closed = await tx.run(
        "UPDATE outbox SET state = $3, taken = $4, blob = $5 WHERE person = $1 AND mail = $2"
        " AND state IN ('open', 'failed')",
        mail.person, mail.mail, outcome, at, b"",
    )  # fmt: skip
    return bool(closed)


async def failed(tx: Tx, mail: Mail, now: int, *, final: bool = False) -> bool:
    """Put a claimed mail back for later; True when it is given up: ``final`` (the server will never take it), or TRIES.

    Does nothing when the lease ran out and somebody else has it.
    """
    over = final or mail.attempts >= TRIES
    done = await tx.run(
        "UPDATE outbox SET taken = $4, state = $5 WHERE person = $1 AND mail = $2 AND taken = $3 AND state = 'open'",
        mail.person, mail.mail, mail.taken, now + pause(mail.attempts, mail.mail), "failed" if over else "open",
    )  # fmt: skip
    return over and bool(done)


async def released(tx: Tx, mails: Sequence[Mail], now: int) -> None:
    """Put claimed mails back that nobody tried to send: no try is counted, and they are due at once."""
    await tx.many(
        "UPDATE outbox SET taken = $4, attempts = attempts - 1"
        " WHERE person = $1 AND mail = $2 AND taken = $3 AND state = 'open'",
        [(mail.person, mail.mail, mail.taken, now) for mail in mails],
    )


async def postponed(tx: Tx, mail: Mail, now: int) -> None:
    """Put a claimed mail back for the next round: nothing failed, something that it carries is not there yet."""
    await tx.run(
        "UPDATE outbox SET taken = $4 WHERE person = $1 AND mail = $2 AND taken = $3 AND state = 'open'",
        mail.person, mail.mail, mail.taken, now,
    )  # fmt: skip


async def waiting(tx: Tx, org: str) -> Waiting:
    """Count mails that try and mails given up."""
    rows = await tx.all(
        "SELECT state, count(*), min(due) FROM outbox WHERE org = $1 AND state IN ('open', 'failed') GROUP BY state",
        org,
    )
    by = {str(state): (whole(n), whole(due)) for state, n, due in rows}
    return Waiting(by.get("open", (0, 0))[0], by.get("failed", (0, 0))[0], by["open"][1] if "open" in by else None)


async def oldest_due(tx: Tx, org: str) -> int | None:
    """Return the earliest instant an open mail is due, or None."""
    row = await tx.one("SELECT min(due) FROM outbox WHERE org = $1 AND state = 'open'", org)
    return int(row[0]) if row and row[0] is not None else None


async def of(tx: Tx, person: bytes) -> list[Mail]:
    """List the mails to one person that have not left, given up or not."""
    rows = await tx.all(
        "SELECT person, mail, message, due, key, blob, attempts, taken, ledger_id FROM outbox WHERE person = $1"
        " AND state IN ('open', 'failed') ORDER BY due, mail",
        person,
    )
    return [_read(row) for row in rows]


async def state_of(tx: Tx, person: bytes, mail: bytes) -> str:
    """Return ``open``, ``failed``, ``sent``, ``refused`` or ``stopped``; "" for a mail that is not there (any more)."""
    row = await tx.one("SELECT state FROM outbox WHERE person = $1 AND mail = $2", person, mail)
    return str(row[0]) if row else ""


async def count_to(tx: Tx, person: bytes, kind: str, since: int) -> int:
    """Count the mails of one kind to one person that were due after an instant, gone or not."""
    row = await tx.one(
        "SELECT count(*) FROM outbox WHERE person = $1 AND message = $2 AND due > $3", person, f"{kind}:", since
    )
    return whole(row[0]) if row else 0


async def sweep(tx: Tx, org: str, before: int, limit: int) -> int:
    """Delete the rows of mails that left, were refused or stopped, due before an instant; at most ``limit``."""
    rows = await tx.all(
        "SELECT person, mail FROM outbox WHERE org = $1 AND state IN ('sent', 'refused', 'stopped') AND due < $2"
        " ORDER BY due LIMIT $3",
        org, before, limit,
    )  # fmt: skip
    await tx.many("DELETE FROM outbox WHERE person = $1 AND mail = $2", rows)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many mails of one kind are in one state, and the earliest instant due of them."""

    kind: str
    state: str
    n: int
    oldest: int


async def standings(tx: Tx, org: str) -> list[Standing]:
    """Count the mails that are here by kind and state: those that left are kept a week."""
    rows = await tx.all(
        f"SELECT {_KIND} AS kind, state, count(*), min(due) FROM outbox WHERE org = $1 GROUP BY 1, 2 ORDER BY 1, 2", org
    )
    return [Standing(str(r[0]), str(r[1]), whole(r[2]), whole(r[3])) for r in rows]


async def again(tx: Tx, org: str, now: int, since: int, limit: int) -> int:
    """Let at most ``limit`` mails given up try again at once, if they were due after ``since``; return how many."""
    rows = await tx.all(
        "SELECT person, mail FROM outbox WHERE org = $1 AND state = 'failed' AND due > $2 ORDER BY due LIMIT $3",
        org, since, limit,
    )  # fmt: skip
    await tx.many(
        "UPDATE outbox SET state = 'open', attempts = 0, taken = $3 WHERE person = $1 AND mail = $2"
        " AND state = 'failed'",
        [(*row, now) for row in rows],
    )
    return len(rows)


def _read(row: Row) -> Mail:
    return Mail(*row)  # type: ignore[arg-type]
