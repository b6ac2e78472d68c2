"""L8: what only a consent needed is erased when the consent is taken back, and what anything else needs stays."""

import json
from dataclasses import replace

import pytest

from tepati.flows.acts.agree import agree
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.follow import follow
from tepati.flows.acts.show import show
from tepati.flows.acts.withdraw import take_back, withdraw
from tepati.flows.desk import Desk
from tepati.ledger.verify import verify_receipt
from tepati.notice.load import load
from tepati.rules.policy import compile as compiled
from tests.conftest import Clock
from tests.flows.conftest import NOTICE, Post
from tests.flows.inside import come_in, integrated, known
from tests.flows.people import count, guest, hired

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
    await integrated(shop)
    await deliver(shop, post)
    (last,) = post.sent[before:]
    assert last.to == EMAIL
    assert done.answer.number in last.text
    assert "Dihapus: nama dan e-mail" in last.text
    assert proven(last.attachments[0].body)["gone"] == ["identity.email", "identity.name"]


@pytest.mark.promise("L8")
async def test_the_link_of_a_promotion_does_all_that_the_switch_does(shop: Desk, post: Post, clock: Clock) -> None:
    """It says before the button what goes and what stays, cuts it, gives a number, and writes the same letter."""
    await guest(shop, post)
    clock.forward(hours=1)
    await subscribed(shop, post)
    token = await way_out(shop, post)
    shown = await follow(shop, token)
    assert shown.gone == ("identity.email", "identity.name")
    assert "orders" in shown.stays["identity.email"]
    assert await count(shop.store, "record WHERE point = 'newsletter'") == 1, "looking changes nothing"
    done = await withdraw(shop, token, "en")
    assert (done.gone, done.stays) == (shown.gone, shown.stays)
    assert done.copies == shop.after(clock(), shop.notice.security.backups.keep)
    assert await count(shop.store, "record WHERE point = 'newsletter'") == 0
    assert await count(shop.store, f"request WHERE kind = 'withdrawal' AND number = '{done.answer.number}'") == 1
    again = await withdraw(shop, token, "en")
    assert (again.again, again.answer.number, again.gone) == (True, done.answer.number, ())
    assert (await follow(shop, token)).rests
    await integrated(shop)
    await deliver(shop, post)
    last = post.sent[-1]
    assert (done.answer.number in last.subject, "Erased: name and e-mail" in last.text) == (True, True)
    assert "In backups until: " in last.text
    assert proven(last.attachments[0].body)["gone"] == ["identity.email", "identity.name"]


async def test_who_only_subscribed_leaves_by_the_link_too(shop: Desk, post: Post) -> None:
    """One click, and nothing of the address is left but the letter that tells; a second click is the same."""
    await subscribed(shop, post)
    token = await way_out(shop, post)
    assert (await withdraw(shop, token, "id")).stays == {}
    assert await count(shop.store, "ident WHERE field = 'identity.email'") == 0
    assert (await withdraw(shop, token, "id")).again
    await integrated(shop)
    await deliver(shop, post)
    assert (post.sent[-1].to, len(post.sent[-1].attachments)) == (EMAIL, 1)


async def test_an_address_that_an_order_still_needs_is_not_called_erased(
    shop: Desk, post: Post, clock: Clock
) -> None:  # fmt: skip
    """The subscription goes, the order has the address: the letter says both, and is not the last."""
    await guest(shop, post)
    clock.forward(hours=1)
    await subscribed(shop, post)
    await withdraw(shop, await way_out(shop, post), "id")
    assert await count(shop.store, "record WHERE point = 'newsletter'") == 0
    await integrated(shop)
    await deliver(shop, post)
    assert "e-mail terakhir" not in post.sent[-1].text
    assert "Tetap disimpan: nama, e-mail" in post.sent[-1].text


def proven(receipt: bytes) -> dict[str, object]:
    """Check a receipt, and return what its opening says went."""
    report = verify_receipt(receipt, None)
    assert (report.findings, report.record) == ([], "bound")
    said = json.loads(json.loads(receipt)["opening"]["payload"])
    words = json.loads(receipt)["record"]["in_words"]
    assert "Data yang dihapus: nama dan e-mail." in words["id"]
    assert any(each.startswith("Backups made earlier still hold it") for each in words["en"])
    return {"gone": said["fields"]}


async def way_out(desk: Desk, post: Post) -> str:
    """Give the link of a promotion that reached Ratna."""
    await campaign(desk, await hired(desk, "editor"), "offer")
    await deliver(desk, post)
    return post.link("confirm")
