"""Consent over the API: an organisation's own page asks in our words; a yes waits for its owner, an end does not."""

import re
from dataclasses import replace

import httpx
import msgspec
import pytest

from tepati.client import AsyncTepati, Changed, Faulty, Refusal
from tepati.client.calls import Question
from tepati.errors import Expired
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.give import give_by_link
from tepati.flows.acts.keyed import Wanted, make
from tests.flows.conftest import booking, desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired, lines, person_of
from tests.web.office import SITE, console, form_to, hidden, words
from tests.web.test_api_keys import HOME, INSIDE

RATNA = "ratna@contoh.example"
OFFERS = "offers_by_email"
ONE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # what the engines do is tested elsewhere


class Shop:
    """A page of the company's own: its program has a key for one role."""

    def __init__(self, desk, app, actor) -> None:  # noqa: F811
        self.desk, self.app, self.actor = desk, app, actor

    async def as_(self, role: str) -> AsyncTepati:
        secret, _ = await make(self.desk, self.actor, Wanted(role, (HOME,), 365))
        transport = httpx.ASGITransport(self.app, client=(INSIDE, 1))
        return AsyncTepati(SITE, self.desk.org, secret, transport=transport)

    async def facts(self):
        person = await person_of(self.desk)
        return (await self.desk.store.read(lambda tx: self.desk.vault.facts(tx, person)))[0]


@pytest.fixture
def shop(desk, clock, run):  # noqa: F811
    return Shop(desk, console(desk, clock)[1], run(hired(desk, "director")))


async def customer(desk, post) -> None:  # noqa: F811
    """Somebody who booked and was not asked about offers."""
    await collect(desk, msgspec.structs.replace(booking(desk), ticks=frozenset()))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset(), "id")
    await settled(desk, post)


async def settled(desk, post) -> list:  # noqa: F811
    """Let what waits leave, with its receipts; give the letters."""
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    before = len(post.sent)
    await deliver(desk, post)
    return post.sent[before:]


async def test_a_yes_passed_on_waits_for_its_owner(shop, desk, post):  # noqa: F811
    """A key forges no consent: a letter, a page that shows the question, a button; then line, receipt and state."""
    await customer(desk, post)
    async with await shop.as_("dispatcher") as ours:
        (read,) = await ours.questions("en")
        assert read.name == OFFERS
        assert set(read.words) == {"en", "id"}
        assert (await ours.consents(email=RATNA))[OFFERS].state == "never"
        await ours.ask([read], email=RATNA)
        assert (await ours.consents(email=RATNA))[OFFERS].state == "requested"
        (mail,) = await settled(desk, post)
        assert not (await shop.facts()).consents
        token = post.link("confirm")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(shop.app), base_url=SITE) as browser:
            for _ in range(3):  # a scanner of mail
                page = await browser.get(f"/home-cleaning/en/k/{token}")
            assert read.words["en"] in words(page.text)
            assert not (await shop.facts()).consents
            typed = hidden(form_to(page.text, "/en/k")) | {f"asks.{OFFERS}": "yes"}
            done = await browser.post("/home-cleaning/en/k", data=typed)
            assert "Your answer is recorded" in (await browser.get(done.headers["location"])).text
            assert (await browser.post("/home-cleaning/en/k", data=typed)).status_code == 410
        found = (await ours.consents(email=RATNA))[OFFERS]
    assert (found.state, found.less) == ("given", False)
    assert found.until > found.since
    (receipt,) = await settled(desk, post)
    assert [file.name for file in receipt.attachments] == [f"receipt-{OFFERS}.json"]
    assert "Ratna" not in mail.text
    assert await lines(desk, "agree", "requested")
    with pytest.raises(Expired):
        await give_by_link(desk, token, frozenset({OFFERS}), "en")


@ONE
async def test_words_or_a_version_that_are_not_in_force_are_refused(shop, desk, post):  # noqa: F811
    await customer(desk, post)
    async with await shop.as_("dispatcher") as ours:
        (read,) = await ours.questions()
        (other,) = await ours.questions("en")
        for wrong in (
            replace(read, version=read.version + 1), replace(read, digest="00" * 32),
            replace(read, digest=other.digest),
        ):  # fmt: skip
            with pytest.raises(Changed) as changed:
                await ours.ask([wrong], email=RATNA)
            assert changed.value.code == "words_changed"
        for wrong in (replace(read, digest="Ratna"), replace(read, name="ratna"), replace(read, language="fr")):
            with pytest.raises(Faulty) as faulty:
                await ours.ask([wrong], email=RATNA)
            assert "ratna" not in f"{faulty.value} {vars(faulty.value)}".lower()
        with pytest.raises(Refusal) as refused:  # a question that only a code confirms
            await ours.ask([replace(read, name="offers_by_whatsapp")], email=RATNA)
    assert refused.value.promise == "consents.offers_by_whatsapp"
    assert not await settled(desk, post)


