"""Room board: everything the judges may look at, read once: one statement a source, none of them a walk over people."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from tepati.board.reveals import Reveals
from tepati.flows.clocks import ANSWER, QUESTION
from tepati.registers import certificates, counters, decoys, observations
from tepati.registers.counters import Count
from tepati.registers.macs import Mac
from tepati.registers.observations import Observation
from tepati.rules.facts import FOREVER
from tepati.store.port import Tx

SWEEP = 86_400_000_000  # the sweep runs each day (microseconds): what ended since the last one is not overdue
MANY = 1_000  # beyond this a count of faults is "at least": the board must answer in milliseconds
NEVER_ASKED = 0
ASKED = f'%"{QUESTION}"%'  # how the moments of a question are written (registers.dealings)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open cases of one kind: when each opened, and by when it was promised then to be answered (0: not said)."""

    opened: tuple[int, ...] = ()
    due: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """Clocks of one kind that run now: how many, how many past their end, the next end (microseconds; 0: none)."""

    open: int = 0
    overdue: int = 0
    due: int = 0


@dataclass(frozen=True, slots=True)
class Staff:
    """Members of staff now: how many, how many signed the undertaking, when the first of these runs out (0: none)."""

    active: int = 0
    signed: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class Rechecks:
    """Second looks: all drawn, those that wait, those past their end, the next end (microseconds; 0: none)."""

    drawn: int = 0
    open: int = 0
    overdue: int = 0
    due: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """One recipient's agreement: in force from, until (0: open), and where the paper lies."""

    since: int
    until: int
    document: str


