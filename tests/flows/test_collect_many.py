"""Many submissions at once: the rows of the single path, all or none, and killed anywhere nothing half-done."""

import dataclasses
from collections import Counter

import msgspec
import pytest

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.collect_many import MOST, collect_many
from tepati.flows.acts.deliver import deliver
from tepati.flows.desk import Desk
from tepati.store.schema import TABLES
from tests.flows.conftest import Post, booking
from tests.flows.spy import Killed, SpyStore

ASKED = frozenset({"offers_by_email"})
_NAMES = {table.name: table for table in TABLES}
PERSONS = [table.name for table in TABLES if table.fate == "delete"]


def forms(desk: Desk, n: int, first: int = 1) -> list:
    return [booking(desk, first + i, identity__email=f"orang{first + i}@contoh.example") for i in range(n)]


async def _rows(tx) -> dict[str, list[tuple]]:
    """Read every person's table but what is random, sealed or different by its nature in each person."""
    out = {}
    for name in PERSONS:
        clear = [c.name for c in _NAMES[name].columns if c.klass == "fact" and c.kind not in {"uuid", "bytes"}]
        clear = [c for c in clear if c not in {"about", "message", "ending"}] or ["org"]
        out[name] = sorted(await tx.all(f"SELECT {', '.join(clear)} FROM {name}"), key=repr)
    return out


def _counts(desk: Desk, run) -> Counter:
    rows = run(desk.store.read(_rows))
    return Counter({name: len(found) for name, found in rows.items()})


def test_a_batch_equals_the_single_path(desk: Desk, run) -> None:
    for form in forms(desk, 3):
        run(collect(desk, form))
    single = run(desk.store.read(_rows))
    run(collect_many(desk, forms(desk, 3, first=11)))
    both = run(desk.store.read(_rows))
    for name, rows in single.items():
        assert both[name] == sorted(rows + rows, key=repr), name
    keystore = desk.vault.room.keystore
    held = run(desk.store.read(lambda tx: tx.one("SELECT count(*) FROM dek")))
    assert [each.rows("SELECT count(*) FROM dek") for each in keystore.mirrors] == [[held], [held]]


def test_one_line_for_the_set_with_an_opening_for_each(desk: Desk, run) -> None:
    run(collect_many(desk, forms(desk, 5)))
    lines = run(desk.store.read(lambda tx: tx.all("SELECT id, entry FROM log_pending")))
    assert sorted(bytes(entry).count(b'"n":5') for _, entry in lines) == [1, 1]  # collect, and the question asked
    held = run(desk.store.read(lambda tx: tx.all("SELECT ledger_id, count(*) FROM opening GROUP BY ledger_id")))
    assert sorted(n for _, n in held) == [5, 5]


def test_a_booking_of_a_batch_is_confirmed_like_any_other(desk: Desk, run, post: Post) -> None:
    numbers = run(collect_many(desk, forms(desk, 3)))
    run(deliver(desk, post))
    assert len(post.sent) == 3
    for mail in post.sent:
        assert sum(number.number in mail.text for number in numbers) == 1
    done = run(agree(desk, post.link("confirm", "orang2@contoh.example"), ASKED, "id"))
    assert done.number == numbers[1].number


def test_the_same_address_again_is_one_person_and_two_unjoined_records(desk: Desk, run) -> None:
    first = run(collect(desk, forms(desk, 1)[0]))
    batch = [*forms(desk, 1), *forms(desk, 2, first=5)]
    batch.append(booking(desk, 9, identity__email="ORANG5@contoh.example"))
    numbers = run(collect_many(desk, batch))
    assert numbers[0] == first  # the same form twice is one submission
    assert len({number.number for number in numbers}) == 4
    counts = _counts(desk, run)
    assert (counts["person"], counts["record"], counts["state"]) == (3, 4, 3)
    joined = run(desk.store.read(lambda tx: tx.one("SELECT sum(joined) FROM record")))
    assert joined == (0,)
    assert run(collect_many(desk, batch)) == numbers
    assert _counts(desk, run) == counts


def test_faults_name_their_rows_and_nothing_is_taken(desk: Desk, run) -> None:
    batch = forms(desk, 3)
    batch[2] = booking(desk, 3, identity__email="no address", booking__slot="s9999")
    with pytest.raises(BadInput) as fault:
        run(collect_many(desk, batch))
    assert set(fault.value.faults) == {"2.identity.email", "2.booking.slot"}
    with pytest.raises(Refused) as refused:
        run(collect_many(desk, [*forms(desk, 1), booking(desk, 2, identity__religion="x")]))
    assert refused.value.values["row"] == 1
    assert not +_counts(desk, run)


@pytest.mark.parametrize("batch", ["none", "many", "mixed", "twice", "dealing"])
def test_what_is_no_batch_is_refused(desk: Desk, run, batch: str) -> None:
    one = booking(desk, 1)
    given = {
        "none": [], "many": [one] * (MOST + 1), "twice": [one, one],
        "mixed": [one, msgspec.structs.replace(booking(desk, 2), channel="telephone")],
        "dealing": [msgspec.structs.replace(one, sender="cleaner")],
    }[batch]  # fmt: skip
    with pytest.raises((BadInput, NotFound)) as fault:
        run(collect_many(desk, given))
    assert fault.value.code.startswith("batch_")


def test_killed_anywhere_nothing_is_half_done(desk: Desk, run) -> None:
    run(collect(desk, booking(desk, 99)))
    before = _counts(desk, run)
    spy = SpyStore(desk.store)
    watched = dataclasses.replace(desk, store=spy)
    batch = [*forms(desk, 3), booking(desk, 98)]
    for left in range(400):
        spy.left = left
        try:
            run(collect_many(watched, batch))
        except Killed:
            assert _counts(desk, run) == before
            continue
        break
    else:
        raise AssertionError("never finished")
    assert left > 30
    assert _counts(desk, run)["record"] == before["record"] + 4


def test_no_value_reaches_sql_in_clear(desk: Desk, run) -> None:
    spy = SpyStore(desk.store)
    run(collect_many(dataclasses.replace(desk, store=spy), forms(desk, 70)))
    seen = repr(spy.seen)
    assert not any(value in seen for value in ("Ratna", "contoh.example", "Kenanga", "3456"))
