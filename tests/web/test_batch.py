"""Staff's own program brings many submissions at once: one session, all or none, faults by row."""

import dataclasses
import json
from itertools import product

import pyotp
import pytest

from tepati.flows.acts.staff import sign_in, undertake, welcome
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import PASSWORD
from tests.flows.test_staff import NEW
from tests.web.test_whole import site  # noqa: F401 - a fixture

BATCH = "/v1/home-cleaning/collect/batch"
ONE = "/v1/home-cleaning/collect"
AHEAD = {"booking__date": "2026-11-25"}  # the other bookings were agreed for an hour that is over
VALUES = {
    "identity.name": "Ratna Dewi", "identity.phone": "0812 3456 7890", "identity.age": "18_or_over",
    "location.address": "Jalan Kenanga 7, Depok", "booking.service": "routine", "booking.date": "2026-11-18",
    "booking.slot": "s1330", "booking.method": "online", "booking.wish": "",
}  # fmt: skip


def submissions(n: int, **other: str) -> dict[str, object]:
    return {
        "submissions": [
            {"point": "booking", "channel": "phone", "terms": True, "once": i.to_bytes(16, "big").hex(),
             "values": VALUES | {"identity.email": f"orang{i}@contoh.example"}
             | {key.replace("__", "."): value for key, value in other.items()}}
            for i in range(n)
        ]
    }  # fmt: skip


