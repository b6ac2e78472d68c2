"""The verifier finds and names what was done to a log or a receipt, and never says more than it knows."""

import json

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tepati.errors import Tampered
from tepati.ledger import note, openings, tiles, tree
from tepati.ledger.entry import Line, encode
from tepati.ledger.log import Proven
from tepati.ledger.proof import write_proof
from tepati.ledger.receipt import Datum, Event, Party, Process, detached, digest, receipt, record
from tepati.ledger.verify import read_policy, verify_log, verify_receipt
from tests.ledger.logs import AT, ORIGIN, POLICY, SIGNER, WITNESS, entry, files

NOW = AT // 1_000_000 + 3600
SIZE = 700
ENTRIES = [entry(i) for i in range(SIZE)]
LOG = files(ENTRIES)
TRUST = read_policy(POLICY)


def verify(log, policy=TRUST, **more):
    return verify_log(log.get, policy, NOW, **more)


def with_entries(entries, number):
    """The true log with one bundle's entries replaced."""
    width = min(256, SIZE - number * 256)
    return LOG | {tree.tile_path("entries", number, width): tiles.bundle(entries)}


def test_a_sound_log_is_sound_and_witnessed():
    report = verify(LOG)
    assert (report.sound, report.standing, report.size, report.witnessed_size) == (True, "witnessed", SIZE, SIZE)


def test_standings_are_told_apart():
    assert verify(files(ENTRIES), None).standing == "unpinned"
    assert verify(files(ENTRIES, at=NOW - 30 * 86_400)).standing == "stale"
    lone = verify(files(ENTRIES, cosigned=False))
    assert (lone.standing, [one.code for one in lone.findings]) == ("unwitnessed", ["quorum"])
    assert verify(files(ENTRIES, cosigned=False), read_policy(f"log {SIGNER.key}\nquorum none\n")).sound


def test_a_head_behind_the_newest_may_be_the_cosigned_one():
    old = files(ENTRIES[:300])["checkpoint"]
    log = files(ENTRIES, cosigned=False) | {"checkpoint.witnessed": old}
    report = verify(log)
    assert (report.sound, report.standing, report.witnessed_size) == (True, "witnessed", 300)
    other = files([entry(i) for i in range(9, 309)])["checkpoint"]
    assert [one.code for one in verify(log | {"checkpoint.witnessed": other}).findings] == ["forked"]


@pytest.mark.parametrize("index", [0, 1, 100, 255, 256, 511, 512, 698, 699])
def test_an_altered_entry_is_named(index):
    number, place = divmod(index, 256)
    some = ENTRIES[number * 256 : number * 256 + 256]
    some[place] = entry(index, act="erase")
    (found,) = verify(with_entries(some, number)).findings
    assert (found.code, found.index) == ("altered", index)


@pytest.mark.parametrize("index", [0, 1, 100, 255, 256, 511, 512, 698, 699])
def test_a_removed_entry_is_named(index):
    number, place = divmod(index, 256)
    some = ENTRIES[number * 256 : number * 256 + 256]
    del some[place]
    (found,) = verify(with_entries(some, number)).findings
    assert (found.code, found.index) == ("removed", index)


@pytest.mark.parametrize("index", [0, 1, 255, 256, 699])
def test_a_removed_entry_is_named_when_all_later_ones_move_up(index):
    some = ENTRIES[:index] + ENTRIES[index + 1 :]
    bundles = {path.replace("187", "188"): data for path, data in files(some).items() if "entries" in path}
    log = {path: data for path, data in LOG.items() if "entries" not in path} | bundles
    report = verify(log)
    assert (report.findings[0].code, report.findings[0].index) == ("removed", index)


@pytest.mark.parametrize("index", [0, 1, 100, 255, 512, 699])
def test_an_inserted_entry_is_named(index):
    number, place = divmod(index, 256)
    some = ENTRIES[number * 256 : number * 256 + 256]
    some.insert(place, entry(9999))
    (found,) = verify(with_entries(some, number)).findings
    assert (found.code, found.index) == ("inserted", index)


@pytest.mark.parametrize(("one", "other"), [(0, 5), (3, 200), (512, 699)])
def test_reordered_entries_are_named(one, other):
    number = one // 256
    some = ENTRIES[number * 256 : number * 256 + 256]
    a, b = one % 256, other % 256
    some[a], some[b] = some[b], some[a]
    (found,) = verify(with_entries(some, number)).findings
    assert (found.code, found.index) == ("reordered", one)


