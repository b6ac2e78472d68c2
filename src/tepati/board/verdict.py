"""Room board: what a judge is given (Case) and what it answers (Verdict); the six states and the three grades."""

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Protocol

from tepati.board.facts import Seen
from tepati.notice.model import Notice
from tepati.notice.values import Duration, Text
from tepati.registers.observations import ATTESTED, BAD, OK, SEEN

State = Literal["kept", "due", "broken", "gap", "unproven", "unused"]
Grade = Literal["enforced", "observed", "attested"]

# Bad news first: the order of a board, and which of two states wins where both hold.
STATES: Final[tuple[State, ...]] = ("broken", "gap", "due", "unproven", "unused", "kept")
DAY: Final = 86_400_000_000  # microseconds
FRESH: Final = 35 * DAY  # how long one outside look speaks, where the notice says no rhythm
CLEAN: Final = 90 * DAY  # how long after its repair a broken promise stays marked


def worse(one: State, other: State) -> State:
    """Return the state that a reader must be told of first."""
    return one if STATES.index(one) <= STATES.index(other) else other


class Promise(Protocol):
    """What the board reads of a promise: ``notice.promises.Promise`` has this shape."""

    @property
    def id(self) -> str: ...

    @property
    def ids(self) -> tuple[str, ...]: ...

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> Text: ...

    @property
    def law(self) -> tuple[str, ...]: ...

    @property
    def default(self) -> bool: ...


class Coverage(NamedTuple):
    """How much of what the promise is about the evidence covers: ``n`` of ``m``; ``of`` names the wording."""

    n: int
    m: int
    of: str = "paths"

    def __str__(self) -> str:
        return f"{self.n} of {self.m} {self.of}"


NOTHING: Final = Coverage(0, 1)
Evidence = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's answer. ``says`` names the sentence (wording ``board``), ``evidence`` fills it.

    Keys of evidence that end in ``_at`` are instants and those in ``_took`` lengths, both in microseconds (0: none);
    keys in ``_days`` count days; other figures count happenings or people and are coarse in public.
    """

    state: State
    says: str
    grades: tuple[Grade, ...] = ()
    coverage: Coverage = NOTHING
    evidence: Evidence = field(default_factory=dict)
    lines: tuple[int, ...] = ()
    since: int = 0
    cause: str = ""
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One promise before its judge: the notice it stands in, everything seen, and this instant."""

    promise: Promise
    notice: Notice
    seen: Seen
    now: int

    @property
    def path(self) -> str:
        return self.promise.id

    @property
    def name(self) -> str:
        """The declared thing: ``booking`` of ``points.booking.age``; "" for a section."""
        return (*self.path.split("."), "")[1]

    def newest(self, outcome: str, path: str = "") -> int:
        """Return the instant of the newest look with this outcome (0: none)."""
        return self.seen.count(path or self.path, SEEN + outcome).worst

    def times(self, outcome: str) -> int:
        """Return how many looks had this outcome."""
        return self.seen.count(self.path, SEEN + outcome).n

    def fresh(self, every: Duration | None = None, path: str = "") -> bool:
        """Say whether a good look from outside is recent: within twice the promised rhythm, else within 35 days."""
        window = 2 * length(every) if every else FRESH
        return self.newest(OK, path) > self.now - window

    def looks(self) -> Evidence:
        """Return what was seen from outside as evidence."""
        bad = sum(self.times(outcome) for outcome in BAD)
        return {"observed": self.times(OK), "bad": bad, "last_at": max(self.newest(OK), self.newest(ATTESTED))}


def length(duration: Duration) -> int:
    """Return a declared length in microseconds, near enough for a rhythm; ends of clocks come from registers."""
    return duration.rough_seconds() * 1_000_000


class Used(NamedTuple):
    """What the ledger counted for some promises: allowed and done, refused, and the newest line of each kind."""

    allowed: int
    refused: int
    lines: tuple[int, ...]


# What the door let happen is all but these: refused and failed, a person's own no, and what only began or was dropped.
_NOT_LET: Final = frozenset({
    "refused", "tampered", "failed", "refused_by_person", "queued", "received", "cancelled", "asked",
    "bounced", "no_channel", "broken", "undeclared", "repaired", "seen", "unable", "late", "observed", "attested",
    "in_force",
})  # fmt: skip
# A proven address, a welcomed colleague, a second look are steps of a use or a job, not uses of their own.
# An attempt of the watch is asked in order to be refused: told apart, or it would swell the refusals of real ones.
_NOT_USES: Final = frozenset({"confirm", "welcome", "watch", "recheck"})
_NOT_LINES: Final = frozenset(
    {"seen", "days", "leaf", "openings", "done", "late", "stored", "claims_kept", "claims_dropped"}
)


def used(seen: Seen, paths: tuple[str, ...], act: str = "") -> Used:
    """Sum what the ledger counted under these promises; ``act`` narrows to one act."""
    allowed = refused = 0
    lines: set[int] = set()
    for path in paths:
        for what, count in seen.counts.get(path, {}).items():
            verb, _, answer = what.partition(".")
            if verb in _NOT_LINES or verb in _NOT_USES or (act and verb != act):
                continue
            lines.add(count.worst)
            refused += count.n if answer == "refused" else 0
            allowed += count.n if answer not in _NOT_LET else 0
    return Used(allowed, refused, tuple(sorted(lines)))


def under(seen: Seen, path: str) -> tuple[str, ...]:
    """Return every counted promise at or below a path."""
    return tuple(p for p in seen.counts if p == path or p.startswith(path + "."))
