"""A11: a place is cut to its declared precision before anything of it is kept, and ends by itself."""

import logging
import re

import pytest

from tepati.board.recount import recount
from tepati.flows.acts.sweep import sweep
from tepati.flows.submission import Form, record_of
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count
from tests.web.test_uses import RATNA, company, copy_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
FINE, CUT = "-6.17541, 106.82723", "-6.15,106.81"
NEIGHBOUR = "-6.17999, 106.82001"  # of the same square


def form_of(desk, place: str) -> Form:
    return Form("account", "site", {"location.area": place, "merchant.name": "Ratna"}, frozenset(), terms=True,
                language="id", shown=desk.digest, once=bytes(16))  # fmt: skip


async def test_only_a_form_that_takes_a_place_from_the_device_may_ask_the_browser(company):  # noqa: F811
    """A button that is hidden until its script runs; two decimals for 10 km; every other page may ask for nothing."""
    c = await company("point-of-sale")
    page = await c.site.get("/point-of-sale/pesan")
    assert 'data-place="location-area" data-digits="2" hidden' in page.text
    assert "geolocation=(self)" in page.headers["permissions-policy"]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    (script,) = re.findall(r'<script src="(/static/place[^"]+)" defer>', page.text)
    assert (await c.site.get(script)).status_code == 200
    for path in ("", "hubungi", "privasi", "pusat-privasi"):
        other = await c.site.get(f"/point-of-sale/{path}", follow_redirects=True)
        assert "geolocation=()" in other.headers["permissions-policy"], path
        assert "<script" not in other.text


@pytest.mark.promise("A11")
async def test_a_place_is_stored_no_finer_than_declared_and_ends_by_itself(company, caplog, tmp_path):  # noqa: F811
    """What was typed finer stands nowhere: in no copy, name of a record, file or log; the board says how fine."""
    caplog.set_level(logging.DEBUG)
    c = await company("point-of-sale")
    form = await c.page("pesan")
    assert "bulatkan ke kotak 10 km" in form
    await c.comes("budi@contoh.example", **{"location.area": ""})
    assert await count(c.desk.store, "sealed WHERE category = 'location'") == 0, "the office address stands instead"
    with pytest.raises(AssertionError, match="tulis lintang dan bujur"):
        await c.comes(RATNA, **{"location.area": "di sebelah masjid"})
    await c.comes(RATNA, **{"location.area": FINE})
    data = (await copy_of(c, RATNA))["data"]
    assert [part["values"] for part in data if part["category"] == "location"] == [{"location.area": CUT}]
    assert "merchant.name" in data[0]["values"]
    assert record_of(c.desk, form_of(c.desk, FINE)) == record_of(c.desk, form_of(c.desk, NEIGHBOUR))
    assert record_of(c.desk, form_of(c.desk, FINE)) != record_of(c.desk, form_of(c.desk, "-8.67, 115.21"))
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for trace in ("6.17541", "106.82723"):
        assert trace.encode() not in held
        assert trace not in caplog.text
    clerk = await c.staff("director")
    said = await c.evidence(clerk, "data.location.fields.area")
    assert "1 letak disimpan. Yang paling teliti: 10.000 m; yang dijanjikan: 10.000 m." in said
    assert await recount(c.desk.store, c.slug) == [], "what counts places is no sum of lines"
    c.clock.forward(days=31)
    await sweep(c.desk)
    assert await count(c.desk.store, "sealed WHERE category = 'location'") == 0
    assert await count(c.desk.store, "sealed WHERE category = 'merchant'") == 2
