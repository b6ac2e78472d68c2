"""Room registers: versions of the notice that members proposed, and who approved which bytes.

An approval lets a notice come into force, so the row verifies or is refused; an older row put back verifies by its own
MAC: ``get`` is told the lowest ``changed`` that is believed, which the key store has.
"""

import hashlib
import hmac
from dataclasses import dataclass, replace

from tepati.errors import Conflict, NotFound, Tampered
from tepati.registers.cells import raw, whole
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx

OPEN, PUBLISHED, WITHDRAWN = "open", "published", "withdrawn"
Approvals = tuple[tuple[bytes, int], ...]  # (member, when: microseconds since 1970 UTC), the first first


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version to come: ``person`` proposed it while the version ``base`` (digest) was in force."""

    person: bytes
    digest: bytes
    version: int
    source: str
    base: bytes
    made: int
    approvals: Approvals = ()
    state: str = OPEN
    changed: int = 1

    @property
    def case(self) -> bytes:
        """The name under which the key store remembers the newest row of this proposal."""
        return hashlib.sha256(b"proposal" + self.digest).digest()[:16]

    def approved(self, member: bytes) -> bool:
        """Say whether a member approved it."""
        return any(person == member for person, _ in self.approvals)


_COLUMNS = "person, digest, version, source, base, made, approvals, state, changed, mac"


async def add(tx: Tx, mac: Mac, org: str, new: Proposal, ledger_id: bytes) -> None:
    """Write a proposal down."""
    await tx.run(
        "INSERT INTO proposal (person, digest, org, version, source, base, made, approvals, state, changed, mac,"
        " ledger_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.person, new.digest, org, new.version, new.source, new.base, new.made, _spelled(new.approvals), new.state,
        new.changed, mac(_encoded(org, new)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, org: str, digest: bytes, floor: int = 0) -> Proposal:
    """Return the newest proposal of these bytes. Raises NotFound, Tampered: also where it is older than ``floor``."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM proposal WHERE org = $1 AND digest = $2 ORDER BY made DESC LIMIT 1",
                        org, digest)  # fmt: skip
    if not rows:
        raise NotFound("proposal")
    found = _read(mac, org, rows[0])
    if found.changed < floor:
        raise Tampered("proposal_old", version=found.changed, newest=floor)
    return found


async def change(tx: Tx, mac: Mac, org: str, proposal: Proposal, ledger_id: bytes) -> int:
    """Write a proposal as given, one change on; return that. ``changed`` is what was read. Raises Conflict."""
    new = replace(proposal, changed=proposal.changed + 1)
    done = await tx.run(
        "UPDATE proposal SET approvals = $4, state = $5, changed = $6, mac = $7, ledger_id = $8, base = $9, made = $10"
        " WHERE person = $1 AND digest = $2 AND changed = $3",
        new.person, new.digest, proposal.changed, _spelled(new.approvals), new.state, new.changed,
        mac(_encoded(org, new)), ledger_id, new.base, new.made,
    )  # fmt: skip
    if not done:
        raise Conflict("proposal_changed")
    return new.changed


async def running(tx: Tx, mac: Mac, org: str) -> list[Proposal]:
    """List the proposals that are open, the newest first. Raises Tampered when one does not verify."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM proposal WHERE org = $1 AND state = $2 ORDER BY made DESC", org, OPEN)
    return [_read(mac, org, row) for row in rows]


def _read(mac: Mac, org: str, row: Row) -> Proposal:
    person, digest, version, source, base, made, approvals, state, changed, found = row
    read = Proposal(
        raw(person), raw(digest), whole(version), str(source), raw(base), whole(made), _told(str(approvals)),
        str(state), whole(changed),
    )  # fmt: skip
    verify(mac, _encoded(org, read), raw(found), "proposal_tampered")
    if not hmac.compare_digest(hashlib.sha256(read.source.encode()).digest(), read.digest):
        raise Tampered("proposal_tampered")
    return read


def _encoded(org: str, p: Proposal) -> bytes:
    return canonical(
        "proposal 1", org, p.person, p.digest, p.version, p.base, p.made, _spelled(p.approvals), p.state, p.changed
    )


def _spelled(approvals: Approvals) -> str:
    return " ".join(f"{person.hex()}:{at}" for person, at in approvals)


def _told(text: str) -> Approvals:
    parts = (part.partition(":") for part in text.split())
    try:
        return tuple((bytes.fromhex(person), int(at)) for person, _, at in parts)
    except ValueError:
        raise Tampered("proposal_tampered") from None
