"""The pages in a real browser: no script, small screens, keyboard, contrast, policy. A plain skip without Chromium."""

from importlib.resources import files
from pathlib import Path

import pytest

from tepati.web.choice import Choice
from tepati.web.site import placing
from tests.web.fake import NOW
from tests.web.forms import TYPED
from tests.web.pages import LOOKS, PAGES

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
SMALL = (
    "[...document.querySelectorAll('button:not(.first), .button, input:not([type=hidden], [type=radio], "
    "[type=checkbox]), select, textarea')].filter(e => e.getBoundingClientRect().height < 44)"
    ".map(e => e.outerHTML.slice(0, 80))"
)


@pytest.fixture(params=[(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")], ids=str)
def page(browser, request):
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    opened = context.new_page()
    opened.said = []
    opened.on("console", lambda message: opened.said.append(message.text))
    yield opened
    context.close()


def faults(page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {iframes: false, resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def test_axe_finds_nothing_and_the_policy_is_kept(page, site):
    width = page.viewport_size["width"]
    seen = LOOKS if (width, page.evaluate(DARK)) in {(360, True), (1280, False)} else ()
    for path in PAGES + seen:
        page.goto(site + path)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert [line for line in page.said if "Content Security Policy" in line] == []


@pytest.mark.parametrize("look", ["dark", "light", "dark.large"])
def test_axe_finds_nothing_in_a_look_that_was_asked_for(browser, site, look):
    """On a device that is set the other way."""
    other = "dark" if look == "light" else "light"
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=other)
    said = Choice(frozenset({"display"}), frozenset({"language"}), NOW).written
    for name, value in (("choice", said), ("display", look)):
        context.add_cookies([{"name": f"home-cleaning-{name}", "value": value, "url": site}])
    page = context.new_page()
    for path in ("/home-cleaning/pesan", "/home-cleaning/janji", "/home-cleaning/kuki", "/home-cleaning/hubungi"):
        page.goto(site + path)
        assert page.evaluate("document.documentElement.className") == look.replace(".", " ")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    context.close()


REACHED = """() => { const e = document.activeElement; return e === document.body ? '' :
  [...document.querySelectorAll('*')].indexOf(e) + ' ' + e.tagName }"""
WANTED = """() => { const all = [...document.querySelectorAll('*')];
  const seen = e => e.offsetParent !== null && getComputedStyle(e).visibility !== 'hidden';
  return all.filter(e => e.matches('a[href], button, input:not([type=hidden]), select, textarea, summary') && seen(e)
    && e.tabIndex >= 0 && !e.disabled && !e.closest('details:not([open]) > :not(summary)'))
    .filter(e => e.type !== 'radio' || e === (document.querySelector(`input[name="${e.name}"]:checked`)
      || document.querySelector(`input[name="${e.name}"]:not(:disabled)`)))
    .map(e => all.indexOf(e) + ' ' + e.tagName) }"""


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser, site):
    """WCAG 2.1.1, 2.1.2, 2.4.7: every control of every page by Tab alone, in the order of reading, with a ring."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    for path in PAGES:
        page.goto(site + path)
        page.evaluate("document.activeElement.blur()")
        wanted, reached = page.evaluate(WANTED), []
        for _ in range(len(wanted) + 40):
            page.keyboard.press("Tab")
            at = page.evaluate(REACHED) or page.evaluate(REACHED)  # between a frame and its page, focus is nowhere
            if not at and set(wanted) <= set(reached):
                break
            if at in reached and at != reached[-1]:  # a date field and a frame have several stops within
                break
            if at:
                reached.append(at)
        assert set(wanted) <= set(reached), (path, set(wanted) - set(reached))
        places = list(dict.fromkeys(int(each.partition(" ")[0]) for each in reached if each in wanted))
        start = places.index(min(places))
        assert places[start:] + places[:start] == sorted(places), path
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none" or not at, path
    context.close()


def test_the_banner_is_small_equal_and_refused_in_two_presses_of_tab(browser, site):
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(f"{site}/home-cleaning/")
    buttons = page.locator(".banner button")
    boxes = [buttons.nth(n).bounding_box() for n in range(3)]
    assert {(round(box["width"]), round(box["height"])) for box in boxes} == {
        (round(boxes[0]["width"]), round(boxes[0]["height"]))}  # fmt: skip
    assert boxes[0]["height"] >= 44
    looks = "e => (s => [s.color, s.backgroundColor, s.borderColor, s.fontWeight].join())(getComputedStyle(e))"
    assert len({buttons.nth(n).evaluate(looks) for n in range(3)}) == 1
    assert page.locator(".banner").bounding_box()["height"] <= 640 * 0.4
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "refuse"
    page.keyboard.press("Escape")
    assert context.cookies() == []
    context.close()


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
    page.get_by_role("textbox", name="Nomor telepon").fill(TYPED["identity.phone"])
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
    page.get_by_role("textbox", name="Nomor telepon").press("Enter")
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


@pytest.mark.promise("A11")
def test_the_browser_is_asked_for_a_place_by_a_press_and_a_no_is_no_dead_end(browser):
    """What fills the field is rounded before it leaves the page; who says no is told to type it."""
    where, form = "http://127.0.0.1:9/form", Path(placing.__file__).parents[1] / "static/place.js"
    page_ = (
        '<input id="place"><button type="button" data-place="place" data-digits="2" hidden>x</button>'
        '<p id="place-failed" hidden>no</p><script src="/place.js"></script>'
    )
    told = {**placing.allowed(asks=True), "content-type": "text/html"}
    for granted, value in ((["geolocation"], "-6.18, 106.83"), ([], "")):
        context = browser.new_context(geolocation={"latitude": -6.17541, "longitude": 106.82723}, permissions=granted)
        page = context.new_page()
        page.route("**/form", lambda route: route.fulfill(body=page_, headers=told))
        page.route("**/place.js", lambda route: route.fulfill(path=form, content_type="text/javascript"))
        page.goto(where)
        page.locator("button").click()
        page.wait_for_function("place.value || !document.getElementById('place-failed').hidden")
        assert page.locator("#place").input_value() == value
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
