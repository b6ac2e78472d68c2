"""Export: what auditors get is sound, grows by what is new, and can be reconciled with the effects both ways."""

import pytest

from tepati.errors import BadInput, NotFound, Tampered, Unavailable
from tepati.ledger import note, openings, tools, tree
from tepati.ledger.entry import Line, encode
from tepati.ledger.log import Log
from tepati.ledger.receipt import receipt
from tepati.ledger.verify import read_policy, verify_log, verify_receipt
from tepati.ports import witnessing
from tepati.ports.folder import Folder
from tests.ledger.logs import AT, ORIGIN, POLICY, SIGNER, WITNESS, entry

NOW = AT // 1_000_000


async def grow(store, random, n, start=0):
    log = Log("fineclean", ORIGIN, SIGNER)
    rows = [(random(16), i % 16, AT, entry(i)) for i in range(start, start + n)]
    await store.write(lambda tx: log.append_many(tx, rows))
    while await store.write(lambda tx: log.integrate(tx, AT)):
        pass
    return log


async def witness(store, log):
    text = await store.read(log.head)
    text += note.cosign(text.encode(), WITNESS, NOW)
    return await tools.cosigned(store, "fineclean", text, str(SIGNER.key), [str(WITNESS.key)])


async def test_an_export_is_sound_and_grows(store, random, tmp_path):
    folder, written = Folder(tmp_path), []

    def write(name, data):
        written.append(name)
        folder.write(name, data)

    log = await grow(store, random, 600)
    with pytest.raises(NotFound):
        await tools.export(store, "nobody", folder.read, write)
    assert (await tools.export(store, "fineclean", folder.read, write)).size == 600
    assert verify_log(folder.read, None, NOW).sound
    assert written[-1] == "checkpoint"  # a head never names a tile that is not there
    assert await witness(store, log) == 1
    await grow(store, random, 500, start=600)
    written.clear()
    await tools.export(store, "fineclean", folder.read, write)
    assert not {"tile/entries/000", "tile/0/000", "tile/entries/001"} & set(written)
    report = verify_log(folder.read, read_policy(POLICY), NOW)
    assert (report.sound, report.size, report.standing, report.witnessed_size) == (True, 1100, "witnessed", 600)
    state = await tools.state(store, "fineclean")
    assert (state.size, state.pending, state.witnesses, state.witnessed_size) == (1100, 0, 1, 600)
    await witness(store, log)
    await tools.export(store, "fineclean", folder.read, write)
    assert tree.read_head(folder.read("checkpoint")).signatures[1][0] == WITNESS.name
    assert verify_log(folder.read, read_policy(POLICY), NOW).witnessed_size == 1100


async def test_the_public_export_holds_no_entries(store, random, tmp_path):
    await grow(store, random, 300)
    place = tmp_path / "out"
    folder = Folder(place)
    await tools.export(store, "fineclean", folder.read, folder.write, bundles=False)
    names = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert names == {"checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"}


async def test_a_folder_of_a_longer_log_is_not_overwritten(store, random, tmp_path):
    """After a restore the log is behind what was exported: that is an alarm, not a new export."""
    await grow(store, random, 10)
    folder = Folder(tmp_path)
    folder.write("checkpoint", note.checkpoint(ORIGIN, 11, b"\x01" * 32, SIGNER).encode())
    with pytest.raises(Tampered):
        await tools.export(store, "fineclean", folder.read, folder.write)
    folder.write("checkpoint", note.checkpoint("other.example", 1, b"\x01" * 32, SIGNER).encode())
    with pytest.raises(NotFound):
        await tools.export(store, "fineclean", folder.read, folder.write)


async def test_a_witness_is_asked_until_it_knows_the_size(store, random, tmp_path):
    witnessing.create(tmp_path / "w", "auditor.example/w1", b"\x02" * 32, [SIGNER.key])
    outside = witnessing.Witness(tmp_path / "w")
    statuses = []

    def post(body):
        answer = outside.answer(body, NOW)
        statuses.append(answer.status)
        return answer.status, answer.body

    for start in (0, 300):
        await grow(store, random, 300, start=start)
        assert await tools.ask(store, "fineclean", str(SIGNER.key), str(WITNESS.key), post) == 1
    assert statuses == [200, 409, 200]
    assert (await tools.state(store, "fineclean")).witnessed_size == 600
    with pytest.raises(Unavailable):
        await tools.ask(store, "fineclean", str(SIGNER.key), str(WITNESS.key), lambda body: (503, b"busy"))
    for table in ("log_leaf", "log_tile", "log_head", "log_cosign"):
        await store.write(lambda tx, table=table: tx.run(f"DELETE FROM {table}"))
    await grow(store, random, 700, start=5000)
    with pytest.raises(Tampered):
        await tools.ask(store, "fineclean", str(SIGNER.key), str(WITNESS.key), post)


