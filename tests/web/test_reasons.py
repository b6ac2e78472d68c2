"""A reason that staff made alone opens nothing to who made it, until its person or a colleague confirms it."""

import httpx
import pytest

from tepati.errors import NotFound, Refused
from tepati.flows.acts.countersign import countersign
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.vouch import vouch
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired, lines
from tests.flows.test_vouch import typed
from tests.web.office import ORG, SITE, console, form_to, hidden, signed_in, words
from tests.web.test_requests import COUNTER, HAND, ONE, OPEN, RECORD, integrated

SIGN = "/konsol/pastikan"
NAME = frozenset({"identity.name"})
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere


def outside(app) -> httpx.AsyncClient:
    """A browser, or a program, at the site of the same application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE)


async def recorded(clerk, number: str) -> str:
    """Have a clerk write down that somebody asked for a copy; return the number of the request."""
    taken = await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    return taken.headers["location"].rpartition("/")[2]


async def test_a_request_that_a_clerk_wrote_down_opens_nothing_to_them(desk, post, clock):  # noqa: F811
    """Neither by its page, nor by forms of another's request, nor as a copy; a colleague confirms, and it opens."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    other = await signed_in(opened, app, clock, "privacy_desk", "editor")
    mine, theirs = (
        await recorded(clerk, number),
        await recorded(other, await guest(opened, post, 2, identity__email="b@contoh.example")),
    )
    page = (await clerk.get(f"{ONE}/{mine}")).text
    assert "Anda sendiri yang mencatatnya" in words(page)
    assert not [path for path in (OPEN, HAND, SIGN) if ORG + path in page]
    lent = (await clerk.get(f"{ONE}/{theirs}")).text
    for path, more in ((OPEN, {}), (HAND, {"check": "document", "form": "paper"}), (SIGN, {})):
        form = hidden(form_to(lent, path)) | more | {"number": mine}
        answer = await clerk.client.post(ORG + path, data=form)
        assert (answer.status_code, "Kenanga" in answer.text) == (403, False), path
        assert "Alasan ini Anda buat sendiri" in words(answer.text), path
    assert await lines(opened, "look", "refused") == await lines(opened, "export", "refused") == ["roles.privacy_desk"]
    signed = await other.press(f"{ONE}/{mine}", SIGN)
    assert signed.headers["location"] == f"{ORG}{ONE}/{mine}"
    assert "Belum dipastikan" not in await clerk.text(f"{ONE}/{mine}")
    assert (await clerk.press(f"{ONE}/{mine}", OPEN)).status_code == 200
    copy = await clerk.press(f"{ONE}/{mine}", HAND, check="document", form="paper")
    assert "Jalan Kenanga 7, Depok" in copy.text


async def test_its_person_confirms_by_the_letters_link(desk, post, clock):  # noqa: F811
    """Opening the link changes nothing; its button works once, and the request is a reason for who wrote it down."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    mine = await recorded(clerk, number)
    await integrated(opened)
    await deliver(opened, post)
    link = f"{ORG}/k/{post.link('confirm')}"
    client = outside(app)
    shown = await client.get(link)
    assert mine in words(shown.text)
    assert "Belum dipastikan" in await clerk.text(f"{ONE}/{mine}"), "a scanner that follows it confirms nothing"
    for status in (303, 410):
        assert (await client.post(f"{ORG}/k", data=hidden(form_to(shown.text, "/k")))).status_code == status
    assert (await clerk.press(f"{ONE}/{mine}", OPEN)).status_code == 200
    assert await lines(opened, "confirm", "done") == ["points.booking", "rights.access"]


async def test_a_booking_that_one_member_attested_opens_nothing_to_them(desk, post):  # noqa: F811
    """It is planned as any other; what it opens waits for a second member who has a part in it."""
    clerk = await hired(desk, "dispatcher")
    number = (await vouch(desk, await typed(desk, clerk))).number
    with pytest.raises(Refused) as refused:
        await look(desk, clerk, Wish(number, "orders", NAME))
    assert (refused.value.code, refused.value.promise) == ("reason_own", "roles.dispatcher")
    for member, error in ((clerk, "reason_own"), (await hired(desk, "analyst"), "act_not_given")):
        with pytest.raises(Refused) as refused:
            await countersign(desk, member, number)
        assert refused.value.code == error
    with pytest.raises(NotFound):
        await countersign(desk, clerk, "HC-0000-0000")
    second = await hired(desk, "service_desk", "dispatcher")
    assert (await look(desk, second, Wish(number, "orders", NAME))).values
    assert await countersign(desk, second, number) == "booking"
    assert (await look(desk, clerk, Wish(number, "orders", NAME))).values


async def test_what_a_member_sends_in_another_name_opens_nothing(desk, post, clock):  # noqa: F811
    """Typed at the console with the address of somebody known: no case opens before its owner presses the link."""
    opened, app = console(desk, clock)
    booked = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "service_desk", "dispatcher")
    wish = {"purpose": "service", "fields": ["identity.email"], "reason": "penasaran"}
    before = await clerk.client.post(
        f"/v1{ORG}/look", json=wish | {"email": "ratna@contoh.example"}, headers=clerk.bearer
    )
    typed_in = {"identity.name": "Ratna Dewi", "identity.email": "ratna@contoh.example", "complaint.kind": "complaint",
                "complaint.text": "x", "complaint.booking": ""}  # fmt: skip
    page = "/konsol/tiket/catat/complaint"
    taken = await clerk.press(page, page, channel="phone", **typed_in)
    number = taken.headers["location"].rpartition("/")[2]
    for asked in ({"email": "ratna@contoh.example"}, {"number": number}):
        answer = await outside(app).post(f"/v1{ORG}/look", json=wish | asked, headers=clerk.bearer)
        assert answer.status_code in {403, 404}
        assert "values" not in answer.json()
    assert (before.status_code, booked != number) == (403, True)
