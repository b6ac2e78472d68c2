"""A11: a place is cut to its declared precision before anything of it is kept, and ends by itself."""

import logging
from dataclasses import replace

import msgspec
import pytest

from tepati.flows.acts.sweep import sweep
from tepati.flows.submission import Form, record_of
from tepati.rules.policy import compile as compiled
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count
from tests.web.test_uses import RATNA, company, copy_of  # noqa: F401 - a fixture

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
FINE, CUT = "-6.17541, 106.82723", "-6.15,106.81"
NEIGHBOUR = "-6.17999, 106.82001"  # of the same square


def form_of(desk, place: str) -> Form:
    return Form("account", "site", {"location.area": place, "merchant.name": "Ratna"}, frozenset(), terms=True,
                language="id", shown=desk.digest, once=bytes(16))  # fmt: skip


@pytest.mark.promise("A11")
async def test_a_place_is_stored_no_finer_than_declared_and_ends_by_itself(company, caplog, tmp_path):  # noqa: F811
    """What was typed finer stands nowhere: in no copy, name of a record, file or log; the board says how fine."""
    caplog.set_level(logging.DEBUG)
    c = await company("point-of-sale")
    form = await c.page("pesan")
    assert "bulatkan ke kotak 10 km" in form
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
    c.clock.forward(days=31)
    await sweep(c.desk)
    assert await count(c.desk.store, "sealed WHERE category = 'location'") == 0
    assert await count(c.desk.store, "sealed WHERE category = 'merchant'") == 1


async def test_a_place_may_be_left_out_and_a_strange_one_is_told(company):  # noqa: F811
    """The office address stands instead; what is no place is shown again, and not kept."""
    c = await company("point-of-sale")
    await c.comes(RATNA, **{"location.area": ""})
    assert await count(c.desk.store, "sealed WHERE category = 'location'") == 0
    with pytest.raises(AssertionError, match="tulis lintang dan bujur"):
        await c.comes("budi@contoh.example", **{"location.area": "di sebelah masjid"})


async def test_what_an_older_version_stored_finer_is_not_called_kept(company):  # noqa: F811
    c = await company("point-of-sale")
    wide = c.desk.notice.data["location"].fields["area"]
    fields = {"area": msgspec.structs.replace(wide, precision=1_000)}
    finer = {**c.desk.notice.data, "location": msgspec.structs.replace(c.desk.notice.data["location"], fields=fields)}
    now = c.desk
    notice = msgspec.structs.replace(now.notice, data=finer)
    c.surface.desk = c.desk = replace(now, notice=notice, policy=compiled(notice))
    await c.comes(RATNA, **{"location.area": FINE})
    c.surface.desk = c.desk = now
    clerk = await c.staff("director")
    said = await c.evidence(clerk, "data.location.fields.area")
    assert "Yang paling teliti: 1.000 m; yang dijanjikan: 10.000 m." in said
    assert "Belum terbukti" in said
