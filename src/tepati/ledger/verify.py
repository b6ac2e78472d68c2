"""Room ledger: checks a receipt or an exported log without network, against keys that the reader pinned, nobody else.

Read it with ``entry`` and ``tree``: it needs no other file. What each check proves: docs/spec/ledger.md section 6.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from tepati.errors import Tampered
from tepati.ledger import tree
from tepati.ledger.entry import SALT, Line, Opening, Part, Receipt, check, decode
from tepati.ledger.tree import WIDTH, Head, Peaks, Policy, leaf_hash, read_head, read_policy, root_of

__all__ = ["Finding", "Policy", "Report", "read_policy", "verify_log", "verify_receipt"]

Read = Callable[[str], bytes | None]  # a path of tlog-tiles -> its bytes, None where there is none
Standing = Literal["witnessed", "stale", "unwitnessed", "unpinned"]
FRESH = 7 * 86_400  # seconds; an older cosignature on a live log is stale: newer heads may be withheld


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: a code, the number of the entry (None: the whole), and one sentence."""

    code: str
    index: int | None
    what: str


@dataclass(slots=True)
class Report:
    """What was checked. ``sound`` is True when nothing was found; ``standing`` says who vouches for the head.

    Entries below ``pruned`` are kept no longer: a line of the log says so, and their hashes lead to the head.
    """

    subject: Literal["receipt", "log"]
    standing: Standing = "unpinned"
    origin: str = ""
    size: int = 0
    root: str = ""
    index: int | None = None
    line: Line | None = None
    opening: Literal["opened", "closed", "none"] = "none"
    record: Literal["bound", "unbound", "none"] = "none"
    cosigned: dict[str, int] = field(default_factory=dict)  # witness -> seconds since 1970
    witnessed_size: int = 0
    pruned: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings

    def add(self, code: str, index: int | None, what: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(code, index, what))


# --- the head


def _judge(report: Report, head: Head, policy: Policy | None) -> None:
    """Check who signed a head, by the pinned keys alone."""
    if policy is None:
        return None
    try:
        logs = [key for key in policy.logs if key.name == head.origin and tree.check_signature(head, key) is not None]
        times = {name: tree.check_signature(head, key) for name, key in policy.witnesses.items()}
    except Tampered as fault:
        return report.add(
            "signature", None, f"The head carries a false signature in the name of {fault.values['key']}."
        )
    if not logs:
        report.add("signature", None, "No log that the policy names has signed this head.")
    report.cosigned = {name: at for name, at in times.items() if at is not None}
    report.standing = "witnessed" if report.cosigned and policy.met(set(report.cosigned)) else "unwitnessed"
    return None


def _quorum(report: Report, policy: Policy | None) -> None:
    if policy and report.standing == "unwitnessed" and policy.quorum != "none":
        report.add("quorum", None, "Fewer witnesses have cosigned than the policy asks for.")


# --- a receipt


def verify_receipt(raw: bytes, policy: Policy | None) -> Report:
    """Check a receipt file. What is wrong stands in the report; nothing is raised."""
    report = Report("receipt")
    try:
        receipt = msgspec.json.decode(raw, type=Receipt)
        report.index, path, head = tree.read_proof(receipt.proof)
    except (msgspec.DecodeError, UnicodeDecodeError, Tampered):
        report.add("unreadable", None, "This is not a receipt, or its proof cannot be read.")
        return report
    report.origin, report.size, report.root = head.origin, head.size, head.root.hex()
    _judge(report, head, policy)
    _quorum(report, policy)
    try:
        tree.check_inclusion(leaf_hash(receipt.line.encode()), report.index, head.size, path, head.root)
    except Tampered:
        report.add("not_included", report.index, "The line is not at this place in the log that the head signs.")
    _contents(report, receipt)
    return report


def _contents(report: Report, receipt: Receipt) -> None:
    try:
        report.line = decode(receipt.line.encode())
    except Tampered:
        return report.add("not_a_line", report.index, "The line is not in the canonical form.")
    if receipt.opening is not None:
        _opening(report, receipt.opening, report.line)
    if receipt.record is not None:
        _record(report, receipt)
    return None


def _opening(report: Report, part: Part, line: Line) -> None:
    report.opening = "closed"
    if part.salt is None or part.payload is None or len(part.salt) != SALT:
        return
    said = Opening(part.party, part.salt, part.payload.encode(), part.index, part.size, part.path)
    try:
        check(said, bytes.fromhex(line.opening))
        report.opening = "opened"
    except Tampered:
        report.add("opening", report.index, "What the receipt says of the person does not belong to the line.")


