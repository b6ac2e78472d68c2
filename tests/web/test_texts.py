"""Messages by SMS and WhatsApp through a gateway: what they need, who gets them, and what a code lets in to."""

import re
from dataclasses import replace

import httpx
import pytest

from tepati.errors import BadInput, Expired
from tepati.flows import codes
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.enter import deny as refuse
from tepati.flows.acts.enter import know, visitor
from tepati.flows.acts.enter_by_code import Caller, ask, enter_by_code
from tepati.flows.acts.show import show
from tepati.flows.acts.vouch import vouch
from tepati.ports.gateway import Gateway, Server, Spending, Texts
from tepati.registers import counters
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, hired, lines
from tests.flows.test_vouch import typed
from tests.ports.gateway import gateway
from tests.web.company import Company
from tests.web.examples import hidden, opened, sign
from tests.web.forms import BOOK, TYPED
from tests.web.office import SITE, console, words

SHOP = "online-store"
RATNA, BUDI = "ratna@contoh.example", "budi@contoh.example"
MOBILE, PHONE = "+6281234567890", "0812 3456 7890"
DAY = r'name="booking.date"[^>]*value="([^"]+)"'
BODY = {"to": "{to}", "text": "{text}", "key": "{key}"}


@pytest.fixture(scope="module")
def local():
    with gateway() as taken:
        yield taken


@pytest.fixture
def taken(local):
    local.bodies, local.heads, local.status, local.says, local.waits = [], [], 200, b"{}", 0.0
    return local


def texts(taken, **spending) -> Texts:
    way = Gateway(Server(taken.url, {}, BODY, patience=2))
    return Texts({"sms": way, "whatsapp": way}, Spending(**spending))


# --- T16: messages to who said yes, by the channel they said it for


@pytest.mark.promise("T16")
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_periodic_messages_go_by_the_channel_that_was_agreed_to(store, keystore, clock, random, post, taken):  # noqa: F811
    """A yes by SMS is proven by a code to that number; none of an order is written to; the way out stands in it."""
    shop = opened(SHOP, store, keystore, clock, random)
    await sign(shop)
    c = Company(replace(shop, texts=texts(taken)), post, clock)
    await c.comes(RATNA, "newsletter", ("news_by_email",))
    await c.comes(BUDI)  # who only ordered, and left a number with it
    editor = await c.staff("editor")
    assert await c.campaign(editor, "news_text") == [], "a yes by e-mail is none by SMS"
    assert taken.bodies == []
    await _agrees(c, taken)
    taken.bodies.clear()
    await c.campaign(editor, "news_text")
    assert [body["to"] for body in taken.bodies] == [MOBILE], "one person, and no number of an order"
    text = taken.bodies[0]["text"]
    assert "berhenti" in text.lower()
    sums = await c.desk.read(lambda sheet: counters.on(sheet.tx, SHOP))
    assert sums["endpoints.sms_gateway"]["texts"].n == 2, "the code and the news"
    assert "SMS: 1" in await c.evidence(editor, "messages")
    way_out = text.rpartition("https://contoh.example")[2].split()[0]
    page = await c.site.get(way_out)
    assert page.status_code == 200
    assert (await c.site.post(f"/{SHOP}/k", data=hidden(page.text))).status_code == 303
    taken.bodies.clear()
    await c.campaign(editor, "news_text")
    assert taken.bodies == []


async def _agrees(c: Company, taken) -> None:
    """Say yes to SMS in the privacy centre: wrong digits, then the right ones."""
    browser = await c.centre(RATNA)
    consents = f"{browser.centre}/persetujuan"
    await browser.get(consents)
    n = browser.page.partition('value="news_by_sms"')[0].count(f'<form method="post" action="{consents}">') - 1
    sent = await browser.send(consents, {}, n)
    assert sent.status_code == 303
    assert "/kode/" in sent.headers["location"]
    await deliver(c.desk, c.post)
    assert taken.bodies[-1]["to"] == MOBILE
    (digits,) = taken.codes()
    wrong = await browser.send(f"{consents}/kode", {"code": f"{(int(digits) + 1) % 1_000_000:06}"})
    assert wrong.status_code == 422
    assert (await browser.send(f"{consents}/kode", {"code": digits})).status_code == 303
    assert "Ya" in words(browser.page)


# --- coming in without mail