def test_a_cut_tail_is_named():
    log = {path: data for path, data in LOG.items() if path != "tile/entries/002.p/188"}
    assert [(one.code, one.index) for one in verify(log).findings] == [("removed", 512)]
    short = files(ENTRIES[:650])
    assert verify(short).sound  # a shorter true log is sound by itself: only an older head or a witness tells
    codes = [one.code for one in verify(short, since=LOG["checkpoint"]).findings]
    assert codes == ["behind"]


def test_a_rewritten_history_needs_an_older_head_to_be_seen():
    forged = files([*ENTRIES[:10], entry(7777), *ENTRIES[11:]])
    assert verify(forged).sound  # the company and its witness together
    codes = [one.code for one in verify(forged, since=files(ENTRIES[:400])["checkpoint"]).findings]
    assert codes == ["forked"]
    assert verify(LOG, since=files(ENTRIES[:400])["checkpoint"]).sound
    assert verify(LOG, since=LOG["checkpoint"]).sound


def test_entries_and_tiles_rewritten_together_do_not_lead_to_the_signed_root():
    forged = files([*ENTRIES[:300], entry(7777), *ENTRIES[301:]]) | {"checkpoint": LOG["checkpoint"]}
    assert [one.code for one in verify(forged).findings] == ["rewritten"]
    half = LOG | {path: data for path, data in forged.items() if path.startswith(("tile/0/001", "tile/entries/001"))}
    (found,) = verify(half).findings
    assert found.code == "rewritten"
    assert "entries 256 to 511" in found.what


