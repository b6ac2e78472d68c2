"""Signed heads: the examples of the C2SP documents verify, and nothing that was touched does."""

import pytest

from tepati.errors import Misconfigured, Tampered
from tepati.ledger import note, tree

# signed-note.md, "Example"; the note has no three lines, so only its key is read here.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def log(name="example.org/log"):
    return note.signer(name, b"\x01" * 32)


def witness(name="auditor.example/w1"):
    return note.signer(name, b"\x02" * 32, tree.WITNESS)


def signed(size=3):
    return note.checkpoint("example.org/log", size, b"\x07" * 32, log())


def test_the_example_key_of_the_specification_is_read_and_written():
    assert str(tree.read_key(FOO)) == FOO


@pytest.mark.parametrize("place", range(0, len(FOO), 7))
def test_a_changed_key_is_refused(place):
    wrong = FOO[:place] + ("A" if FOO[place] != "A" else "B") + FOO[place + 1 :]
    with pytest.raises(Tampered):
        tree.read_key(wrong)


def test_log_and_witness_sign_and_are_told_apart():
    text = signed()
    both = note.joined([text, text + note.cosign(text.encode(), witness(), 1_795_000_000)])
    head = tree.read_head(both.encode())
    assert tree.check_signature(head, log().key) == 0
    assert tree.check_signature(head, witness().key) == 1_795_000_000
    assert tree.check_signature(head, note.signer("stranger", b"\x03" * 32).key) is None
    assert (head.origin, head.size, head.root) == ("example.org/log", 3, b"\x07" * 32)
    assert both.count("—") == 2


def test_any_changed_byte_of_a_head_is_refused_or_changes_nobody_s_word():
    raw = signed().encode()
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            verdict = tree.check_signature(tree.read_head(changed), log().key)
        except Tampered:
            continue
        assert verdict is None  # the name or the id of the signature changed: now nobody known signed it


def test_a_cosignature_moved_in_time_is_refused():
    line = note.cosign(signed().encode(), witness(), 1_795_000_000)
    later = note.cosign(signed(4).encode(), witness(), 1_795_000_000)
    head = tree.read_head((signed() + later).encode())
    assert line != later
    with pytest.raises(Tampered, match="ledger_signature"):
        tree.check_signature(head, witness().key)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", "a\n1\n", "a\n01\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— a AAAAAAAA\n",
        "a\n1\nBwcH\n\n— a AAAAAAAA\n", "a\n1\r\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— a AAAAAAAA\n",
        "a\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— a AAAAAAAA\n",
        "a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n- a AAAAAAAA\n",
        "a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— a AAAAAAAA",
        "a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=\n\n— a AAAAAAAA\n",
    ],
)  # fmt: skip
def test_what_is_no_head_is_refused(text):
    with pytest.raises(Tampered):
        tree.read_head(text.encode())


def test_a_secret_is_written_and_read_back():
    text = note.write_secret("auditor.example/w1", b"\x02" * 32, tree.WITNESS)
    assert note.read_secret(text + "\n").key == witness().key
    with pytest.raises(Misconfigured):
        note.read_secret(text.replace("w1", "w2"))
    with pytest.raises(Misconfigured):
        note.signer("two words", b"\x02" * 32)


def test_heads_of_two_trees_are_not_joined():
    with pytest.raises(Tampered):
        note.joined([signed(3), signed(4)])
