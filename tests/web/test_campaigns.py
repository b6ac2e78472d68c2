"""A campaign through the console's pages: preview, test, button, progress, stop; and every way round them is shut."""

import pytest

from tepati.flows.acts.deliver import deliver
from tepati.flows.tick import tick
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, guest
from tests.web.office import ORG, console, hidden, signed_in

LIST, MESSAGE, SENDING = "/konsol/kampanye", "/konsol/kampanye/pesan", "/konsol/kampanye/kiriman"


async def test_a_campaign_from_preview_to_the_end(desk, post, clock, store):  # noqa: F811
    """F7: those who agreed get it, once; the preview of few people tells few."""
    opened, app = console(desk, clock)
    for n in range(3):
        await guest(opened, post, n + 1, yes=n < 2, identity__email=f"orang{n}@contoh.example")
    editor = await signed_in(opened, app, clock, "editor")
    assert "Promo lewat e-mail" in await editor.text(LIST)
    said = await editor.text(f"{MESSAGE}/offer")
    assert "kurang dari 10 orang" in said
    assert "pelanggan. Dihitung" not in said
    tried = await editor.press(f"{MESSAGE}/offer", "/konsol/kampanye/diuji")
    assert tried.status_code == 303
    post.sent.clear()
    await deliver(opened, post)
    assert [(m.to, m.subject[:5]) for m in post.sent] == [("editor@fineclean.example", "[Uji]")]
    post.sent.clear()
    page = (await editor.get(f"{MESSAGE}/offer")).text
    form = hidden(page[page.index(f'action="{ORG}{MESSAGE}"') :])
    sent = [await editor.client.post(ORG + MESSAGE, data=form) for _ in range(2)]
    assert [s.status_code for s in sent] == [303, 303]
    assert sent[0].headers["location"] == sent[1].headers["location"]
    for _ in range(2):
        await tick(opened, post)
    assert sorted(m.to for m in post.sent) == ["orang0@contoh.example", "orang1@contoh.example"]
    over = (await editor.client.get(sent[0].headers["location"])).text
    assert "Selesai" in over
    assert "Hentikan sisanya" not in over
    assert "Tidak ada yang akan menerimanya" in await editor.text(f"{MESSAGE}/offer")
    assert "Promo" in await editor.text("/konsol/surat")
    assert await count(store, "campaign") == 1


async def test_english_says_the_same(desk, post, clock):  # noqa: F811
    opened, app = console(desk, clock)
    await guest(opened, post)
    editor = await signed_in(opened, app, clock, "editor")
    assert "fewer than 10 people" in await editor.text("/en/console/campaigns/message/offer")
    for path in ("/en/console/campaigns", "/en/console/mail"):
        assert "Campaigns" in (await editor.get(path)).text


async def test_a_campaign_is_stopped_by_its_button(desk, post, clock, store):  # noqa: F811
    opened, app = console(desk, clock)
    await guest(opened, post)
    post.sent.clear()
    editor = await signed_in(opened, app, clock, "editor")
    where = (await editor.press(f"{MESSAGE}/offer", MESSAGE)).headers["location"].removeprefix(ORG)
    assert (await editor.press(where, SENDING)).status_code == 303
    for _ in range(2):
        await tick(opened, post)
    assert not post.sent
    assert "Selesai" in await editor.text(where)


@pytest.mark.parametrize("role", ["dispatcher", "service_desk", "accountant"])
async def test_a_role_that_may_not_send_sees_and_does_nothing(desk, post, clock, store, role):  # noqa: F811
    """Neither page nor button, whatever is posted: the door answers 403, and no navigation leads there."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    clerk = await signed_in(opened, app, clock, role)
    assert LIST not in (await clerk.get("/konsol")).text
    for path in (LIST, f"{MESSAGE}/offer", "/konsol/surat", "/konsol/kampanye/diuji/offer"):
        assert (await clerk.get(path)).status_code == 403
    assert await count(store, "campaign") == 0


@pytest.mark.parametrize("path", [MESSAGE, "/konsol/kampanye/diuji", SENDING, "/konsol/surat"])
async def test_a_form_of_nobody_or_of_another_session_does_nothing(desk, post, clock, store, path):  # noqa: F811
    """CSRF: without a session it leads to the door; with another's token, another page's or none it is refused."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    editor = await signed_in(opened, app, clock, "editor")
    other = await signed_in(opened, app, clock, "editor", "dispatcher")
    page = (await editor.get(f"{MESSAGE}/offer")).text
    tokens = [form["_token"] for form in map(hidden, page.split("<form")) if "_token" in form]
    body = {"message": "offer", "campaign": "00" * 16}
    editor.client.cookies, kept = type(editor.client.cookies)(), editor.client.cookies
    assert (await editor.client.post(ORG + path, data=body | {"_token": tokens[0]})).status_code == 303
    editor.client.cookies = kept
    for staff, token in ((editor, ""), (editor, "x" * 40), (other, tokens[-1]), (editor, tokens[0])):
        answer = await staff.client.post(ORG + path, data=body | {"_token": token})
        assert answer.status_code == 400
    assert (await count(store, "campaign"), await count(store, "outbox WHERE message = 'rehearsal:'")) == (0, 0)


@pytest.mark.parametrize("message", ["hadiah", "confirmed", "<b>x</b>", "offer_chat"])
async def test_a_message_that_is_not_declared_for_many(desk, post, clock, store, message):  # noqa: F811
    """An undeclared name is no page; a declared one whose channel is not connected is refused."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    editor = await signed_in(opened, app, clock, "editor")
    expected = 403 if message == "offer_chat" else 404
    assert (await editor.get(f"{MESSAGE}/{message}")).status_code == expected
    for action in (MESSAGE, "/konsol/kampanye/diuji"):
        assert (await editor.press(f"{MESSAGE}/offer", action, message=message)).status_code == expected
    extra = await editor.press(f"{MESSAGE}/offer", MESSAGE, to="siapa@saja.example")
    assert extra.status_code == 403, "a recipient cannot be added"
    assert (await count(store, "campaign"), await count(store, "sending")) == (0, 0)


@pytest.mark.parametrize("name", ["zz", "00" * 15, "00" * 16, "..%2f.."])
async def test_a_campaign_that_is_none(desk, clock, name):  # noqa: F811
    opened, app = console(desk, clock)
    editor = await signed_in(opened, app, clock, "editor")
    assert (await editor.get(f"{SENDING}/{name}")).status_code == 404
