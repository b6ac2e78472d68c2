"""After a restore that begins a new log, openings, lines and sums agree: what did not come back is told by a line."""

import asyncio
import io
from dataclasses import replace
from types import SimpleNamespace

import msgspec

from tepati.app.naming import log_name
from tepati.app.relog import Relog
from tepati.board.recount import recount
from tepati.board.relook import relook
from tepati.board.tally import LEDGER, UNREADABLE, tally
from tepati.cli.backup import told
from tepati.errors import Tampered
from tepati.flows.acts.audit import audit
from tepati.flows.acts.correct import correct
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.evidence import evidence
from tepati.flows.acts.lapse import lapse
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.move import ask, move
from tepati.flows.acts.prune import prune
from tepati.flows.acts.queue import queue
from tepati.flows.acts.redo import redo
from tepati.flows.acts.withdraw import take_back
from tepati.flows.tick import tick
from tepati.ledger.entry import decode
from tepati.ledger.log import Log
from tepati.ledger.note import signer
from tepati.ledger.prune import announce, state
from tepati.ledger.reconcile import openings
from tepati.ports.config import OrgConfig
from tepati.registers import counters
from tepati.rules.policy import compile as compiled
from tepati.vault.heads import Heads
from tepati.vault.restore import restore
from tests.flows.inside import known
from tests.flows.people import guest, hired, lines, paid
from tests.vault.test_restore import destroy, save

DAY = 86_400_000_000
SITE = "https://fineclean.example"


async def enter(desk):
    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    while await desk.store.write(lambda tx: tally(tx, desk.org, desk.now())):
        pass


async def kept(desk):
    """Write a backup, as ``tepati backup`` does."""
    await enter(desk)
    _, raw = await save(SimpleNamespace(store=desk.store, keystore=desk.vault.room.keystore, clock=desk.now))
    return raw


class Silent(Relog):
    """A restore that says nothing of what did not come back."""

    async def tell(self, tx, org, what, gone):
        """Write no line."""


def configured(desk):
    return {desk.org: OrgConfig("notice.yaml", SITE)}


async def back(desk, raw, **more):
    """Lose the database, bring the backup back, and open a desk over the log as a start would."""
    return (await brought(desk, raw, **more))[0]


async def brought(desk, raw, **more):
    """Restore as ``back`` does; return what it told too."""
    keystore = desk.vault.room.keystore
    await destroy(SimpleNamespace(store=desk.store))
    ledgers = Relog(desk.store, keystore, configured(desk), desk.now, desk.random)
    done = await restore(io.BytesIO(raw), desk.store, keystore, desk.now(), **({"ledgers": ledgers} | more))
    assert done.logs == {desk.org: "anew"}
    name = await log_name(desk.store, desk.org, SITE)
    pen = Heads(keystore).pen(desk.org)
    log = Log(desk.org, name, signer(name, keystore.signer(desk.org).private_bytes_raw()), pen=pen)
    await desk.vault.start(desk.store)
    return replace(desk, log=log), done


async def entries(desk):
    rows = await desk.store.read(lambda tx: tx.all("SELECT entry FROM log_leaf WHERE idx >= 0 ORDER BY idx"))
    return [bytes(row[0]) for row in rows]


def strange(found):
    """Leave out the fixture's paper, which has no line."""
    return [one for one in found if one.at != "agreement"]


async def erased_since(desk, post, clock):
    """Keep a backup of two people, and erase one of them."""
    await guest(desk, post, identity__email="budi@contoh.example")
    number, staff = await guest(desk, post, 2), await hired(desk, "privacy_desk")
    await look(desk, await hired(desk, "dispatcher"), Wish(number, "orders", frozenset({"identity.name"})))
    raw = await kept(desk)
    await request(desk, staff, Ask(number, "counter", "in_person"))
    await tick(desk, post)
    clock.forward(hours=1)
    await tick(desk, post)
    return raw


async def test_who_was_erased_since_is_told_and_the_audit_agrees(desk, post, clock):
    """Their openings do not come back; the restore's own line counts them, and no sum is counted twice."""
    await desk.alarm(Tampered("state_mac"))
    raw = await erased_since(desk, post, clock)
    restored = await back(desk, raw)
    await enter(restored)
    assert strange(await audit(restored)) == []
    assert await recount(desk.store, desk.org) == []
    assert await relook(restored) == []
    assert len(await evidence(restored, "security.storage")) == 1, "what was seen before verifies after"
    told = [line for line in map(decode, await entries(restored)) if line.act == "restore"]
    assert [line.answer for line in told] == ["anew"]
    assert told[0].openings == (await openings(desk.store, restored.log)).told > 0


