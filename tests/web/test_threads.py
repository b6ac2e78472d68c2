"""A ticket is a conversation: both write, both read it in order, and its desk reads it while it is open, no longer."""

import re

import pytest

from tepati.flows.acts.idle import idle
from tepati.flows.acts.write_back import MOST
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, lines
from tests.web.company import Company
from tests.web.examples import ORIGIN, hidden
from tests.web.office import words
from tests.web.test_tickets import LIST, ONE, OPEN, asks
from tests.web.test_uses import BUDI, RATNA, company, copy_of, refused  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
FIRST, SECOND, THIRD = "Sudah kami kirim <b>ulang</b>.", "Belum sampai & kotaknya penyok.", "Kami ganti besok."


def linked(c: Company, email: str = RATNA) -> str:
    """Take the newest link to write back that was mailed to an address."""
    for mail in reversed(c.post.sent):
        found = re.search(rf"{ORIGIN}(/{c.slug}/(?:en/)?ti\w+/[\w-]{{32}})", mail.text)
        if found and mail.to == email:
            return found[1]
    raise AssertionError(email)


async def answers(c: Company, clerk, number: str, text: str, then: str = "wait") -> None:
    """Have the desk answer, a minute later."""
    c.clock.forward(seconds=60)
    done = await clerk.press(f"{ONE}/{number}", ONE, text=text, way="email", then=then)
    assert done.status_code == 303, words(done.text)[:400]
    await c.settled()


async def writes(c: Company, link: str, text: str):
    """Have whoever holds a letter's link write back, a minute later."""
    c.clock.forward(seconds=60)
    form = hidden((await c.site.get(link)).text)
    return await c.site.post(link, data=form | {"text": text})


async def opens(c: Company, role: str = "support"):
    """Have Ratna ask, and let somebody in who answers; return them and the number."""
    await asks(c)
    clerk = await c.staff(role)
    (number,) = re.findall(rf"/{c.slug}{ONE}/([\w-]+)", (await clerk.get(LIST)).text)
    return clerk, number


@pytest.mark.promise("T5")
async def test_both_write_and_both_read_it_in_order(company):  # noqa: F811
    """Answered and open, written back by the letter's link, answered again; one thread, told alike to both."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await answers(c, clerk, number, FIRST)
    mail = c.post.sent[-1]
    assert mail.to == RATNA
    assert number in mail.subject
    assert "&lt;b&gt;ulang&lt;/b&gt;" in mail.html
    assert FIRST in mail.text
    listed = await clerk.text(LIST)
    assert "Menunggu pengirimnya" in listed
    assert "Tidak ada yang menunggu jawaban" in listed
    link = linked(c)
    page = (await c.site.get(link)).text
    assert number in page
    assert not [said for said in ("ulang", "Mohon dikerjakan", RATNA, "Ratna") if said in page], "a link shows no word"
    done = await writes(c, link, SECOND)
    assert number in words((await c.site.get(done.headers["location"])).text)
    assert (await writes(c, link, "lagi")).status_code in {400, 410}, "a link adds one message"
    assert "Menunggu jawaban: 1" in await clerk.text(LIST)


@pytest.mark.promise("T5")
async def test_its_writer_reads_the_whole_thread_on_a_known_device(company):  # noqa: F811
    """With the mailed link alone no word of it; then all in order, as text, in both languages, and in the copy."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await answers(c, clerk, number, FIRST)
    await writes(c, linked(c), SECOND)
    await answers(c, clerk, number, THIRD, "close")
    theirs = await c.centre(RATNA)
    page = f"{theirs.centre}/tiket/{number}"
    await theirs.get(page)
    assert "penyok" not in theirs.page, "not before the second proof"
    await theirs.know(c.clock, RATNA)
    await theirs.get(page)
    shown = words(theirs.page)
    order = [shown.index(said) for said in ("Mohon dikerjakan pagi hari", "kirim <b>ulang</b>", SECOND, THIRD)]
    assert order == sorted(order)
    assert "<b>ulang" not in theirs.page.partition("<main")[2]
    await theirs.get(f"/{c.slug}/en/privacy-centre/tickets/{number}")
    assert (theirs.status, "Mohon dikerjakan" in theirs.page) == (200, True)
    own = await copy_of(c, RATNA)
    held = [value for part in own["data"] for value in part["values"].values()]
    assert {FIRST, SECOND, THIRD} <= set(held)