def _record(report: Report, receipt: Receipt) -> None:
    """Compare the readable record with its digest in the opening (key ``record``: SHA-256 of its canonical JSON)."""
    report.record = "unbound"
    if report.opening != "opened" or receipt.opening is None or receipt.opening.payload is None:
        return
    try:
        said = msgspec.json.decode(receipt.opening.payload, type=dict[str, object]).get("record")
    except msgspec.DecodeError:
        return
    if said is not None:
        found = hashlib.sha256(msgspec.json.encode(receipt.record, order="sorted")).hexdigest()
        report.record = "bound"
        if found != said:
            report.add("record", report.index, "The readable record was changed: the line has another digest.")


# --- a whole log


def verify_log(read: Read, policy: Policy | None, now: int, since: bytes | None = None) -> Report:
    """Check an exported log (tlog-tiles layout). ``now``: seconds since 1970; ``since``: an older head to compare with.

    Names the first entry that was altered, removed, inserted or reordered. About 6 us an entry.
    """
    report = Report("log")
    heads: list[tuple[str, Head]] = []
    try:
        head = read_head(read("checkpoint") or b"")
        heads += [("the cosigned head", read_head(raw)) for raw in [read("checkpoint.witnessed")] if raw]
        heads += [("the older head", read_head(since))] if since else []
    except Tampered:
        report.add("unreadable", None, "There is no head here that can be read.")
        return report
    report.origin, report.size, report.root = head.origin, head.size, head.root.hex()
    _stand(report, head, heads, policy, now)
    report.pruned = _first(read, head.size) * WIDTH
    for name, old in heads:
        if old.origin != head.origin or old.size > head.size:
            report.add("behind", None, f"The log has {head.size} entries, {name} already {old.size}, or is another's.")
        elif old.size < report.pruned:
            report.add("pruned", None, f"{name} has {old.size} entries: that part was pruned, and cannot be compared.")
    _walk(report, read, head, [(name, old) for name, old in heads if report.pruned <= old.size <= head.size])
    return report


def _first(read: Read, size: int) -> int:
    """Return the number of the first bundle there is; 0 where none is there at all."""
    for number, want in _numbers(size):
        if _bundle(read, number, want) is not None:
            return number
    return 0


def _stand(report: Report, head: Head, heads: list[tuple[str, Head]], policy: Policy | None, now: int) -> None:
    """Judge the head; where no witness has come round to it, the newest cosigned one before it."""
    for one in [head, *(old for name, old in heads if name == "the cosigned head")]:
        if not report.witnessed_size:
            _judge(report, one, policy)
            report.witnessed_size = one.size * (report.standing == "witnessed")
    _quorum(report, policy)
    if report.standing == "witnessed" and max(report.cosigned.values()) < now - FRESH:
        report.standing = "stale"


