"""Several ages at one form, each with an outcome of its own; and the way that suits people with disabilities."""

import dataclasses
from html import unescape

import msgspec
import pytest

from tepati.rules.policy import compile as compiled
from tepati.web.house import sayer
from tepati.web.site.inputs import build
from tests.flows.conftest import keystore  # noqa: F401 - fixture
from tests.web.examples import SLUGS, client_of, declared, hidden, opened, path, read, sign, typed

SLUG = "home-cleaning"
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def door(store, keystore, clock, random):  # noqa: F811
    """Open an example whose main form acts by the ages given."""

    async def open_(slug, age=None):
        desk = opened(slug, store, keystore, clock, random)
        await sign(desk)
        if age is None:
            return desk
        points, main = desk.notice.points, declared(slug)[1].point
        changed = msgspec.structs.replace(points[main], age=age)
        notice = msgspec.structs.replace(desk.notice, points={**points, main: changed})
        return dataclasses.replace(desk, notice=notice, policy=compiled(notice))

    return open_


async def answered(desk, band):
    """Send the form with an age."""
    async with client_of(desk) as client:
        page = (await client.get(path(desk.org))).text
        sent = typed(desk.org, **{"identity.age": band})
        return page, await client.post(path(desk.org), data=hidden(page) | sent)


async def kept(desk) -> int:
    return (await desk.store.read(lambda tx: tx.one("SELECT count(*) FROM record WHERE org = $1", desk.org)))[0]


@pytest.mark.parametrize(
    ("band", "status", "said"),
    [
        ("under_13", 403, "Formulir ini bukan untuk usia Anda"),
        ("18_to_20", 303, ""),
        ("21_or_over", 303, ""),
    ],
)
async def test_each_age_has_its_own_outcome_and_a_refusal_keeps_and_repeats_nothing(door, band, status, said):
    desk = await door(SLUG, {13: "refuse", 18: "guardian", 21: "warn"})
    page, answer = await answered(desk, band)
    bands = ("Di bawah 13 tahun", "13 sampai 17 tahun", "18 sampai 20 tahun")
    assert [told for told in (*bands, "Bicarakan dulu dengan orang dewasa.") if told not in page] == []
    assert f'value="{band}"' in page
    assert answer.status_code == status
    assert said in unescape(answer.text)
    assert "Ratna" not in answer.text
    assert await kept(desk) == (status == 303)


@pytest.mark.parametrize(
    ("age", "band"), [({13: "refuse", 18: "warn"}, "13_to_17"), ({13: "refuse"}, "13_or_over")], ids=["milder", "none"]
)
async def test_neither_a_milder_band_nor_none_lets_somebody_under_age_in_without_a_guardian(door, age, band):
    desk = await door(SLUG, age)
    _, answer = await answered(desk, band)
    assert answer.status_code == 422
    assert "orang tua atau wali Anda menjawab lebih dahulu" in unescape(answer.text)
    assert await kept(desk) == 0


async def test_where_no_guardian_can_be_heard_a_child_is_refused_and_nothing_comes_back(door):
    """A code is declared that nothing here sends: the page says so, and what was typed is neither kept nor repeated."""
    desk = await door(SLUG, {13: "refuse", 18: "guardian"})
    rule = msgspec.structs.replace(desk.notice.minors.guardian, confirm=("link", "code"))
    minors = msgspec.structs.replace(desk.notice.minors, guardian=rule)
    _, answer = await answered(dataclasses.replace(desk, notice=msgspec.structs.replace(desk.notice, minors=minors)),
                               "13_to_17")  # fmt: skip
    assert answer.status_code == 403
    assert "Orang tua atau wali Anda perlu setuju dulu" in unescape(answer.text)
    assert "Ratna" not in answer.text
    assert await kept(desk) == 0


async def test_a_limited_account_is_refused_while_nothing_limits_it(door):
    desk = await door(SLUG, {18: "limited"})
    _, answer = await answered(desk, "under_18")
    assert answer.status_code == 403
    assert "belum dapat dijalankan" in answer.text
    assert await kept(desk) == 0


def test_a_date_of_birth_says_what_follows_where_the_company_says_nothing_itself(store_url):
    at = read("hosting")
    silent = dataclasses.replace(at, shop=msgspec.structs.replace(at.shop, hints={}))
    made = build(declared("hosting")[0].notice, silent, "customer.birth_date", "id", sayer("id", "site"))
    assert made.hint == "Di bawah 18 tahun: Perlu persetujuan orang tua atau wali Anda lebih dahulu."


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_form_offers_people_with_disabilities_the_ways_the_notice_declares(door, slug):
    async with client_of(await door(slug)) as client:
        for lang, said in (("id", "huruf besar"), ("en", "large print")):
            page = (await client.get(path(slug, "", lang))).text
            section = page.partition('<section aria-labelledby="bantuan">')[2].partition("</section>")[0]
            assert said in section
            assert declared(slug)[0].notice.organisation.contact.email in section
