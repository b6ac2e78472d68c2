"""S5 (f): a passkey guards a person's account, by a key in software; and what must not hold is refused."""

import copy
import json
import re
from html import unescape

import msgspec
import pytest

from tepati.errors import Refused
from tepati.flows import paper, passwords
from tepati.flows.acts import enter, guard
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.evidence import troubles
from tepati.flows.acts.lose import lose
from tests.flows.conftest import desk as plain  # noqa: F401 - a fixture
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired
from tests.passkeys import Key, text
from tests.web.office import console, signed_in
from tests.web.test_account import COLUMNS, KEY, PASSWORD, STEP, WORDS, again, desk, held  # noqa: F401 - a fixture
from tests.web.test_centre import CENTRE, EMAIL, browser, other  # noqa: F401 - fixtures
from tests.web.test_whole import ORIGIN, site  # noqa: F401 - a fixture

HELD = "Jalan Kenanga 7"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """No memory for argon2: nothing here is about it."""

    async def verified(known: str, password: str) -> bool:
        return known == password

    async def hashed(password: str, salt: bytes) -> str:
        return password

    monkeypatch.setattr(passwords, "verified", verified)
    monkeypatch.setattr(passwords, "hashed", hashed)


def asked(browser) -> dict:  # noqa: F811
    """Read what the page that a browser is at asks its keys."""
    return json.loads(unescape(re.search(r'data-options="([^"]*)"', browser.page)[1]))


async def enrolled(browser, post, clock) -> tuple[Key, list[str]]:  # noqa: F811
    """Come in on a known device and add a key; give it, and the recovery codes."""
    await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    await browser.get(KEY)
    key = Key(ORIGIN)
    answer = await browser.send(KEY, {"do": "passkey", "credential": key.create(asked(browser))})
    return key, re.findall(r"<li><code>([A-Z2-7]{4}-[A-Z2-7]{4})</code>", answer.text)


async def give(browser, key: Key, **false) -> int:  # noqa: F811
    """Give a key where the second factor is asked for; what is ``false`` replaces what an honest browser says."""
    await browser.get(STEP)
    answer = await browser.send(STEP, {"credential": key.get(asked(browser), **false)})
    return answer.status_code


@pytest.mark.promise("S5")
@pytest.mark.promise("T9")
async def test_a_passkey_is_the_second_factor_after_a_mailed_link(browser, other, post, clock):  # noqa: F811
    """Nothing of the account's leaves with it; the page runs our script alone, and says what to do without."""
    key, recovery = await enrolled(browser, post, clock)
    assert len(recovery) == 10
    page = await browser.get(KEY)
    assert "Dipasang" in page
    assert "<noscript>" in page
    answer = await browser.client.get(KEY)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'none'" in policy
    options = asked(browser)
    assert options["rp"] == {"id": "fineclean.example", "name": "FINECLEAN.ID"}
    assert (options["attestation"], options["authenticatorSelection"]["userVerification"]) == ("none", "required")
    assert EMAIL not in json.dumps(options)
    assert len(options["excludeCredentials"]) == 1
    await again(other)
    assert HELD not in await other.get(f"{CENTRE}/data")
    assert f'href="{STEP}"' in other.page
    before = held(other, "session")
    assert await give(other, key) == 303
    assert HELD in await other.get(f"{CENTRE}/data")
    assert held(other, "session") != before
    history = await other.get(f"{CENTRE}/keamanan")
    assert "memasang kunci sandi" in history
    assert "memakai kunci sandi" in history
    await again(browser)
    await browser.get(STEP)
    assert (await browser.send(STEP, {"code": recovery[0]})).status_code == 303


