"""Room ledger: a witness as a pure machine (C2SP tlog-witness): a request and what was seen go in, an answer comes out.

Whoever runs it must hold a lock from reading what was seen to keeping what is new, and keep it before answering.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from tepati.errors import Tampered
from tepati.ledger import note
from tepati.ledger.note import Signer
from tepati.ledger.tree import EMPTY, Head, Key, check_consistency, check_signature, read_head, unbase64

MOST = 63  # proof lines
LIMIT = 1 << 18  # bytes of a request; a checkpoint of 64 signatures takes 7 kB


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, media type and body; ``keep`` is the cosigned head to make durable before answering."""

    status: int
    kind: str
    body: bytes
    keep: bytes | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What a log sends: the last size it knows to be cosigned, the proof from there, and its head."""

    old: int
    path: list[bytes]
    note: bytes
    head: Head


def read_request(body: bytes) -> Request:
    """Read an add-checkpoint request. Raises Tampered when it is not one."""
    before, gap, checkpoint = body.partition(b"\n\n")
    first, *lines = before.decode("ascii", "replace").split("\n")
    word, _, number = first.partition(" ")
    plain = number.isascii() and number.isdigit() and str(int(number)) == number
    if not gap or word != "old" or not plain or len(lines) > MOST or len(body) > LIMIT:
        raise Tampered("ledger_request")
    return Request(int(number), unbase64(lines), checkpoint, read_head(checkpoint))


def add_checkpoint(request: Request, logs: Sequence[Key], seen: bytes | None, witness: Signer, at: int) -> Answer:
    """Answer one request. ``seen`` is the last head cosigned for its origin, ``at`` seconds since 1970.

    The order of the checks is that of the specification. A fork ends in 422 and changes nothing.
    """
    head, known = request.head, [key for key in logs if key.name == request.head.origin]
    if not known:
        return _no(404, "this witness does not know that log")
    try:
        signed = [key for key in known if check_signature(head, key) is not None]
    except Tampered:
        signed = []
    if not signed:
        return _no(403, "no known key of the log has signed this head")
    if request.old > head.size:
        return _no(400, "the old size is beyond the head's")
    last = read_head(seen) if seen else None
    size, root = (last.size, last.root) if last else (0, EMPTY)
    if request.old != size:
        return Answer(409, "text/x.tlog.size", b"%d\n" % size)
    try:
        _follows(request, root)
    except Tampered:
        return _no(422, "this head does not continue the log that was cosigned")
    return _yes(request, signed, witness, at)


def _follows(request: Request, root: bytes) -> None:
    """Check that the head continues the tree of ``request.old`` leaves and ``root``. Raises Tampered."""
    head = request.head
    if head.size == 0 and head.root != EMPTY:
        raise Tampered("ledger_consistency")
    check_consistency(request.old, head.size, root, head.root, request.path)


def _yes(request: Request, signed: list[Key], witness: Signer, at: int) -> Answer:
    line = note.cosign(request.note, witness, at)
    ours = {(key.name, key.id) for key in signed}
    body, _, tail = request.note.decode().rpartition("\n\n")
    pairs = zip(request.head.signatures, tail.splitlines(keepends=True), strict=True)
    kept = "".join(text for (name, raw), text in pairs if (name, raw[:4]) in ours)
    return Answer(200, "text/plain; charset=utf-8", line.encode(), f"{body}\n\n{kept}{line}".encode())


def _no(status: int, why: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{why}\n".encode())


def origin_hash(origin: str) -> str:
    """Return the name under which the last head of a log is kept and served (GET <hash>/checkpoint)."""
    return sha256(origin.encode()).hexdigest()
