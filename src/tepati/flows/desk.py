"""Room flows: the desk, the one door. It alone imports the vault; every flow parses, asks, writes down, acts.

One act is one transaction and one instant. What the rules refuse rolls back and leaves the line that says so, alone.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from tepati.errors import Conflict, NotFound, Refused, Tampered, TepatiError
from tepati.flows.alarms import Alarms, write_down
from tepati.flows.mailboxes import Mailboxes
from tepati.flows.passwords import Attempts
from tepati.flows.questions import bound
from tepati.flows.told import Says, Told, of_use, uuid7
from tepati.ledger import openings
from tepati.ledger.entry import Line, encode
from tepati.ledger.group import Groups
from tepati.ledger.lanes import LANES
from tepati.ledger.log import Log
from tepati.ledger.receipt import digest
from tepati.ledger.refusals import Refusals
from tepati.notice.law.pack import Official
from tepati.notice.model import Notice
from tepati.notice.values import Duration
from tepati.ports.gateway import Texts
from tepati.registers import rechecks, standings
from tepati.rules.deadlines import after
from tepati.rules.decide import decide
from tepati.rules.facts import Facts, Permit, Use
from tepati.rules.policy import Policy
from tepati.rules.standing import standing
from tepati.store.port import Store, Tx
from tepati.vault import factors
from tepati.vault.vault import Vault

T = TypeVar("T")
UNDECLARED = "undeclared"  # what a line calls a purpose that the notice does not declare
TRIES = 4  # an act that lost a race is asked and written again; nothing of a lost try remains


@dataclass(frozen=True, slots=True)
class Desk:
    """One organisation's door: what was promised, where things are kept, and the world passed in (us since 1970)."""

    org: str
    notice: Notice
    digest: bytes
    policy: Policy
    store: Store
    vault: Vault
    log: Log
    now: Callable[[], int]
    random: Callable[[int], bytes]
    origin: str
    sender: str = ""
    url: Callable[[str, str, str], str] = lambda page, language, tail: f"/{page}/{language}/{tail}"  # for letters
    beside: tuple[str, ...] = ()  # copies that the machine may keep beside ours: ``snapshots`` of its file system
    alarms: list[str] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)  # of callers nobody knows, put together by the minute
    repeated: Alarms = field(default_factory=Alarms)  # of one code within its hour
    mailboxes: Mailboxes = field(default_factory=Mailboxes)  # first letters to addresses that nobody knows yet
    attempts: Attempts = field(default_factory=Attempts)  # sign-ins that failed, counted before any hashing
    published: list[Any] = field(default_factory=list)  # the head that is shown in this minute: ``public``
    texts: Texts = field(default_factory=Texts)  # short messages out, and what codes may cost
    laws: tuple[Official, ...] = ()  # official texts that the operator recorded: what gates a proposal
    groups: Groups = field(default_factory=Groups)  # acts that share a commit, looks that share a statement

    def after(self, at: int, duration: Duration | None) -> int:
        """Give the instant at which a promise of ``duration`` made at ``at`` ends; no duration ends at once."""
        return after(at, duration, self.policy.days) if duration else at

    def words(self, question: str, language: str) -> bytes:
        """Give the SHA-256 of the exact words shown with a question, line by line (UU PDP Art. 22, 24)."""
        return bound(self.notice, question, language)

    @property
    def mac(self) -> Callable[[bytes], bytes]:
        """The MAC of rows that the door trusts, under a key outside the database."""
        return self.vault.mac

    def seal_factor(self, person: bytes, secret: bytes) -> bytes:
        """Seal the secret of a second factor."""
        return factors.seal_factor(self.vault.room, person, secret)

    def open_factor(self, person: bytes, sealed: bytes) -> bytes:
        """Open the secret of a second factor. Raises Tampered."""
        return factors.open_factor(self.vault.room, person, sealed)

    @property
    def address(self) -> str:
        """The field in which a customer's address stands: of type e-mail, and identifying."""
        return self.policy.address

    @property
    def host(self) -> str:
        """The host name of the organisation's site."""
        return self.origin.partition("://")[2].partition("/")[0].partition(":")[0]

    async def write(self, act: Callable[["Sheet"], Awaitable[T]]) -> T:
        """Run an act in one transaction, at one instant. Raises what the act raises; a refusal is written down first.

        Durable order: the database commits, both key mirrors hold what the act made (``settled``), the caller is told.
        """
        for left in reversed(range(TRIES)):
            sheets: list[Sheet] = []

            async def work(tx: Tx, sheets: list[Sheet] = sheets) -> T:
                sheets.append(Sheet(self, tx, self.now()))
                with self.vault.room.within(tx, writes=True):
                    done = await act(sheets[-1])
                    await sheets[-1].settle()
                return done

            try:
                answer = await self.store.write(work)
            except Conflict:
                if not left:
                    raise
                continue
            except Refused as refused:
                await self.write_refusal(sheets[-1] if sheets else None, refused)
                raise
            except TepatiError as error:
                for code in [error.code] if isinstance(error, Tampered) else sheets[-1].alarms if sheets else ():
                    await self.alarm(Tampered(code))
                raise
            await self.vault.settled(sheets[-1].tx.id)
            return answer
        raise AssertionError  # the loop returns or raises

    async def read(self, act: Callable[["Sheet"], Awaitable[T]], *, single: bool = False) -> T:
        """Run a look at registers that opens nothing and changes nothing; ``single``: by one statement (cheaper)."""

        async def work(tx: Tx) -> T:
            with self.vault.room.within(tx, writes=False):
                return await act(Sheet(self, tx, self.now(), writes=False))

        return await self.store.read(work, single=single)

    async def write_refusal(self, sheet: "Sheet | None", refused: Refused) -> None:
        """Write down that an act was refused, in a transaction of its own, or count it where nobody known asked."""
        asked = sheet.asked if sheet else None
        if asked is None or sheet is None or not (asked.actor or asked.role == "system"):
            return self.refusals.count(self.now(), "refuse", refused.promise)
        purpose = UNDECLARED if refused.code == "unknown_purpose" else asked.purpose  # a caller's word may be a name

        async def work(tx: Tx) -> int:
            again = Sheet(self, tx, sheet.at)
            known = await self.vault.facts(tx, asked.person, lock=True) if asked.person else None
            told = again.told_of(asked, known is not None, reason=sheet.reason)
            await again.line(asked.act, promise=refused.promise, purpose=purpose, answer="refused", told=told)
            await again.settle()
            return tx.id

        for left in reversed(range(TRIES)):
            try:
                return await self.vault.settled(await self.store.write(work))
            except Conflict:
                if not left:
                    self.refusals.count(sheet.at, asked.act, refused.promise, purpose)
        return None

    async def settle_refusals(self) -> int:
        """Write the lines of refusals to callers nobody knows, and of repeated alarms; return how many."""
        at, notice = self.now(), self.digest.hex()
        refused, repeated = self.refusals.take(at, notice), self.repeated.take(at, notice)
        rows = [(self.random(16), self.random(1)[0] % LANES, one.at, encode(one)) for one in refused + repeated]
        if rows:
            try:
                await self.store.write(lambda tx: self.log.append_many(tx, rows))
            except TepatiError:
                self.refusals.again(refused)
                self.repeated.again(repeated)
                raise
        return len(rows)

    async def alarm(self, tampered: Tampered) -> None:
        """Write down that a stored fact did not verify, as the board shows; repeats within the hour are counted."""
        if tampered.code not in self.alarms:
            self.alarms.append(tampered.code)
        if not self.repeated.first(tampered.code, self.now()):
            return
        try:
            await self.store.write(lambda tx: write_down(Sheet(self, tx, self.now()), tampered.code))
        except TepatiError:
            self.repeated.forget(tampered.code)
            raise