@pytest.mark.promise("T5")
async def test_contact_data_opens_while_the_ticket_is_open_and_no_longer(company):  # noqa: F811
    """Open: seen, in order; closed: refused at console and API alike; opened again by its writer: seen again."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await answers(c, clerk, number, FIRST)
    await writes(c, linked(c), SECOND)
    seen = words((await clerk.press(f"{ONE}/{number}", OPEN)).text)
    order = [seen.index(said) for said in ("Mohon dikerjakan", "kirim <b>ulang</b>", SECOND, RATNA)]
    assert order == sorted(order)
    form = hidden((await clerk.get(f"{ONE}/{number}")).text)
    await answers(c, clerk, number, THIRD, "close")
    assert OPEN not in (await clerk.get(f"{ONE}/{number}")).text
    late = await clerk.client.post(f"/{c.slug}{OPEN}", data=form | {"number": number})
    assert late.status_code in {400, 403}
    assert refused(await c.looks(clerk, "support", "ticket.email", number=number), "roles.support")
    again = await writes(c, linked(c), "Masih salah.")
    assert "terbuka kembali" in words((await c.site.get(again.headers["location"])).text)
    assert "Masih salah." in words((await clerk.press(f"{ONE}/{number}", OPEN)).text)
    assert (await c.looks(clerk, "support", "ticket.email", number=number)).status_code == 200
    theirs = await c.centre(RATNA)
    trail = words(await theirs.get(f"{theirs.centre}/pemakaian"))
    assert "urusannya terbuka kembali" in trail
    assert "Ditolak di pintu" in trail


@pytest.mark.promise("T5")
async def test_a_look_that_its_owner_does_not_recognise_is_counted_under_the_role(company):  # noqa: F811
    """On the board beside the looks themselves, and since when the oldest ticket is open."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await clerk.press(f"{ONE}/{number}", OPEN)
    told = await c.evidence(clerk, "roles.support")
    assert "Data dibuka 1 kali, semuanya selama urusannya terbuka; tanpa itu: 0. Disanggah pemiliknya: 0." in told
    assert "Yang terlama masih terbuka: sejak 18 November 2026" in told
    theirs = await c.centre(RATNA)
    page = f"{theirs.centre}/sanggah"
    await theirs.get(f"{theirs.centre}/pemakaian")
    forms = re.findall(
        rf'<article.*?action="{page}".*?</article>|<li.*?action="{page}".*?</li>', theirs.page, re.DOTALL
    )
    n = next(n for n, each in enumerate(forms) if "melihat" in each)
    assert (await theirs.send(page, n=n)).status_code == 303
    assert "Disanggah pemiliknya: 1." in await c.evidence(clerk, "roles.support")


