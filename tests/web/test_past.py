"""F9: every version keeps its address, differences can be read; news is text, never markup."""

import datetime as dt

import pytest

from tepati.flows.history import News, Version
from tepati.notice.load import load
from tepati.notice.values import Text
from tests.web.fake import EXAMPLE, NOW

OLD = (EXAMPLE / "notice.yaml").read_text("utf-8")
NEW = (
    OLD.replace("version: 1\n", "version: 2\n", 1)
    .replace("erasure: {within: 7x24 hours", "erasure: {within: 5x24 hours")
    .replace("  portability: {within: 3x24 hours, channels: [site]}\n", "")
    .replace("backups: {keep: 30 days}", "backups: {keep: 20 days}")
)
PAST = "/home-cleaning/privasi"


def version(number: int, source: str, at: int) -> Version:
    loaded = load(source.encode())
    return Version(number, loaded.digest, source, at, at, dt.date(2026, 8, 30), loaded.notice)


@pytest.fixture
def past(world):
    world.org.past = [version(2, NEW, NOW), version(1, OLD, NOW - 10**14)]
    return world


async def get(world, path: str):
    async with world.client() as client:
        return await client.get(path)


async def test_the_history_leads_to_each_version_and_its_changes(past):
    page = (await get(past, f"{PAST}/riwayat")).text
    for link in (f"{PAST}/versi/1", f"{PAST}/versi/2", f"{PAST}/perubahan/2"):
        assert f'href="{link}"' in page
    assert f"{PAST}/perubahan/1" not in page
    for one in past.org.past:
        assert one.digest.hex() in page


async def test_an_old_version_says_that_it_is_and_until_when_it_held(past):
    old = (await get(past, f"{PAST}/versi/1")).text
    assert "Versi lama" in old
    assert "Diganti sejak" in old
    assert past.org.past[1].digest.hex() in old
    new = (await get(past, "/home-cleaning/en/privacy/version/2")).text
    assert "Newest version" in new
    assert 'href="/home-cleaning/privasi/versi/2"' in new, "the other language is the same version"


async def test_what_changed_since_an_older_version_is_told_at_once(past):
    """A letter leads there whom an earlier one did not reach: what came between is not left out."""
    third = NEW.replace("version: 2\n", "version: 3\n", 1).replace(
        "backups: {keep: 20 days}", "backups: {keep: 15 days}"
    )
    past.org.past.insert(0, version(3, third, NOW + 1))
    one = (await get(past, f"{PAST}/perubahan/3")).text
    all_ = (await get(past, f"{PAST}/perubahan/1-3")).text
    assert "rights.portability" in all_
    assert "rights.portability" not in one
    assert "versi/1" in all_
    for wrong in ("3-1", "1-1", "9-3", "1-2-3", "1-", "x-3"):
        assert (await get(past, f"{PAST}/perubahan/{wrong}")).status_code == 404


async def test_what_changed_is_told_promise_by_promise_in_both_versions_words(past):
    page = (await get(past, f"{PAST}/perubahan/2")).text
    assert "rights.portability" in page.partition("Tidak lagi dijanjikan")[2].partition("</section>")[0]
    changed = page.partition("Diubah")[2].partition("</section>")[0]
    assert "rights.erasure.within" in changed
    assert changed.index("7×24 jam") < changed.index("5×24 jam")
    assert "20 hari" in changed
    assert "points.booking" not in page, "what says the same is not told"


@pytest.mark.parametrize("tail", ["versi/3", "versi/0", "versi/x", "versi/-1", "versi/1e1", "versi/" + "9" * 30,
                                  "versi/²", "perubahan/1", "perubahan/9"])  # fmt: skip
async def test_a_version_that_never_was_is_no_page(past, tail):
    assert (await get(past, f"{PAST}/{tail}")).status_code == 404


async def test_a_version_this_program_no_longer_reads_is_shown_as_it_was(world):
    world.org.past = [
        Version(1, bytes(32), "tepati: 0\nx: <script>alert(1)</script>", NOW, NOW, dt.date(2026, 8, 30), None)
    ]
    page = (await get(world, f"{PAST}/versi/1")).text
    assert "&lt;script&gt;" in page
    assert "<script" not in page


async def test_without_any_version_the_page_says_what_will_come(world):
    assert "Belum ada versi" in (await get(world, f"{PAST}/riwayat")).text


async def test_the_notice_says_shown_not_agreed_with_the_terms_beside(world):
    page = (await get(world, PAST)).text
    assert "bukan persetujuan" in page
    assert 'href="/home-cleaning/syarat"' in page
    assert "14 hari sebelum berlaku" in page


async def test_news_is_text_in_both_languages(world):
    empty = (await get(world, "/home-cleaning/berita")).text
    assert "Belum ada berita" in empty
    world.org.told = [News(bytes(16), NOW, Text("Libur <b>Lebaran</b>", "Holiday"), Text("Satu\n\nDua & tiga", "One"))]
    page = (await get(world, "/home-cleaning/berita")).text
    assert "Libur &lt;b&gt;Lebaran" in page
    assert "<p>Dua &amp; tiga</p>" in page
    assert "Holiday" in (await get(world, "/home-cleaning/en/news")).text


async def test_a_version_is_taken_home_as_pdf_where_there_is_a_press(worlds):
    set_again = []
    world = worlds(press=lambda _, digest: set_again.append(digest) or b"%PDF")
    world.org.past = [version(1, OLD, NOW)]
    assert f'href="{PAST}/pdf/1" download' in (await get(world, PAST)).text
    for _ in range(2):
        answer = await get(world, f"{PAST}/pdf/1")
        assert (answer.status_code, answer.content) == (200, b"%PDF")
    assert set_again == [world.org.past[0].digest]
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/pdf"
    assert (await get(world, f"{PAST}/pdf/9")).status_code == 404


async def test_without_a_press_there_is_no_pdf_and_no_link(world):
    world.org.past = [version(1, OLD, NOW)]
    assert (await get(world, f"{PAST}/pdf/1")).status_code == 404
    assert "Unduh PDF" not in (await get(world, PAST)).text
