"""Keys of the organisation's programs: one role, named networks, until their end, shown once; else nothing is told."""

import dataclasses
import datetime as dt
import logging
import re
import time

import httpx
import msgspec
import pytest

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows.acts.dismiss import dismiss
from tepati.flows.acts.keyed import Wanted, end, keyed, make, running
from tepati.flows.acts.staff import signed_in as who
from tests.flows import people
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.test_ended import put_back, rows
from tests.web.office import CONSOLE, SITE, console, signed_in
from tests.web.test_batch import ONE, submissions

LOOK = "/v1/home-cleaning/look"
COLUMNS = "person, secret, org, role, networks, made, expires, mac, ledger_id"
HOME = "203.0.113.0/24"
SLOTS = ("s0800", "s1030", "s1330", "s1600")  # one cleaner: one booking an hour
WANTED = Wanted("dispatcher", (HOME, "2001:db8::/48"), 30)
INSIDE, ELSEWHERE = "203.0.113.9", "198.51.100.1"


async def hired(desk, clock):  # noqa: F811
    """Sign a director in; give the application, their browser, and them as an actor."""
    _, app = console(desk, clock)
    director = await signed_in(desk, app, clock, "director")
    return app, director, await who(desk, director.bearer["authorization"][7:])


async def call(app, secret: str, address: str, n: int = 0, path: str = ONE) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        now = app.state.house.config.now()
        day = dt.datetime.fromtimestamp(now / 1e6, dt.UTC).date() + dt.timedelta(3)
        body = submissions(n + 1, booking__date=day.isoformat(), booking__slot=SLOTS[n])["submissions"][n]
        return await client.post(path, json=body, headers={"authorization": f"Bearer {secret}"})


async def sql(desk, said: str, *values) -> None:  # noqa: F811
    await desk.store.write(lambda tx: tx.run(said, *values))


async def test_a_key_made_at_the_console_calls_the_api_until_it_is_ended(desk, clock, caplog):  # noqa: F811
    """Its secret is on one page and nowhere else: not in the list, not in the log, not in the store."""
    caplog.set_level(logging.DEBUG)
    app, director, _ = await hired(desk, clock)
    typed = {"role": "dispatcher", "networks": f"{HOME}\n2001:db8::/48", "days": "30"}
    path = "/en/console/api-keys"
    page = await director.press(path, path, **typed)
    assert page.status_code in (200, 303), page.text
    (secret,) = re.findall(r"tpk_[\w=-]{40,}", page.text)
    taken = await call(app, secret, INSIDE)
    assert taken.status_code == 201, taken.text
    assert (await call(app, secret, "2001:db8::7", 1)).status_code == 201
    assert (await call(app, secret, "::ffff:203.0.113.9", 2)).status_code == 201
    listed = await director.get(path)
    assert HOME in listed.text
    assert secret not in listed.text + caplog.text
    assert secret.encode() not in b"".join(
        bytes(str(row), "utf-8") for row in await rows(desk.store, "api_key", COLUMNS)
    )
    forms = re.findall(r'<form.*?name="do" value="end".*?</form>', listed.text, re.DOTALL)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', forms[0]))
    assert (await director.client.post(director.org + path, data=fields)).status_code == 303
    assert (await call(app, secret, INSIDE, 3)).status_code == 401