async def signed(site):  # noqa: F811
    """Sign a dispatcher in; give the door, the client and the header of the session."""
    opened, client = site
    welcomed = await welcome(opened, dataclasses.replace(NEW, roles=("dispatcher",)))
    await undertake(opened, welcomed.person)
    code = pyotp.TOTP(welcomed.factor).at(opened.now() // 1_000_000)
    token = await sign_in(opened, NEW.email, PASSWORD, code)
    return opened, client, {"authorization": f"Bearer {token}"}


async def records(opened) -> int:
    return (await opened.store.read(lambda tx: tx.one("SELECT count(*) FROM record WHERE point = 'booking'")))[0]


async def test_a_batch_is_taken_and_its_numbers_come_back(site):  # noqa: F811
    opened, client, bearer = await signed(site)
    async with client:
        first = await client.post(BATCH, json=submissions(30), headers=bearer)
        again = await client.post(BATCH, json=submissions(30), headers=bearer)
    assert first.status_code == 201, first.text
    assert len(set(first.json()["numbers"])) == 30
    assert again.json() == first.json()
    assert await records(opened) == 30


async def test_faults_name_their_row_and_nothing_is_taken(site):  # noqa: F811
    opened, client, bearer = await signed(site)
    body = submissions(3)
    body["submissions"][1]["values"]["booking.slot"] = "s9999"
    async with client:
        answer = await client.post(BATCH, json=body, headers=bearer)
    assert answer.status_code == 400
    assert set(answer.json()["faults"]) == {"1.booking.slot"}
    assert await records(opened) == 0


@pytest.mark.parametrize("body", [{"submissions": []}, {}, [], {"submissions": [{"point": "booking"}]}])
async def test_what_is_no_batch_is_a_bad_request(site, body):  # noqa: F811
    _, client, bearer = await signed(site)
    async with client:
        assert (await client.post(BATCH, json=body, headers=bearer)).status_code == 400


async def test_without_a_session_nothing_is_taken(site):  # noqa: F811
    opened, client, _ = await signed(site)
    async with client:
        for header in ({}, {"authorization": "Bearer x"}):
            assert (await client.post(BATCH, json=submissions(1), headers=header)).status_code == 401
    assert await records(opened) == 0


async def test_bookings_that_staff_bring_hold_their_hours(site):  # noqa: F811
    """One hour, one cleaner: the second row is told, nothing is taken, and the next free ones are named."""
    opened, client, bearer = await signed(site)
    async with client:
        full = await client.post(BATCH, json=submissions(2, **AHEAD), headers=bearer)
        assert (full.status_code, await records(opened)) == (400, 0)
        assert len(full.json()["faults"]) == 1
        assert set(full.json()["faults"].values()) == {"slot_full"}
        first = await client.post(BATCH, json=submissions(1, **AHEAD), headers=bearer)
        again = await client.post(BATCH, json=submissions(1, **AHEAD), headers=bearer)
        assert first.json() == again.json()
        one = submissions(3, **AHEAD)["submissions"][2]
        told = await client.post(ONE, json=one, headers=bearer)
        assert told.json()["faults"] == {"booking.slot": "slot_full"}
        assert told.json()["free"][:2] == ["2026-11-25/s1600", "2026-11-26/s0800"]
        one["values"]["booking.slot"] = "s1600"
        assert (await client.post(ONE, json=one, headers=bearer)).status_code == 201
    assert await records(opened) == 2


EVIL = "Ratna Dewi"  # what a caller may put where a key belongs


def body(**other: str) -> str:
    return json.dumps(submissions(1, **other)["submissions"][0])


TWICE = {
    "a key of ours": (body().replace('"terms"', '"channel": "counter", "terms"'), "/channel"),
    "a field": (body().replace('"identity.name"', '"identity.phone": "0812 0000 9999", "identity.name"'),
                "/values/identity.phone"),
    "a field, the same twice": (body().replace('"booking.wish": ""', '"booking.wish": "", "booking.wish": ""'),
                                "/values/booking.wish"),
    "a field, once escaped": (body().replace('"booking.wish": ""', '"booking.wish": "", "booking.w\\u0069sh": "x"'),
                              "/values/booking.wish"),
    "a made-up key": (body().replace('"values": {', f'"values": {{"{EVIL}": "1", "{EVIL}": "2", '), "/values/*"),
    "under a made-up key": (body().replace('"values"', f'"{EVIL}": {{"{EVIL}": 1, "{EVIL}": 2}}, "values"'), "/*/*"),
}  # fmt: skip


async def test_a_key_said_twice_is_refused_and_its_place_named(site):  # noqa: F811
    """What one program reads first and another last means nothing; the answer holds no word of the caller's."""
    opened, client, bearer = await signed(site)
    async with client:
        for name, (sent, place) in TWICE.items():
            answer = await client.post(ONE, content=sent, headers=bearer)
            within = await client.post(BATCH, content=f'{{"submissions": [{body()}, {sent}]}}', headers=bearer)
            assert (answer.status_code, answer.json()["faults"]) == (400, {place: "json_twice"}), name
            assert (within.status_code, within.json()["faults"]) == (400, {f"/submissions/1{place}": "json_twice"}), (
                name
            )
            assert answer.headers["content-type"] == "application/problem+json"
            assert EVIL not in answer.text + within.text
    assert await records(opened) == 0


ABSURD = {
    "seven levels": b'{"submissions":[{"values":{"a":[[[{}]]]}}]}',
    "a thirty thousand levels": b'{"a":' + b"[" * 30_000,
    "a thirty thousand closed levels": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "not a number": b'{"terms": NaN}', "infinite": b'{"terms": -Infinity}', "a fraction": b'{"terms": 1.5}',
    "a number without end": b'{"terms": ' + b"9" * 5_000 + b"}", "a huge exponent": b'{"terms": 1e999999999}',
    "no UTF-8": body().encode().replace(b"Ratna", b"\xff\xfe"),
    "overlong UTF-8": body().encode().replace(b"Ratna", b"\xc0\xaf"),
    "half a surrogate": body().encode().replace(b"Ratna", b"\\ud800"),
    "a surrogate in UTF-8": body().encode().replace(b"Ratna", b"\xed\xa0\x80"),
    "half a surrogate as a key": body().encode().replace(b'"terms"', b'"\\udfff": 1, "terms"'),
    "a byte order mark": b"\xef\xbb\xbf" + body().encode(), "UTF-16": body().encode("utf-16"), "nothing": b"",
    "two bodies": body().encode() * 2, "a list": b"[]", "a text": b'"x"', "a comment": b"/**/" + body().encode(),
    "a comma too many": body().encode()[:-1] + b",}",
    "a control character": body().encode().replace(b"Ratna", b"Rat\x00na"),
}  # fmt: skip


async def test_an_absurd_body_is_a_problem_and_no_crash(site):  # noqa: F811
    """At each address: JSON in name only, bytes that are no text, depth and numbers without end."""
    opened, client, bearer = await signed(site)
    async with client:
        for path, (name, sent) in product((ONE, BATCH, "/v1/home-cleaning/look"), ABSURD.items()):
            answer = await client.post(path, content=sent, headers=bearer)
            assert answer.status_code == 400, (path, name, answer.status_code)
            assert answer.json()["type"] in {"urn:tepati:bad_json", "urn:tepati:json_deep"}, (path, name)
    assert await records(opened) == 0
