"""A witness cosigns what continues the log it saw and nothing else, and keeps what it said before it says it."""

import http.client
import threading
from pathlib import Path

import pytest

from tepati.errors import Misconfigured
from tepati.ledger import note, tree
from tepati.ledger.proof import write_submission
from tepati.ledger.tools import submission_from
from tepati.ports import witnessing
from tests.ledger.logs import AT, ORIGIN, SIGNER, entry, files

NOW = AT // 1_000_000
ENTRIES = [entry(i) for i in range(600)]


@pytest.fixture
def witness(tmp_path):
    witnessing.create(tmp_path / "w", "auditor.example/w1", b"\x02" * 32, [SIGNER.key])
    return witnessing.Witness(tmp_path / "w")


def ask(witness, size, old, entries=ENTRIES):
    log = files(entries[:size], cosigned=False)
    return witness.answer(submission_from(log.get, old), NOW)


def test_it_follows_a_log_that_only_grows(witness):
    old = 0
    for size in (1, 255, 256, 257, 600):
        answer = ask(witness, size, old)
        assert answer.status == 200, answer.body
        head = tree.read_head(files(ENTRIES[:size], cosigned=False)["checkpoint"] + answer.body)
        assert tree.check_signature(head, witness.signer.key) == NOW
        kept = tree.read_head(witness.last(ORIGIN))
        assert (kept.size, tree.check_signature(kept, SIGNER.key)) == (size, 0)
        old = size
    assert ask(witness, 600, 600).status == 200  # the same head again: a lost answer is asked for again


def test_it_refuses_a_fork_and_stays_where_it_was(witness):
    assert ask(witness, 300, 0).status == 200
    before = witness.last(ORIGIN)
    forked = [*ENTRIES[:100], entry(7777), *ENTRIES[101:]]
    assert ask(witness, 600, 300, forked).status == 422
    assert ask(witness, 300, 300, forked).status == 422
    assert ask(witness, 200, 300).status == 400
    stale = ask(witness, 600, 200)
    assert (stale.status, stale.kind, stale.body) == (409, "text/x.tlog.size", b"300\n")
    assert ask(witness, 200, 0).status == 409
    assert witness.last(ORIGIN) == before
    assert ask(witness, 600, 300).status == 200


def test_it_refuses_strangers_and_nonsense(witness):
    thief = note.signer(ORIGIN, b"\x09" * 32)
    head = files(ENTRIES[:3], cosigned=False, signer=thief)["checkpoint"].decode()
    assert witness.answer(write_submission(0, [], head), NOW).status == 403
    true = files(ENTRIES[:3], cosigned=False)["checkpoint"].decode()
    broken = true[:-10] + ("A" if true[-10] != "A" else "B") + true[-9:]
    assert witness.answer(write_submission(0, [], broken), NOW).status in {400, 403}
    other = note.checkpoint("other.example/log", 1, tree.EMPTY, note.signer("other.example/log", b"3" * 32))
    assert witness.answer(write_submission(0, [], other), NOW).status == 404
    empty = note.checkpoint(ORIGIN, 0, b"\x00" * 32, SIGNER)
    assert witness.answer(write_submission(0, [], empty), NOW).status == 422
    assert witness.answer(write_submission(0, [tree.EMPTY], true), NOW).status == 422
    long = write_submission(0, [tree.EMPTY] * 64, true)
    for body in (b"", b"old 0\n", b"old 00\n\n" + true.encode(), b"old -1\n\n" + true.encode(), long, b"\xff" * 99,
                 b"old 0\nx\n\n" + true.encode()):  # fmt: skip
        assert witness.answer(body, NOW).status == 400
    assert witness.last(ORIGIN) is None


def test_a_crash_after_cosigning_before_keeping_tells_nobody_anything(witness, monkeypatch):
    def full(self, name, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(witnessing.Folder, "write", full)
    with pytest.raises(OSError, match="No space"):
        ask(witness, 300, 0)
    monkeypatch.undo()
    assert witness.last(ORIGIN) is None


def test_two_requests_at_once_cannot_roll_it_back(witness):
    """The race that tlog-witness describes: both say "old 0"; one is cosigned, the other is told the new size."""
    answers = []
    threads = [
        threading.Thread(target=lambda size=size: answers.append((size, ask(witness, size, 0)))) for size in (300, 600)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    won = [size for size, answer in answers if answer.status == 200]
    assert len(won) == 1
    assert tree.read_head(witness.last(ORIGIN)).size == won[0]


def test_it_is_made_once_and_its_key_is_kept_close(tmp_path):
    place = tmp_path / "w"
    key = witnessing.create(place, "auditor.example/w1", b"\x02" * 32, [SIGNER.key])
    assert (key.kind, (place / "key").stat().st_mode & 0o777) == (tree.WITNESS, 0o600)
    with pytest.raises(Misconfigured):
        witnessing.create(place, "auditor.example/w1", b"\x03" * 32, [SIGNER.key])
    with pytest.raises(Misconfigured):
        witnessing.Witness(Path("/nonexistent"))


def test_it_serves_tlog_witness(witness):
    server = witnessing.server(witness, ("127.0.0.1", 0), lambda: NOW)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    link = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    try:
        name = witnessing.origin_hash(ORIGIN)

        def say(method, path, body=None):
            link.request(method, path, body)
            answer = link.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()

        assert say("GET", f"/{name}/checkpoint")[0] == 404
        body = submission_from(files(ENTRIES, cosigned=False).get, 0)
        status, _, line = say("POST", "/add-checkpoint", body)
        assert (status, line[:3]) == (200, "—".encode())
        assert say("POST", "/add-checkpoint", body)[:2] == (409, "text/x.tlog.size")
        assert say("GET", f"/{name}/checkpoint")[2].endswith(line)
        assert witnessing.ask(f"http://127.0.0.1:{server.server_address[1]}", body)[0] == 409
        assert say("GET", "/../key")[0] == 404
        assert say("POST", "/other", b"x")[0] == 404
    finally:
        link.close()
        server.shutdown()
        server.server_close()
        thread.join()
