"""Helped in a way that suits somebody (UU PDP Art. 26): asked for without a why, with number and clock."""

from dataclasses import replace

import httpx
import pytest

from tepati.board import board as boards
from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.acts.answer import answer
from tepati.flows.acts.assist import Need, assist, needed, read
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.lapse import lapse
from tepati.flows.rights import Behalf
from tepati.web.addresses import absolute
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.inside import come_in, integrated
from tests.flows.people import confirmed, count, guest, hired, lines
from tests.web.office import SITE, Staff, console, signed_in, words
from tests.web.test_centre import CENTRE, Browser

LIST, ONE, OPEN, RECORD = ("/konsol/permohonan", "/konsol/permohonan/nomor", "/konsol/permohonan/buka",
                           "/konsol/permohonan/catat")  # fmt: skip
WISH = "Mohon telepon sore hari dan bicara pelan-pelan"
PAGE = f"{CENTRE}/bantuan"


async def judged(opened):
    """Hear the promise as the board tells it."""
    from tepati.board.tally import tally

    await integrated(opened)
    await opened.store.write(lambda tx: tally(tx, opened.org, opened.now()))
    found = await opened.store.read(lambda tx: boards.board(tx, opened.notice, opened.org, opened.now(), desk=opened))
    return next(row for row in found.rows if row.promise.id == "rights.assistance")


@pytest.mark.promise("L16")
async def test_somebody_asks_to_be_helped_and_is(desk, post, clock, store):  # noqa: F811
    """Number, receipt and clock; staff read what would help, nobody else does; the board says what was done."""
    await guest(desk, post)
    served_at = replace(desk, url=lambda page, lang, tail: absolute({desk.org: SITE}, page, desk.org, lang, tail))
    opened, app = console(served_at, clock)
    number = await asked_for(Browser(opened, httpx.AsyncClient(transport=httpx.ASGITransport(app)), post, opened, SITE))
    await integrated(opened)
    await deliver(opened, post)
    told = post.sent[-1]
    assert number in told.text
    assert WISH not in told.text
    assert told.attachments, "with a receipt"
    assert (await judged(opened)).state == "due"
    await served(opened, await signed_in(opened, app, clock, "privacy_desk"), f"{ONE}/{number}")
    row = await judged(opened)
    assert row.state == "kept"
    assert row.evidence["large_print"] == 1
    assert "huruf besar: 1" in row.sentence.id
    assert await count(store, f"request WHERE about LIKE '%{WISH[:9]}%'") == 0


async def asked_for(browser: Browser) -> str:
    """Ask in the privacy centre; give the request's number. Nothing chosen and nobody who agrees is no request."""
    await browser.enter()
    assert "/bantuan" in await browser.get(f"{CENTRE}/permohonan")
    assert "tidak kami minta" in await browser.get(PAGE)
    assert (await browser.send(PAGE, {"agreed": "self"})).status_code == 422, "nothing is asked for"
    assert (await browser.send(PAGE, {"words": WISH})).status_code == 422, "nobody agreed"
    sent = await browser.send(PAGE, {"of.large_print": "yes", "words": WISH, "helper": "Sari", "agreed": "self"})
    assert sent.status_code == 303
    assert "Bantuan" in words(browser.page)
    return sent.headers["location"].rpartition("/")[2]


async def served(opened, clerk: Staff, where: str) -> None:
    """Open what is asked for, serve it in a way, and say which."""
    assert WISH not in await clerk.text(where) + await clerk.text(LIST)
    seen = words((await clerk.press(where, OPEN)).text)
    for each in (WISH, "Sari", "Huruf besar", "Pemilik data sendiri"):
        assert each in seen
    assert (await lines(opened, "look", "allowed"))[-1] == "roles.privacy_desk"
    assert (await clerk.press(where, ONE, outcome="served")).status_code == 400, "no way told"
    assert (await clerk.press(where, ONE, outcome="served", way="large_print")).status_code == 303


async def test_staff_write_it_down_for_somebody_who_calls(desk, post, clock):  # noqa: F811
    """The guardian's word is noted as such; who wrote it down alone reads nothing before it is confirmed."""
    number = await guest(desk, post)
    clerk = await hired(desk, "privacy_desk")
    need = needed(desk, (), WISH, "", "guardian")
    asked = (await assist(desk, Behalf(clerk, number, "phone", "link"), need)).number
    with pytest.raises(Refused, match="reason_own"):
        await read(desk, clerk, asked)
    with pytest.raises(Refused):
        await read(desk, Actor(clerk.person, ("dispatcher",), clerk.undertaken), asked)
    await confirmed(desk, asked)
    assert await read(desk, clerk, asked) == need


async def test_what_was_written_ends_and_is_read_in_no_other_time(desk, post, clock):  # noqa: F811
    """Answered: nobody reads it any more. Later: its opening is destroyed."""
    await guest(desk, post)
    who, _ = await come_in(desk, post)
    need = needed(desk, ("helper",), WISH, "", "self")
    asked = await assist(desk, who, need)
    assert (await assist(desk, who, Need("guardian", words="x"))).number == asked.number, "asked twice is asked once"
    clerk = await hired(desk, "privacy_desk")
    assert (await read(desk, clerk, asked.number)) == need
    with pytest.raises(BadInput):
        await answer(desk, clerk, asked.number, "served", "telepathy")
    await answer(desk, clerk, asked.number, "declined")
    with pytest.raises((Refused, NotFound)):
        await read(desk, clerk, asked.number)
    clock.forward(days=60)
    assert await lapse(desk) >= 1
