"""Room rules: what is asked (Use), what is known (Facts), what is answered (Permit). Pure data, no I/O.

Instants are microseconds since 1970 UTC. Persons, records and dealings are named by the hex of their 16 bytes,
except where ``bytes`` is written. A *dealing* is what the notice calls a case (``case`` is a word of SQL and Python).
"""

from typing import Literal

import msgspec

FOREVER = 2**62  # an instant after all others, still below 2**63 (bigint)

How = Literal["full", "masked", "last4", "initials", "hidden"]


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A record as the door sees it: where it came from, which version is the current one, what it belongs to."""

    point: str
    version: int
    joined: bool  # its address was proven
    dealing: str = ""  # hex, or "" where the record opened none
    ends: dict[str, int] = {}  # category -> the instant its values end; what the table of seals says must agree
    held: dict[str, int] = {}  # category past its own end -> kept until, cut down to the fields of its hold
    created: int = 0  # when it came in: from here other law counts


class Dealing(msgspec.Struct, frozen=True, array_like=True):
    """A case of the notice (an order, a visit): open while ``closed`` is 0; ``moments`` maps names to instants."""

    kind: str
    opened: int
    closed: int = 0
    moments: dict[str, int] = {}
    assigned: str = ""  # hex of the member of staff it is given to
    part: str = ""  # hex of the dealing it is part of: the booking that a visit carries out
    by: str = ""  # hex of the member of staff whose word alone it rests on so far: to them it opens nothing
    opens: tuple[str, ...] = ()  # the only fields that it opens to staff, where whoever opened it named them


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """All that ``decide`` rests on for one person: the body of their MACed ``state`` row, and nothing finer."""

    population: str
    joined: bool = False
    told: int = 0  # newest notice version this person was told
    minor_until: int = 0  # month's end at which they come of age; 0: adult or never asked
    guardian: bool = False  # a guardian's yes is in force
    consents: dict[str, int] = {}  # question -> valid until (FOREVER: until withdrawn); absent: never or no longer
    restricted: tuple[str, ...] = ()  # purposes suspended on request; "*" is all
    objected: tuple[str, ...] = ()  # purposes objected to
    ended: tuple[str, ...] = ()  # categories whose processing has ended
    holds: dict[str, int] = {}  # category -> kept until, for the rule of its hold only
    rows: dict[str, Row] = {}  # record hex -> row
    dealings: dict[str, Dealing] = {}  # dealing hex -> dealing
    agreed: dict[str, int] = {}  # question -> version of the notice its yes was given under; absent: the first


def under(facts: Facts, question: str, version: int) -> dict[str, int]:
    """Note the version of the notice under which somebody said yes; of the first nothing need be noted."""
    kept = {known: at for known, at in facts.agreed.items() if known != question}
    return kept | {question: version} if version > 1 else kept


ATTESTED = "attested"  # the moment of a case that staff confirmed with somebody who has no e-mail address


def vouched(facts: Facts, row: Row) -> bool:
    """Say whether a record's owner confirmed it: by their mailbox, or by word of mouth before staff."""
    case = None if row.joined else facts.dealings.get(row.dealing)
    return row.joined or (case is not None and ATTESTED in case.moments)


def mailless(facts: Facts) -> bool:
    """Say whether somebody left no e-mail address: nothing of theirs was proven by one, and staff attested it."""
    return not facts.joined and any(vouched(facts, row) for row in facts.rows.values())


OVER = "last_day"  # the moment of a case with which all of its kind end (``cases.<c>.last_day``)


class Use(msgspec.Struct, frozen=True, gc=False):
    """Somebody wants ``fields`` of one person for one purpose, now.

    ``role`` is a role of the notice, ``"person"`` (the data subject themselves) or ``"system"`` (a declared message,
    a clock). ``actor`` is the hex of the member of staff. ``record`` and ``dealing`` narrow what is asked.
    """

    act: str
    purpose: str
    fields: frozenset[str]
    at: int
    role: str = "system"
    actor: str = ""
    channel: str = ""
    recipient: str = ""
    message: str = ""
    dealing: str = ""
    record: str = ""
    person: bytes = b""
    tx: int = 0


class Permit(msgspec.Struct, frozen=True, gc=False):
    """Leave for one use: this person, these fields of these records, this purpose, this transaction, no other.

    Only ``decide`` makes one (and the desk, for what ``admit`` let in and for an actor's openings: their own, or by a
    security case); the vault checks every part again.
    ``observed`` is the code of the refusal that a purpose under ``enforce: observe`` would have met: such a permit
    opens nothing (no field, no record), it only lets the caller count and go on. ``keeps`` are the fields that this
    asker may open, for this purpose, of a part that only a hold still keeps.
    """

    person: bytes
    purpose: str
    fields: frozenset[str]
    records: frozenset[str]
    how: How
    promise: str
    at: int
    tx: int
    observed: str = ""
    keeps: frozenset[str] = frozenset()