async def booked(desk, taken, **spending):  # noqa: F811
    """Have staff attest a booking of somebody without an address; give the desk and the number on paper."""
    opened = replace(desk, texts=texts(taken, **spending))
    clerk = await hired(opened, "dispatcher")
    return opened, (await vouch(opened, await typed(opened, clerk))).number


def caller(number, phone=PHONE, network="203.0.113.0/24", device="d" * 32) -> Caller:
    return Caller(phone, number, "id", network, device)


async def test_a_code_leads_in_who_has_no_mail(desk, post, taken):  # noqa: F811
    """Both numbers, then six digits: the session sees what a mailed link sees, and not more."""
    opened, number = await booked(desk, taken)
    page = await ask(opened, caller(number.lower()))
    await deliver(opened, post)
    (digits,) = taken.codes()
    assert taken.bodies[0]["to"] == MOBILE
    assert "Ratna" not in taken.bodies[0]["text"] + number
    entered = await enter_by_code(opened, page, f" {digits[:3]} {digits[3:]}", "d" * 32, "android")
    who = await visitor(opened, entered.session, entered.device)
    assert not who.known, "the grade of a mailed link"
    await know(opened, who, "android", "id")
    await deliver(opened, post)
    deny = re.search(r"/confirm/id/(\S+)", taken.bodies[-1]["text"])[1]
    assert "tolak" in taken.bodies[-1]["text"], "a device that asks to be trusted is told by message"
    await refuse(opened, deny)
    with pytest.raises(Expired):
        await visitor(opened, entered.session, entered.device)
    who = await again(opened, number, post, taken)
    assert not (await show(opened, who, "id")).values
    with pytest.raises(Expired):
        await enter_by_code(opened, page, digits, "d" * 32, "android")
    assert await lines(opened, "enter", "done") == ["rights.access"] * 2
    assert await lines(opened, "send", "allowed") == ["rights.access"] * 3


async def again(opened, number, post, taken):  # noqa: F811
    page = await ask(opened, caller(number))
    await deliver(opened, post)
    entered = await enter_by_code(opened, page, taken.codes()[-1], "d" * 32, "android")
    return await visitor(opened, entered.session, entered.device)


async def test_the_answer_is_the_same_whoever_asks(desk, post, taken):  # noqa: F811
    """Another's number, no such paper, a page of nobody: a page that looks alike, and nothing is sent."""
    opened, number = await booked(desk, taken)
    known = await ask(opened, caller(number))
    taken.bodies.clear()
    strange = [await ask(opened, one) for one in (caller(number, "0812 9999 0000"), caller("HC-0000-0000"))]
    await deliver(opened, post)
    assert len(taken.bodies) == 1, "the code of the one who is known"
    assert {len(page) for page in (known, *strange)} == {len(known)}
    for page in strange:
        with pytest.raises(Expired, match="code_over"):
            await enter_by_code(opened, page, "000000", "d" * 32, "other")
    with pytest.raises(BadInput):
        await ask(opened, caller(number, "pagi"))


async def test_a_code_is_of_one_browser_and_dies_of_tries_and_of_time(desk, post, taken, clock):  # noqa: F811
    opened, number = await booked(desk, taken, number=9)
    page = await ask(opened, caller(number))
    await deliver(opened, post)
    digits = taken.codes()[-1]
    for device in ("", "e" * 32):
        with pytest.raises(Expired):
            await enter_by_code(opened, page, digits, device, "other")
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(BadInput) as wrong:
            await enter_by_code(opened, page, f"{(int(digits) + 1) % 1_000_000:06}", "d" * 32, "other")
        assert wrong.value.values["left"] == left
    with pytest.raises(Expired):
        await enter_by_code(opened, page, digits, "d" * 32, "other")
    second = await ask(opened, caller(number))
    clock.forward(hours=1)
    await deliver(opened, post)
    with pytest.raises(Expired):
        await enter_by_code(opened, second, taken.codes()[-1], "d" * 32, "other")


async def test_strangers_cannot_have_us_spend(desk, post, taken):  # noqa: F811
    """A number, a network and the organisation each have an end for the day, before anything is sent."""
    opened, number = await booked(desk, taken, number=2, network=4, organisation=300)
    for n in range(4):
        await ask(opened, caller(number, network="a" if n < 2 else "b"))
    await deliver(opened, post)
    assert len(taken.bodies) == 2, "two to one number"
    for _ in range(2):
        await ask(opened, caller("HC-0000-0000", network="a"))
    with pytest.raises(BadInput, match="code_enough"):
        await ask(opened, caller(number, network="a"))
    poor = replace(opened, texts=texts(taken, number=9, organisation=2))
    await ask(poor, caller(number, network="c"))
    await deliver(opened, post)
    assert len(taken.bodies) == 2


