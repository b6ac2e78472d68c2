"""Room vault: a backup, one consistent copy of every table but keys and indexes, useless once its own key has ended.

Left out: ``dek`` and ``epoch`` (the key store has the newest), ``ident`` (rebuilt by opening values), ``session``,
``device``. The file: bytes in ``docs/spec/vault.md``. A backup alone opens nothing; with the key store
it opens what still lives.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import BadInput, Expired, Tampered
from tepati.store.port import Store, Tx
from tepati.store.schema import TABLES, Table
from tepati.vault import mirror
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import Op

MAGIC = b"tepati-backup 1\n"
LEFT_OUT = frozenset({"api_key", "dek", "device", "epoch", "ident", "session"})
CLAIMS = "~claims"  # (org, field, person) of ``ident``, without the indexes: what restore looks for
PAGE, CHUNK = 500, 65_536


class Head(msgspec.Struct, frozen=True):
    """The clear first line of a backup: which key, when made, last day (microseconds), schema version."""

    id: str
    at: int
    until: int
    schema: str


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """Some rows of one table; a frame without a table is the last, and tells how many rows there were."""

    table: str
    columns: list[str]
    rows: list[list[Any]]  # Value: msgspec has no union of str and bytes


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written: its id, how many rows by table, and how many bytes."""

    id: str
    rows: Mapping[str, int]
    size: int


async def backup(store: Store, keystore: KeyStore, out: BinaryIO, now: int, *, until: int) -> Backup:
    """Write a backup whose key ends at ``until`` (the declared ``backups.keep``), in one snapshot, in flat memory.

    Raises Unavailable. On SQLite it holds the loop: run it in a process of its own.
    """
    name = keystore.random(16).hex()
    keystore.keep("backup", "", name, 1, until)
    key = keystore.secret("backup", "", name)
    schema = await store.read(lambda tx: tx.one("SELECT value FROM meta WHERE name = 'version'"))
    head = msgspec.json.encode(Head(name, now, until, str(schema[0]) if schema else ""))
    writer = _Writer(out, key, head)

    async def work(tx: Tx) -> dict[str, int]:
        counts = {}
        for table in TABLES:
            if table.name not in LEFT_OUT:
                counts[table.name] = await _dump(tx, table, writer)
        claims = await tx.all("SELECT DISTINCT org, field, person FROM ident ORDER BY person, field, org")
        writer.frame(Frame(CLAIMS, ["org", "field", "person"], [list(row) for row in claims]))
        return counts

    rows = await store.read(work)
    writer.frame(Frame("", [], [[table, n] for table, n in rows.items()]))
    return Backup(name, rows, writer.close())


async def _dump(tx: Tx, table: Table, writer: "_Writer") -> int:
    """Write a table in pages by its primary key."""
    columns, total = [c.name for c in table.columns], 0
    places = [columns.index(name) for name in table.key]
    first = f"SELECT {', '.join(columns)} FROM {table.name}"
    order = f" ORDER BY {', '.join(table.key)} LIMIT {PAGE}"
    after = f" WHERE ({', '.join(table.key)}) > ({', '.join(f'${n + 1}' for n in range(len(places)))})"
    rows = await tx.all(first + order)
    while rows:
        writer.frame(Frame(table.name, columns, [list(row) for row in rows]))
        total += len(rows)
        rows = await tx.all(first + after + order, *[rows[-1][place] for place in places])
    return total


class _Writer:
    """Frames in, compressed and sealed chunks out. Nonces count, since each backup has a key of its own."""

    def __init__(self, out: BinaryIO, key: bytes, head: bytes) -> None:
        self._out, self._cipher, self._count, self._size = out, AESGCM(key), 0, 0
        self._zip, self._buffer = zlib.compressobj(1), bytearray()
        start = MAGIC + struct.pack(">I", len(head)) + head
        self._aad = hashlib.sha256(start).digest()
        self._put(start)

    def frame(self, frame: Frame) -> None:
        body = msgspec.msgpack.encode(frame)
        self._buffer += self._zip.compress(struct.pack(">I", len(body)) + body)
        while len(self._buffer) > CHUNK:
            self._chunk(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]

    def close(self) -> int:
        self._chunk(bytes(self._buffer) + self._zip.flush(), last=True)
        self._out.flush()
        return self._size

    def _chunk(self, plain: bytes, *, last: bool) -> None:
        body = self._cipher.encrypt(_nonce(self._count, last=last), plain, self._aad)
        self._count += 1
        self._put(struct.pack(">I", len(body)) + body)

    def _put(self, raw: bytes) -> None:
        self._out.write(raw)
        self._size += len(raw)


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11) + bytes([last])


def head_of(source: BinaryIO) -> tuple[Head, bytes]:
    """Read a backup's head, and the AAD of its chunks. Raises BadInput on what is no backup."""
    start = source.read(len(MAGIC) + 4)
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 4:
        raise BadInput("backup_form")
    raw = source.read(min(struct.unpack(">I", start[len(MAGIC) :])[0], 65_536))
    try:
        return msgspec.json.decode(raw, type=Head), hashlib.sha256(start + raw).digest()
    except msgspec.MsgspecError:
        pass
    raise BadInput("backup_form")


def frames(source: BinaryIO, keystore: KeyStore, now: int) -> Iterator[Frame]:
    """Read a backup. Raises BadInput, Expired (its key has ended), Tampered (changed, or cut short)."""
    head, aad = head_of(source)
    key = keystore.known("backup", "", head.id, 1)
    if key is None or head.until <= now:
        raise Expired("backup_ended", until=head.until)
    unzip, buffer = zlib.decompressobj(), bytearray()
    for chunk in _chunks(source, AESGCM(key), aad):
        buffer += unzip.decompress(chunk)
        while len(buffer) >= 4 and len(buffer) >= 4 + (size := struct.unpack(">I", buffer[:4])[0]):
            yield msgspec.msgpack.decode(buffer[4 : 4 + size], type=Frame)
            del buffer[: 4 + size]


def _chunks(source: BinaryIO, cipher: AESGCM, aad: bytes) -> Iterator[bytes]:
    count, last = 0, False
    while not last:
        size = source.read(4)
        body = source.read(min(struct.unpack(">I", size)[0], CHUNK + 65_536)) if len(size) == 4 else b""
        plain, last = _unsealed(cipher, aad, count, body)
        count += 1
        yield plain
    if source.read(1):
        raise Tampered("backup_longer")


def _unsealed(cipher: AESGCM, aad: bytes, count: int, body: bytes) -> tuple[bytes, bool]:
    for last in (False, True):
        try:
            return cipher.decrypt(_nonce(count, last=last), body, aad), last
        except InvalidTag:
            continue
    raise Tampered("backup_chunk", chunk=count)


def backups(keystore: KeyStore) -> list[tuple[str, int, int]]:
    """List the backups that can still be read: id, made, last day."""
    rows = keystore.mirrors[0].rows("SELECT name, made, until FROM secret WHERE kind = 'backup' ORDER BY made")
    return [cast("tuple[str, int, int]", row) for row in rows]


def expire(keystore: KeyStore, now: int) -> int:
    """Destroy the keys of backups whose last day has passed, and the stops no remaining backup needs; count them."""
    ended = [name for name, _, until in backups(keystore) if until <= now]
    for name in ended:
        keystore.destroy("backup", "", name, 1)
    left = backups(keystore)
    if ended and left:
        oldest = min(made for _, made, _ in left)
        keystore.commit([Op(mirror.PRUNE, [(oldest,)], cuts=True)])
    return len(ended)