def _walk(report: Report, read: Read, head: Head, marks: list[tuple[str, Head]]) -> None:
    """Hash every entry once, beside the stored tiles; find out what differs only when something does."""
    peaks, above, wrong = _before(read, report.pruned, head.size), list[bytes](), None
    pruning = _Pruning()
    for number, want in _numbers(head.size, report.pruned // WIDTH):
        hashes = _entries(report, read, number, want, pruning)
        if wrong is None and hashes != _tile(read, 0, number, want):
            wrong = number
        if hashes is None or len(hashes) != want:
            break  # what follows is shifted
        _compare(report, peaks, hashes, [(name, old) for name, old in marks if number == max(0, old.size - 1) // WIDTH])
        if want == WIDTH:
            above.append(root_of(hashes))
            peaks.add(above[-1], 8)
        else:
            peaks.extend(hashes)
    if report.pruned > pruning.told:
        report.add(
            "pruned", 0, f"Entries 0 to {report.pruned - 1} are missing, and no entry says that they were pruned."
        )
    whole = peaks.root() == head.root and peaks.size == head.size
    if whole and wrong is not None:
        report.add("tile", wrong * WIDTH, f"Hash tile 0/{wrong} was altered; the entries themselves are sound.")
    elif whole:
        _upper(report, read, above)
    else:
        _explain(report, read, head, wrong)


@dataclass(slots=True)
class _Pruning:
    """The greatest number below which an entry lets others go."""

    told: int = 0

    def hear(self, line: Line) -> None:
        if line.act == "prune":
            self.told = max(self.told, line.n)


def _before(read: Read, pruned: int, size: int) -> Peaks:
    """Return the peaks of the pruned part, from the hash tiles that are kept for it (tlog-tiles, Pruning)."""
    peaks, level = Peaks(), 1
    while pruned >> 8 * (level + 1):
        level += 1
    for one in range(level, 0, -1):
        for found in _prefix(read, pruned, size, one):
            peaks.add(found, 8 * one)
    return peaks


def _prefix(read: Read, pruned: int, size: int, level: int) -> list[bytes]:
    """Return the hashes of one level over the pruned part that no kept tile above holds."""
    number = pruned >> 8 * (level + 1)
    return _tile(read, level, number, min(WIDTH, (size >> 8 * level) - number * WIDTH))[: (pruned >> 8 * level) % WIDTH]


def _numbers(size: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield each bundle's number with how many entries it must hold."""
    return ((number, min(WIDTH, size - number * WIDTH)) for number in range(first, -(-size // WIDTH)))


def _entries(report: Report, read: Read, number: int, want: int, pruning: _Pruning) -> list[bytes] | None:
    """Return the leaf hashes of a bundle; None when it is not there or not a bundle."""
    entries = _bundle(read, number, want)
    for index, entry in enumerate(entries or (), number * WIDTH):
        try:
            pruning.hear(decode(entry))
        except Tampered:
            if not any(one.code == "not_a_line" for one in report.findings):
                report.add("not_a_line", index, f"Entry {index} is not a line in the canonical form.")
    return None if entries is None else [leaf_hash(entry) for entry in entries]


def _bundle(read: Read, number: int, want: int) -> list[bytes] | None:
    raw = read(tree.tile_path("entries", number, want))
    if raw is not None or want == WIDTH:
        return None if raw is None else tree.read_bundle(raw)
    full = read(tree.tile_path("entries", number))  # the partial one may be gone once the full one is there
    return (tree.read_bundle(full) or [])[:want] if full else None


def _tile(read: Read, level: int, number: int, want: int) -> list[bytes]:
    raw = read(tree.tile_path(level, number, want)) or (want < WIDTH and read(tree.tile_path(level, number))) or b""
    return [raw[i : i + 32] for i in range(0, min(len(raw), want * 32), 32)]


def _compare(report: Report, peaks: Peaks, hashes: Sequence[bytes], marks: list[tuple[str, Head]]) -> None:
    """Compare an older head that ends in this bundle with the tree as it was at that size."""
    for name, old in marks:
        then = peaks.copy()
        then.extend(hashes[: old.size - then.size])
        if then.root() != old.root:
            report.add("forked", None, f"Up to entry {old.size - 1} this is not the log that {name} signed.")


def _upper(report: Report, read: Read, row: list[bytes]) -> None:
    """Compare the tiles above with the hashes of one level, which begin where the pruned part ends."""
    level = 1
    while row:
        first = report.pruned >> 8 * (level + 1)
        row = _prefix(read, report.pruned, report.size, level) + row
        for number, want in _numbers(first * WIDTH + len(row), first):
            if _tile(read, level, number, want) != row[(number - first) * WIDTH :][:want]:
                return report.add("tile", None, f"Hash tile {level}/{number} was altered; the entries are sound.")
        row = [root_of(row[i : i + WIDTH]) for i in range(0, len(row) - WIDTH + 1, WIDTH)]
        level += 1
    return None


def _explain(report: Report, read: Read, head: Head, wrong: int | None) -> None:
    """Say what happened, by the stored tiles where these still lead to the signed root."""
    peaks, doubtful = _before(read, report.pruned, head.size), list[int]()
    for number, want in _numbers(head.size, report.pruned // WIDTH):
        tile = _tile(read, 0, number, want)
        if len(tile) != want:
            break  # a head may claim any size
        peaks.extend(tile)
        parent = _tile(read, 1, number // WIDTH, min(WIDTH, head.size // WIDTH - number // WIDTH * WIDTH))
        if want == WIDTH and [root_of(tile)] != parent[number % WIDTH :][:1]:
            doubtful.append(number)
    if wrong is not None:
        _name(report, read, head, wrong)
    if wrong is not None and peaks.root() == head.root:
        return
    first = doubtful[0] * WIDTH if doubtful else -1
    near = f" The first difference is in entries {first} to {first + WIDTH - 1}." if doubtful else ""
    report.add("rewritten", None, f"Entries and hash tiles do not lead to the signed root.{near}")


def _name(report: Report, read: Read, head: Head, number: int) -> None:
    """Name the first entry that differs from its hash, and what was done to it."""
    got, want = list[bytes](), list[bytes]()
    for one in (number, number + 1):
        count = max(0, min(WIDTH, head.size - one * WIDTH))
        got += [leaf_hash(entry) for entry in _bundle(read, one, count) or () if count]
        want += _tile(read, 0, one, count) if count else []
    place = next((i for i, (a, b) in enumerate(zip(got, want, strict=False)) if a != b), min(len(got), len(want)))
    index = number * WIDTH + place
    report.add(*_deed(got[place:], want[place:], index))


def _deed(got: list[bytes], want: list[bytes], index: int) -> tuple[str, int, str]:
    """Tell altered, removed, inserted and reordered apart: by what is found further on."""
    if got and want and got[0] in want and want[0] in got:
        return "reordered", index, f"Entry {index} stands in another place: the order was changed."
    if not got or got[0] in want:
        return "removed", index, f"Entry {index} was removed."
    if not want or want[0] in got:
        return "inserted", index, f"An entry was inserted at {index}."
    return "altered", index, f"Entry {index} was altered."