async def test_the_copy_names_what_guards_the_account_and_no_secret(browser, post, clock):  # noqa: F811
    """As data, as a table and on paper."""
    key, _ = await enrolled(browser, post, clock)
    copies = []
    for form in ("json", "csv"):
        await browser.get(f"{CENTRE}/salinan")
        asking = browser.form(f"{CENTRE}/salinan") | {"form": form}
        copies.append((await browser.client.post(f"{CENTRE}/salinan", data=asking)).text)
    whole = msgspec.json.decode(copies[0], type=paper.Whole)
    assert [(one.what, one.about) for one in whole.account] == [("passkey", "other"), ("recovery_codes", "10")]
    assert "account," in copies[1]
    copies.append(paper.page(browser.desk.notice, whole, "id").decode())
    assert "Kunci sandi</td><td>perangkat lain" in copies[2]
    for copied in copies:
        assert not [secret for secret in (key.id.hex(), text(key.id)) if secret in copied]


async def test_a_challenge_is_of_one_session_and_one_use(browser, other, post, clock):  # noqa: F811
    """Of the page by which it was asked, too, where there is no session yet: beside a password."""
    key, _ = await enrolled(browser, post, clock)
    await again(browser)
    await browser.get(STEP)
    theirs = asked(browser)
    await again(other)
    await other.get(STEP)
    assert (await other.send(STEP, {"credential": key.get(theirs)})).status_code == 403
    await other.get(STEP)
    await choose_password(browser, key)
    await other.get(PASSWORD)
    answer = key.get(asked(other))
    typed = {"email": EMAIL, "password": WORDS, "credential": answer}
    form = other.form(PASSWORD) | typed
    assert (await other.client.post(PASSWORD, data=form)).status_code == 303
    for session in (True, False):
        if not session:
            other.client.cookies.clear()
        assert (await other.client.post(PASSWORD, data=form)).status_code == 422, "the same answer, once more"
    await other.get(PASSWORD)
    fresh = other.form(PASSWORD) | typed
    assert (await other.client.post(PASSWORD, data=fresh)).status_code == 422, "nor in another form"


async def choose_password(browser, key: Key) -> None:  # noqa: F811
    await give(browser, key)
    await browser.get(KEY)
    assert (await browser.send(KEY, {"do": "password", "password": WORDS})).status_code == 303


async def test_a_copied_key_is_refused_told_and_stopped(browser, other, post, clock):  # noqa: F811
    """A counter that does not move on says that there are two. Nobody without the key stops it, by whatever number."""
    key, recovery = await enrolled(browser, post, clock)
    twin = copy.copy(key)
    await again(browser)
    assert await give(browser, key) == 303
    await again(other)
    forged = copy.copy(key)
    forged.private, forged.count = Key(ORIGIN).private, -1
    assert await give(other, forged) == 403
    assert await troubles(browser.desk) == []
    await other.get(STEP)
    told = await other.send(STEP, {"credential": twin.get(asked(other))})
    assert told.status_code == 403
    assert "rupanya ada dua" in told.text
    assert [(one.promise, one.outcome) for one in await troubles(browser.desk)] == [("security.own_account", "warded")]
    assert browser.desk.alarms == [], (
        "no stored fact is wrong: a person could turn the board red with a key of their own"
    )
    clock.forward(seconds=300)
    await other.get(STEP)
    assert "data-passkey" not in other.page, "it is stopped, for both"
    assert (await other.send(STEP, {"code": recovery[0]})).status_code == 303
    page = await other.get(KEY)
    assert "Tidak diterima lagi," in page
    assert "rupanya ada duanya" in await other.get(f"{CENTRE}/keamanan")


async def test_one_factor_beside_the_other_and_the_last_takes_all_along(browser, other, post, clock, store):  # noqa: F811
    """A key put back by SQL is refused; without any factor the link and the known device are enough again."""
    key, recovery = await enrolled(browser, post, clock)
    old = [tuple(row) for row in await store.read(lambda tx: tx.all(f"SELECT {COLUMNS} FROM account"))]
    second = Key(ORIGIN)
    await browser.get(KEY)
    added = await browser.send(KEY, {"do": "passkey", "credential": second.create(asked(browser))})
    assert (added.status_code, re.findall("[A-Z2-7]{4}-[A-Z2-7]{4}", added.text)) == (303, []), "the codes stay"
    await browser.get(KEY)
    assert (await browser.send(KEY, {"do": "remove_key", "key": key.id.hex()})).status_code == 303
    await again(other)
    assert await give(other, key) == 403
    assert await give(other, second) == 303
    await other.get(KEY)
    assert (await other.send(KEY, {"do": "remove_key", "key": second.id.hex()})).status_code == 303
    assert "Belum ada faktor kedua" in await other.get(f"{CENTRE}/keamanan")

    async def put_back(tx) -> None:
        await tx.run("DELETE FROM account")
        await tx.run(f"INSERT INTO account ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)", *old[0])

    await store.write(put_back)
    who = await enter.visitor(browser.desk, held(other, "session"), held(other, "device"))
    assert (who.guarded, who.known, browser.desk.alarms) == (True, False, ["account_old"])
    with pytest.raises(Refused):
        await guard.remove_key(browser.desk, who, key.id)
    assert recovery


