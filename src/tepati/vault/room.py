"""Room vault: what its modules share for one organisation, and what waits for a transaction to commit."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tepati.errors import Refused, Tampered
from tepati.rules.facts import Facts, Permit
from tepati.store.port import Tx
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import Op
from tepati.vault.seal import Random

# A transaction that rolled back is never settled; more than this many are not open at once.
_OPEN = 4096
_touched: ContextVar[int] = ContextVar("vault_touched", default=0)


AT = "@"  # in ``ident.field``: between the field that holds the value, and the one whose index it shares


@dataclass(slots=True)
class Pending:
    """What one transaction did: changes for the mirrors, persons looked up by an index, the state last read."""

    ops: list[Op] = field(default_factory=list)
    looked: dict[bytes, dict[str, bytes]] = field(default_factory=dict)
    read: dict[bytes, tuple[Facts, int]] = field(default_factory=dict)
    held: dict[bytes, tuple[Facts, int]] = field(default_factory=dict)  # facts locked by a look-up, to be asked for
    wrapped: dict[bytes, list[Any]] = field(default_factory=dict)  # person -> their rows of ``dek``, read once
    units: dict[bytes, dict[Any, Any]] = field(default_factory=dict)  # person -> unit -> its key, opened or made here
    fresh: set[bytes] = field(default_factory=set)  # persons this transaction makes: nothing of theirs stands yet
    epoch: int = 0  # the epoch that wraps, held in share mode since it was read


@dataclass(slots=True)
class Room:
    """The vault of one organisation."""

    org: str
    keystore: KeyStore
    random: Random
    alike: Mapping[str, str] = field(default_factory=dict)  # field -> the field whose index it shares
    open: OrderedDict[int, Pending] = field(default_factory=OrderedDict)
    behind: dict[bytes, tuple[int, int]] = field(
        default_factory=dict
    )  # person -> (anchor seen, newest transaction then)

    def indexed(self, field: str) -> str:
        """Name the field whose index a field's values stand in: its own, or one that it shares."""
        return self.alike.get(field, field)

    def stored(self, field: str) -> str:
        """Name the field as a row of the index does: ``subscriber.email@buyer.email`` where it shares another's."""
        place = self.indexed(field)
        return field if field == place else f"{field}{AT}{place}"

    def pending(self, tx: Tx) -> Pending:
        """Return what this transaction did so far."""
        found = self.open.get(tx.id)
        if found is None:
            found = self.open[tx.id] = Pending()
            _touched.set(tx.id)
            self.keystore.refresh()
            if len(self.open) > _OPEN:
                self.open.popitem(last=False)
        return found

    def later(self, tx: Tx, *ops: Op) -> None:
        """Change the mirrors when this transaction has committed."""
        self.pending(tx).ops.extend(ops)

    def taken(self, tx: int | None) -> list[Op]:
        """Hand over the changes of a committed transaction, by default the last one this task ran.

        Never an earlier one: it may have been rolled back and tried again. What is left unsettled is safe, since
        ``reconcile`` copies keys and finishes intents at the next start.
        """
        number = _touched.get() if tx is None else tx
        found = self.open.pop(number, None)
        return found.ops if found else []

    @contextmanager
    def within(self, tx: Tx, *, writes: bool) -> Iterator[None]:
        """Forget what a transaction read and planned when it fails, or only reads: else it pushes others' plans out."""
        try:
            yield
        except BaseException:
            self.open.pop(tx.id, None)
            raise
        if not writes:
            self.open.pop(tx.id, None)


def leave(permit: Permit, tx: Tx) -> None:
    """Check that a permit is for this transaction and opens anything. Raises Refused."""
    if permit.tx != tx.id:
        raise Refused("permit_transaction", permit.promise)
    if permit.how == "hidden":
        raise Refused("permit_hidden", permit.promise)


def whole(body: bytes) -> Facts:
    """Read a state body. Raises Tampered on one that verifies and still cannot be read."""
    try:
        return msgspec.msgpack.decode(body, type=Facts)
    except msgspec.MsgspecError:
        pass
    raise Tampered("state_form")
