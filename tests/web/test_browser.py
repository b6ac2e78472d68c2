"""The pages in a real browser: no script, small screens, keyboard, contrast, policy. A plain skip without Chromium."""

from importlib.resources import files

import pytest

from tests.web.forms import TYPED

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
SMALL = (
    "[...document.querySelectorAll('button:not(.first), .button, input:not([type=hidden], [type=radio], "
    "[type=checkbox]), select, textarea')].filter(e => e.getBoundingClientRect().height < 44)"
    ".map(e => e.outerHTML.slice(0, 80))"
)
SOME = ("/home-cleaning/pesan", "/home-cleaning/janji", "/home-cleaning/c/cap-1", "/en/")
PAGES = (
    "/", "/en/", "/mail", "/mail/m1", "/home-cleaning/", "/home-cleaning/en/", "/home-cleaning/pesan",
    "/home-cleaning/en/book", "/home-cleaning/privasi", "/home-cleaning/en/privacy", "/home-cleaning/janji",
    "/home-cleaning/en/promises", "/home-cleaning/syarat", "/home-cleaning/periksa",
    "/home-cleaning/k/link-0", "/home-cleaning/k/link-e", "/home-cleaning/c/cap-1", "/home-cleaning/none/none",
    "/home-cleaning/hubungi", "/home-cleaning/en/contact",
    "/home-cleaning/kuki", "/home-cleaning/en/cookies", "/home-cleaning/privasi/riwayat",
    "/home-cleaning/privasi/versi/1", "/home-cleaning/privasi/perubahan/2", "/home-cleaning/berita",
    "/home-cleaning/en/news",
    "/home-cleaning/pusat-privasi", "/home-cleaning/pusat-privasi/terkirim",
)  # fmt: skip


@pytest.fixture(params=[(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], ids=str)
def page(browser, request):
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    opened = context.new_page()
    opened.said, opened.whole = [], request.param == (390, "light")
    opened.on("console", lambda message: opened.said.append(message.text))
    yield opened
    context.close()


def faults(page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {iframes: false, resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def test_axe_finds_nothing_and_the_policy_is_kept(page, site):
    for path in PAGES if page.whole else SOME:
        page.goto(site + path)
        assert faults(page) == [], path
    assert [line for line in page.said if "Content Security Policy" in line] == []


def test_axe_finds_nothing_on_a_form_with_faults(page, site):
    page.goto(f"{site}/home-cleaning/pesan")
    page.evaluate("document.querySelector('form.two').noValidate = true")
    page.get_by_role("button", name="Pesan sekarang", exact=True).last.click()
    page.wait_for_load_state()
    assert page.get_by_role("alert").is_visible()
    assert page.evaluate("document.activeElement.id") == "salah"
    assert faults(page) == []


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_scrolls_sideways(browser, site, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in PAGES:
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def fill(page) -> None:
    page.get_by_label("Nama", exact=True).fill(TYPED["identity.name"])
    page.get_by_label("Alamat lengkap").fill(TYPED["location.address"])
    page.get_by_label("Nomor telepon").fill(TYPED["identity.phone"])
    page.get_by_label("E-mail", exact=True).fill(TYPED["identity.email"])
    page.get_by_label("18 tahun atau lebih").check()
    page.get_by_label("08.00 sampai 10.00").check()


def test_a_visit_is_booked_without_script_by_enter_and_back_changes_nothing(browser, site):
    """F2, without JavaScript: choose another day, type, press Enter, read the number."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}/home-cleaning/pesan")
    page.get_by_label("Tanggal kunjungan").fill("2026-10-07")
    page.get_by_label("Nama", exact=True).fill("Ra")
    page.get_by_role("button", name="Lihat jam pada tanggal ini").click()
    assert page.get_by_text("Jam pada Rabu, 7 Oktober 2026").is_visible()
    assert page.get_by_label("Nama", exact=True).input_value() == "Ra"
    fill(page)
    page.get_by_label("Nomor telepon").press("Enter")
    assert "Satu langkah lagi" in page.get_by_role("heading", level=1).inner_text()
    assert {each["name"] for each in context.cookies()} == {"home-cleaning-device"}  # declared, and no other
    context.close()


def test_the_first_tabs_are_skip_link_then_demo_line_and_no_focus_is_trapped(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/home-cleaning/pesan")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.getAttribute('aria-hidden')")
        if page.evaluate("document.activeElement.matches('.send button')"):
            break
    else:
        pytest.fail("the keyboard does not reach the button")
    context.close()


def test_a_mailed_link_opens_from_its_sandboxed_frame(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/mail/m1")
    page.frame_locator("iframe").get_by_role("link", name="Buka halaman konfirmasi").click()
    page.wait_for_url("**/k/link-0")
    assert page.get_by_role("button", name="Konfirmasi pesanan").is_visible()
    context.close()


def test_targets_are_large_enough(browser, site):
    """WCAG 2.2 2.5.8: 24 px; form controls 44 px."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path in PAGES:
        page.goto(site + path)
        small = page.evaluate(SMALL)
        assert small == [], path
    context.close()