@dataclass(frozen=True, slots=True)
class Log:
    """The ledger: lines, instant of the signed head, lines still waiting, the oldest of them, the lines counted."""

    size: int = 0
    at: int = 0
    pending: int = 0
    oldest: int = 0
    tallied: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to judge by. ``today`` is held back from public figures; ``whole`` sums every promise."""

    counts: dict[str, dict[str, Count]] = field(default_factory=dict)
    today: dict[str, dict[str, Count]] = field(default_factory=dict)
    troubles: tuple[Observation, ...] = ()
    requests: dict[str, Running] = field(default_factory=dict)
    duties: dict[str, Running] = field(default_factory=dict)
    cases: dict[str, Waiting] = field(default_factory=dict)  # of each kind those that are open
    asked: Waiting = Waiting()  # likewise of questions, which have a clock of their own
    overdue: dict[str, int] = field(default_factory=dict)  # category -> sealed rows past their end
    endless: int = 0
    last_end: int = 0
    staff: Staff = Staff()
    agreements: dict[str, Agreement] = field(default_factory=dict)
    decoys: dict[str, int] = field(default_factory=dict)
    erasures: Running = Running()  # erased, but the key that could open a backup is not destroyed yet
    log: Log = Log()
    witnesses: dict[str, tuple[int, int]] = field(default_factory=dict)  # witness -> size, instant
    published: dict[int, int] = field(default_factory=dict)  # version -> instant of publication
    guardians: Running = Running()  # guardians who said yes by link and are to be heard
    rechecks: Rechecks = Rechecks()  # reveals that wait for their second look
    reveals: Reveals = field(
        default_factory=Reveals
    )  # disputed uses, and the oldest case that a role's access rests on
    epoch: int = 0  # instant of the newest epoch key

    def count(self, promise: str, what: str) -> Count:
        """Return one sum, or none."""
        return self.counts.get(promise, {}).get(what, Count(0, 0))


async def load(  # noqa: PLR0913 - what of the sources is wanted
    tx: Tx, org: str, now: int, *, public: bool = False, cases: tuple[str, ...] = (), asked: tuple[str, ...] = (),
    mac: Mac | None = None,
) -> Seen:  # fmt: skip
    """Read every source of evidence of one organisation; today's part apart where it is for the public.

    ``cases`` are the kinds whose open ones have a clock, ``asked`` those in which people ask. ``mac`` tells looks
    from rows that SQL wrote: without it none is believed, and the sums alone speak.
    """
    overdue, endless, last = await _ends(tx, org, now - SWEEP)
    return Seen(
        counts=await counters.on(tx, org),
        today=await counters.on(tx, org, counters.day_of(now)) if public else {},
        troubles=tuple(await observations.troubles(tx, org, mac)) if mac else (),
        requests=await _requests(tx, org, now),
        duties=await _duties(tx, org, now),
        cases={kind: await _open(tx, org, kind) for kind in cases},
        asked=_whole([await _asked(tx, org, kind) for kind in asked]),
        overdue=overdue,
        endless=endless,
        last_end=last,
        staff=await _staff(tx, org),
        agreements=await _agreements(tx, org),
        decoys=await decoys.kinds(tx, org),
        erasures=await _erasures(tx, org, now),
        log=await _log(tx, org),
        published=await _published(tx, org),
        guardians=await _guardians(tx, org, now),
        rechecks=await _rechecks(tx, org, now),
        epoch=await _epoch(tx, org),
    )


async def _requests(tx: Tx, org: str, now: int) -> dict[str, Running]:
    rows = await tx.all(
        "SELECT kind, count(*), sum(CASE WHEN due < $2 THEN 1 ELSE 0 END), min(due) FROM request"
        " WHERE org = $1 AND state IN ('waiting', 'working') GROUP BY kind",
        org, now,
    )  # fmt: skip
    return {str(kind): Running(int(n or 0), int(late or 0), int(due or 0)) for kind, n, late, due in rows}


async def _duties(tx: Tx, org: str, now: int) -> dict[str, Running]:
    # Open duties may be many (a mail for each of a million): those past their end are read, never the others.
    rows = await tx.all(
        "SELECT kind, count(*), min(due) FROM (SELECT kind, due FROM duty WHERE org = $1 AND state = 'open'"
        " AND due < $2 ORDER BY due LIMIT $3) AS late GROUP BY kind",
        org, now, MANY,
    )  # fmt: skip
    return {str(kind): Running(int(n or 0), int(n or 0), int(due or 0)) for kind, n, due in rows}


# Nobody serves a decoy: what it asked waits for ever, and is late for nobody.
_SERVED = "NOT EXISTS (SELECT 1 FROM decoy WHERE decoy.person = dealing.person)"


async def _open(tx: Tx, org: str, kind: str) -> Waiting:
    rows = await tx.all(
        "SELECT opened, moments FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NULL AND moments NOT LIKE $4"
        f" AND {_SERVED} ORDER BY opened LIMIT $3",
        org, kind, MANY, ASKED,
    )  # fmt: skip
    return _waiting(rows, ANSWER)


async def _asked(tx: Tx, org: str, kind: str) -> Waiting:
    rows = await tx.all(
        "SELECT opened, moments FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NULL AND moments LIKE $4"
        f" AND {_SERVED} ORDER BY opened LIMIT $3",
        org, kind, MANY, ASKED,
    )  # fmt: skip
    return _waiting(rows, QUESTION)


def _waiting(rows: Sequence[Sequence[object]], moment: str) -> Waiting:
    moments = [msgspec.json.decode(str(said), type=dict[str, int]) for _, said in rows]
    return Waiting(tuple(int(str(opened)) for opened, _ in rows), tuple(each.get(moment, 0) for each in moments))


def _whole(parts: list[Waiting]) -> Waiting:
    """Join what waits of several kinds."""
    return Waiting(tuple(o for one in parts for o in one.opened), tuple(d for one in parts for d in one.due))


async def _ends(tx: Tx, org: str, now: int) -> tuple[dict[str, int], int, int]:
    """Return sealed rows past their end by category, those without an end, and the last end of all."""
    rows = await tx.all(
        "SELECT category, count(*) FROM (SELECT category FROM sealed WHERE org = $1 AND due < $2"
        " ORDER BY due LIMIT $3) AS late GROUP BY category",
        org, now, MANY,
    )  # fmt: skip
    endless = await tx.one(
        "SELECT count(*) FROM (SELECT due FROM sealed WHERE org = $1 AND due >= $2 LIMIT $3) AS endless",
        org, FOREVER, MANY,
    )  # fmt: skip
    last = await tx.one("SELECT max(due) FROM sealed WHERE org = $1", org)
    return {str(c): int(n or 0) for c, n in rows}, _first(endless), _first(last)


async def _staff(tx: Tx, org: str) -> Staff:
    row = await tx.one(
        "SELECT count(*), sum(CASE WHEN undertaken > 0 THEN 1 ELSE 0 END),"
        " min(CASE WHEN undertaken > 0 THEN undertaken END) FROM staff WHERE org = $1 AND gone IS NULL",
        org,
    )
    return Staff(*(int(value or 0) for value in row)) if row else Staff()


async def _agreements(tx: Tx, org: str) -> dict[str, Agreement]:
    rows = await tx.all("SELECT recipient, since, until, document FROM agreement WHERE org = $1", org)
    return {str(r): Agreement(int(since or 0), int(until or 0), str(doc)) for r, since, until, doc in rows}


class _Body(msgspec.Struct, frozen=True):
    """What the board reads of a certificate: when it must be over, and whether it is (microseconds; 0: not yet)."""

    promised: int = 0
    destroyed: int = 0


async def _erasures(tx: Tx, org: str, now: int) -> Running:
    """A clock of erasure stops when the key is destroyed: until then the person's own row is gone, this is not."""
    bodies = [_read(c.body) for c in await certificates.waiting(tx, org, MANY)]
    due = [body.promised for body in bodies if not body.destroyed]
    return Running(len(due), sum(1 for at in due if at < now), min(due, default=0))


