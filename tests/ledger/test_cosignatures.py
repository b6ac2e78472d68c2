"""Cosignatures: a witness is believed where a command of ours compared its key, and never because SQL says so."""

import pytest

from tepati.ledger import note, tools
from tepati.ledger.log import Log
from tepati.ledger.reconcile import reconcile
from tepati.store.port import Store
from tests.ledger.logs import AT, ORIGIN, SIGNER, WITNESS, entry

NOW = AT // 1_000_000
FORGED = note.signer("auditor.example/w1", b"\x66" * 32, WITNESS.kind)
INSERT = "INSERT INTO log_cosign (org, witness, size, at, note, mac) VALUES ('fineclean', $1, $2, $3, $4, $5)"


@pytest.fixture
def log() -> Log:
    return Log("fineclean", ORIGIN, SIGNER, pen=b"\x03" * 32)


async def head(store: Store, log: Log, random, by) -> str:
    """Give the log its first line, and return its head as cosigned."""
    await store.write(lambda tx: log.append(tx, random(16), 0, AT, entry(1)))
    await store.write(lambda tx: log.integrate(tx, AT))
    text = await store.read(log.head)
    return text + note.cosign(text.encode(), by, NOW)


async def sql(store: Store, text: str, *args) -> None:
    assert await store.write(lambda tx: tx.run(text, *args)) == 1


async def shown(store: Store, log: Log) -> list[tuple[str, int]]:
    return [one[:2] for one in await store.read(log.cosigners)]


async def test_a_witness_that_sql_wrote_is_not_believed(store, log, random):
    """A true head, cosigned by a key of the attacker's own, or an honest MAC of another row: none of it counts."""
    text = await head(store, log, random, FORGED)
    await sql(store, INSERT, FORGED.name, 1, AT, text, bytes(16))
    assert await shown(store, log) == []
    assert await store.read(log.witnessed) == ("", 0)
    found = [one for one in await reconcile(store, log) if one.kind == "not_cosigned"]
    assert [one.at for one in found] == ["log_cosign"]
    assert (await tools.state(store, "fineclean", log)).witnesses == 0


async def test_a_witness_that_sql_changed_is_not_believed(store, log, random):
    text = await head(store, log, random, WITNESS)
    await store.write(lambda tx: log.cosign(tx, text, [WITNESS.key]))
    assert await shown(store, log) == [(WITNESS.name, 1)]
    row = (await store.read(lambda tx: tx.all("SELECT witness, size, at, note, mac FROM log_cosign")))[0]
    for change in ("at = at + 86400000000", "size = 9", "witness = 'auditor.example/w2'", "note = note || 'x'"):
        await sql(store, f"UPDATE log_cosign SET {change}")
        assert await shown(store, log) == [], change
        await sql(store, "DELETE FROM log_cosign")
        await sql(store, INSERT, *row)
    assert await shown(store, log) == [(WITNESS.name, 1)]


async def test_a_forged_row_keeps_no_true_cosignature_out(store, log, random):
    """Else a row of a size that is never reached would silence the witness for good."""
    text = await head(store, log, random, WITNESS)
    await sql(store, INSERT, WITNESS.name, 2**60, AT, "", bytes(16))
    assert await tools.cosigned(store, "fineclean", text, str(SIGNER.key), [str(WITNESS.key)], log) == 1
    assert await shown(store, log) == [(WITNESS.name, 1)]
    assert not [one for one in await reconcile(store, log) if one.kind == "not_cosigned"]


async def test_a_cosignature_of_a_log_that_ended_is_none_of_the_new_one(store, log, random):
    """After a restore a new log begins under a new key; the old row, genuine once, is put back by SQL."""
    text = await head(store, log, random, WITNESS)
    await store.write(lambda tx: log.cosign(tx, text, [WITNESS.key]))
    row = (await store.read(lambda tx: tx.all("SELECT witness, size, at, note, mac FROM log_cosign")))[0]
    anew = note.signer("fineclean.example/log2", b"\x07" * 32)
    again = Log("fineclean", anew.name, anew, pen=log.pen)
    await store.write(lambda tx: again.begin_again(tx, AT))
    await sql(store, INSERT, *row)
    assert await shown(store, again) == []
    assert await store.read(again.uncosigned) == [WITNESS.name]