async def test_after_a_restore_the_log_goes_on_or_begins_again(store, random):
    log = await grow(store, random, 20)
    held = (await store.read(log.head)).encode()
    await tools.continues(store, "fineclean", held)
    ahead = note.checkpoint(ORIGIN, 30, b"\x01" * 32, SIGNER).encode()
    with pytest.raises(Tampered):
        await tools.continues(store, "fineclean", ahead)
    await witness(store, log)
    anew = note.signer("fineclean.example/log2", b"\x07" * 32)
    again = Log("fineclean", anew.name, anew)
    await store.write(lambda tx: again.begin_again(tx, AT))
    head = tree.read_head((await store.read(again.head)).encode())
    assert (head.origin, head.size, tree.check_signature(head, anew.key)) == (anew.name, 20, 0)
    assert (await tools.state(store, "fineclean")).witnesses == 0
    await store.write(lambda tx: again.append(tx, random(16), 1, AT, entry(99)))
    assert await store.write(lambda tx: again.integrate(tx, AT)) == 1
    with pytest.raises(BadInput):
        await store.write(lambda tx: again.begin_again(tx, AT))


async def act(store, log, random, *, effect=True, line=True, act="collect", leaves=0):
    id = random(16)

    async def work(tx):
        if effect:
            await tx.run(
                "INSERT INTO observation (org, observation, promise, at, outcome, detail, ledger_id)"
                " VALUES ('fineclean', $1, 'p', $2, 'ok', '', $1)",
                id, AT,
            )  # fmt: skip
        if line:
            root = "cd" * 32 if leaves else ""
            one = Line(AT, act, "done", "points.booking", "orders", "", root, leaves=leaves)
            await log.append(tx, id, 3, AT, encode(one))

    await store.write(work)
    return id


async def test_a_receipt_from_the_database_verifies_with_the_pinned_policy(store, random):
    log, id = Log("fineclean", ORIGIN, SIGNER), random(16)
    root, (opening,) = openings.build([("person", b'{"fields":["identity.email"]}')], random)
    line = encode(Line(AT, "agree", "given", "purposes.offers", "offers", "", root.hex(), leaves=1))
    await store.write(lambda tx: log.append(tx, id, 3, AT, line))
    await grow(store, random, 300)
    raw = receipt(await store.read(lambda tx: log.prove(tx, id)), opening)
    assert [one.code for one in verify_receipt(raw, read_policy(POLICY)).findings] == ["quorum"]
    await witness(store, log)
    await grow(store, random, 40, start=300)
    raw = receipt(await store.read(lambda tx: log.prove(tx, id)), opening)
    report = verify_receipt(raw, read_policy(POLICY))
    assert (report.sound, report.standing, report.size, report.opening) == (True, "witnessed", 301, "opened")
    assert len(raw) < 3000


async def test_reconciliation_names_what_has_no_counterpart(store, random):
    log = Log("fineclean", ORIGIN, SIGNER)
    for _ in range(3):
        await act(store, log, random)
    await store.write(lambda tx: log.integrate(tx, AT))
    await act(store, log, random)  # pending counts as written
    await act(store, log, random, effect=False, act="look")  # its effect may end by itself
    assert await tools.reconcile(store, "fineclean") == []
    lonely = await act(store, log, random, line=False)
    missing = await act(store, log, random, effect=False)
    erased = await act(store, log, random, effect=False, leaves=2)
    sql = "INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, 'fineclean', 1, 2)"
    await store.write(lambda tx: tx.run(sql, erased))
    await store.write(lambda tx: log.integrate(tx, AT))
    found = {(one.kind, one.ledger_id) for one in await tools.reconcile(store, "fineclean")}
    assert found == {
        ("effect_without_line", lonely), ("line_without_effect", missing), ("openings_differ", b"")
    }  # fmt: skip
    told = encode(Line(AT, "tick", "done", "rights.erasure", "erasure", "", "", 1, 2))
    await store.write(lambda tx: log.append(tx, random(16), 1, AT, told))
    await store.write(lambda tx: log.integrate(tx, AT))
    assert "openings_differ" not in {one.kind for one in await tools.reconcile(store, "fineclean")}


async def test_a_line_removed_or_changed_by_sql_is_found_at_night(store, random):
    log = Log("fineclean", ORIGIN, SIGNER)
    made = [await act(store, log, random) for _ in range(3)]
    await store.write(lambda tx: log.integrate(tx, AT))
    await store.write(lambda tx: tx.run("DELETE FROM log_leaf WHERE id = $1", made[1]))
    found = await tools.reconcile(store, "fineclean", 1)
    assert [(one.kind, one.at, one.ledger_id) for one in found] == [("effect_without_line", "observation", made[1])]
