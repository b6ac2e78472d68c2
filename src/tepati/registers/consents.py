"""Room registers: consents, one row per person and question, and every state it ever had (UU PDP Art. 22-24).

States are the ten of the Data Privacy Vocabulary; only ``ConsentGiven`` and ``RenewedConsentGiven`` carry a use.
"""

from dataclasses import dataclass

import msgspec

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx

REQUESTED, GIVEN, REFUSED, WITHDRAWN, EXPIRED = (
    "ConsentRequested",
    "ConsentGiven",
    "ConsentRefused",
    "ConsentWithdrawn",
    "ConsentExpired",
)


class Event(msgspec.Struct, frozen=True):
    """One state of one consent: the words shown (SHA-256), their language, how it was said, under which notice."""

    event: bytes
    question: str
    state: str
    at: int
    until: int
    words: bytes
    language: str
    method: str
    notice: bytes


_CURRENT = (
    "INSERT INTO consent (person, question, org, state, at, until, notice, ledger_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (person, question) DO UPDATE SET state = excluded.state, at = excluded.at,"
    " until = excluded.until, notice = excluded.notice, ledger_id = excluded.ledger_id"
)
_FIRST = (
    "INSERT INTO consent (person, question, org, state, at, until, notice, ledger_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)


async def say(tx: Tx, org: str, person: bytes, event: Event, ledger_id: bytes, *, fresh: bool = False) -> None:
    """Write down a new state: the current row is replaced, the event stays; ``fresh``: the person has no row yet."""
    current = (person, event.question, org, event.state, event.at, event.until, event.notice, ledger_id)
    await tx.later(_FIRST if fresh else _CURRENT, [current])
    await asked(tx, org, person, event, ledger_id)


async def asked(tx: Tx, org: str, person: bytes, event: Event, ledger_id: bytes) -> None:
    """Write down an event that changes nothing: what was ticked under an address that is not proven."""
    said = (
        person, event.event, org, event.question, event.state, event.at, event.words, event.language, event.method,
        event.notice, ledger_id,
    )  # fmt: skip
    await tx.later(
        "INSERT INTO consent_event"
        " (person, event, org, question, state, at, words, language, method, notice, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [said],
    )


@dataclass(frozen=True, slots=True)
class Current:
    """The state a consent is in now."""

    question: str
    state: str
    at: int
    until: int


async def of_person(tx: Tx, person: bytes) -> list[Current]:
    """List the current state of every question this person was asked."""
    rows = await tx.all("SELECT question, state, at, until FROM consent WHERE person = $1 ORDER BY question", person)
    return [_read(row) for row in rows]


def _read(row: Row) -> Current:
    return Current(str(row[0]), str(row[1]), whole(row[2]), whole(row[3]))


async def history(tx: Tx, person: bytes) -> list[Event]:
    """List everything a person was asked and said, the newest first; ``until`` is not kept here (0)."""
    rows = await tx.all(
        "SELECT event, question, state, at, words, language, method, notice FROM consent_event WHERE person = $1"
        " ORDER BY at DESC, event DESC",
        person,
    )
    return [
        Event(raw(r[0]), str(r[1]), str(r[2]), whole(r[3]), 0, raw(r[4]), str(r[5]), str(r[6]), raw(r[7])) for r in rows
    ]
