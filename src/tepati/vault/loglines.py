"""Room vault: what becomes of the ledgers in a restore: each goes on from a head told outside, or begins anew."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol, cast

from tepati.store.port import Store, Tx
from tepati.vault import heads as marks
from tepati.vault.keystore import KeyStore
from tepati.vault.reconcile import write_meta

Heads = Mapping[str, tuple[int, bytes]]


class Ledgers(Protocol):
    """What a restore asks of the ledger, which this room does not know: the composition root hands it in."""

    async def close(self, tx: Tx, org: str) -> None:
        """A log ends, in this transaction: its lines leave the board's sums, and what was pruned is handed over."""

    async def begin(self, org: str) -> None:
        """Enter the lines of the log that ended into a new one, in their order."""

    async def tell(self, tx: Tx, org: str, what: str, gone: int) -> None:
        """Write a line: the log was continued or began anew, and ``gone`` openings did not come back."""


async def logs(
    store: Store, keystore: KeyStore, now: int, heads: Heads, ledgers: Ledgers | None
) -> dict[str, str]:  # fmt: skip
    """Continue a log only from its last head told outside; else its lines wait for a new log with a new key. Say which.

    Where the key store knows a longer one, lines were lost that others may hold receipts of: that log is over.
    """
    done: dict[str, str] = {}
    rows = await store.read(lambda tx: tx.all("SELECT org, size, root FROM log_head"))
    for name, size, root in cast("Sequence[tuple[str, int, bytes]]", rows):
        kept = marks.Heads(keystore).newest(name)
        if heads.get(name) == (size, root) and (kept is None or kept <= (size, root)):
            done[name] = "continued"
            continue
        done[name] = "anew"
        await store.write(partial(_anew, name, now, ledgers))
        await marks.Heads(keystore).forget(name)
        version = keystore.renew_signer(name)
        await store.write(partial(write_meta, name=f"log.anew:{name}", value=f"{version} {now} {size}"))
        if ledgers:
            await ledgers.begin(name)
    return done


async def _anew(org: str, now: int, ledgers: Ledgers | None, tx: Tx) -> None:
    """End a log. Its lines wait, in order, without a MAC; bare ones stay, which stand for lines that were pruned."""
    await tx.run("DELETE FROM log_pending WHERE org = $1 AND mac = $2", org, b"")  # SQL wrote it before the backup
    if ledgers:
        await ledgers.close(tx, org)
    await tx.run(
        "INSERT INTO log_pending (lane, id, org, at, entry, mac)"
        " SELECT lane, id, org, CAST($2 AS BIGINT) + idx, entry, $3 FROM log_leaf"
        " WHERE org = $1 AND idx >= 0 AND NOT EXISTS"
        " (SELECT 1 FROM log_pending p WHERE p.lane = log_leaf.lane AND p.id = log_leaf.id)",
        org, now, b"",
    )  # fmt: skip
    await tx.run("DELETE FROM log_leaf WHERE org = $1 AND idx >= 0", org)
    await tx.run("DELETE FROM log_head WHERE org = $1", org)
    await tx.run("DELETE FROM log_tile WHERE org = $1", org)
    await tx.run("DELETE FROM log_tally WHERE org = $1", org)
    await tx.run("DELETE FROM log_cosign WHERE org = $1", org)
