"""Requests by deadline at the console: recorded at the counter, opened, answered, closed; a dispute shows the use."""

from html import escape

import pytest

from tepati.errors import NotFound, Refused
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.dispute import dispute
from tepati.flows.acts.hand_over import hand_over
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.trace import trace
from tepati.flows.tick import tick
from tepati.registers import counters
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.inside import integrated, known
from tests.flows.people import confirmed, count, guest, hired, lines, paid
from tests.web.office import ORG, console, form_to, hidden, signed_in, words

LIST, ONE, OPEN, RECORD = ("/konsol/permohonan", "/konsol/permohonan/nomor", "/konsol/permohonan/buka",
                           "/konsol/permohonan/catat")  # fmt: skip
HAND = "/konsol/permohonan/serahkan"
COUNTER = {"channel": "counter", "proof": "in_person"}


async def test_a_copy_asked_for_at_the_counter_runs_and_is_answered(desk, post, clock, store):  # noqa: F811
    """F7: recorded with number and clock; the queue names nobody; the look is masked; the answer is mailed."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    taken = await clerk.press(f"{RECORD}/access", RECORD, number=number.lower(), **COUNTER)
    assert taken.status_code == 303, words(taken.text)[:300]
    again = await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    assert again.headers["location"] == taken.headers["location"], "asked twice is asked once"
    where = taken.headers["location"].removeprefix(ORG)
    asked = where.rpartition("/")[2]
    queue = await clerk.text(LIST)
    assert asked in queue
    assert "Salinan data" in queue
    assert "Ratna" not in queue + await clerk.text(where)
    await confirmed(opened, asked)
    seen = await clerk.press(where, OPEN)
    assert seen.status_code == 200
    assert "Ratna Dewi" not in seen.text, "the role sees it masked"
    assert "R" in words(seen.text)
    assert (await lines(opened, "look", "allowed"))[-1] == "roles.privacy_desk"
    post.sent.clear()
    assert (await clerk.press(where, ONE, outcome="served")).status_code == 303
    await integrated(opened)
    await deliver(opened, post)
    assert any("sudah dipenuhi" in mail.text for mail in post.sent)
    assert asked not in await clerk.text(LIST)
    assert "Selesai" in await clerk.text(where)
    sums = await opened.read(lambda sheet: counters.on(sheet.tx, opened.org))
    assert sums["rights.access.within"][counters.DONE].n == 1
    assert await count(store, "request WHERE state = 'waiting'") == 0


async def test_a_copy_is_handed_over_at_the_counter_once(desk, post, clock):  # noqa: F811
    """L6: identity checked in a declared way, one file with the number, a line, a letter; the clock stops."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    post.sent.clear()
    taken = await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    where = taken.headers["location"].removeprefix(ORG)
    asked = where.rpartition("/")[2]
    await integrated(opened)
    await deliver(opened, post)
    assert asked in post.sent[-1].text, "the number is mailed to the address on file"
    assert "Ratna Dewi" not in await clerk.text(where)
    await confirmed(opened, asked)
    form = hidden(form_to((await clerk.get(where)).text, HAND))
    for wrong, status in (({"check": ""}, 400), ({"check": "wajah"}, 400), ({"form": "csv"}, 400)):
        body = form | {"check": "document", "form": "paper"} | wrong
        assert (await clerk.client.post(ORG + HAND, data=body)).status_code == status
    copy = await clerk.client.post(ORG + HAND, data=form | {"check": "document", "form": "paper"})
    assert copy.status_code == 200, words(copy.text)[:300]
    assert copy.headers["content-disposition"] == f'attachment; filename="salinan-data-{asked}.html"'
    assert copy.headers["content-security-policy"].endswith("sandbox")
    for value in (
        "Ratna Dewi",
        "Jalan Kenanga 7, Depok",
        asked,
        "menyelesaikan pesanan",
        "18 tahun atau lebih",
        "25 November 2026",
        "mengirim promo, e-mail",
    ):
        assert value in copy.text
    again = await clerk.client.post(ORG + HAND, data=form | {"check": "document", "form": "paper"})
    assert again.status_code == 404
    assert "Selesai" in await clerk.text(where)
    assert await lines(opened, "export", "allowed") == ["rights.access"]
    sums = await opened.read(lambda sheet: counters.on(sheet.tx, opened.org))
    assert sums["rights.access.within"][counters.DONE].n == 1
    await integrated(opened)
    await deliver(opened, post)
    assert "diserahkan di loket" in post.sent[-1].text


