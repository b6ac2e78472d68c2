"""Room registers: decoy people, whom nobody serves: what reaches them, or opens their record, is seen from outside."""

from tepati.registers.cells import raw, whole
from tepati.store.port import Tx

ORDER_ONLY = "order_only"  # booked, was asked nothing else
UNTICKED = "unticked"  # was asked for promotion and left it unticked
WITHDRAWN = "withdrawn"  # said yes once, and took it back
UNSHARED = "unshared"  # their address went to nobody: any mail from outside came by way of a recipient
KINDS = (ORDER_ONLY, UNTICKED, WITHDRAWN, UNSHARED)

# What a decoy may still be sent: the kinds of message of the notice that need no yes. An unshared one is sent nothing.
_SERVICE = frozenset({"service", "administrative", "receipt", "reminder", "support", "security"})


def unwanted(kind: str, message_kind: str) -> bool:
    """Say whether this kind of message, seen in this decoy's mailbox, breaks a promise; unknown kinds do."""
    return kind == UNSHARED or message_kind not in _SERVICE


async def add(tx: Tx, org: str, person: bytes, kind: str, at: int, ledger_id: bytes) -> None:
    """Write down that this person is a decoy of one of the four kinds."""
    await tx.run(
        "INSERT INTO decoy (person, org, kind, since, ledger_id) VALUES ($1, $2, $3, $4, $5)",
        person, org, kind, at, ledger_id,
    )  # fmt: skip


async def kinds(tx: Tx, org: str) -> dict[str, int]:
    """Count the living decoys by kind."""
    rows = await tx.all("SELECT kind, count(*) FROM decoy WHERE org = $1 GROUP BY kind", org)
    return {str(kind): whole(n) for kind, n in rows}


async def listed(tx: Tx, org: str) -> list[tuple[bytes, str, int]]:
    """Return (person, kind, since when) of every decoy of the organisation."""
    rows = await tx.all("SELECT person, kind, since FROM decoy WHERE org = $1 ORDER BY since, person", org)
    return [(raw(person), str(kind), whole(since)) for person, kind, since in rows]


_KIND = "SELECT kind FROM decoy WHERE person = $1"


async def ask(tx: Tx, person: bytes) -> None:
    """Announce that ``kind_of`` or ``is_decoy`` will be asked."""
    await tx.ahead(_KIND, person)


async def kind_of(tx: Tx, person: bytes) -> str | None:
    """Return which kind of decoy this person is, or None for a real one."""
    row = await tx.one(_KIND, person)
    return str(row[0]) if row else None


async def is_decoy(tx: Tx, person: bytes) -> bool:
    """Say whether this person is a decoy: whoever opens their record outside a watch raises an alert."""
    return await kind_of(tx, person) is not None