@pytest.mark.parametrize("path", sorted(LOG))
def test_a_flipped_bit_anywhere_in_any_file_is_found(path):
    raw = LOG[path]
    for place in sorted({0, 1, 2, 3, len(raw) // 2, len(raw) - 2, len(raw) - 1, len(raw) // 3, 40, 90, 150, 200}):
        if place >= len(raw):
            continue
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        report = verify(LOG | {path: changed})
        assert report.findings, (path, place)


@pytest.mark.parametrize("path", sorted(LOG))
def test_a_missing_or_cut_file_is_found(path):
    assert verify({name: data for name, data in LOG.items() if name != path}).findings
    assert verify(LOG | {path: LOG[path][:-1]}).findings
    assert verify(LOG | {path: b""}).findings


def test_a_head_by_another_key_is_nobody_s_word():
    thief = note.signer(ORIGIN, b"\x09" * 32)
    codes = {one.code for one in verify(files(ENTRIES, signer=thief)).findings}
    assert codes == {"signature"}
    liar = note.signer("auditor.example/w1", b"\x08" * 32, tree.WITNESS)
    assert verify(files(ENTRIES, witness=liar)).standing == "unwitnessed"


@pytest.mark.parametrize(
    "text",
    [
        "", "quorum none\nquorum none\n", f"log {SIGNER.key}\n", f"log {WITNESS.key}\nquorum none\n",
        f"witness w {SIGNER.key}\nquorum w\n", "quorum nobody\n", f"log {SIGNER.key}\nlog {SIGNER.key}\nquorum none\n",
        f"witness w {WITNESS.key}\ngroup g 2 w\nquorum g\n", f"witness none {WITNESS.key}\nquorum none\n",
        f"witness w {WITNESS.key}\ngroup g any w\ngroup h any w\nquorum h\n", "trust everybody\nquorum none\n",
        "log abc\nquorum none\n",
    ],
)  # fmt: skip
def test_a_policy_that_says_nothing_clear_is_refused(text):
    with pytest.raises(Tampered):
        read_policy(text)


def test_a_policy_may_ask_for_some_of_many():
    keys = [note.signer(f"w{i}", bytes([i]) * 32, tree.WITNESS).key for i in range(1, 5)]
    text = "# keys\n" + "".join(f" witness x{i}\t{key}\n" for i, key in enumerate(keys))
    policy = read_policy(text + "group a 2 x0 x1 x2\ngroup b all a x3\nquorum b\n")
    assert policy.met({"x0", "x2", "x3"})
    assert not policy.met({"x0", "x1", "x2"})
    assert not policy.met({"x0", "x3"})


# --- receipts


def party(name="FINECLEAN.ID"):
    return Party("org:fineclean", name, "Jalan Contoh 4, Depok", "privasi@fineclean.example", "dpv:Organisation")


def readable():
    process = Process(
        "https://fineclean.example/privasi", "id", "mengirim penawaran", "dpv:DirectMarketing", "dpv:ExpressedConsent",
        (Datum("identity.name"), Datum("identity.email")), (party(),), ("ID",), "P2Y", "ID", (), "/me", ("dpv:Right",),
        "web",
    )  # fmt: skip
    event = Event("2026-11-18T12:26:40Z", "P2Y", "receipt-holder", "explicit", "dpv:ConsentGiven")
    return record("r-1", "receipt-holder", (process,), (event,))


def made(random, *, cosigned=True, bound=True):
    says = {"at": AT, "fields": ["identity.email"], "role": "person"}
    if bound:
        says["record"] = digest(readable())
    payload = msgspec.json.encode(says, order="sorted")
    root, parts = openings.build([("person", payload), ("actor", b"{}")], random)
    line = encode(Line(AT, "agree", "done", "purposes.offers", "offers", "ab" * 32, root.hex(), leaves=2))
    entries = [*ENTRIES[:300], line, *ENTRIES[301:]]
    grown = tiles.grow(0, {}, [tree.leaf_hash(one) for one in entries])
    path = tree.inclusion(300, SIZE, tiles.Tiles(SIZE, grown).span)
    head = files(entries, cosigned=cosigned)["checkpoint"].decode()
    return receipt(Proven(300, line, write_proof(300, path, head), 1), parts[0], readable())


def test_a_receipt_verifies_with_nothing_but_the_pinned_keys(random):
    report = verify_receipt(made(random), TRUST)
    assert (report.sound, report.standing, report.index) == (True, "witnessed", 300)
    assert (report.opening, report.record, report.line.act) == ("opened", "bound", "agree")
    assert verify_receipt(made(random), None).standing == "unpinned"
    assert verify_receipt(made(random, bound=False), TRUST).record == "unbound"


def test_a_receipt_without_its_salt_names_nobody(random):
    raw = detached(made(random))
    report = verify_receipt(raw, TRUST)
    assert (report.sound, report.opening, report.record) == (True, "closed", "none")
    for word in (b"identity", b"receipt-holder", b"FINECLEAN"):
        assert word not in raw


def test_any_change_of_a_receipt_is_found(random):
    raw = made(random)
    whole = json.loads(raw)
    changes = {
        "line": whole["line"].replace("agree", "erase"),
        "proof": whole["proof"].replace("index 300", "index 301"),
        "opening": whole["opening"] | {"payload": whole["opening"]["payload"].replace("person", "stranger")},
        "record": whole["record"] | {"record_id": "r-2"},
        "tepati": "receipt/v2",
    }
    for key, value in changes.items():
        report = verify_receipt(json.dumps(whole | {key: value}).encode(), TRUST)
        assert not report.sound, key
    for place in range(0, len(whole["proof"]), 11):
        text = whole["proof"][:place] + chr(ord(whole["proof"][place]) ^ 1) + whole["proof"][place + 1 :]
        report = verify_receipt(json.dumps(whole | {"proof": text}).encode(), TRUST)
        assert not report.sound, place
    assert not verify_receipt(raw[: len(raw) // 2], TRUST).sound
    assert not verify_receipt(b"\xff", TRUST).sound


def test_a_receipt_of_another_log_or_without_witness_is_told(random):
    other = read_policy(f"log {note.signer('other.example/log', b'3' * 32).key}\nquorum none\n")
    assert [one.code for one in verify_receipt(made(random), other).findings] == ["signature"]
    assert [one.code for one in verify_receipt(made(random, cosigned=False), TRUST).findings] == ["quorum"]


def test_a_head_that_claims_any_size_does_not_keep_the_verifier_busy():
    head = note.checkpoint(ORIGIN, 10**18, b"\x01" * 32, SIGNER)
    assert [one.code for one in verify(LOG | {"checkpoint": head.encode()}, None).findings] == ["removed", "rewritten"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["altered", "removed", "inserted", "reordered"]), st.integers(0, SIZE - 1), st.integers(1, 255))
def test_whatever_is_done_to_an_entry_is_named_with_its_number(deed, index, far):
    number, place = divmod(index, 256)
    some = ENTRIES[number * 256 : number * 256 + 256]
    if deed == "altered":
        some[place] = entry(8000 + index)
    elif deed == "removed":
        del some[place]
    elif deed == "inserted":
        some.insert(place, entry(8000 + index))
    else:
        other = (place + far) % len(some)
        assume(other != place)
        some[place], some[other] = some[other], some[place]
        index = number * 256 + min(place, other)
    (found,) = verify(with_entries(some, number)).findings
    assert (found.code, found.index) == (deed, index)


def test_several_removed_and_one_moved_are_told_apart():
    (found,) = verify(with_entries(ENTRIES[:7] + ENTRIES[11:256], 0)).findings
    assert (found.code, found.index) == ("removed", 7)
    (found,) = verify(with_entries([*ENTRIES[:7], *ENTRIES[8:100], ENTRIES[7], *ENTRIES[100:256]], 0)).findings
    assert (found.code, found.index) == ("reordered", 7)