async def test_nobody_else_hands_a_copy_over(desk, post, clock):  # noqa: F811
    """Another role, a correction, a number that is none: no copy."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    taken = await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    asked = await confirmed(opened, taken.headers["location"].rpartition("/")[2])
    other = await hired(opened, "dispatcher")
    for actor, which in ((other, asked), (other, number)):
        with pytest.raises((Refused, NotFound)):
            await hand_over(opened, actor, which, "document", "html")
    form = hidden(form_to((await clerk.get(f"{ONE}/{asked}")).text, HAND)) | {"check": "document", "form": "paper"}
    assert (await clerk.client.post(ORG + HAND, data=form | {"number": number})).status_code == 404
    assert await lines(opened, "export", "allowed") == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "=1+1", "&amp;"])
async def test_what_was_typed_stands_in_the_paper_copy_as_text(desk, post, clock, text):  # noqa: F811
    opened, app = console(desk, clock)
    number = await guest(opened, post, booking__wish=text)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    taken = await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    where = taken.headers["location"].removeprefix(ORG)
    await confirmed(opened, where.rpartition("/")[2])
    form = hidden(form_to((await clerk.get(where)).text, HAND)) | {"check": "letter", "form": "paper"}
    copy = (await clerk.client.post(ORG + HAND, data=form)).text
    assert escape(text) in copy
    assert "<script" not in copy


async def test_a_use_not_recognised_is_shown_and_answered(desk, post, clock):  # noqa: F811
    """The clerk reads role and purpose of the line, never who it was; what was found is mailed."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    dispatcher = await hired(opened, "dispatcher")
    await look(opened, dispatcher, Wish(number, "orders", frozenset({"identity.name"})))
    await integrated(opened)
    who = await known(opened, post, clock)
    trail = await trace(opened, who)
    line = next(one.line for one in trail.traces if one.act == "look")
    asked = await dispute(opened, who, line)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    assert asked.number in await clerk.text("/konsol"), "the first page names every kind of request that waits"
    page = f"{ONE}/{asked.number}"
    assert "Penjadwal" not in await clerk.text(page)
    seen = await clerk.press(page, OPEN)
    said = words(seen.text)
    assert "Penjadwal" in said
    assert "enyelesaikan pesanan" in said
    assert "Wulan" not in said
    assert (await clerk.press(page, ONE, outcome="served")).status_code == 400, "not an answer to this question"
    assert (await clerk.press(page, ONE, outcome="in_order")).status_code == 303
    post.sent.clear()
    await integrated(opened)
    await deliver(opened, post)
    assert any("sesuai dengan janji kami" in mail.text for mail in post.sent)
    assert "asked_open" not in (await clerk.get(page)).text


