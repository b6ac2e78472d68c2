"""Reveals drawn by a key nobody of the staff has are looked at again by somebody who did not act (W2)."""

import asyncio
from dataclasses import replace

import msgspec
import pytest

from tepati.board.board import board
from tepati.board.tally import tally
from tepati.errors import NotFound, Refused
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.recheck import read, recheck, waiting
from tepati.flows.rechecks import WITHIN, falls
from tepati.ledger.entry import decode
from tepati.registers.macs import canonical
from tests.flows.people import guest, hired, lines

PATH = "security.second_look"
WHY = "menelepon tentang jadwalnya"


@pytest.fixture
def keen(desk):
    """The same desk under a notice that has every reveal looked at again."""
    return replace(desk, notice=_looked_at(desk.notice, 100))


def _looked_at(notice, share):
    return msgspec.structs.replace(notice, security=msgspec.structs.replace(notice.security, second_look=share))


async def revealed(desk, post, *roles):
    number, clerk = await guest(desk, post), await hired(desk, "dispatcher", *roles)
    await look(desk, clerk, Wish(number, "orders", frozenset({"identity.name"}), WHY))
    await lines(desk, "", "")
    return clerk


async def judged(desk, path=PATH):
    async def work(tx):
        await tally(tx, desk.org, desk.now())
        rows = (await board(tx, desk.notice, desk.org, desk.now(), desk=desk)).rows
        return next(row for row in rows if row.promise.id == path)

    return await desk.store.write(work)


async def test_a_drawn_reveal_is_read_and_found_in_order(keen, post) -> None:
    await revealed(keen, post)
    officer = await hired(keen, "privacy_desk")
    (one,) = await waiting(keen, officer)
    assert (one.act, one.purpose, one.due) == ("look", "orders", keen.now() + WITHIN)
    given = await read(keen, officer, one.line)
    assert (given.role, given.reason) == ("dispatcher", WHY)
    await recheck(keen, officer, one.line, "in_order")
    assert await waiting(keen, officer) == []
    with pytest.raises(NotFound):
        await recheck(keen, officer, one.line, "not_in_order")
    assert await lines(keen, "recheck", "drawn") == [PATH]
    assert await lines(keen, "recheck", "looked") == [PATH]
    assert await lines(keen, "recheck", "in_order") == [PATH]


async def test_each_line_that_falls_into_the_share_is_drawn_and_no_reveal_runs_from_it(desk, post, monkeypatch):
    """Looks share a transaction in which none writes: one that did would go alone, under a line that is not drawn."""
    half = replace(desk, notice=_looked_at(desk.notice, 50))
    number, clerk = await guest(half, post), await hired(half, "dispatcher")
    wish = Wish(number, "orders", frozenset({"identity.name"}), WHY)
    asked: list[bytes] = []
    monkeypatch.setattr("tepati.flows.rechecks.falls", lambda mac, share: asked.append(mac) or falls(mac, share))
    await asyncio.gather(*(look(half, clerk, wish) for _ in range(24)))
    await lines(half, "", "")
    leaves = await half.store.read(lambda tx: tx.all("SELECT id, entry FROM log_leaf"))
    looks = [bytes(id) for id, entry in leaves if decode(bytes(entry)).act == "look"]
    fell = {one for one in looks if falls(half.mac(canonical("second look 1", half.org, one)), 50)}
    rows = await half.store.read(lambda tx: tx.all("SELECT recheck FROM recheck"))
    assert len(looks) == len(asked) == 24, "no look was done again"
    assert 0 < len(fell) < 24
    assert {bytes(row[0]) for row in rows} == fell
    assert await lines(half, "recheck", "drawn") == [PATH] * len(fell)


async def test_nobody_looks_at_their_own_and_no_clerk_at_any(keen, post) -> None:
    clerk = await revealed(keen, post, "privacy_desk")
    officer, other = await hired(keen, "director"), await hired(keen, "service_desk")
    (one,) = await waiting(keen, officer)
    assert await waiting(keen, clerk) == []
    for act in (read(keen, clerk, one.line), recheck(keen, clerk, one.line, "in_order")):
        with pytest.raises(Refused) as own:
            await act
        assert own.value.code == "recheck_own"
    for act in (waiting(keen, other), recheck(keen, other, one.line, "in_order")):
        with pytest.raises(Refused):
            await act
    with pytest.raises(NotFound):
        await read(keen, officer, "00" * 16)


async def test_the_board_waits_ends_late_and_misses_a_row(keen, post, clock) -> None:
    await revealed(keen, post)
    officer = await hired(keen, "privacy_desk")
    (one,) = await waiting(keen, officer)
    assert (await judged(keen)).state == "due"
    clock.at += WITHIN + 1
    assert ((await judged(keen)).state, (await judged(keen)).cause.en[:8]) == ("broken", "Openings")
    await recheck(keen, officer, one.line, "not_in_order")
    await lines(keen, "", "")
    assert (await judged(keen)).state == "kept"
    assert (await judged(keen, one.promise)).state == "broken"
    await keen.store.write(lambda tx: tx.run("DELETE FROM recheck"))
    assert (await judged(keen)).state == "gap"


def test_the_share_is_what_the_notice_says(random) -> None:
    drawn = sum(falls(random(32), 5) for _ in range(20_000))
    assert 850 < drawn < 1_150
    assert not any(falls(random(32), 0) for _ in range(500))
    assert all(falls(random(32), 100) for _ in range(500))
