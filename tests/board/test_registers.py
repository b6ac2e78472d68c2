"""The registers the board reads: counters, observations, decoys, certificates, on both engines."""

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from tepati.board.facts import Running, load
from tepati.errors import Conflict, NotFound
from tepati.registers import certificates, counters, decoys, observations, people, requests
from tepati.registers.certificates import Certificate
from tepati.registers.counters import DONE, LATE, Count
from tepati.registers.observations import BROKEN, OK, REPAIRED, Observation
from tests.board.conftest import ORG

NOW = 1_800_000_000_000_000
DAY = 86_400_000_000
LINE = b"l" * 16


def mac(row: bytes) -> bytes:
    return hmac.digest(b"k" * 32, row, "sha256")


def one(n, at=NOW, outcome=OK, promise="never.sale"):
    return n.to_bytes(16, "big"), Observation(promise, at, outcome, "mailbox")


async def _saw(tx, *looks):
    for ident, seen in looks:
        await observations.add(tx, ORG, mac, seen, ident)


async def test_looks_are_counted_and_their_days_once(store) -> None:
    looks = [one(1), one(2), one(3, NOW + DAY), one(4, NOW + DAY, BROKEN)]
    await store.write(lambda tx: _saw(tx, *looks))
    sums = await store.read(lambda tx: counters.on(tx, ORG))
    assert sums["never.sale"] == {
        "seen.ok": Count(3, NOW + DAY), "days.ok": Count(2, 0),
        "seen.broken": Count(1, NOW + DAY), "days.broken": Count(1, 0),
    }  # fmt: skip


async def test_troubles_are_found_among_any_number_of_good_looks(store) -> None:
    looks = [one(n, NOW + n) for n in range(30)]
    bad = [one(90, NOW - DAY, BROKEN), one(91, NOW, REPAIRED)]
    await store.write(lambda tx: _saw(tx, *looks, *bad))
    found = await store.read(lambda tx: observations.troubles(tx, ORG, mac, 5))
    assert [seen.outcome for seen in found] == [REPAIRED, BROKEN]
    newest = await store.read(lambda tx: observations.of(tx, ORG, mac, "never.sale", 2))
    assert [seen.at for seen in newest] == [NOW + 29, NOW + 28]


