"""A whole point that a version drops: the API takes it until the take-over, and refuses it afterwards, cleanly."""

from dataclasses import replace

import msgspec

from tepati.flows.acts.sweep import sweep
from tepati.flows.tick import tick
from tepati.rules.succession import compiled
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count
from tests.rules.test_succession import numbered
from tests.web.test_batch import BATCH, records, signed, submissions
from tests.web.test_whole import serving, site  # noqa: F401 - a fixture

BESIDE = b"""
point = "complaint"
title = {id = "Tanya", en = "Ask"}
lead = {id = "Tanya", en = "Ask"}
press = {id = "Kirim", en = "Send"}
[[groups]]
title = {id = "Tanya", en = "Ask"}
fields = ["complaint.kind", "complaint.text", "complaint.booking", "identity.name", "identity.email"]
"""


async def test_a_point_dropped_by_the_version_that_took_over_is_refused_at_the_api(site, post, clock):  # noqa: F811
    """What came between publishing and take-over stays, is served and ends; what comes later is refused and counted."""
    opened, client, bearer = await signed(site)
    points = {name: one for name, one in opened.notice.points.items() if name != "booking"}
    second = msgspec.structs.replace(numbered(opened.notice, 2), points=points)
    after = replace(opened, notice=second, policy=compiled([opened.notice, second]))
    async with client:
        between = await client.post(BATCH, json=submissions(2), headers=bearer)
    assert between.status_code == 201
    async with serving(after, clock, BESIDE) as client:
        late = submissions(3)
        late["submissions"] = late["submissions"][2:]
        refused = await client.post(BATCH, json=late, headers=bearer)
        again = await client.post(BATCH, json=submissions(2), headers=bearer)
    assert (refused.status_code, refused.json()["promise"]) == (403, "points"), refused.text
    assert "unknown_point" in refused.text
    assert "ratna" not in refused.text.lower()
    assert again.status_code == 403, "nor is what was taken then taken twice"
    assert await records(after) == 2
    assert (await tick(after, post)).failed == 0
    clock.forward(days=5 * 365)
    await sweep(after)
    assert await count(after.store, "sealed WHERE category = 'booking'") == 0