def _read(body: str) -> _Body:
    try:
        return msgspec.json.decode(body, type=_Body)
    except msgspec.DecodeError:
        return _Body(promised=1)  # what cannot be read is not done: it stands as overdue


async def _guardians(tx: Tx, org: str, now: int) -> Running:
    row = await tx.one(
        "SELECT count(*), sum(CASE WHEN due < $2 THEN 1 ELSE 0 END), min(due) FROM guardian"
        " WHERE org = $1 AND state = 'agreed'",
        org, now,
    )  # fmt: skip
    return Running(*(int(value or 0) for value in row)) if row else Running()


async def _rechecks(tx: Tx, org: str, now: int) -> Rechecks:
    row = await tx.one(
        "SELECT count(*), sum(CASE WHEN state = 'open' THEN 1 ELSE 0 END),"
        " sum(CASE WHEN state = 'open' AND due < $2 THEN 1 ELSE 0 END), min(CASE WHEN state = 'open' THEN due END)"
        " FROM recheck WHERE org = $1",
        org, now,
    )  # fmt: skip
    return Rechecks(*(int(value or 0) for value in row)) if row else Rechecks()


async def _log(tx: Tx, org: str) -> Log:
    head = await tx.one("SELECT size, at FROM log_head WHERE org = $1", org)
    waiting = await tx.one(
        "SELECT count(*), min(at) FROM (SELECT at FROM log_pending WHERE org = $1 LIMIT $2) AS waiting", org, MANY
    )
    tallied = await tx.one("SELECT size FROM log_tally WHERE org = $1", org)
    size, at = (int(head[0] or 0), int(head[1] or 0)) if head else (0, 0)
    pending, oldest = (int(waiting[0] or 0), int(waiting[1] or 0)) if waiting else (0, 0)
    return Log(size, at, pending, oldest, _first(tallied))


async def _published(tx: Tx, org: str) -> dict[int, int]:
    rows = await tx.all("SELECT version, min(published) FROM notice WHERE org = $1 GROUP BY version", org)
    return {int(version or 0): int(at or 0) for version, at in rows}


async def _epoch(tx: Tx, org: str) -> int:
    return _first(await tx.one("SELECT max(since) FROM epoch WHERE org = $1", org))


def _first(row: tuple[int | str | bytes | None, ...] | None) -> int:
    return int(row[0] or 0) if row else 0
