"""Passkeys by a key in software: each rule of WebAuthn has an answer that breaks it alone, and none of them holds."""

import copy
import hmac
import itertools
from types import SimpleNamespace

import pytest

from tepati.flows import passkeys
from tepati.flows.guards import Guard
from tepati.flows.passkeys import LIFE, MOST, Party, Shown, Wrong
from tests.passkeys import PRESENT, VERIFIED, Key

AT, ORIGIN, PERSON, SESSION = 1_800_000_000_000_000, "https://toko.example", b"p" * 16, b"s" * 32
HERE = Party("toko.example", ORIGIN)


def desk(org: str = "toko", mac: bytes = b"k") -> SimpleNamespace:
    """Stand in for a door: its name, MAC, clock and chance are all that a key asks of it."""
    chance = itertools.count(1)
    called = SimpleNamespace(organisation=SimpleNamespace(name="Toko"))
    return SimpleNamespace(
        org=org, notice=called, now=lambda: AT, random=lambda n: next(chance).to_bytes(n),
        mac=lambda body: hmac.digest(mac, body, "sha256"),
    )  # fmt: skip


DOOR = desk()


def added(key: Key, guard: Guard = Guard(), bound: bytes = SESSION, door=DOOR, at: int = AT, **false) -> Guard:  # noqa: B008
    asked = passkeys.making(door, HERE, PERSON, guard.keys, bound)
    return passkeys.made(DOOR, guard, Shown(key.create(asked, **false), HERE, SESSION), "android", at)


def used(guard: Guard, key: Key, bound: bytes = SESSION, door=DOOR, at: int = AT, **false) -> Guard | None:
    asked = passkeys.using(door, HERE, guard.keys, bound)
    return passkeys.taken(DOOR, PERSON, guard, Shown(key.get(asked, **false), HERE, SESSION), at)


def test_a_key_is_added_and_used_and_its_count_goes_on() -> None:
    key = Key(ORIGIN)
    guard = added(key)
    assert [(one.kind, one.made, one.count) for one in guard.keys] == [("android", AT, 1)]
    after = used(guard, key)
    assert [(one.used, one.count, one.stopped) for one in after.keys] == [(AT, 2, 0)]
    assert not passkeys.copied(guard, after)


@pytest.mark.parametrize(
    ("key", "false"),
    [
        ({"flags": PRESENT}, {}),  # nobody was verified
        ({"flags": VERIFIED}, {}),  # nobody was there
        ({"name": "jahat.example"}, {}),
        ({"origin": "https://toko.example.jahat.example"}, {}),
        ({"origin": "http://toko.example"}, {}),
        ({}, {"type": "webauthn.get"}),
        ({}, {"crossOrigin": True}),
        ({}, {"challenge": "AAAA"}),
        ({}, {"bound": b"another session"}),
        ({}, {"door": desk("lain")}),  # another organisation's challenge
        ({}, {"door": desk(mac=b"forged")}),
        ({}, {"at": AT + LIFE + 1}),
        ({}, {"at": AT - 1}),
        ({}, {"made": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"y"]}}}),
        ({}, {"made": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x"}}}),
        ({}, {"made": {"fmt": "tpm"}}),
        ({}, {"made": {"authData": b"\x9f" * 99}}),
    ],
)
def test_no_key_is_added_that_breaks_one_rule(key: dict, false: dict) -> None:
    with pytest.raises(Wrong):
        added(Key(**{"origin": ORIGIN} | key), **false)


def test_no_key_twice_and_no_more_than_ten() -> None:
    key = Key(ORIGIN)
    guard = added(key)
    with pytest.raises(Wrong):
        added(key, guard)
    for _ in range(MOST - 1):
        guard = added(Key(ORIGIN), guard)
    with pytest.raises(Wrong):
        added(Key(ORIGIN), guard)


