"""L8: what only a consent needed is erased when the consent is taken back, and what anything else needs stays."""

from dataclasses import replace

import pytest

from tepati.flows import links
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.show import show
from tepati.flows.acts.withdraw import take_back, withdraw
from tepati.flows.desk import Desk
from tepati.notice.load import load
from tepati.rules.policy import compile as compiled
from tests.conftest import Clock
from tests.flows.conftest import NOTICE, Post
from tests.flows.inside import come_in, known
from tests.flows.people import count, guest, person_of

NEWS = b"""points:
  newsletter:
    {channels: [site], who: customer, collects: [identity.name, identity.email], for: [], asks: [offers_by_email]}
"""
EMAIL = "ratna@contoh.example"


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """FINECLEAN.ID with a newsletter that serves nothing but the promotion."""
    loaded = load(NOTICE.read_bytes().replace(b"points:\n", NEWS))
    notice = loaded.sound()
    return replace(desk, notice=notice, digest=loaded.digest, policy=compiled(notice))


async def subscribed(desk: Desk, post: Post, n: int = 50) -> None:
    """Subscribe to the newsletter and confirm."""
    values = {"identity.name": "Ratna Dewi", "identity.email": EMAIL}
    form = Form("newsletter", "site", values, frozenset({"offers_by_email"}), terms=False, language="id",
                shown=desk.digest, once=n.to_bytes(16, "big"))  # fmt: skip
    await collect(desk, form)
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"}), "id")


async def test_a_record_that_only_the_consent_needed_goes(shop: Desk, post: Post, clock: Clock) -> None:
    """One record is a subscription, one an order: the subscription goes, the order stays, and so does the person."""
    await guest(shop, post)
    clock.forward(hours=1)
    await subscribed(shop, post)
    assert await count(shop.store, "record WHERE point = 'newsletter'") == 1
    who, _ = await come_in(shop, post)
    done = await take_back(shop, who, "offers_by_email", "id")
    assert done.gone == ("identity.email", "identity.name")
    assert await count(shop.store, "record WHERE point = 'newsletter'") == 0
    assert await count(shop.store, "ident WHERE field = 'identity.email'") == 1, "the order still has the address"
    mine = await show(shop, await known(shop, post, clock), "id")
    assert mine.values["identity.name"] == ["Ratna Dewi"]
    assert {one.category: one.records for one in mine.kept}["identity"] == 1


async def test_who_only_subscribed_is_told_once_more_and_known_no_longer(shop: Desk, post: Post) -> None:
    """The last letter carries the address itself, sealed: nothing else is left to read it from."""
    await subscribed(shop, post)
    who, _ = await come_in(shop, post)
    done = await take_back(shop, who, "offers_by_email", "id")
    assert done.gone == ("identity.email", "identity.name")
    assert done.stays == {}
    for table in ("sealed WHERE category = 'identity'", "ident WHERE field = 'identity.email'",
                  "record WHERE point = 'newsletter'", "dek WHERE category = 'identity'"):  # fmt: skip
        assert await count(shop.store, table) == 0, table
    assert await shop.read(lambda sheet: shop.vault.find(sheet.tx, shop.address, EMAIL)) is None
    before = len(post.sent)
    await deliver(shop, post)
    (last,) = post.sent[before:]
    assert last.to == EMAIL
    assert done.answer.number in last.text
    assert "Dihapus: nama dan e-mail" in last.text


async def stop(desk: Desk) -> str:
    """Mint the way out that a promotion to the person carries."""
    person = await person_of(desk, EMAIL)
    return await desk.write(
        lambda sheet: links.mint(sheet, person, "stop", "offers_by_email", sheet.at + 10**12, bytes(16))
    )


async def test_the_link_of_a_promotion_erases_as_much(shop: Desk, post: Post) -> None:
    """One click is a withdrawal like any other; the last letter goes to the address that is gone by then."""
    await subscribed(shop, post)
    token = await stop(shop)
    assert await withdraw(shop, token, "id") == "offers_by_email"
    for table in ("sealed WHERE category = 'identity'", "ident WHERE field = 'identity.email'",
                  "record WHERE point = 'newsletter'", "dek WHERE category = 'identity'"):  # fmt: skip
        assert await count(shop.store, table) == 0, table
    before = len(post.sent)
    await deliver(shop, post)
    (last,) = post.sent[before:]
    assert last.to == EMAIL
    assert "Dihapus: nama dan e-mail" in last.text


async def test_an_address_that_an_order_still_needs_is_not_called_erased(
    shop: Desk, post: Post, clock: Clock
) -> None:  # fmt: skip
    """The subscription goes, the order has the address: the letter says both, and is not the last."""
    await guest(shop, post)
    clock.forward(hours=1)
    await subscribed(shop, post)
    await withdraw(shop, await stop(shop), "id")
    assert await count(shop.store, "record WHERE point = 'newsletter'") == 0
    while await shop.store.write(lambda tx: shop.log.integrate(tx, shop.now())):
        pass
    await deliver(shop, post)
    assert "surat terakhir" not in post.sent[-1].text
    assert "Tetap disimpan: nama, e-mail" in post.sent[-1].text
    assert post.sent[-1].attachments
