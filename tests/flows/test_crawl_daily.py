"""The daily look at the site: written down once a day, nothing where nobody answers, and not counted as a visitor."""

import pytest

from tepati.app import crawl as module
from tepati.app.crawl import crawled
from tepati.ports.visiting import Answered, visit
from tepati.registers import observations


class Site:
    """Answers like a site; ``bad`` is a cookie line that one page sends."""

    def __init__(self, bad: str = "", status: int = 200) -> None:
        self.bad, self.status, self.asked = bad, status, 0

    async def __call__(self, origin, path, headers, form=None):
        self.asked += 1
        lines = (self.bad,) if self.bad and path.endswith("/janji") else ()
        return Answered(self.status, lines, "<!doctype html>", "")


@pytest.fixture
def org(desk):
    from tepati.app.compose import Org
    from tepati.notice.load import load
    from tests.flows.conftest import NOTICE

    return Org("home-cleaning", load(NOTICE.read_bytes()), desk, b"")


class Place:
    """Where the installation is: its origin."""

    def __init__(self) -> None:
        self.place = self
        self.config = self
        self.orgs = {"home-cleaning": self}
        self.origin = "http://127.0.0.1:1"


async def looks(desk, promise: str = "cookies") -> list[str]:
    found = await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, promise))
    return [seen.outcome for seen in found]


async def test_a_look_is_written_once_a_day(desk, org, clock, monkeypatch):
    monkeypatch.setattr(module, "visit", Site())
    assert await crawled(Place(), org, b"k" * 32)
    assert await crawled(Place(), org, b"k" * 32) is None
    assert await looks(desk) == ["ok"]
    clock.at += 25 * 3_600_000_000
    assert await crawled(Place(), org, b"k" * 32)
    assert await looks(desk) == ["ok", "ok"]


async def test_an_undeclared_cookie_is_a_gap_on_the_board(desk, org, monkeypatch):
    from tepati.board.board import board

    monkeypatch.setattr(module, "visit", Site("_ga=1; Path=/"))
    await crawled(Place(), org, b"k" * 32)
    assert await looks(desk) == ["undeclared"]
    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    made = await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))
    states = {row.promise.id: row.state for row in made.rows}
    assert (states["cookies"], states["cookies.choice"]) == ("gap", "kept")


@pytest.mark.parametrize("status", [401, 421, 503])
async def test_a_site_that_does_not_serve_us_proves_nothing(desk, org, monkeypatch, status):
    monkeypatch.setattr(module, "visit", Site(status=status))
    with pytest.raises(OSError, match="not served"):
        await crawled(Place(), org, b"k" * 32)
    assert await looks(desk) == []


async def test_nobody_answers(desk, org):
    with pytest.raises(OSError):
        await visit("http://127.0.0.1:1", "/", {})
