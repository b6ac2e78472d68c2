"""S5 (f): a person guards their own account, over the real acts and on both engines; and strangers try to get past."""

import re

import msgspec
import pyotp
import pytest

from tepati.errors import Refused, Unavailable
from tepati.flows import passwords
from tepati.flows.acts import enter, erase, guard
from tepati.flows.acts.lose import lose
from tepati.flows.acts.move import ask as ask_move
from tepati.flows.rights import Behalf
from tepati.web.edge import LETTERS_SHARE
from tepati.web.throttle import Throttle
from tests.flows.conftest import desk as plain  # noqa: F401 - a fixture
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired
from tests.web.test_centre import CENTRE, EMAIL, HOME, browser, other  # noqa: F401 - fixtures
from tests.web.test_whole import site  # noqa: F401 - a fixture

KEY = f"{CENTRE}/keamanan/kunci"
STEP = f"{CENTRE}/kode"
PASSWORD = f"{CENTRE}/sandi"
WORDS = "kuda baterai jepitan benar"


@pytest.fixture
def desk(plain):  # noqa: F811
    """Open FINECLEAN.ID as it would be with a page for guarding one's own account."""
    from dataclasses import replace

    security = msgspec.structs.replace(plain.notice.security, own_account="page")
    return replace(plain, notice=msgspec.structs.replace(plain.notice, security=security))


def held(browser, cookie: str) -> str:  # noqa: F811
    """Give the secret that a browser holds in a cookie."""
    return browser.client.cookies[f"__Host-home-cleaning-{cookie}"].strip('"')


async def again(browser) -> None:  # noqa: F811
    """Come in once more by a new link, without the old session."""
    for cookie in [one for one in browser.client.cookies.jar if one.name.endswith("-session")]:
        browser.client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
    await browser.enter()


