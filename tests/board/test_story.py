"""A booking through the real door, and what the board then says of it: on both engines, real vault, real ledger."""

import pytest

from tepati.board.board import board
from tepati.board.tally import tally
from tepati.errors import Tampered
from tepati.flows import links
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.withdraw import withdraw
from tests.flows.conftest import booking, desk, keystore, post  # noqa: F401 - fixtures

HOUR = 3_600_000_000


async def told(desk, **how):  # noqa: F811
    """Number and count what happened, and return the board by promise."""
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    while await desk.store.write(lambda tx: tally(tx, desk.org, desk.now(), 3)):
        pass
    made = await desk.store.read(lambda tx: board(tx, desk.notice, desk.org, desk.now(), **how, desk=desk))
    return {row.promise.id: row for row in made.rows}


async def confirmed(desk, post, n=1, **other):  # noqa: F811
    got = await collect(desk, booking(desk, n, **other))
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"}), "id")
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    await deliver(desk, post)
    return got


@pytest.mark.promise("F2")
async def test_a_booking_shows_on_the_board(desk, post) -> None:  # noqa: F811
    before = await told(desk)
    assert before["points.booking"].state == "unused"
    assert before["accountability.ledger"].state == "unused"
    await confirmed(desk, post)
    rows = await told(desk)
    kept = {
        "points", "points.booking", "data", "data.identity", "data.location", "purposes", "purposes.orders", "consents",
        "consents.offers_by_email", "notice.shown", "terms.service", "retention", "retention.identity", "cases.booking",
    }  # fmt: skip
    assert {p: rows[p].state for p in kept} == dict.fromkeys(kept, "kept")
    assert rows["consents.offers_by_email"].evidence["given"] == 1
    assert rows["messages.confirmed"].state == "unproven", "nobody has looked into a mailbox"
    assert rows["accountability.ledger"].state == "unproven", "no witness has signed"
    assert rows["accountability.ledger"].evidence["missing"] == 0
    for never in ("never.sale", "never.payment_elsewhere", "recipients", "recipients.payment_provider", "endpoints"):
        assert rows[never].state == "unproven"
    assert rows["points.booking"].lines


async def test_a_withdrawal_is_kept_and_the_use_after_it_refused(desk, post) -> None:  # noqa: F811
    await confirmed(desk, post)
    found = await desk.store.read(lambda tx: tx.one("SELECT person FROM person WHERE org = $1", desk.org))

    async def mint(sheet):
        line = await sheet.line("send", promise="messages.offer", purpose="offers")
        return await links.mint(sheet, bytes(found[0]), "stop", "offers_by_email", sheet.at + HOUR, line)

    await withdraw(desk, await desk.write(mint), "id")
    rows = await told(desk)
    assert rows["consents.offers_by_email"].evidence["withdrawn"] == 1
    assert rows["rights.withdrawal"].state == "kept"


async def test_a_forged_fact_is_a_gap_on_the_board(desk, post) -> None:  # noqa: F811
    """SQL without keys: a consent flipped in the state row is refused, alarmed, and stands on the board."""
    await confirmed(desk, post)
    await desk.store.write(lambda tx: tx.run("UPDATE state SET body = $1", b"[]"))
    with pytest.raises(Tampered):
        await _again(desk)
    row = (await told(desk))["security.storage"]
    assert row.state == "gap"
    assert row.cause.en


async def _again(desk):  # noqa: F811
    async def act(sheet):
        row = await sheet.tx.one("SELECT person FROM person WHERE org = $1", desk.org)
        await sheet.facts(bytes(row[0]))

    await desk.write(act)


async def test_public_figures_of_one_booking_tell_nothing(desk, post) -> None:  # noqa: F811
    """Not today, and tomorrow only that it was fewer than ten."""
    await confirmed(desk, post)
    today = (await told(desk, public=True))["points.booking"]
    assert (today.state, today.evidence["allowed"], today.lines) == ("unused", 0, ())
    desk.now.forward(days=1)
    tomorrow = (await told(desk, public=True))["points.booking"]
    assert (tomorrow.state, tomorrow.evidence["allowed"]) == ("kept", -1)
    assert "ewer than 10" in tomorrow.sentence.en