async def test_every_change_of_what_guards_is_told_in_the_mailbox(browser, post, clock):  # noqa: F811
    """Whoever did not do it learns of it there."""
    key, _ = await enrolled(browser, post, clock)
    await browser.get(KEY)
    assert (await browser.send(KEY, {"do": "remove_key", "key": key.id.hex()})).status_code == 303
    await deliver(browser.desk, browser.post)
    subjects = {mail.subject for mail in browser.post.sent[-2:]}  # of one instant: in no order
    assert subjects == {"Faktor kedua dipasang di akun Anda", "Faktor kedua dilepas dari akun Anda"}


@pytest.mark.parametrize("refuses", ["by the letter", "by the factor", ""])
async def test_what_is_lost_goes_a_day_after_the_counter_unless_it_is_refused(browser, other, post, clock, refuses):  # noqa: F811
    """Staff who saw who asks may be wrong: the mailbox has a day, and a factor that is given was not lost."""
    number = await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    await browser.get(KEY)
    key = Key(ORIGIN)
    await browser.send(KEY, {"do": "passkey", "credential": key.create(asked(browser))})
    await (_by_hand if refuses else _at_the_counter)(browser.desk, clock, number)
    assert "Penjagaan ini berakhir pada" in await browser.get(KEY)
    await again(other)
    assert HELD not in await other.get(f"{CENTRE}/data"), "not before"
    await deliver(browser.desk, browser.post)
    if refuses == "by the letter":
        link = other.link("k")
        await other.get(link)
        assert (await other.send("/home-cleaning/k")).status_code == 303
        assert "Faktor kedua Anda tetap" in other.page
    if refuses == "by the factor":
        assert await give(other, key) == 303
    clock.forward(hours=24)
    await again(browser)
    assert (HELD in await browser.get(f"{CENTRE}/data")) is not bool(refuses)
    await again(other)
    assert await (give(other, key) if refuses else _nothing(other)) == 303


async def _by_hand(desk, clock, number: str) -> None:  # noqa: F811
    """Have it written down twice, by who may, and once by who may not."""
    dispatcher, clerk = await hired(desk, "dispatcher"), await hired(desk, "privacy_desk")
    with pytest.raises(Refused):
        await lose(desk, dispatcher, number)
    ends = clock.at + 86_400_000_000
    assert (await lose(desk, clerk, number), await lose(desk, clerk, number)) == (ends, ends)


async def _at_the_counter(desk, clock, number: str) -> None:  # noqa: F811
    """Have it written down at the console: not without having seen them, and not for a number that is nobody's."""
    opened, app = console(desk, clock)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    assert "Faktor kedua hilang" in await clerk.text("/konsol/permohonan/catat")
    lost = "/konsol/permohonan/faktor"
    assert (await clerk.press(lost, lost, number=number)).status_code == 422
    assert (await clerk.press(lost, lost, number="HC-0000-0000", seen="yes")).status_code == 422
    done = await clerk.press(lost, lost, number=number.lower(), seen="yes")
    assert (done.status_code, "Tercatat" in done.text) == (200, True)


async def _nothing(other) -> int:  # noqa: F811
    """See that no factor is asked for any more, and that a device is asked for as before."""
    await other.get(f"{CENTRE}/keamanan")
    assert "Belum ada faktor kedua" in other.page
    return 303
