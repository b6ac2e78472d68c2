"""Each right is asked for without script and by the keyboard alone, in the running demo (WCAG 2.2, 2.1.1)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.runner import ORG, Story
from tests.stories.test_stories import FLAGS, chromium, demo, seeded

__all__ = ["demo", "seeded"]
CENTRE = f"/{ORG}/pusat-privasi"
WHO = "sri@contoh.example"
MOST = 150  # tabs to the last thing on a long page


@pytest.fixture(scope="module")
def keys(demo: tuple[str, Path]) -> Iterator[Any]:
    """Come into the privacy centre of one customer, in a browser that runs no script."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_context(locale="id-ID", java_script_enabled=False).new_page()
        page.set_default_timeout(30_000)
        Story(*demo, page).enter(WHO)
        yield Keys(demo[0], page)
        browser.close()


class Keys:
    """Hands that have no mouse."""

    def __init__(self, base: str, page: Any) -> None:
        self.base, self.page = base, page

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def reach(self, thing: Any) -> None:
        """Press Tab until a thing has the focus, and see that it shows."""
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            if thing.evaluate("one => one === document.activeElement"):
                outline = thing.evaluate("one => getComputedStyle(one).outlineStyle")
                assert outline != "none" or thing.evaluate("one => one.type") == "checkbox", "the focus shows"
                return
        raise AssertionError(f"the keyboard does not reach {thing}")

    def press(self, role: str, name: str, n: int = 0, key: str = "Enter") -> None:
        """Reach a thing by its role and name, and press a key on it."""
        self.reach(self.page.get_by_role(role, name=re.compile(name)).nth(n))
        if key != "Enter":
            self.page.keyboard.press(key)
            return
        with self.page.expect_navigation():  # the page that follows, not the one that is still there
            self.page.keyboard.press(key)

    def see(self, text: str) -> None:
        self.page.get_by_text(re.compile(text)).first.wait_for()


def test_the_door_opens_by_keys(demo: tuple[str, Path], keys: Keys) -> None:
    keys.page.context.clear_cookies()
    keys.open(CENTRE)
    keys.reach(keys.page.get_by_role("textbox", name="E-mail"))
    keys.page.keyboard.type("nobody@surat.example")
    keys.page.keyboard.press("Enter")
    keys.see("Periksa kotak masuk Anda")
    Story(*demo, keys.page).enter(WHO)


def test_objection_and_restriction_by_keys(keys: Keys) -> None:
    keys.open(f"{CENTRE}/batasi")
    keys.press("checkbox", "Memperbaiki layanan", key="Space")
    keys.press("button", "Simpan keberatan")
    keys.see("Keberatan, nomor|Keberatan")
    keys.open(f"{CENTRE}/batasi")
    assert keys.page.get_by_role("checkbox", name="Memperbaiki layanan").first.is_checked()
    keys.press("checkbox", "Menjawab pertanyaan", key="Space")
    keys.press("button", "Simpan pembatasan")
    keys.see("Pembatasan pemrosesan")


def test_a_use_is_questioned_and_a_receipt_read_by_keys(keys: Keys) -> None:
    keys.open(f"{CENTRE}/pemakaian")
    keys.press("button", "Saya tidak mengenali pemakaian ini", n=2)
    keys.see("Sanggahan atas pemakaian")
    keys.open(f"{CENTRE}/tanda-terima")
    keys.press("link", "^Baca")
    keys.see("Pengendali Data Pribadi")
    keys.reach(keys.page.get_by_role("button", name="Unduh tanda terima"))
    with keys.page.expect_download() as taken:
        keys.page.keyboard.press("Enter")
    assert taken.value.suggested_filename.endswith(".json")


def test_a_consent_is_given_and_taken_back_by_keys(keys: Keys) -> None:
    for _ in range(2):
        keys.open(f"{CENTRE}/persetujuan")
        was = keys.page.get_by_role("switch").first.get_attribute("aria-checked")
        keys.press("switch", "")
        assert keys.page.get_by_role("switch").first.get_attribute("aria-checked") != was
    keys.open(f"{CENTRE}/persetujuan")


def test_a_device_is_asked_for_and_an_erasure_too_by_keys(keys: Keys) -> None:
    keys.open(f"{CENTRE}/keamanan")
    keys.press("button", "Daftarkan perangkat ini")
    keys.see("Perangkat ini menunggu")
    keys.open(f"{CENTRE}/hapus")
    keys.press("button", "Hapus data saya")
    keys.see("Penghapusan data")