async def test_what_had_a_clock_stays_when_its_person_is_gone(store) -> None:
    async def work(tx):
        await counters.finished(tx, ORG, "rights.erasure.within", NOW, 5, late=False)
        await counters.finished(tx, ORG, "rights.erasure.within", NOW + DAY, 3, late=True)
        return await counters.on(tx, ORG)

    sums = await store.write(work)
    assert sums == {"rights.erasure.within": {DONE: Count(2, 5), LATE: Count(1, NOW + DAY)}}
    days = await store.read(lambda tx: counters.days(tx, ORG, "rights.erasure.within", DONE, 0))
    assert days == [(NOW // DAY, 1), (NOW // DAY + 1, 1)]


async def test_decoys_by_kind(store) -> None:
    async def work(tx):
        for i, kind in enumerate([*decoys.KINDS, decoys.UNTICKED]):
            await decoys.add(tx, ORG, i.to_bytes(16, "big"), kind, NOW, LINE)
        return await decoys.kinds(tx, ORG), await decoys.is_decoy(tx, b"\0" * 16), await decoys.is_decoy(tx, b"x" * 16)

    kinds, real, other = await store.write(work)
    assert kinds == {"order_only": 1, "unticked": 2, "withdrawn": 1, "unshared": 1}
    assert (real, other) == (True, False)
    assert await store.read(lambda tx: decoys.kind_of(tx, b"\0" * 16)) == "order_only"
    assert len(await store.read(lambda tx: decoys.listed(tx, ORG))) == 5


@pytest.mark.parametrize(
    ("kind", "message", "unwanted"),
    [
        ("order_only", "service", False), ("order_only", "promotion", True), ("unticked", "reminder", False),
        ("withdrawn", "promotion", True), ("unshared", "service", True), ("unticked", "unheard_of", True),
    ],
)  # fmt: skip
def test_mail_a_decoy_must_not_get(kind, message, unwanted) -> None:
    assert decoys.unwanted(kind, message) is unwanted


def certificate(n=1, **more):
    secret = hashlib.sha256(bytes([n])).digest()
    return Certificate(n.to_bytes(16, "big"), secret, f"E-{n}", "{}", NOW, 0, NOW + 90 * DAY, **more)


async def test_a_certificate_grows_once_and_dies(store) -> None:
    made = certificate()
    await store.write(lambda tx: certificates.create(tx, ORG, made, LINE))
    assert await store.read(lambda tx: certificates.find(tx, ORG, made.capability, NOW)) == made
    assert await store.read(lambda tx: certificates.waiting(tx, ORG)) == [], "nothing is erased yet"
    await store.write(lambda tx: certificates.change(tx, ORG, replace(made, erased=NOW + 1)))
    assert [c.erased for c in await store.read(lambda tx: certificates.waiting(tx, ORG))] == [NOW + 1]
    assert await store.write(lambda tx: certificates.expire(tx, ORG, made.until)) == 0, "not complete: it stays"
    await store.write(lambda tx: certificates.complete(tx, ORG, made.certificate, NOW + 2, "all"))
    with pytest.raises(Conflict):
        await store.write(lambda tx: certificates.complete(tx, ORG, made.certificate, NOW + 3, "again"))
    assert await store.write(lambda tx: certificates.expire(tx, ORG, made.until)) == 1


@pytest.mark.parametrize(("org", "capability", "at"), [
    (ORG, b"x" * 32, NOW), ("other", None, NOW), (ORG, None, NOW + 90 * DAY),
])  # fmt: skip
async def test_unknown_foreign_and_expired_certificates_look_alike(store, org, capability, at) -> None:
    made = certificate()
    await store.write(lambda tx: certificates.create(tx, ORG, made, LINE))
    with pytest.raises(NotFound) as refused:
        await store.read(lambda tx: certificates.find(tx, org, capability or made.capability, at))
    assert str(refused.value) == "certificate_unknown"


async def test_the_board_sees_clocks_that_run(store) -> None:
    person = b"p" * 16

    async def work(tx):
        await people.add(tx, ORG, person, "customer", NOW, LINE)
        asked = [("access", NOW - 1, "waiting"), ("access", NOW + 9, "working"), ("erasure", NOW + 5, "waiting")]
        for i, (kind, due, state) in enumerate([*asked, ("erasure", NOW - 9, "done")]):
            row = requests.Request(person, bytes([i]) * 16, kind, "site", str(i), NOW, due, state, int(state == "done"))
            await requests.add(tx, ORG, row, LINE)
        for n, body in enumerate(
            [{"promised": NOW - 1}, {"promised": NOW + 1, "destroyed": NOW}, {"promised": 2 * NOW}]
        ):
            made = certificate(n + 1)
            await certificates.create(tx, ORG, made, LINE)
            await certificates.change(tx, ORG, replace(made, erased=NOW, body=json.dumps(body)))

    await store.write(work)
    seen = await store.read(lambda tx: load(tx, ORG, NOW))
    assert seen.requests == {"access": Running(2, 1, NOW - 1), "erasure": Running(1, 0, NOW + 5)}
    assert seen.erasures == Running(2, 1, NOW - 1)


async def test_the_board_sees_ends_that_passed(store) -> None:
    async def work(tx):
        for i, (category, due) in enumerate(
            [("a", NOW - 3 * DAY), ("a", NOW - DAY + 1), ("b", NOW + DAY), ("b", 2**62)]
        ):
            await tx.run(
                "INSERT INTO sealed (person, record, category, org, key, version, due, blob, ledger_id)"
                " VALUES ($1, $2, $3, $4, $1, 1, $5, $6, $1)",
                bytes([i]) * 16,
                bytes([i]) * 16,
                category,
                ORG,
                due,
                b"",
            )

    await store.write(work)
    seen = await store.read(lambda tx: load(tx, ORG, NOW))
    assert (seen.overdue, seen.endless, seen.last_end) == ({"a": 1}, 1, 2**62)