async def test_every_other_use_of_a_key_looks_like_an_unknown_one(desk, clock):  # noqa: F811
    """From elsewhere, over, ended, changed, put back: one answer, on one beat; from elsewhere is on the board."""
    app, _, actor = await hired(desk, clock)
    secret, key = await make(desk, actor, WANTED)
    started = time.monotonic()
    unknown = await call(app, secret[:-8] + "AAAAAAAA", INSIDE)
    assert time.monotonic() - started >= 0.1
    away = await call(app, secret, ELSEWHERE)
    assert (unknown.status_code, away.status_code, away.text) == (401, 401, unknown.text)
    assert dict(away.headers) == dict(unknown.headers)
    await call(app, secret, "no address")
    seen = await rows(desk.store, "observation", "promise, outcome, detail")
    assert [one for one in seen if one[2] == "key_elsewhere"] == [("roles.dispatcher", "undeclared", "key_elsewhere")]
    copied = await rows(desk.store, "api_key", COLUMNS)
    for change in ("role = 'director'", "networks = '0.0.0.0/0'", "expires = expires + 1000", "made = 0"):
        await sql(desk, f"UPDATE api_key SET {change}")
        assert (await call(app, secret, INSIDE)).text == unknown.text, change
        assert not (await running(desk, actor))[0].sound
        await sql(desk, "DELETE FROM api_key")
        await put_back(desk.store, "api_key", COLUMNS, copied)
    assert "key_tampered" in desk.alarms
    assert (await call(app, secret, INSIDE)).status_code == 201
    assert await end(desk, actor, key.name) == key.name
    await put_back(desk.store, "api_key", COLUMNS, copied)
    assert (await call(app, secret, INSIDE)).text == unknown.text
    assert "key_old" in desk.alarms


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_role_that_came_to_speak_for_the_organisation_ends_its_keys(desk, clock):  # noqa: F811
    """Made for a dispatcher; a later version lets dispatchers handle requests: a program does not."""
    actor = await people.hired(desk, "director")
    secret, _ = await make(desk, actor, WANTED)
    assert (await keyed(desk, secret, INSIDE)).roles == ("dispatcher",)
    role = desk.notice.roles["dispatcher"]
    wider = msgspec.structs.replace(role, may=(*role.may, "handle_requests"))
    notice = msgspec.structs.replace(desk.notice, roles={**desk.notice.roles, "dispatcher": wider})
    with pytest.raises(Expired):
        await keyed(dataclasses.replace(desk, notice=notice), secret, INSIDE)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_key_is_a_bearer_from_its_own_address_and_nothing_else(desk, clock):  # noqa: F811
    """A forged header of a proxy nobody declared, the key as a cookie or in the address, at a page: all are nobody."""
    _, app = console(desk, clock)
    secret, _ = await make(desk, await people.hired(desk, "director"), WANTED)
    body = {"purpose": "orders", "fields": ["identity.name"], "number": "HC-AAAA-AAAA"}
    bearer = {"authorization": f"Bearer {secret}"}
    outside = httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(ELSEWHERE, 1)), base_url=SITE)
    inside = httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(INSIDE, 1)), base_url=CONSOLE)
    async with outside, inside:
        for name, value in (("x-forwarded-for", INSIDE), ("forwarded", f"for={INSIDE}"), ("x-real-ip", INSIDE)):
            answer = await outside.post(LOOK, json=body, headers=bearer | {name: value})
            assert answer.status_code == 401, name
        for given in ({"authorization": f"Basic {secret}"}, {"authorization": secret}, {"x-api-key": secret},
                      {"cookie": f"__Host-home-cleaning-staff_session={secret}~x"}):  # fmt: skip
            assert (await inside.post(f"{SITE}{LOOK}", json=body, headers=given)).status_code == 401, given
        assert (await inside.post(f"{SITE}{LOOK}?authorization=Bearer%20{secret}", json=body)).status_code == 401
        assert (await inside.post(f"{SITE}{LOOK}", json=body, headers=bearer)).status_code == 403, "it is a good one"
        for page in ("/konsol", "/konsol/pesanan", "/konsol/kunci-api"):
            cookie = {"cookie": f"__Host-home-cleaning-staff_session={secret}~x", **bearer}
            assert (await inside.get(f"/home-cleaning{page}", headers=cookie)).status_code == 303, page


async def test_a_key_ends_with_its_time(desk, clock):  # noqa: F811
    _, _, actor = await hired(desk, clock)
    secret, _ = await make(desk, actor, WANTED)
    assert (await keyed(desk, secret, INSIDE)).roles == ("dispatcher",)
    clock.forward(hours=30 * 24)
    with pytest.raises(Expired):
        await keyed(desk, secret, INSIDE)