async def test_without_its_line_the_audit_would_miss_them(desk, post, clock):
    """The audit is what finds it: a restore that says nothing leaves openings that nobody told of."""
    raw = await erased_since(desk, post, clock)
    restored = await back(
        desk, raw, ledgers=Silent(desk.store, desk.vault.room.keystore, configured(desk), desk.now, desk.random)
    )
    await enter(restored)
    assert [one.kind for one in strange(await audit(restored))] == ["openings_differ"]
    assert await recount(desk.store, desk.org) == [], "lines are counted once, whatever a restore says"


async def test_a_new_log_has_the_lines_in_their_order(desk, post, clock):
    """Else a bundle would hold lines of all ages, and none could be pruned in its time."""
    await guest(desk, post)
    raw = await kept(desk)
    before = await entries(desk)
    clock.forward(hours=1)
    restored = await back(desk, raw)
    assert len(before) > 5
    assert await entries(restored) == before
    await enter(restored)
    assert decode((await entries(restored))[-1]).act == "restore"


async def pruned(desk, post, clock):
    """Grow a ledger, let its openings lapse and its first bundle go; return the backup and what was carried."""
    number, staff = await guest(desk, post), await hired(desk, "dispatcher")
    for _ in range(20):
        await asyncio.gather(
            *(look(desk, staff, Wish(number, "orders", frozenset({"identity.name"}))) for _ in range(15))
        )
    await enter(desk)
    clock.forward(days=365 * 10 + 40)
    await enter(desk)
    await lapse(desk)
    assert await prune(desk) == 0
    await enter(desk)
    assert await prune(desk) == 256
    await enter(desk)
    return (await desk.store.read(lambda tx: state(tx, desk.org))).carried


async def test_what_pruning_carried_is_handed_over(desk, post, clock):
    """A line of the new log tells it, the sums agree, and pruning goes on."""
    carried = await pruned(desk, post, clock)
    assert carried > 0
    restored = await back(desk, await kept(desk))
    now = await desk.store.read(lambda tx: state(tx, desk.org))
    assert (now.size, now.asked, now.carried) == (0, 0, carried)
    assert strange(await audit(restored)) == []
    await enter(restored)
    assert strange(await audit(restored)) == []
    assert await recount(desk.store, desk.org) == []
    for n in range(300):
        await restored.write(lambda sheet, n=n: sheet.line("look", promise="data", purpose="proof", n=n + 1))
    await enter(restored)
    clock.forward(days=365 * 10 + 40)
    await enter(restored)
    await lapse(restored)
    await prune(restored)
    await enter(restored)
    assert await prune(restored) >= 256
    assert strange(await audit(restored)) == []
    assert await recount(desk.store, desk.org) == []


async def test_a_carry_that_sql_wrote_is_not_made_good_by_a_restore(desk, post, clock):
    """An opening deleted without a line, and a figure that hides it, stay what they are."""
    await pruned(desk, post, clock)
    await desk.store.write(lambda tx: tx.run("UPDATE log_prune SET carried = carried + 1"))
    restored = await back(desk, await kept(desk))
    await enter(restored)
    assert "pruned_untold" in [one.kind for one in await audit(restored)]


async def test_what_was_corrected_since_waits_in_the_queue(desk, post, clock):
    """The old value is back and nobody here knows the new one: the restore counts, and staff get a request each."""
    await guest(desk, post)
    await guest(desk, post, 2, identity__email="budi@contoh.example")
    who, officer = await known(desk, post, clock), await hired(desk, "privacy_desk")
    await correct(desk, who, {"identity.name": "Ratna Lama"})  # the backup knows this one
    clock.forward(seconds=1)
    raw = await kept(desk)
    clock.forward(seconds=1)
    await correct(desk, who, {"identity.name": "Ratna Baru", "identity.phone": "0813 1111 2222"})
    restored, done = await brought(desk, raw)
    assert (done.corrected, done.moved) == ({desk.org: 1}, 0)
    assert done.changed >= 1
    assert any("1 persons hold their old values" in line for line in told(done))
    assert await redo(restored) == 1
    (asked,) = [one for one in await queue(restored, officer) if one.channel == "restore"]
    assert (asked.kind, asked.about) == ("correction", "identity.name,identity.phone")
    assert desk.now() < asked.due <= desk.now() + 3 * DAY
    seen = await look(restored, officer, Wish(asked.number, "requests", frozenset({"identity.email"})))
    assert seen.values, "the request is the reason by which staff may reach them"
    assert await redo(restored) == 0, "once"
    await enter(restored)
    assert strange(await audit(restored)) == []