async def test_a_row_that_sql_wrote_or_put_back_is_none(desk, post, taken, store):  # noqa: F811
    opened, number = await booked(desk, taken)
    page = await ask(opened, caller(number))
    await deliver(opened, post)
    digits = taken.codes()[-1]
    await enter_by_code(opened, page, digits, "d" * 32, "other")
    await store.write(lambda tx: tx.run("UPDATE code SET tries = 0"))
    with pytest.raises(Expired):
        await enter_by_code(opened, page, digits, "d" * 32, "other")
    assert await count(store, "code") == 1
    assert codes.LIFE < 3_600_000_000


async def test_a_message_waits_while_the_gateway_is_down_and_mail_goes_on(desk, post, taken):  # noqa: F811
    """Down, failing, refusing: seen, tried again under the same key, or given up; letters by mail are not held up."""
    opened, number = await booked(desk, taken, number=9)
    await ask(opened, caller(number))
    taken.status = 500
    assert (await deliver(opened, post)).failed == 1
    key = taken.bodies[-1]["key"]
    taken.status = 200
    desk.now.forward(hours=1)
    assert (await deliver(opened, post)).sent == 1
    assert taken.bodies[-1]["key"] == key
    gone = replace(opened, texts=Texts({"sms": Gateway(Server("http://127.0.0.1:9/", {}, BODY, patience=0.2))}))
    await ask(gone, caller(number))
    assert (await deliver(gone, post)).failed == 1


async def test_the_door_at_the_site(desk, post, taken, clock):  # noqa: F811
    """Over HTTP: both numbers, the code, the privacy centre; nothing of it without a gateway."""
    opened, number = await booked(desk, taken)
    for texted, status in ((opened, 200), (desk, 404)):
        _, app = console(texted, clock)
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE, follow_redirects=True)
        page = await browser.get("/home-cleaning/pusat-privasi/nomor")
        assert page.status_code == status
        assert ("pusat-privasi/nomor" in (await browser.get("/home-cleaning/pusat-privasi")).text) == (status == 200)
        if status == 404:
            continue
        form = hidden(page.text.partition("<main")[2]) | {"phone": "0812-3456-7890", "number": number}
        asked = await browser.post("/home-cleaning/pusat-privasi/nomor", data=form)
        assert asked.status_code == 200
        await deliver(opened, post)
        form = hidden(asked.text.partition("<main")[2])
        inside = await browser.post("/home-cleaning/pusat-privasi/nomor/kode", data=form | {"code": taken.codes()[-1]})
        assert "Permohonan" in words(inside.text)


async def test_a_booking_on_the_site_needs_no_mail(desk, post, taken, clock):  # noqa: F811
    """The number gets a code, its digits confirm: the case opens; without the tick an address is asked for."""
    opened = replace(desk, texts=texts(taken))
    _, app = console(opened, clock)
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE)
    page = (await browser.get(BOOK)).text
    form = hidden(page) | TYPED | {"identity.email": "", "booking.date": re.search(DAY, page)[1], "coded": "yes"}
    bare = {name: value for name, value in form.items() if name != "coded"}
    assert (await browser.post(BOOK, data=bare)).status_code == 422
    assert (await browser.post(BOOK, data=form | {"identity.phone": ""})).status_code == 422
    abroad = await browser.post(BOOK, data=form | {"identity.phone": "+37122345678"})
    assert "negara" in words(abroad.text), "message fraud lives on far numbers"
    assert (await browser.post(BOOK, data=form | {"asks.offers_by_email": "yes"})).status_code == 403, "no consent so"
    sent = await browser.post(BOOK, data=form)
    assert sent.status_code == 303
    await deliver(opened, post)
    assert not post.sent
    code = hidden((await browser.get(sent.headers["location"])).text) | {"code": taken.codes()[-1]}
    stranger = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE)
    assert (await stranger.post(f"{BOOK}/kode", data=code)).status_code == 422, "another browser"
    done = await browser.post(f"{BOOK}/kode", data=code)
    assert done.status_code == 303
    told = words((await browser.get(done.headers["location"])).text)
    number = re.search(r"HC-\w{4}-\w{4}", told)[0]
    assert await lines(opened, "confirm", "coded") == ["points.booking"]
    assert await again(opened, number, post, taken)
