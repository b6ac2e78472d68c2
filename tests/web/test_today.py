"""The morning page of each role: what waits leads to where it is done, nothing leads nowhere, nothing names anybody."""

import datetime as dt
import re
from types import SimpleNamespace as Namespace
from typing import Any

import pytest

from tepati.flows.acts.bookings import bookings
from tepati.flows.acts.lines import Sought
from tepati.flows.acts.lines import lines as listed
from tepati.flows.acts.look import Wish, look
from tepati.web.console.today import line
from tests.flows.complaining import complained
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired, lines, person_of
from tests.web.office import ORG, console, signed_in, words

TODAY, CASES = "/konsol", "/konsol/keamanan"


@pytest.fixture
def world(desk, clock):  # noqa: F811
    return console(desk, clock)


@pytest.mark.parametrize("role", ["dispatcher", "service_desk", "editor", "accountant", "director", "privacy_desk"])
async def test_every_link_of_every_morning_opens(world, post, clock, role):  # noqa: F811
    """Whoever sits here: rail, tables and notes lead to pages of their own; none is refused, none is empty air."""
    opened, app = world
    await guest(opened, post)
    await complained(opened, await person_of(opened))
    here = await signed_in(opened, app, clock, role)
    page = (await here.get(TODAY)).text
    main = page.partition('class="console"')[2] or page
    found = set(re.findall(rf'href="({ORG}/konsol[^"#]*)"', main))
    assert len(found) > 3
    for path in sorted(found):
        answer = await here.client.get(path)
        assert answer.status_code == 200, (role, path)
    assert not re.search("Ratna|Kenanga|345678", words(page))


def test_a_deadline_stands_at_its_own_hour():
    """One late in the evening, or early, is not drawn at the last hour of work; what is not today is not drawn."""
    at = [int(dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC).timestamp()) * 1_000_000
          for day, hour in ((9, 3), (9, 16), (8, 22), (9, 20))]  # fmt: skip
    here: Any = Namespace(at=Namespace(tz="Asia/Jakarta", now=at[0]))
    seen: Any = Namespace(
        visits=[at[2]], requests=[Namespace(due=at[1]), Namespace(due=at[3])], complaints=[], guardians=[]
    )
    drawn = line(here, seen)
    assert [each.hour for each in drawn] == list(range(5, 24))
    assert [each.hour for each in drawn if each.visits] == [5]
    assert [each.hour for each in drawn if each.ends] == [23]


async def test_a_complaint_waits_for_who_answers_it_and_nobody_else(world, post, clock):  # noqa: F811
    """With its clock and its number; a role that may reply to bookings only is not led to what it cannot open."""
    opened, app = world
    await guest(opened, post)
    number = await complained(opened, await person_of(opened))
    said = await (await signed_in(opened, app, clock, "service_desk")).text(TODAY)
    assert number in said
    assert "1 hal menunggu Anda" in said
    for role in ("dispatcher", "editor"):
        assert number not in await (await signed_in(opened, app, clock, role)).text(TODAY)


async def test_the_owners_morning_says_what_waits_for_a_decision(world, post, clock):  # noqa: F811
    """A case that another opened, an agreement that is missing, and how the promises stand, each with its page."""
    opened, app = world
    await guest(opened, post)
    officer = await signed_in(opened, app, clock, "privacy_desk")
    owner = await signed_in(opened, app, clock, "director")
    before = await owner.text(TODAY)
    assert "Perkara keamanan: 1" not in before
    assert "Catat perjanjian" in before, "the payment provider has signed nothing"
    assert "Papan janji" in before
    page = (await owner.get(TODAY)).text
    assert f"{ORG}/konsol/penerima/pihak/payment_provider" in page
    typed = {"about": await _line(opened), "reason": "siapa yang melihat"}
    assert (await officer.press(CASES, CASES, **typed)).status_code == 303
    assert "Perkara keamanan: 1" not in await officer.text(TODAY), "who opened it waits for another"
    assert "Perkara keamanan: 1" in await owner.text(TODAY)


async def _line(opened) -> str:
    """Return the number of a line under which somebody else of the staff acted."""
    clerk = await hired(opened, "dispatcher")
    number = (await bookings(opened, clerk, "open", 0, 5)).rows[0].number
    await look(opened, clerk, Wish(number, "orders", frozenset({"identity.name"})))
    await lines(opened, "", "")
    return str((await listed(opened, Sought(act="look"))).rows[0].index)


async def test_whoever_has_nothing_to_do_is_told_what_would_come(world, clock):
    opened, app = world
    said = await (await signed_in(opened, app, clock, "accountant")).text(TODAY)
    assert "Tidak ada yang menunggu Anda" in said
    assert "Yang akan tampil di sini" in said