async def test_the_keys_of_whoever_leaves_end_with_them(desk, clock):  # noqa: F811
    """Nor does the row put back help."""
    app, _, actor = await hired(desk, clock)
    await signed_in(desk, app, clock, "director", "dispatcher")
    secret, _ = await make(desk, actor, WANTED)
    copied = await rows(desk.store, "api_key", COLUMNS)
    await dismiss(desk, actor, "director@fineclean.example")
    assert await rows(desk.store, "api_key", COLUMNS) == []
    for _ in range(2):
        with pytest.raises(Expired):
            await keyed(desk, secret, INSIDE)
        await put_back(desk.store, "api_key", COLUMNS, copied)


async def test_a_key_whose_role_got_a_voice_opens_nothing_and_the_list_says_so(desk, clock):  # noqa: F811
    """It is in the list, to be ended, and not as one in force."""
    app, director, actor = await hired(desk, clock)
    secret, _ = await make(desk, actor, WANTED)
    assert "Tidak membuka apa pun lagi" not in await director.text("/konsol/kunci-api")
    role = desk.notice.roles["dispatcher"]
    roles = {**desk.notice.roles, "dispatcher": msgspec.structs.replace(role, may=(*role.may, "approve_notice"))}
    later = dataclasses.replace(desk, notice=msgspec.structs.replace(desk.notice, roles=roles))
    with pytest.raises(Expired):
        await keyed(later, secret, INSIDE)
    assert [one.idle for one in await running(later, actor)] == [True]
    app.state.house.org("home-cleaning").desk = later
    assert "Tidak membuka apa pun lagi" in await director.text("/konsol/kunci-api")


async def test_a_row_of_another_organisation_opens_nothing(desk, clock):  # noqa: F811
    _, _, actor = await hired(desk, clock)
    secret, _ = await make(desk, actor, WANTED)
    await sql(desk, "UPDATE api_key SET org = 'other'")
    with pytest.raises(Expired):
        await keyed(desk, secret, INSIDE)


async def test_only_who_answers_for_staff_makes_and_ends_keys(desk, clock):  # noqa: F811
    app, _, actor = await hired(desk, clock)
    other = await signed_in(desk, app, clock, "dispatcher")
    clerk = await who(desk, other.bearer["authorization"][7:])
    _, key = await make(desk, actor, WANTED)
    for act in (make(desk, clerk, WANTED), end(desk, clerk, key.name), running(desk, clerk)):
        with pytest.raises(Refused):
            await act
    with pytest.raises(NotFound):
        await end(desk, actor, "")


BAD = {
    "role": [Wanted(role, (HOME,), 30) for role in ("nobody", "director", "cleaner")],
    "days": [Wanted("dispatcher", (HOME,), 0), Wanted("dispatcher", (HOME,), 366)],
    "networks": [
        Wanted("dispatcher", said, 30)
        for said in ((), ("0.0.0.0/0",), ("::/0",), ("10.0.0.5/8",), ("x",), ("fe80::1%1/128",), (HOME,) * 21)
    ],
}


@pytest.mark.parametrize("field", BAD)
async def test_a_key_without_bounds_is_not_made(desk, clock, field):  # noqa: F811
    _, _, actor = await hired(desk, clock)
    for wanted in BAD[field]:
        with pytest.raises(BadInput) as found:
            await make(desk, actor, wanted)
        assert set(found.value.faults) == {field}, wanted


async def test_one_key_calls_so_often_a_minute_from_all_its_networks(desk, clock):  # noqa: F811
    """Then 429 with the seconds to wait; another key is counted apart."""
    app, _, actor = await hired(desk, clock)
    app.state.house._keys.limit = 2
    (one, _), (other, _) = [await make(desk, actor, WANTED) for _ in range(2)]
    said = [(await call(app, one, f"203.0.113.{n}", n)).status_code for n in range(3)]
    assert said == [201, 201, 429]
    assert (await call(app, other, INSIDE, 3)).status_code == 201