async def enrolled(browser, post, clock) -> tuple[pyotp.TOTP, list[str], str]:  # noqa: F811
    """Come in on a known device and enrol; give the authenticator, the recovery codes and the booking's number."""
    number = await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    page = await browser.get(KEY)
    assert 'src="data:image/png;base64,' in page
    codes = pyotp.TOTP(re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)[1].replace(" ", ""))
    assert (await browser.client.get(KEY)).headers["content-security-policy"].count("data:") == 1
    wrong = await browser.send(KEY, {"do": "enrol", "code": "000000"})
    assert wrong.status_code == 422
    browser.page = wrong.text
    answer = await browser.send(KEY, {"do": "enrol", "code": codes.at(clock.at // 1_000_000)})
    recovery = re.findall(r"<li><code>([A-Z2-7]{4}-[A-Z2-7]{4})</code>", answer.text)
    assert len(recovery) == 10
    return codes, recovery, number


COLUMNS = "person, org, version, made, factors, mac, ledger_id"


@pytest.mark.promise("S5")
@pytest.mark.promise("T9")
async def test_past_a_second_factor_no_mailed_link_and_no_wait_leads(browser, other, post, clock):  # noqa: F811
    """Not on the device that was known, not after its day, not for an erasure that waits; its code does."""
    codes, _, _ = await enrolled(browser, post, clock)
    desk = browser.desk
    assert "Jalan Kenanga 7" in await browser.get(f"{CENTRE}/data")
    await again(other)
    assert "Jalan Kenanga 7" not in await other.get(f"{CENTRE}/data")
    await other.get(f"{CENTRE}/persetujuan")
    assert other.status == 200  # what a link alone may do, it does
    erasing = await other.get(f"{CENTRE}/hapus")
    assert f'action="{STEP}"' in erasing
    assert f'action="{CENTRE}/hapus"' not in erasing, "no wait is offered that would be refused"
    who = await enter.visitor(desk, held(other, "session"), held(other, "device"))
    for try_ in (enter.know(desk, who, "android", "id"), erase.request_own(desk, who), guard.remove(desk, who)):
        with pytest.raises(Refused) as refused:
            await try_
        assert refused.value.code == "second_factor_needed"
    await again(browser)  # the known device, by a new link: the code is asked for all the same
    assert "Jalan Kenanga 7" not in await browser.get(f"{CENTRE}/data")
    before = held(browser, "session")
    clock.forward(seconds=60)
    await browser.get(CENTRE)
    assert (await browser.send(STEP, {"code": codes.at(clock.at // 1_000_000)})).status_code == 303
    assert "Jalan Kenanga 7" in await browser.get(f"{CENTRE}/data")
    assert held(browser, "session") != before  # no session is fixed beforehand
    with pytest.raises(Exception, match="session"):
        await enter.visitor(desk, before, "")
    history = await browser.get(f"{CENTRE}/keamanan")
    assert "memasang faktor kedua" in history
    assert "memasukkan kode faktor kedua" in history


async def test_staff_by_telephone_do_not_lead_past_it_and_the_counter_does(browser, post, clock):  # noqa: F811
    """Recovery is no way round: what a mailbox alone proves to staff is as little as it is to us."""
    _, _, number = await enrolled(browser, post, clock)
    desk = browser.desk
    actor = await hired(desk, "privacy_desk")
    for by in (Behalf(actor, number, "phone", "link"), Behalf(actor, number, "phone")):
        with pytest.raises(Refused) as refused:
            await ask_move(desk, by, "lain@contoh.example")
        assert refused.value.code == "second_factor_needed"
    assert await ask_move(desk, Behalf(actor, number, "counter", "in_person"), "lain@contoh.example")


async def test_a_code_works_once_and_guesses_are_counted_before_any_work(browser, other, post, clock):  # noqa: F811
    """A replayed code, six digits and a recovery code; after five failures none is tried, but on a known device."""
    codes, recovery, _ = await enrolled(browser, post, clock)
    await again(other)
    used = codes.at(clock.at // 1_000_000)
    for code in (used, "111111", "AAAA-AAAA", "222222", "333333"):
        await other.get(CENTRE)
        assert (await other.send(STEP, {"code": code})).status_code == 403
    await other.get(CENTRE)
    assert (await other.send(STEP, {"code": recovery[0]})).status_code == 503
    await again(browser)
    await browser.get(CENTRE)
    assert (await browser.send(STEP, {"code": recovery[0].lower()})).status_code == 303
    await again(browser)
    await browser.get(CENTRE)
    assert (await browser.send(STEP, {"code": recovery[0]})).status_code == 403
    assert "Sisa kode pemulihan: 9" not in browser.page


async def test_a_password_opens_with_the_code_and_says_nothing_without(browser, other, post, clock):  # noqa: F811
    """The same answer whether the address is unknown, the password or the code is wrong."""
    codes, recovery, _ = await enrolled(browser, post, clock)
    await browser.get(KEY)
    short = await browser.send(KEY, {"do": "password", "password": "pendek"})
    assert short.status_code == 422
    await browser.get(KEY)
    assert (await browser.send(KEY, {"do": "password", "password": WORDS})).status_code == 303
    said = set()
    for email, password, code in (
        ("siapa@contoh.example", WORDS, recovery[0]),
        (EMAIL, "bukan sandinya ini", recovery[0]),
        (EMAIL, WORDS, "000000"),
    ):
        await other.get(PASSWORD)
        answer = await other.send(PASSWORD, {"email": email, "password": password, "code": code})
        assert answer.status_code == 422
        said.add(re.search(r'role="alert".*?</div>', answer.text)[0])
    assert len(said) == 1
    clock.forward(seconds=60)
    await other.get(PASSWORD)
    right = {"email": EMAIL, "password": WORDS, "code": codes.at(clock.at // 1_000_000)}
    assert (await other.send(PASSWORD, right)).status_code == 303
    assert "Jalan Kenanga 7" in await other.get(f"{CENTRE}/data")


async def test_ten_thousand_tries_cost_few_hashes_and_keep_no_known_device_out(browser, post, clock, monkeypatch):  # noqa: F811
    """Credential stuffing from 1,000 networks, ten tries each: none is stopped at the door, all by accounts' counts,
    which stand before argon2; the owner, on a device that is known, comes in.
    """
    networks = Throttle(60 // LETTERS_SHARE, b"k" * 32)
    codes, _, _ = await enrolled(browser, post, clock)
    desk, counted = browser.desk, []

    async def cheap(known: str, password: str) -> bool:
        counted.append(known)
        return known == password == "hash"

    async def hashed(password: str, salt: bytes) -> str:
        return "hash"

    monkeypatch.setattr(passwords, "verified", cheap)
    monkeypatch.setattr(passwords, "hashed", hashed)
    await browser.get(KEY)
    assert (await browser.send(KEY, {"do": "password", "password": WORDS})).status_code == 303
    waited = 0
    for n in range(10_000):
        assert networks.wait(f"10.{n % 1_000 // 250}.{n % 250}.9", clock.at) == 0
        email = EMAIL if n % 10 == 0 else f"orang{n % 100}@contoh.example"
        try:
            await guard.sign_in(desk, (email, f"tebakan {n}", "000000"), "", "other")
        except Refused:
            continue
        except Unavailable:
            waited += 1
    assert len(counted) == 10_000 - waited == 91 * passwords.FAILURES
    with pytest.raises(Unavailable):
        await guard.sign_in(desk, (EMAIL, "hash", codes.at(clock.at // 1_000_000)), "", "other")
    clock.forward(seconds=45)
    device = held(browser, "device")
    assert await guard.sign_in(desk, (EMAIL, "hash", codes.at(clock.at // 1_000_000)), device, "android")


async def test_sql_takes_no_second_factor_away(browser, other, post, clock, store):  # noqa: F811
    """Deleted, forged or put back, the row is refused and alarmed; nobody comes in as if there were none.

    What a link alone leads to it still leads to: nobody is kept from taking a consent back.
    """
    _, _, number = await enrolled(browser, post, clock)
    desk = browser.desk
    await again(other)
    session = held(other, "session")
    await store.write(lambda tx: tx.run("UPDATE account SET version = version + 1"))
    forged = await enter.visitor(desk, session, held(other, "device"))
    assert (forged.guarded, forged.known, desk.alarms) == (True, False, ["account_tampered"])
    await store.write(lambda tx: tx.run("DELETE FROM account"))
    gone = await enter.visitor(desk, session, held(other, "device"))
    assert (gone.guarded, gone.known) == (True, False)
    assert "account_old" in desk.alarms
    with pytest.raises(Refused, match="second_factor_needed"):
        await enter.know(desk, gone, "android", "id")
    await other.get(f"{CENTRE}/persetujuan")
    assert other.status == 200
    assert "Jalan Kenanga 7" not in await other.get(f"{CENTRE}/data")
    assert await lose(desk, await hired(desk, "privacy_desk"), number) == clock.at + 86_400_000_000
    await again(browser)
    assert "Jalan Kenanga 7" not in await browser.get(f"{CENTRE}/data")
    clock.forward(hours=24)
    await again(browser)
    assert "Jalan Kenanga 7" in await browser.get(f"{CENTRE}/data"), "seen at the counter, and a day later"


async def test_after_a_restore_the_same_authenticator_leads_in_and_a_removed_one_does_not(browser, post, clock, store):  # noqa: F811
    """A code that was given since the backup changes nothing of what guards; a factor taken away stays away."""
    codes, _, _ = await enrolled(browser, post, clock)
    desk = browser.desk
    old = [tuple(row) for row in await store.read(lambda tx: tx.all(f"SELECT {COLUMNS} FROM account"))]
    for _ in range(2):
        clock.forward(seconds=60)
        await again(browser)
        await browser.get(CENTRE)
        assert (await browser.send(STEP, {"code": codes.at(clock.at // 1_000_000)})).status_code == 303
        await _put_back(store, old)
    who = await enter.visitor(desk, held(browser, "session"), held(browser, "device"))
    assert who.known
    assert not desk.alarms
    await guard.remove(desk, who)
    await _put_back(store, old)
    assert not (await enter.visitor(desk, held(browser, "session"), held(browser, "device"))).known
    assert desk.alarms == ["account_old"]


async def _put_back(store, rows):
    async def work(tx):
        await tx.run("DELETE FROM account")
        for row in rows:
            await tx.run(f"INSERT INTO account ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)", *row)

    await store.write(work)


async def test_removed_it_is_gone_and_nothing_is_offered_where_the_notice_offers_nothing(browser, post, clock):  # noqa: F811
    """The password goes with it; the link and the known device are enough again."""
    await enrolled(browser, post, clock)
    await browser.get(KEY)
    assert (await browser.send(KEY, {"do": "remove"})).status_code == 303
    assert "Belum ada faktor kedua" in await browser.get(f"{CENTRE}/keamanan")
    await again(browser)
    assert "Jalan Kenanga 7" in await browser.get(f"{CENTRE}/data")
    for path in (CENTRE, f"{HOME}/en/privacy-centre/password"):
        await browser.get(path)
        assert browser.status == 200


async def test_an_organisation_without_that_promise_has_no_such_page(plain, clock):  # noqa: F811
    """Whether passwords are offered follows the notice."""
    with pytest.raises(Exception, match="page"):
        await guard.sign_in(plain, (EMAIL, WORDS, "000000"), "", "other")