@dataclass(slots=True)
class Sheet:
    """One act being written down: its transaction, its instant, and what it asked the door."""

    desk: Desk
    tx: Tx
    at: int
    writes: bool = True
    shared: bool = False  # one of a group in one transaction: it waits for nobody's row
    asked: Use | None = None
    reason: str = ""
    alarms: list[str] = field(default_factory=list)  # raised though the act goes on, or answers as if nothing was found
    lines: list[tuple[bytes, int, int, bytes]] = field(default_factory=list)
    openings: list[tuple[bytes, str, bytes, bytes, int]] = field(default_factory=list)
    drawn: list[tuple[rechecks.Recheck, bytes]] = field(default_factory=list)  # reveals for a second look, with lines
    proofs: int = 0  # when openings of persons made now end, once it was asked

    async def settle(self) -> None:
        """Write the act's lines, openings, draws, all at once; an act that erases a person settles before it does."""
        lines, kept, self.lines, self.openings = self.lines, self.openings, [], []
        if kept:
            await self.desk.vault.seal_openings(self.tx, kept)
        for ledger_id, lane, at, entry in lines:
            await self.desk.log.append(self.tx, ledger_id, lane, at, entry)
        while self.drawn:
            await rechecks.add(self.tx, self.desk.org, *self.drawn.pop())

    def new_id(self) -> bytes:
        """Make a UUIDv7 (RFC 9562 section 5.7) of this instant: ordered by time, for all but persons and lines."""
        return uuid7(self.at, self.desk.random(10))

    async def facts(self, person: bytes) -> tuple[Facts, int]:
        """Read and verify the facts of a person and their version. Raises NotFound when there is no such person.

        An act that writes waits here for others that write to them (a row lock on PostgreSQL), one of a group never.
        """
        found = await self.desk.vault.facts(self.tx, person, lock="free" if self.shared else self.writes)
        if found is None:
            raise NotFound("no_such_person")
        return found

    async def find(self, field: str, value: str) -> bytes | None:
        """Return the person whom a value leads to; where this act writes, their facts are locked and read along."""
        return await self.desk.vault.find(self.tx, field, value, lock="free" if self.shared else self.writes)

    async def keep(self, person: bytes, facts: Facts, version: int) -> None:
        """Replace the facts of a person, and the rows that sets of people are filtered by. Raises Conflict."""
        await self.desk.vault.set_facts(self.tx, person, facts, version)
        await self.stand(person, facts, fresh=not version)

    async def stand(self, person: bytes, facts: Facts, *, fresh: bool = False) -> None:
        """Rewrite the rows that sets of people are filtered by; nobody whose address is unproven is in any."""
        if facts.joined:
            rows = [(s.purpose, s.question, s.until, s.blocked, s.told) for s in standing(self.desk.policy, facts)]
            await standings.replace(self.tx, self.desk.org, person, rows, fresh=fresh)

    async def ask(self, use: Use, facts: Facts | None = None) -> Permit:
        """Ask the door; ``use`` gets this instant and transaction. Raises Refused, which is written down."""
        self.asked = msgspec.structs.replace(use, at=self.at, tx=self.tx.id)
        known = facts if facts is not None else (await self.facts(use.person))[0]
        return decide(self.desk.policy, self.asked, known)

    def entering(
        self, person: bytes, records: frozenset[str], fields: frozenset[str], purpose: str, promise: str
    ) -> Permit:
        """Permit what enters: to be sealed, or checked with what is known; what it opens must not leave the act."""
        return Permit(person, purpose, fields, records, "full", promise, self.at, self.tx.id)

    def unveiling(self, person: bytes, records: frozenset[str], fields: frozenset[str], promise: str) -> Permit:
        """Permit a member's openings as actor: to themselves, or as a case of two approvers lets (``acts/unveil``)."""
        return Permit(person, "proof", fields, records, "full", promise, self.at, self.tx.id)

    def told_of(self, use: Use, known: bool, *, reason: str = "") -> list[Told]:
        """Say what the person and the actor of a use will find in their openings."""
        told = [self.to_person(use.person, of_use(use, self.at))] if known else []
        if use.actor:
            told.append(self.to_actor(bytes.fromhex(use.actor), {"at": self.at, "reason": reason, "role": use.role}))
        return told

    def to_person(self, person: bytes, says: Says, record: dict[str, object] | None = None) -> Told:
        """Make the opening that goes with the person, as long as the ledger is kept, with its receipt's record."""
        self.proofs = self.proofs or self.desk.policy.proof_due(self.at)  # a set has an opening for each person
        if record is None:
            return Told(person, "person", dict(says), self.proofs)
        return Told(person, "person", {**says, "record": digest(record)}, self.proofs, record)

    def to_actor(self, staff: bytes, says: Says) -> Told:
        """Make the opening of the member of staff, kept for the declared security term, which no erasure shortens."""
        return Told(staff, "actor", dict(says), self.desk.policy.access_due(self.at))

    async def line(  # noqa: PLR0913 - the parts of a line
        self, act: str, *, promise: str, purpose: str, answer: str = "done", told: Sequence[Told] = (), n: int = 1,
        openings_gone: int = 0, notice: bytes = b"",
    ) -> bytes:  # fmt: skip
        """Give this act a line and return its id; ``settle`` writes it, with openings. ``notice``: what it is about."""
        ledger_id = self.desk.random(16)
        parts = [(t.party, msgspec.json.encode(t.says, order="sorted")) for t in told]
        root, leaves = openings.build(parts, self.desk.random)
        entry = Line(
            at=self.at, act=act, answer=answer, promise=promise, purpose=purpose, opening=root.hex(), n=n,
            notice=(notice or self.desk.digest).hex(), openings=openings_gone, leaves=len(leaves),
        )  # fmt: skip
        self.lines.append((ledger_id, self.desk.random(1)[0] % LANES, self.at, encode(entry)))
        self.openings += [
            (one.person, one.party, ledger_id, openings.pack(leaf, one.record), one.due)
            for one, leaf in zip(told, leaves, strict=True)
        ]
        return ledger_id