@pytest.mark.parametrize(
    ("changed", "false"),
    [
        ({"flags": PRESENT}, {}),
        ({"flags": VERIFIED}, {}),
        ({"name": "jahat.example"}, {}),
        ({"origin": "https://toko.example.jahat.example"}, {}),
        ({"private": Key(ORIGIN).private}, {}),
        ({"id": b"of somebody else"}, {}),
        ({}, {"type": "webauthn.create"}),
        ({}, {"crossOrigin": True}),
        ({}, {"challenge": "AAAA"}),
        ({}, {"challenge": "!"}),
        ({}, {"bound": b"another session"}),
        ({}, {"door": desk("lain")}),
        ({}, {"door": desk(mac=b"forged")}),
        ({}, {"at": AT + LIFE + 1}),
        ({}, {"at": AT - 1}),
    ],
)
def test_no_key_is_taken_that_breaks_one_rule(changed: dict, false: dict) -> None:
    key = Key(ORIGIN)
    guard = added(key)
    assert used(guard, copy.copy(key))
    for name, value in changed.items():
        setattr(key, name, value)
    assert used(guard, key, **false) is None


def test_an_answer_is_taken_once() -> None:
    key = Key(ORIGIN, counts=False)
    guard = added(key)
    answer = Shown(key.get(passkeys.using(DOOR, HERE, guard.keys, SESSION)), HERE, SESSION)
    after = passkeys.taken(DOOR, PERSON, guard, answer, AT)
    assert passkeys.taken(DOOR, PERSON, after, answer, AT) is None
    later = used(after, key, at=AT + LIFE)
    assert len(later.taken) == 3, "remembered while it would be in time: the key's making, and two uses"


def test_a_copied_key_is_stopped_and_one_that_counts_nothing_is_not() -> None:
    """Only who holds the key stops it: a number of a stranger's says nothing."""
    key = Key(ORIGIN)
    guard = added(key)
    twin, stranger = copy.copy(key), copy.copy(key)
    guard = used(guard, key)
    stranger.private, stranger.count = Key(ORIGIN).private, -1
    assert used(guard, stranger) is None
    stopped = used(guard, twin)
    assert passkeys.copied(guard, stopped)
    assert used(stopped, key) is None
    assert passkeys.using(DOOR, HERE, stopped.keys, SESSION)["allowCredentials"] == []
    carried = Key(ORIGIN, counts=False)
    guard = added(carried)
    for _ in range(3):
        guard = used(guard, carried)
        assert not guard.keys[0].stopped
    carried.count = 7  # and one that counted, and now says 0, went back
    guard = used(guard, carried)
    carried.count = 0
    assert used(guard, carried).keys[0].stopped


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "nonsense", '{"id":"AA","response":{"clientDataJSON":"!"}}', "[" * 5000, "x" * 9000, "\udcff",
     '{"id":"AA","response":{"clientDataJSON":"eyJjaGFsbGVuZ2UiOiIifQ"}}'],
)  # fmt: skip
def test_garbage_is_wrong_and_nothing_else(answer: str) -> None:
    with pytest.raises(Wrong):
        passkeys.made(DOOR, Guard(), Shown(answer, HERE, SESSION), "other", AT)
    assert passkeys.taken(DOOR, PERSON, Guard(), Shown(answer, HERE, SESSION), AT) is None


def test_a_question_says_nothing_of_the_person_and_names_differ_by_organisation() -> None:
    """What a device keeps, and an account copies about, leads back to nobody."""
    asked = passkeys.making(DOOR, HERE, PERSON, (), SESSION)
    assert asked["rp"] == {"id": "toko.example", "name": "Toko"}
    assert asked["user"]["name"] == asked["user"]["displayName"] == "Toko"
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["user"]["id"] != passkeys.making(desk("lain"), HERE, PERSON, (), SESSION)["user"]["id"]


@pytest.mark.parametrize(
    ("name", "able"), [("toko.example", True), ("localhost", True), ("127.0.0.1", False), ("::1", False)]
)
def test_no_key_is_bound_to_a_number(name: str, able: bool) -> None:
    assert Party(name, "").able is able