@pytest.mark.parametrize(
    ("kind", "more", "line"),
    [
        ("withdrawal", {"of.offers_by_email": "yes", "channel": "email"}, ("withdraw", "withdrawn")),
        ("objection", {"of.offers": "yes", "channel": "email"}, ("object", "done")),
        ("restriction", {"of.*": "yes", "channel": "email"}, ("restrict", "done")),
        ("correction", {"of.identity.name": "Ratna Wulandari"}, ("correct", "done")),
        ("correction", {"of.identity.email": "baru@contoh.example"}, ("request", "received")),
        ("erasure", {}, ("request", "received")),
    ],
)
async def test_what_can_be_done_at_once_is_done_at_once(desk, post, clock, kind, more, line):  # noqa: F811
    """Each right by staff is the same act as in the privacy centre, with its receipt number and its line."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    empty = await clerk.press(f"{RECORD}/{kind}", RECORD, **(COUNTER | {"channel": more.get("channel", "counter")}),
                              number="HC-0000-0000", **{k: v for k, v in more.items() if k != "channel"})  # fmt: skip
    assert empty.status_code == 422
    taken = await clerk.press(f"{RECORD}/{kind}", RECORD, **(COUNTER | {"number": number} | more))
    assert taken.status_code == 303, words(taken.text)[:400]
    assert await lines(opened, *line)
    assert "HC-" in await clerk.text(taken.headers["location"].removeprefix(ORG))


async def test_a_faulty_record_says_what_is_wrong(desk, post, clock, store):  # noqa: F811
    """Nothing chosen, an undeclared channel, a formula in a name: nothing is written down that the notice forbids."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    given = COUNTER | {"number": number}
    for kind, more, status in (
        ("objection", {"channel": "email"}, 422), ("withdrawal", {"channel": "email"}, 422),
        ("correction", {"of.identity.phone": "12"}, 422),
        ("correction", {"of.identity.email": "baru@contoh.example", "of.identity.name": "Ratna"}, 422),
        ("correction", {"of.identity.email": "x"}, 422), ("correction", {"of.payment.reference": "x"}, 403),
        ("access", {"channel": "fax"}, 403), ("access", {"kind": "disclosure"}, 404), ("nothing", {}, 404),
    ):  # fmt: skip
        page = RECORD + ("/access" if kind == "nothing" else f"/{kind}")
        body = hidden(form_to((await clerk.get(page)).text, RECORD)) | given | more
        answer = await clerk.client.post(ORG + RECORD, data=body | ({"kind": kind} if kind == "nothing" else {}))
        assert answer.status_code in ({status, 422, 404} if kind == "nothing" else {status}), (kind, answer.status_code)
    assert await count(store, "request") == 0


async def test_what_law_keeps_of_somebody_erased_is_told_by_their_number(desk, post, clock, store):  # noqa: F811
    """No address, no session, no name: the number on paper shows categories, rule and end, to who handles requests."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    await paid(opened, number)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    taken = await clerk.press(f"{RECORD}/erasure", RECORD, number=number, **COUNTER)
    asked = taken.headers["location"].rpartition("/")[2]
    await tick(opened, post)
    await tick(opened, post)
    found = await clerk.press(LIST, LIST, number=f" {asked.lower()} ")
    assert found.headers["location"].endswith(asked)
    page = await clerk.text(found.headers["location"].removeprefix(ORG))
    assert "Yang masih disimpan" in page
    assert "UU KUP 28(11)" in page
    assert "Ratna" not in page
    assert (await clerk.get(f"{ONE}/HC-0000-0000")).status_code == 404
    assert (await clerk.press(LIST, LIST, number="../x")).status_code == 404
    other = await signed_in(opened, app, clock, "dispatcher")
    assert (await other.get(f"{ONE}/{asked}")).status_code == 403


@pytest.mark.parametrize("role", ["dispatcher", "service_desk", "editor", "director"])
async def test_who_handles_no_requests_has_no_way_in(desk, post, clock, store, role):  # noqa: F811
    """List, page, forms and acts: each answers 403, written down with the role's promise."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    taken = await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    where = taken.headers["location"].removeprefix(ORG)
    other = await signed_in(opened, app, clock, role)
    for path in (LIST, where, RECORD, f"{RECORD}/erasure"):
        assert (await other.get(path)).status_code == 403
    token = hidden(form_to((await clerk.get(f"{RECORD}/erasure")).text, RECORD))
    for action in (RECORD, ONE, OPEN):
        stolen = await other.client.post(ORG + action, data=token | {"number": number, "outcome": "served"} | COUNTER)
        assert stolen.status_code == 400
    assert await count(store, "request") == 1


async def test_english_says_the_same(desk, post, clock):  # noqa: F811
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    assert "No request is running" in await clerk.text("/en/console/requests")
    await clerk.press(f"{RECORD}/access", RECORD, number=number, **COUNTER)
    assert "Copy of their data" in await clerk.text("/en/console/requests")
    for kind in ("access", "erasure", "withdrawal", "objection", "restriction", "correction", "assistance"):
        assert (await clerk.get(f"/en/console/requests/record/{kind}")).status_code == 200
