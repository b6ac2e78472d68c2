"""Room vault: the key store, two mirrors outside the database that are never backed up; everything in it is wrapped.

Order of durable steps: an act's keys are made in its transaction, the transaction commits, then both mirrors take the
batch (``settle``) and the act answers. A crash between leaves the mirrors behind, and ``reconcile`` copies the keys at
the next start. What is destroyed is announced in both mirrors first (an *intent*), so that a key missing from the
database is known to be destroyed and not lost to an old database.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

import apsw
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered, Unavailable
from tepati.vault import mirror
from tepati.vault.mirror import Line, Mirror, Op
from tepati.vault.root import Grade, Root
from tepati.vault.seal import Random, bound


class Stop(msgspec.Struct, frozen=True, array_like=True):
    """Something that ended and must not come back from a backup: ``erased``, ``consent:<question>``, ..."""

    person: bytes
    what: str
    at: int


class Intent(msgspec.Struct, frozen=True, array_like=True):
    """Keys that a transaction is about to destroy, and the stops that come with it."""

    person: bytes
    keys: list[bytes]
    stops: list[str]
    unanchor: bool


class KeyStore:
    """Epoch, index, MAC, signing and backup keys, the newest wrapped deks, state anchors, and the stop list.

    ``folders`` are two directories on different disks where there are two. Raises Misconfigured, Unavailable, Tampered.
    """

    def __init__(self, folders: tuple[Path, Path], root: Root, random: Random, now: Callable[[], int]) -> None:
        self.random, self.now, self.root = random, now, root
        mirror.whole(folders)
        self.mirrors = (Mirror(folders[0]), Mirror(folders[1]))
        self._secrets: dict[tuple[str, str, str, int], bytes] = {}
        self._epochs: dict[tuple[str, int], AESGCM] = {}
        self._queue: list[tuple[Sequence[Op], asyncio.Future[None]]] = []
        self._owed: list[Op] = []
        self._draining: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.uncut = False
        self._seen = 0
        self.repaired = self.align()

    # --- secrets, wrapped by the root

    def secret(self, kind: str, org: str, name: str = "", version: int = 1) -> bytes:
        """Return a key of 32 bytes, making it (durably, in both mirrors) where there is none."""
        found = self.known(kind, org, name, version)
        if found is None:
            self.keep(kind, org, name, version)
            found = self.known(kind, org, name, version)
        if found is None:
            raise Unavailable("keystore_gone")
        return found

    def known(self, kind: str, org: str, name: str, version: int) -> bytes | None:
        """Return a key, or None where the key store has none of that name."""
        at = (kind, org, name, version)
        if at not in self._secrets:
            sql = "SELECT wrapped FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
            rows = self.mirrors[0].rows(sql, *at)
            if not rows:
                return None
            self._secrets[at] = self.root.unwrap(cast("bytes", rows[0][0]), bound("tepati secret 1", *at))
        return self._secrets[at]

    def keep(self, kind: str, org: str, name: str, version: int, until: int = 0) -> None:
        """Make a key in both mirrors and read it back from both. Raises Unavailable when they disagree."""
        at = (kind, org, name, version)
        wrapped = self.root.wrap(self.random(32), bound("tepati secret 1", *at))
        self.commit([Op(mirror.KEEP, [(*at, wrapped, self.now(), until)])])
        sql = "SELECT wrapped FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
        if any(each.rows(sql, *at) != [(wrapped,)] for each in self.mirrors):
            raise Unavailable("keystore_disagrees")

    def destroy(self, kind: str, org: str, name: str, version: int) -> Grade:
        """Destroy a key in both mirrors and in memory, and return what that is worth."""
        at = (kind, org, name, version)
        self.commit([Op(mirror.DESTROY, [at], cuts=True)])
        self._secrets.pop(at, None)
        if kind == "epoch":
            self._epochs.pop((org, version), None)
        return self.root.grade

    def versions(self, kind: str, org: str, name: str = "", mirror: int = 0) -> list[int]:
        """List the versions of a key in one of the mirrors, oldest first."""
        sql = "SELECT version FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 ORDER BY version"
        return [cast("int", row[0]) for row in self.mirrors[mirror].rows(sql, kind, org, name)]

    def epoch(self, org: str, number: int) -> AESGCM:
        """Return the cipher of an epoch. Raises Tampered where it is unknown in the key store too: destroyed."""
        found = self._epochs.get((org, number))
        if found is None:
            key = self.known("epoch", org, "", number)
            if key is None:
                raise Tampered("epoch_gone", epoch=number)
            found = self._epochs[org, number] = AESGCM(key)
        return found

    def refresh(self) -> None:
        """Forget keys of epochs and backups that another process destroyed, used or only loaded.

        Asked once a transaction, about 2 us where nothing changed.
        """
        seen = self.mirrors[0].changed()
        if seen == self._seen:
            return
        self._seen = seen
        sql = "SELECT kind, org, name, version FROM secret WHERE kind IN ('epoch', 'backup')"
        rows = set(self.mirrors[0].rows(sql))
        for at in [at for at in self._secrets if at[0] in {"epoch", "backup"} and at not in rows]:
            self._secrets.pop(at)
        for org, number in [each for each in self._epochs if ("epoch", each[0], "", each[1]) not in rows]:
            self._epochs.pop((org, number))

    def signer(self, org: str) -> Ed25519PrivateKey:
        """Return the organisation's newest log signing key, making the first."""
        newest = max(self.versions("log", org), default=1)
        return Ed25519PrivateKey.from_private_bytes(self.secret("log", org, "", newest))

    def renew_signer(self, org: str) -> int:
        """Make a new log signing key, for a new log, and return its version."""
        newest = max(self.versions("log", org), default=0) + 1
        self.keep("log", org, "", newest)
        return newest

    # --- reading

    def anchor(self, person: bytes) -> int | None:
        """Return the newest state version settled for a person, or None."""
        rows = self.mirrors[0].rows("SELECT version FROM anchor WHERE person = ?1", person)
        return cast("int", rows[0][0]) if rows else None

    def gone(self, name: bytes) -> bool:
        """Say whether this was put an end to: a key, or a row of a register that must not come back."""
        return bool(self.mirrors[0].rows("SELECT 1 FROM gone WHERE key = ?1", name))

    def stops(self, org: str, person: bytes | None = None) -> list[Stop]:
        """List the stop list of an organisation, or of one person."""
        sql = "SELECT person, what, at FROM stop WHERE org = ?1"
        if person is None:
            rows = self.mirrors[0].rows(f"{sql} ORDER BY at, person, what", org)
        else:
            rows = self.mirrors[0].rows(f"{sql} AND person = ?2 ORDER BY at, what", org, person)
        return [msgspec.convert(row, Stop, strict=False) for row in rows]

    def intents(self, org: str) -> list[tuple[bytes, Intent]]:
        """List destructions announced and not yet settled."""
        rows = self.mirrors[0].rows("SELECT id, body FROM intent WHERE org = ?1", org)
        return [(cast("bytes", row[0]), msgspec.msgpack.decode(cast("bytes", row[1]), type=Intent)) for row in rows]

    def note(self, name: str) -> bytes:
        """Return a note of the installation, or no bytes."""
        rows = self.mirrors[0].rows("SELECT value FROM meta WHERE name = ?1", name)
        return cast("bytes", rows[0][0]) if rows else b""

    def held(self, person: bytes) -> int:
        """Count a person's wrapped keys in both mirrors together."""
        return sum(
            cast("int", m.rows("SELECT count(*) FROM dek WHERE person = ?1", person)[0][0]) for m in self.mirrors
        )

    def count(self, org: str) -> int:
        """Count an organisation's wrapped keys in the first mirror."""
        return cast("int", self.mirrors[0].rows("SELECT count(*) FROM dek WHERE org = ?1", org)[0][0])

    # --- writing

    async def settle(self, ops: Sequence[Op]) -> None:
        """Return when both mirrors hold these changes; many acts share one commit. Raises Unavailable."""
        if not ops:
            return
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.append((ops, done))
        if self._draining is not loop:
            self._draining = loop
            task = loop.create_task(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await done

    async def _drain(self) -> None:
        while self._queue:
            taken, self._queue = self._queue, []
            ops = [op for each, _ in taken for op in each]
            failed: Exception | None = None
            try:
                await asyncio.to_thread(self.commit, ops)
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
                failed = error
            for _, done in taken:
                _tell(done, failed)
        self._draining = None

    def commit(self, ops: Iterable[Op]) -> None:
        """Apply changes to both mirrors, one commit each. Where a disk fails they are owed, and go first next time.

        A batch that cannot be written at all (a programming fault) is not owed: it would stop every later one.
        """
        first, second = self.mirrors
        with first.lock, second.lock:
            batch = mirror.gathered([*self._owed, *ops])
            try:
                _both(first, second, batch)
            except Exception as error:
                first.rollback()
                second.rollback()
                if not isinstance(error, apsw.Error) or isinstance(error, apsw.ConstraintError):
                    raise
                self._owed = batch
                raise Unavailable("keystore_no_room" if mirror.full(error) else "keystore_gone") from None
            self._owed = []
            if self.uncut or any(op.cuts for op in batch):
                self.uncut = not (first.cut() & second.cut())

    def align(self) -> str:
        """Copy the newer mirror over the older one after a crash between them; say what was done."""
        first, second = self.mirrors
        if first.seq() == second.seq():
            return ""
        if first.seq() > second.seq():
            second.replace(first)
            return "second"
        first.replace(second)
        return "first"

    def rotate_root(self) -> Grade:
        """Wrap everything under a new root version, then destroy the older ones. Raises Unavailable: destroyed nothing.

        Another process may have wrapped a key under the old version meanwhile: looked for until there is none.
        """
        old = self.root.version
        self.root.rotate()
        head, left = self.root.version.to_bytes(4), "SELECT kind, org, name, version, wrapped FROM secret"
        for _ in range(5):
            rows = [row for row in self.mirrors[0].rows(left) if cast("bytes", row[4])[:4] != head]
            if not rows and self.mirrors[0].rows(f"{left} ORDER BY 1, 2, 3, 4") == self.mirrors[1].rows(
                f"{left} ORDER BY 1, 2, 3, 4"
            ):
                return self.root.destroy(old)
            self.commit([Op(mirror.REKEEP, [self._rewrapped(row) for row in rows], cuts=True)])
        raise Unavailable("keystore_disagrees")

    def _rewrapped(self, row: Line) -> Line:
        aad = bound("tepati secret 1", *cast("tuple[str, str, str, int]", row[:4]))
        return (*row[:4], self.root.wrap(self.root.unwrap(cast("bytes", row[4]), aad), aad))

    def close(self) -> None:
        for each in self.mirrors:
            each.close()


def _both(first: Mirror, second: Mirror, batch: Sequence[Op]) -> None:
    if first.seq() != second.seq():  # the last commit reached one mirror only
        newer, older = (first, second) if first.seq() > second.seq() else (second, first)
        older.replace(newer)
    first.begin()
    second.begin()
    first.apply(batch)
    second.apply(batch)
    first.commit()
    second.commit()  # a crash before this line leaves the first mirror one batch ahead: align() copies it


def _tell(done: "asyncio.Future[None]", failed: Exception | None) -> None:
    if done.done():
        return
    if failed is None:
        done.set_result(None)
    else:
        done.set_exception(failed)
