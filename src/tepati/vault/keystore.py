"""Room vault: the key store, two mirrors outside the database that are never backed up; everything in it is wrapped.

A mirror is a folder of this host (``folder.py``) or a PostgreSQL database of its own that several hosts share
(``served.py``); what is done to them is the same.

Order of durable steps: an act's keys are made in its transaction, the transaction commits, then both mirrors take the
batch (``settle``) and the act answers. A crash between leaves the mirrors behind, and ``reconcile`` copies the keys at
the next start. What is destroyed is announced in both mirrors first (an *intent*), so that a key missing from the
database is known to be destroyed and not lost to an old database.
"""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered, Unavailable
from tepati.vault import mirror
from tepati.vault.mirror import Line, Look, Mirror, Op
from tepati.vault.moving import noted
from tepati.vault.pair import Pair
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


class KeyStore(Pair):
    """Epoch, index, MAC, signing and backup keys, the newest wrapped deks, state anchors, and the stop list.

    ``places`` are two directories, on different disks where there are two, or two mirrors that are open already.
    Raises Misconfigured, Unavailable, Tampered.
    """

    grade = Grade("overwritten")  # what is destroyed here is wrapped by the root, and worth more once that ends too

    def __init__(
        self, places: tuple[Path | Mirror, Path | Mirror], root: Root, random: Random, now: Callable[[], int]
    ) -> None:
        self.random, self.now, self.root = random, now, root
        self._secrets: dict[tuple[str, str, str, int], bytes] = {}
        self._epochs: dict[tuple[str, int], AESGCM] = {}
        self._seen: Hashable = None
        super().__init__(places)

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
        """Make a key in both mirrors and read it back from both; one that another process made just now stays.

        Raises Unavailable when they disagree.
        """
        at = (kind, org, name, version)
        wrapped = self.root.wrap(self.random(32), bound("tepati secret 1", *at))
        self.commit([Op(mirror.KEEP, [(*at, wrapped, self.now(), until)])])
        sql = "SELECT wrapped FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
        first, second = (each.rows(sql, *at) for each in self.mirrors)
        if not first or first != second:
            raise Unavailable("keystore_disagrees")

    def destroy(self, kind: str, org: str, name: str, version: int) -> Grade:
        """Destroy a key in both mirrors and in memory, and return what that is worth."""
        at = (kind, org, name, version)
        self.commit([Op(mirror.DESTROY, [at], cuts=True)])
        self._secrets.pop(at, None)
        if kind == "epoch":
            self._epochs.pop((org, version), None)
        return self.grade

    def versions(self, kind: str, org: str, name: str = "", mirror: int = 0) -> list[int]:
        """List the versions of a key in one of the mirrors, oldest first."""
        sql = "SELECT version FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 ORDER BY version"
        return [cast("int", row[0]) for row in self.mirrors[mirror].rows(sql, kind, org, name)]

    def epoch(self, org: str, number: int) -> AESGCM:
        """Return the cipher of an epoch. Raises Tampered where it is unknown in the key store too: destroyed."""
        found = self._epochs.get((org, number))
        if found is None:
            self.mirrors[0].join()  # before the key is read: who destroys it waits for us from now on
            key = self.known("epoch", org, "", number)
            if key is None:
                raise Tampered("epoch_gone", epoch=number)
            found = self._epochs[org, number] = AESGCM(key)
            self.refresh()  # it may have been retired in between
        return found

    def refresh(self) -> None:
        """Forget keys of epochs and backups that another process destroyed, or is about to, used or only loaded.

        Asked once a transaction and once a second: 2 us in a folder where nothing changed, a round trip from a server.
        """
        seen = self.mirrors[0].changed()
        if seen == self._seen:
            return
        sql = "SELECT kind, org, name, version FROM secret WHERE kind IN ('epoch', 'backup')"
        rows = set(self.mirrors[0].rows(sql))
        retired = {org: cast("int", epoch) for org, epoch in self.mirrors[0].rows("SELECT org, epoch FROM retired")}
        living = {at for at in rows if at[0] != "epoch" or cast("int", at[3]) > retired.get(at[1], 0)}
        for at in [at for at in self._secrets if at[0] in {"epoch", "backup"} and at not in living]:
            self._secrets.pop(at)
        for org, number in [each for each in self._epochs if ("epoch", each[0], "", each[1]) not in living]:
            self._epochs.pop((org, number))
        self.mirrors[0].acknowledge(seen)
        self._seen = seen

    def retire(self, org: str, epoch: int) -> Hashable:
        """Have every process let go of epochs up to this one; return what ``unaware`` asks for."""
        self.commit([Op(mirror.RETIRE, [(org, epoch)])])
        self.refresh()
        return self.mirrors[0].changed()

    def retired(self, org: str) -> int:
        """Return the newest epoch that every process was told to let go of, or 0."""
        rows = self.mirrors[0].rows("SELECT epoch FROM retired WHERE org = ?1", org)
        return cast("int", rows[0][0]) if rows else 0

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

    # --- several hosts, and the root

    def alone(self) -> bool:
        """Say whether no other host has this key store open, which counts until ``share``."""
        return self.mirrors[0].alone()

    def looks(self) -> list[Look]:
        """Look at the places that lie on servers; none where they are folders. Raises Unavailable."""
        return [found for found in (each.look() for each in self.mirrors) if found]

    def left(self) -> tuple[str, ...]:
        """Name the places that a move was to shred and has not: whatever they hold opens under the root."""
        said = noted(self.mirrors[0])
        return said.places if said else ()

    def share(self) -> None:
        """Let others come."""
        self.mirrors[0].share()

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