@ONE
async def test_the_answer_does_not_tell_whom_we_know_and_nobody_is_pressed(shop, desk, clock, post):  # noqa: F811
    """Strangers, who said no, who was asked twice: one answer, and no letter."""
    await guest(desk, post, yes=False)
    await settled(desk, post)
    async with await shop.as_("dispatcher") as ours:
        (read,) = await ours.questions()

        async def asked(email: str = RATNA) -> int:
            assert await ours.ask([read], email=email) is None
            return len(await settled(desk, post))

        assert [await asked("siapa@contoh.example"), await asked()] == [0, 0], "a no holds for its time"
        assert await ours.ask([read], number="HC-AAAA-AAAA") is None
        clock.forward(days=181)
        assert [await asked(), await asked(), await asked()] == [1, 1, 0], "nobody answered two letters"
        clock.forward(days=2)
        assert await asked() == 0
        with pytest.raises(Refusal) as nobody:
            await ours.consents(email="siapa@contoh.example")
        assert nobody.value.promise == ""


@ONE
async def test_a_role_speaks_of_what_it_works_for_only(shop, desk, post):  # noqa: F811
    """Refused before anybody is looked for, with the promise, and written down."""
    await customer(desk, post)
    async with await shop.as_("analyst") as ours:
        (read,) = await ours.questions()
        for call in (
            lambda: ours.consents(email=RATNA), lambda: ours.consents(email="siapa@contoh.example"),
            lambda: ours.ask([read], email=RATNA), lambda: ours.withdraw(OFFERS, email=RATNA),
            lambda: ours.object_to(["offers"], email=RATNA), lambda: ours.restrict(["orders"], email="x@y.example"),
        ):  # fmt: skip
            with pytest.raises(Refusal) as refused:
                await call()
            assert refused.value.promise == "roles.analyst"
    assert not await settled(desk, post)
    assert not (await shop.facts()).restricted


@ONE
async def test_what_a_page_takes_back_is_over_at_once_and_told(shop, desk, post):  # noqa: F811
    """Twice is once; the person reads by which role, the receipt comes by mail."""
    await guest(desk, post)
    await settled(desk, post)
    assert OFFERS in (await shop.facts()).consents
    async with await shop.as_("dispatcher") as ours:
        done = await ours.withdraw(OFFERS, email=RATNA)
        again = await ours.withdraw(OFFERS, email=RATNA)
        assert (await ours.consents(email=RATNA))[OFFERS].state == "withdrawn"
        for unknown in ("lain", "offers_by_whatsapp' OR 1=1"):
            with pytest.raises(Refusal):
                await ours.withdraw(unknown, email=RATNA)
    assert (again.number, done.again, again.again) == (done.number, False, True)
    assert not (await shop.facts()).consents
    (letter,) = await settled(desk, post)
    assert done.number in letter.text
    assert letter.attachments


@ONE
async def test_a_page_stops_uses_and_lifts_none(shop, desk, post):  # noqa: F811
    """Whoever stole the key cannot open again what a person closed."""
    await guest(desk, post)
    async with await shop.as_("editor") as ours:
        assert re.fullmatch(r"HC-\w{4}-\w{4}", await ours.object_to(["offers"], email=RATNA))
        assert await ours.object_to(["offers"], email=RATNA) == ""
        with pytest.raises(Refusal):
            await ours.restrict([], email=RATNA)
    async with await shop.as_("dispatcher") as ours:
        assert await ours.restrict(["orders"], email=RATNA)
        with pytest.raises(Faulty):
            await ours.restrict(["*"], email=RATNA)
    async with await shop.as_("editor") as ours:
        assert await ours.restrict(["offers"], email=RATNA)
        (read,) = await ours.questions()
        await ours.ask([read], email=RATNA)
    facts = await shop.facts()
    assert (set(facts.restricted), facts.objected) == ({"orders", "offers"}, ("offers",))
    assert not [mail for mail in await settled(desk, post) if "/confirm/" in mail.text]


def test_questions_of_two_readings_are_not_one_yes():
    from tepati.client import calls

    one = Question("a", "offers", "email", {}, "00", 1, "id")
    with pytest.raises(ValueError, match="together"):
        calls.ask([one, replace(one, version=2)], number="", email="x@y.example")