async def test_an_address_given_up_since_leads_to_nobody(desk, post, clock):
    """Whoever reads the old mailbox must not get in because a backup remembers it."""
    await guest(desk, post)
    who = await known(desk, post, clock)
    raw = await kept(desk)
    clock.forward(seconds=1)
    await ask(desk, who, "ratna.baru@contoh.example", "id")
    await deliver(desk, post)
    await move(desk, post.link("move"), "ratna.baru@contoh.example")
    restored, done = await brought(desk, raw)
    assert done.moved == 1
    for address in ("ratna@contoh.example", "ratna.baru@contoh.example"):
        assert await restored.read(lambda s, a=address: restored.vault.find(s.tx, restored.address, a)) is None
    assert await redo(restored) == 1


async def test_what_a_withdrawal_released_since_goes_again(desk, post, clock):
    """The yes stays withdrawn by the stop list; its fields, which shared a key with others, are cut once more."""
    notice = desk.notice
    offers = msgspec.structs.replace(notice.purposes["offers"], uses=notice.purposes["offers"].uses | {"booking.wish"})
    others = {
        name: msgspec.structs.replace(purpose, uses=purpose.uses - {"booking.wish"})
        for name, purpose in notice.purposes.items()
    }
    wide = msgspec.structs.replace(notice, purposes=others | {"offers": offers})
    desk = replace(desk, notice=wide, policy=compiled(wide))
    await guest(desk, post, booking__wish="Kunci di satpam.")
    who = await known(desk, post, clock)
    raw = await kept(desk)
    clock.forward(seconds=1)
    gone = (await take_back(desk, who, "offers_by_email")).gone
    assert "booking.wish" in gone
    restored, _ = await brought(desk, raw)
    assert await redo(restored) == 1
    facts, _ = await restored.read(lambda s: s.facts(who.person))
    assert "offers_by_email" not in facts.consents
    values = await restored.write(lambda s: _all(s, who.person))
    assert "wish" not in values
    assert "service" in values
    assert await lines(restored, "withdraw", "again") == ["consents.offers_by_email"]


async def _all(sheet, person):
    """Name every field that is still sealed."""
    facts, _ = await sheet.facts(person)
    fields = frozenset(f"{c}.{f}" for c, held in sheet.desk.notice.data.items() for f in held.fields)
    permit = sheet.entering(person, frozenset(facts.rows), fields, "requests", "rights.access")
    parts = await sheet.desk.vault.open(sheet.tx, permit, facts)
    return {field for part in parts for field in part.values}


async def test_what_a_hold_keeps_and_the_backup_lacks_is_told_exactly(desk, post, clock):
    """Rule, last day, how many parts of how many persons; a newer backup brings it back."""
    number, staff = await guest(desk, post), await hired(desk, "privacy_desk")
    await paid(desk, number)
    raw = await kept(desk)
    await request(desk, staff, Ask(number, "counter", "in_person"))
    await tick(desk, post)
    clock.forward(hours=1)
    await tick(desk, post)
    newer = await kept(desk)
    restored, done = await brought(desk, raw)
    assert [(one.rule, one.persons) for one in done.held] == [("UU KUP 28(11)", 1)]
    assert done.held[0].parts == 2
    assert done.held[0].until > desk.now() + 9 * 365 * DAY
    assert any(line.startswith("LOST, kept by law UU KUP 28(11) until 20") for line in told(done))
    assert (await brought(restored, newer))[1].held == []


async def test_an_entry_that_is_no_line_is_counted_once(desk, post, clock):
    """It goes into the new log with the others, and is found there; the board's count of it does not grow."""
    await guest(desk, post)
    await enter(desk)
    await desk.store.write(lambda tx: desk.log.append(tx, bytes(15) + b"7", 0, desk.now(), b"no line"))
    raw = await kept(desk)
    read = lambda: desk.read(lambda s: counters.on(s.tx, desk.org))  # noqa: E731
    assert (await read())[LEDGER][UNREADABLE].n == 1
    clock.forward(days=2)
    restored = await back(desk, raw)
    await enter(restored)
    assert (await read())[LEDGER][UNREADABLE].n == 1
    assert await recount(desk.store, desk.org) == []


async def test_between_announcement_and_pruning_every_line_is_still_counted(desk, post, clock):
    """Sums that SQL changed in both, the day and the total, are found as long as their lines stand."""
    await guest(desk, post)
    await enter(desk)
    await desk.store.write(lambda tx: announce(tx, desk.org, 256, bytes(16)))
    change = "UPDATE counter SET n = n + 5 WHERE what = 'collect.done'"
    await desk.store.write(lambda tx: tx.run(change))
    assert [one.what for one in await recount(desk.store, desk.org)] != []
