"""Room vault: the only door to personal values, for the desk alone; each opening needs a permit, checked again here."""

import hmac
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from tepati.errors import Tampered
from tepati.rules.facts import Facts, Permit
from tepati.store.port import Store, Tx
from tepati.vault import cut, ends, erase, hold, keys, lost, mirror, openings, people, records, shared
from tepati.vault.ends import Differs
from tepati.vault.erase import Erased, Residue, row_name, staff_anchor
from tepati.vault.gather import Gather
from tepati.vault.hold import Keep
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import Op
from tepati.vault.reconcile import Reconciled, reconcile
from tepati.vault.records import Opened
from tepati.vault.room import Room
from tepati.vault.seal import Random, key_of

# A record to seal: its id, values, endings and dues by category, the id of its line.
New = tuple[bytes, Mapping[str, Mapping[str, str]], Mapping[str, str], Mapping[str, int], bytes]


class Vault:
    """The vault of one organisation. All methods but ``index`` and ``settled`` run inside a transaction.

    Fields are dotted (``identity.email``) where they stand alone, and plain inside their category. ``alike`` names the
    index that several of them share: one value in any of them is one person.
    Raises Refused, Tampered, Conflict, NotFound, Unavailable.
    """

    def __init__(
        self, org: str, keystore: KeyStore, random: Random, alike: Mapping[str, str] | None = None
    ) -> None:  # fmt: skip
        self.room = Room(org, keystore, random, alike or {})
        self._gather = Gather()

    async def start(self, store: Store) -> Reconciled:
        """Compare database and key store before any door opens. Raises Tampered (``database_older``), Misconfigured."""
        return await reconcile(self.room, store)

    async def put(  # noqa: PLR0913 - the contract of docs/architecture.md
        self, tx: Tx, permit: Permit, record: bytes, values: Mapping[str, Mapping[str, str]],
        endings: Mapping[str, str], dues: Mapping[str, int], ledger_id: bytes,
    ) -> int:  # fmt: skip
        """Seal values by category, and return the record's row version for ``facts.rows``."""
        return await records.put(self.room, tx, permit, records.Given(record, values, endings, dues, ledger_id))

    async def put_new(self, tx: Tx, new: Sequence[tuple[Permit, New]]) -> int:
        """Seal records of persons whom this transaction makes, each permit asked; return their row version, the first.

        A record is (id, values by category, endings, dues, ledger id).
        """
        return await records.put_new(self.room, tx, [(permit, records.Given(*given)) for permit, given in new])

    async def open(self, tx: Tx, permit: Permit, facts: Facts) -> list[Opened]:
        """Open the permit's fields in its records; ``facts`` are those read in this transaction."""
        return await records.open_(self.room, tx, permit, facts)

    async def find(self, tx: Tx, field: str, value: str, *, lock: people.Lock = False) -> bytes | None:
        """Return the person whom a value leads to; ``lock``: with their facts, which are asked for next."""
        return await people.find(self.room, tx, field, value, lock=lock)

    async def sealing(self, tx: Tx, persons: Sequence[bytes], *, new: bool = False) -> None:
        """Announce whose keys this act will need, and whether it makes a person: they are read along with the next."""
        await keys.announce(self.room, tx, persons, new=new)

    async def ready(self, tx: Tx, persons: Sequence[bytes]) -> None:
        """Read the keys of persons for whom will be sealed, if they are not read yet."""
        await keys.know(self.room, tx, persons)

    async def find_many(self, tx: Tx, field: str, indexes: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return whom some of many blind indexes lead to; who is opened must be found by ``find``."""
        return await people.find_many(self.room, tx, field, indexes)

    async def claim(self, tx: Tx, field: str, value: str, person: bytes) -> None:
        """Make a value lead to a person. Raises Conflict where it leads to another."""
        await people.claim(self.room, tx, field, value, person)

    async def claim_new(self, tx: Tx, field: str, new: Sequence[tuple[bytes, bytes]]) -> None:
        """Make indexes of persons whom this transaction makes, or of new secrets, lead to them: (index, person)."""
        await people.claim_new(self.room, tx, field, new)

    def alike(self, places: Mapping[str, str]) -> None:
        """Say which fields share the index of another from now on; no field that has a place gets another one."""
        self.room.alike = places

    async def find_shared(self, tx: Tx, field: str, value: str) -> list[bytes]:
        """Return everybody whom a value leads to that several people may hold."""
        return await shared.find(self.room, tx, field, value)

    async def share(self, tx: Tx, person: bytes, facts: Facts, field: str) -> int:
        """Make a person's proven values of such a field lead to them, and no others; return how many do."""
        return await shared.refresh(self.room, tx, person, facts, field)

    def places(self, field: str, value: str) -> list[bytes]:
        """Return the blind indexes under which holders of such a value stand."""
        return shared.places(self.room, field, value)

    def index(self, field: str, value: str) -> bytes:
        """Return the blind index of a value: 16 bytes."""
        return people.blind(self.room, field, value)

    async def facts(self, tx: Tx, person: bytes, *, lock: people.Lock = False) -> tuple[Facts, int] | None:
        """Return a person's facts and version. Raises Tampered on any that do not verify or are not the newest.

        ``lock``: others that write to this person are waited for; ``free``: with others writing, None.
        """
        return await people.facts(self.room, tx, person, lock=lock)

    async def set_facts(self, tx: Tx, person: bytes, facts: Facts, version: int) -> int:
        """Replace the facts read at ``version`` (0: there were none), and return the new version."""
        return await people.set_facts(self.room, tx, person, facts, version)

    async def first_facts(self, tx: Tx, new: Sequence[tuple[bytes, Facts]]) -> None:
        """Write the facts of persons whom this transaction makes, at version 1."""
        await people.insert_new(self.room, tx, new)

    async def seal_opening(self, tx: Tx, person: bytes, party: str, ledger_id: bytes, payload: bytes, due: int) -> None:
        """Keep a party's opening of a line until ``due``, under keys of ``person``."""
        await self.seal_openings(tx, [(person, party, ledger_id, payload, due)])

    async def seal_openings(self, tx: Tx, kept: Sequence[tuple[bytes, str, bytes, bytes, int]]) -> None:
        """Keep openings (person, party, ledger id, payload, due) at once."""
        each = [openings.Kept(p, openings.Line(line, party), said, due) for p, party, line, said, due in kept]
        await openings.seal_openings(self.room, tx, each)

    def fresh(self, tx: Tx, person: bytes) -> None:
        """Say that this transaction makes this person, so that nothing of theirs needs to be looked for."""
        pending = self.room.pending(tx)
        pending.fresh.add(person)
        pending.wrapped[person] = []

    def made(self, tx: Tx) -> None:
        """Say that whoever this transaction made is now as any other: what comes next of theirs is looked for."""
        self.room.pending(tx).fresh.clear()

    async def open_opening(self, tx: Tx, permit: Permit, ledger_id: bytes, party: str) -> bytes:
        """Open a party's opening of a line."""
        return await openings.open_opening(self.room, tx, permit, openings.Line(ledger_id, party))

    async def actors(self, tx: Tx, ledger_id: bytes) -> list[bytes]:
        """List the members of staff whose openings of a line are kept; nothing is opened."""
        return await openings.parties(self.room, tx, openings.Line(ledger_id, "actor"))

    def lapsed(self, store: Store, at: int) -> AsyncIterator[list[tuple[bytes, bytes]]]:
        """Stream the units (person, key) of openings whose term is over; outside any transaction."""
        return openings.lapsed(self.room, store, at)

    async def lapse(self, tx: Tx, units: Sequence[tuple[bytes, bytes]]) -> int:
        """End such units, and return how many openings went."""
        return await erase.lapse(self.room, tx, units)

    async def newest_openings(self, tx: Tx, permit: Permit, party: str, most: int) -> list[tuple[bytes, bytes]]:
        """Open at least the ``most`` newest openings of a party, in no order: ledger id, payload."""
        return await openings.newest(self.room, tx, permit, party, most)

    async def count_openings(self, tx: Tx, person: bytes, party: str, due: int) -> tuple[int, int]:
        """Count a person's openings of a party: all, and those kept until ``due`` or longer."""
        return await openings.count(self.room, tx, person, party, due)

    async def seal_mail(self, tx: Tx, person: bytes, mail: bytes, payload: bytes, due: int = 0) -> tuple[bytes, bytes]:
        """Seal a mail kept until ``due``, and return (key, blob) for the ``outbox`` row the caller writes."""
        return (await self.seal_mails(tx, [(person, mail, payload, due or self.room.keystore.now())]))[0]

    async def seal_mails(self, tx: Tx, mails: Sequence[tuple[bytes, bytes, bytes, int]]) -> list[tuple[bytes, bytes]]:
        """Seal mails (person, mail, payload, due) at once."""
        return await openings.seal_mails(self.room, tx, mails)

    async def open_mail(self, tx: Tx, person: bytes, mail: bytes, key: bytes, blob: bytes) -> bytes:
        """Open a mail of the outbox, given its row's ``key`` and ``blob``."""
        if key_of(blob) != key:
            raise Tampered("blob_key")
        return await openings.open_mail(self.room, tx, person, mail, blob)

    async def redo_since(self, tx: Tx) -> int:
        """Return the instant of the backup that was restored and whose gaps nobody has looked after yet, or 0."""
        return await lost.left(self.room, tx)

    def redo(self, since: int) -> lost.Redo:
        """Name what was corrected and taken back since an instant, by person."""
        return lost.since(self.room, since)

    async def redone(self, tx: Tx) -> None:
        """Note that a restore's gaps were looked after."""
        await lost.finished(self.room, tx)

    async def stop(self, tx: Tx, person: bytes, what: str, at: int) -> None:
        """Put ``what`` on the stop list; ``set_facts`` does so by itself for everything facts take away."""
        people.stop(self.room, tx, person, what, at)

    def floor(self, person: bytes) -> int:
        """Return the lowest version of a member of staff's row that is believed; 0 where none was ever raised."""
        return self.room.keystore.anchor(staff_anchor(person)) or 0

    def raise_floor(self, tx: Tx, person: bytes, version: int) -> None:
        """Believe no older row of a member of staff, once this transaction has settled."""
        self.room.later(tx, Op(mirror.ANCHOR, [(staff_anchor(person), version)]))

    def case_floor(self, case: bytes) -> int:
        """Return the lowest version of a security case that is believed; 0 where none was ever raised."""
        return self.room.keystore.anchor(row_name(self.room.org, "case", case)) or 0

    def raise_case(self, tx: Tx, case: bytes, version: int) -> None:
        """Believe no older row of a security case, once this transaction has settled."""
        self.room.later(tx, Op(mirror.ANCHOR, [(row_name(self.room.org, "case", case), version)]))

    def account_floor(self, person: bytes) -> int:
        """Return the lowest version of a person's account that is believed; 0 where they never guarded it."""
        return self.room.keystore.anchor(row_name(self.room.org, "account", person)) or 0

    def raise_account(self, tx: Tx, person: bytes, version: int) -> None:
        """Believe no older row of a person's account, once this transaction has settled."""
        self.room.later(tx, Op(mirror.ANCHOR, [(row_name(self.room.org, "account", person), version)]))

    def forget_cases(self, tx: Tx, cases: Sequence[bytes]) -> None:
        """Let go the floors of cases that are over and deleted."""
        if cases:
            names = [(row_name(self.room.org, "case", case),) for case in cases]
            self.room.later(tx, Op(mirror.UNANCHOR, names, cuts=True))

    def ended(self, what: str, thing: bytes) -> bool:
        """Say whether a row (``session``, ``device``, ``link``) was ended; ask before the first statement, as a floor.

        5 us. A row that SQL puts back verifies by its own MAC: this says that it is over all the same.
        """
        return self.room.keystore.gone(row_name(self.room.org, what, thing))

    def end_row(self, tx: Tx, what: str, thing: bytes, until: int) -> None:
        """Believe no row of this name any more, once this transaction has settled; remembered until ``until``."""
        self.room.later(tx, Op(mirror.GONE, [(row_name(self.room.org, what, thing), until)]))

    def renew_row(self, tx: Tx, what: str, thing: bytes) -> None:
        """Believe a row of this name again: it is written anew by an act."""
        self.room.later(tx, Op(mirror.UNGONE, [(row_name(self.room.org, what, thing),)], cuts=True))

    def mac(self, body: bytes) -> bytes:
        """Return the MAC of a register's row (staff, API keys, agreements), under a key of its own."""
        return hmac.digest(self.room.keystore.secret("mac", self.room.org, "registers"), body, "sha256")

    async def epoch(self, tx: Tx) -> int:
        """Return the epoch that wraps new keys: what is erased now is out of reach when this one is destroyed."""
        return await keys.current(self.room, tx)

    @property
    def grade(self) -> str:
        """What the destruction of a key is worth where it stands; more is said once the root above it ends, too."""
        return self.room.keystore.grade.words()

    async def end(
        self, tx: Tx, person: bytes, category: str, ending: str | None = None, only: Collection[bytes] | None = None
    ) -> Erased:  # fmt: skip
        """End one unit of a category, or the whole category; ``only`` some records of it."""
        return await erase.end(self.room, tx, person, erase.Ends(category, ending, only))

    async def keep(self, tx: Tx, person: bytes, facts: Facts, wanted: Keep) -> Facts:
        """Seal anew what holds keep of parts whose own end has come; return the facts that say so, not yet written.

        Raises Tampered before anything is changed.
        """
        return await hold.keep(self.room, tx, person, facts, wanted)

    async def cut(self, tx: Tx, permit: Permit, record: bytes) -> tuple[int, frozenset[str]]:
        """Take the permit's fields out of one record; return its row version, and the categories it still has."""
        return await cut.cut(self.room, tx, permit, record)

    async def release(self, tx: Tx, field: str, value: str, person: bytes) -> None:
        """Make a value lead to this person no more."""
        await people.release(self.room, tx, field, value, person)

    async def erase(self, tx: Tx, person: bytes, keep: Keep | None = None) -> Erased:
        """Erase a person; ``keep`` maps (record, category) to the hold that keeps a part of it."""
        return await erase.erase(self.room, tx, person, keep)

    async def compare(self, store: Store) -> list[Differs]:
        """Compare the ends of everybody's sealed values with the facts; return what does not agree. Opens nothing."""
        return await ends.compare(self.room, store)

    async def unsealed(self, tx: Tx, person: bytes) -> Residue:
        """Read back what is left of a person."""
        return await erase.unsealed(self.room, tx, person)

    async def settled(self, tx: int) -> None:
        """Return when both mirrors agree with a committed transaction (``tx.id``).

        Call it after the transaction has committed, and never after one that did not.
        """
        ops = self.room.taken(tx)
        if not ops:
            return
        try:
            await self._gather.turn(busy=bool(self.room.open))
        finally:  # cancelled while waiting for others, the mirrors hear of it all the same
            settled = self.room.keystore.settling(ops)
        await settled