async def test_a_ticket_opens_again_for_as_long_as_the_notice_says(company, store):  # noqa: F811
    """Silence closes it; its writer opens it for 14 days more; then link and centre say that it is over."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await answers(c, clerk, number, FIRST)
    link = linked(c)
    c.clock.forward(days=15)
    assert await idle(c.desk) == 1
    assert (await writes(c, link, "Masih ada?")).status_code == 303
    assert await count(store, "dealing WHERE kind = 'ticket' AND closed IS NULL") == 1
    c.clock.forward(days=15)
    assert await idle(c.desk) == 1
    theirs = await c.centre(RATNA)
    page = f"{theirs.centre}/tiket/{number}"
    c.clock.forward(days=13)
    await theirs.enter(RATNA)
    assert "Buka lagi" in words(await theirs.get(page))
    c.clock.forward(days=2)
    await theirs.enter(RATNA)
    assert "sudah lewat" in words(await theirs.get(page))
    assert f'action="{page}"' not in theirs.page


async def test_nobody_writes_in_the_ticket_of_another(company, store):  # noqa: F811
    """Another's session, another's number, a forged token, no words, too many: nothing is added."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await answers(c, clerk, number, FIRST)
    link = linked(c)
    await c.comes(BUDI, "register")
    other = await c.centre(BUDI)
    assert number not in await other.get(f"{other.centre}/tiket")
    await other.get(f"{other.centre}/tiket/{number}")
    assert other.status == 404
    mine = await c.centre(RATNA)
    page = f"{mine.centre}/tiket/{number}"
    await mine.get(page)
    stolen = mine.form(page)
    for body in (stolen | {"text": "x"}, {"_token": "", "text": "x"}):
        assert (await other.client.post(page, data=body)).status_code == 400
    assert (await mine.client.post(page, data=stolen | {"text": "x", "ticket.email": BUDI})).status_code == 403
    for text in ("", "   ", "x" * 2001, "a\u202eb"):
        assert (await mine.client.post(page, data=stolen | {"text": text})).status_code == 422
        assert (await writes(c, link, text)).status_code == 422, "and the link is not used up"
    for forged in ("x" * 32, "x", link.rpartition("/")[2][:-1] + "_"):
        assert (await c.site.get(f"/{c.slug}/tiket/{forged}")).status_code in {404, 410}
    assert await count(store, "record WHERE point = 'ticket'") == 1
    for n in range(MOST):
        assert (await mine.client.post(page, data=stolen | {"text": f"{n}"})).status_code == 303
    assert (await mine.client.post(page, data=stolen | {"text": "lagi"})).status_code == 422
    assert await count(store, "record WHERE point = 'ticket'") == 1 + MOST
    assert await lines(c.desk, "reply", "waiting") == ["roles.support"]


async def test_a_letter_carries_no_more_than_its_message_declares(company):  # noqa: F811
    """Where the message has no ``reply.text``, the letter says that there is an answer, in both forms, and no word."""
    c = await company("point-of-sale")
    clerk, number = await opens(c)
    await answers(c, clerk, number, FIRST)
    mail = c.post.sent[-1]
    assert (mail.to, number in mail.subject) == (RATNA, True)
    assert "ulang" not in mail.text + mail.html + mail.subject
    assert linked(c) in mail.text
    assert "no_such" not in mail.html
    assert linked(c) in mail.html


async def test_words_of_a_ticket_are_sealed_and_go_with_their_person(company, store):  # noqa: F811
    """No column of the database holds them; an erasure leaves none of the thread, nor of its link."""
    c = await company("online-store")
    clerk, number = await opens(c)
    await answers(c, clerk, number, "RAHASIA-7731 kami")
    await writes(c, linked(c), "RAHASIA-7732 mereka")
    await c.settled()
    for table in ("outbox", "record", "dealing", "log_leaf", "log_pending", "opening", "sealed", "link"):
        rows = await store.read(lambda tx, table=table: tx.all(f"SELECT * FROM {table}"))
        raw = [c if isinstance(c, bytes) else str(c).encode() for row in rows for c in row]
        assert not [each for each in raw if b"RAHASIA" in each], table
    mine = await c.centre(RATNA)
    await mine.know(c.clock, RATNA)
    await mine.get(f"{mine.centre}/hapus")
    await mine.send(f"{mine.centre}/hapus")
    c.clock.forward(days=8)
    await c.passes()
    for table in ("record", "sealed", "dealing", "link"):
        assert await count(store, f"{table} JOIN person ON person.person = {table}.person"
                                  " WHERE person.population = 'customer'") == 0, table  # fmt: skip
