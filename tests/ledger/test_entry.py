"""A line is canonical, carries no value of a person, and its openings belong to it and to nobody else."""

import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import BadInput, Tampered
from tepati.ledger import openings
from tepati.ledger.entry import HOUR, MINUTE, ONCE, Line, decode, encode, rounded

AT = 1_795_000_000_123_456
words = st.from_regex(r"[a-z][a-z0-9_.]{0,40}", fullmatch=True)
digests = st.sampled_from(["", "0" * 64, "9f" * 32])
numbers = st.integers(0, 2**53 - 1)
lines = st.builds(Line, numbers, words, words, words, words, digests, digests, numbers, numbers).map(
    lambda one: msgspec.structs.replace(one, leaves=7 if one.opening else 0)
)


def line(**changed):
    first = Line(AT, "agree", "done", "purposes.offers", "offers", "ab" * 32, "cd" * 32, 1, 0, 2)
    return msgspec.structs.replace(first, **changed)


@given(lines)
def test_bytes_are_those_of_rfc_8785(one):
    raw = encode(one)
    assert raw == rfc8785.dumps(json.loads(raw))
    assert raw.isascii()
    assert encode(decode(raw)) == raw


def test_time_is_rounded_by_what_it_could_show():
    assert decode(encode(line())).at == AT - AT % MINUTE
    assert decode(encode(line(act="look"))).at == AT - AT % HOUR
    assert decode(encode(line(act="something_new"))).at == AT - AT % HOUR
    assert rounded(AT, "look", n=40) == AT - AT % MINUTE
    assert "look" not in ONCE
    assert "sign_in" not in ONCE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("act", "rini@example.test"), ("promise", "Rini Wulandari"), ("purpose", "+62 812 3456"), ("answer", "é"),
        ("promise", "a" * 201), ("notice", "AB" * 32), ("opening", "ab"), ("at", -1), ("at", 2**53), ("n", 2**53),
        ("openings", -1), ("purpose", "x\n"), ("leaves", -1), ("leaves", 0),
    ],
)  # fmt: skip
def test_what_could_be_a_value_of_a_person_cannot_stand_in_a_line(field, value):
    with pytest.raises(BadInput) as told:
        encode(line(**{field: value}))
    assert field in told.value.faults
    assert str(value) not in str(told.value) or len(str(value)) < 3


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw + b" ", lambda raw: raw[:-1], lambda raw: raw.replace(b'"n":1', b'"n":1.0'),
        lambda raw: raw.replace(b'"n":1', b'"n":01'), lambda raw: raw.replace(b'"v":1', b'"v":1,"w":1'),
        lambda raw: raw.replace(b'"v":1', b'"v":2'), lambda raw: raw.replace(b"agree", b"\\u0061gree"),
        lambda raw: b"\xff" + raw, lambda raw: raw.replace(b'"n":1,', b'"n":1,"n":1,'),
    ],
)  # fmt: skip
def test_only_the_canonical_spelling_is_read(change):
    raw = encode(line())
    assert change(raw) != raw
    with pytest.raises(Tampered):
        decode(change(raw))


@given(st.lists(st.tuples(words, st.binary(max_size=40)), min_size=1, max_size=20))
def test_every_party_opens_its_own_part(parts):
    root, made = openings.build(parts, lambda n: bytes(i * 7 % 251 for i in range(n)))
    for (party, payload), one in zip(parts, made, strict=True):
        assert openings.check(openings.unpack(openings.pack(one)), root)
        assert (one.party, one.payload) == (party, payload)


def test_no_opening_opens_another_line_or_says_anything_else(random):
    root, made = openings.build([("person", b"{}"), ("actor", b"{}"), ("person", b"1")], random)
    other, _ = openings.build([("person", b"{}"), ("actor", b"{}"), ("person", b"1")], random)
    one = made[0]
    wrongs = [
        msgspec.structs.replace(one, payload=b"{ }"), msgspec.structs.replace(one, party="actor"),
        msgspec.structs.replace(one, salt=made[1].salt), msgspec.structs.replace(one, index=1),
        msgspec.structs.replace(one, size=9), msgspec.structs.replace(one, path=one.path[:1]),
        msgspec.structs.replace(one, salt=b""), msgspec.structs.replace(one, party="perso", payload=b"n{}"),
    ]  # fmt: skip
    assert openings.check(one, root)
    for wrong in wrongs:
        with pytest.raises(Tampered):
            openings.check(wrong, root)
    with pytest.raises(Tampered):
        openings.check(one, other)
    assert openings.build([], random) == (b"", [])
