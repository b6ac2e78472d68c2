"""A contest ends on its declared day: its form closes, its entries close with it and go when the notice says."""

import re

import pytest

from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.idle import idle
from tepati.flows.acts.sweep import sweep
from tepati.notice.values import Rate
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count
from tests.web.examples import hidden, path, typed
from tests.web.office import words
from tests.web.test_till import limited
from tests.web.test_uses import BUDI, RATNA, company, refused  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
LAST = 1_814_374_800_000_000  # the midnight after 30 June 2027, WIB
DAY = 86_400_000_000


async def ended(c) -> list[tuple[str, bool]]:
    """Say whom a letter told that it is over, and whether with the day on which their data goes."""
    await deliver(c.desk, c.post)
    told = [mail for mail in c.post.sent if mail.subject.startswith("Sudah selesai")]
    return [(mail.to, "31 Juli 2027" in mail.text) for mail in told]


async def test_a_limit_for_each_person_counts_what_is_proven(company):  # noqa: F811
    """One a month: what strangers send in their name takes nothing from them; the second is refused at its link."""
    c = await company("online-store")
    limited(c, "contest_entry", Rate(1, "month"))
    form = typed(c.slug, "contest") | {"entry.email": RATNA}
    for _ in range(2):
        sent = await c.site.post(path(c.slug, "contest"), data=hidden((await c.site.get(path(c.slug, "contest"))).text)
                                 | form | {"entry.answer": f"Jawaban {_}"})  # fmt: skip
        assert sent.status_code == 303
    await deliver(c.desk, c.post)
    tokens = [c.link(RATNA), *(re.search(r"/online-store/k/\S+", mail.text)[0] for mail in c.post.sent[-2:-1])]
    done = [await c.site.post(f"/{c.slug}/k", data=hidden((await c.site.get(one)).text)) for one in tokens]
    assert [one.status_code for one in done] == [303, 403]
    assert "Batas yang ditulis Kebijakan Privasi" in words(done[1].text)
    assert await count(c.desk.store, "record WHERE point = 'contest_entry' AND joined = 1") == 1
    c.clock.forward(days=32)
    await c.comes(RATNA, "contest")
    assert await count(c.desk.store, "record WHERE point = 'contest_entry' AND joined = 1") == 2


@pytest.mark.promise("T6")
async def test_entries_end_with_the_contest(company, store):  # noqa: F811
    """Their end is known from the beginning; after the last day nobody enters or reads, and 30 days on none is left."""
    c = await company("online-store")
    await c.comes(RATNA, "contest")
    host = await c.staff("contest_host")
    assert (await c.looks(host, "contests", "entry.answer", email=RATNA)).status_code == 200
    theirs = await c.centre(RATNA)

    assert "31 Juli 2027" in words(await theirs.get(f"{theirs.centre}/data"))
    c.clock.at = LAST - DAY // 24
    late = hidden((await c.site.get(path(c.slug, "contest"))).text) | typed(c.slug, "contest")
    assert (await c.site.post(path(c.slug, "contest"), data=late | {"entry.email": BUDI})).status_code == 303
    await deliver(c.desk, c.post)
    c.clock.at = LAST
    done = await c.site.post(f"/{c.slug}/k", data=hidden((await c.site.get(c.link(BUDI))).text))
    assert done.status_code == 410, "sent before, proven after: not taken"
    for lang, said in (("id", "berakhir pada 30 Juni 2027"), ("en", "ended on 30 June 2027")):
        page = await c.site.get(path(c.slug, "contest", lang))
        assert (page.status_code, said in words(page.text), "entry.answer" in page.text) == (410, True, False)
    fresh = hidden((await c.site.get(path(c.slug))).text)
    assert (await c.site.post(path(c.slug, "contest"), data=late | fresh)).status_code in {400, 410}
    assert await idle(c.desk) == 1
    assert await idle(c.desk) == 0
    assert await ended(c) == [(RATNA, True)], "who took part is told that it is over, and until when it is kept"
    host = await c.staff("contest_host", "editor")
    assert refused(await c.looks(host, "contests", "entry.answer", email=RATNA), "roles.contest_host")
    c.clock.at = LAST + 28 * DAY
    await sweep(c.desk)
    assert await count(store, "sealed WHERE category = 'entry'") == 1
    c.clock.at = LAST + 31 * DAY
    await sweep(c.desk)
    assert await count(store, "sealed WHERE category = 'entry'") == 0
    assert "0 catatan melewati tanggal akhirnya" in await c.evidence(await c.staff("privacy_desk"), "retention.entry")
