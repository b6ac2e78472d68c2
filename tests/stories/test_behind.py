"""Every page behind a door, in the running demo: axe finds nothing, and nothing scrolls sideways, narrow and wide.

The walk starts at the first page of the console (for each member of staff in turn) and of the privacy centre
(one customer), and follows every link that stays behind the door; of pages that differ in a number or a promise only,
it looks at one.
"""

import re
from pathlib import Path
from typing import Any

from tests.stories.looking import look
from tests.stories.runner import ORG, Story
from tests.stories.test_stories import browser, demo, seeded
from tests.web.console_pages import WALKED
from tests.web.site_pages import WALKED as INSIDE
from tests.web.site_pages import named

HREFS = "[...document.querySelectorAll('a[href]:not([download])')].map(a => a.getAttribute('href'))"
VARIES = re.compile(r"(?<=/bukti/).+|(?<=/evidence/).+|[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}|\b\d+\b|[\w-]{20,}")
STAFF = ("Dimas", "Wulan", "Eka", "Ratih")  # dispatcher, privacy desk, editor, director

__all__ = ["browser", "demo", "seeded"]


def someone(browser: Any) -> Any:
    """Open a page with cookies of its own, which waits long enough on a busy machine."""
    page = browser.new_context(locale="id-ID").new_page()
    page.set_default_timeout(30_000)
    return page


def walk(page: Any, base: str, below: tuple[str, ...], seen: set[str]) -> list[str]:
    """Look at every page below some addresses, from the first of them on, that nobody saw yet; say what is wrong."""
    waiting, wrong = [below[0]], []
    seen.discard(below[0])  # each member's first page is its own
    while waiting:
        path = waiting.pop(0)
        kind = VARIES.sub("*", path)
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(base + path)
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
            continue
        wrong += look(page, path)
        hrefs = [href.partition("#")[0].partition("?")[0] for href in page.evaluate(HREFS)]
        waiting += [href for href in hrefs if href.startswith(below) and not href.endswith((".json", ".csv"))]
    return wrong


def test_every_page_of_the_console(demo: tuple[str, Path], browser: Any) -> None:
    seen: set[str] = set()
    wrong = []
    for name in STAFF:
        page = someone(browser)
        Story(*demo, page).enters(name)
        wrong += walk(page, demo[0], (f"/{ORG}/konsol", f"/{ORG}/en/console"), seen)
        page.context.close()
    page = someone(browser)
    story = Story(*demo, page)
    wrong += pressed(story, seen)
    page.context.close()
    assert wrong == []
    missed = [path for path in WALKED if not any(re.fullmatch(pattern(path), kind) for kind in seen)]
    assert missed == []


def pressed(story: Story, seen: set[str]) -> list[str]:
    """Look at the door, the undertaking, and somebody who was looked up, with a value opened."""
    page, wrong = story.page, []
    for path in ("/masuk", "/kerahasiaan"):
        page.goto(f"{story.base}/{ORG}/konsol{path}")
        wrong += look(page, path)
        seen.add(f"/{ORG}/konsol{path}")
        if path == "/masuk":
            story.enters("Dimas")
    page.goto(f"{story.base}/{ORG}/konsol/orang")
    page.locator("main input[name=who]").fill("ratna@contoh.example")
    page.locator("main form button").click()
    page.locator("td button").first.click()
    page.locator(".open").first.wait_for()
    seen.add(f"/{ORG}/konsol/orang/*")
    return wrong + look(page, "a person")


def pattern(path: str) -> str:
    """Match a route of the console with what the walk calls its pages."""
    whole = f"/{ORG}/konsol{path}"
    return re.sub(r"\\{\w+:str\\}", "[^/]+", re.escape(whole))


def test_every_page_of_the_privacy_centre(demo: tuple[str, Path], browser: Any) -> None:
    page, seen = someone(browser), set[str]()
    Story(*demo, page).enter("ratna@contoh.example")
    wrong = walk(page, demo[0], (f"/{ORG}/pusat-privasi", f"/{ORG}/en/privacy-centre"), seen)
    page.context.close()
    assert wrong == []
    assert named(path.replace("*", "1") for path in seen) >= INSIDE


def test_a_draft_of_the_notice_is_judged_while_it_is_typed(demo: tuple[str, Path], browser: Any) -> None:
    """A value typed in the form goes into the text; a fault in the text is told with its line, and found by a press."""
    page = someone(browser)
    Story(*demo, page).enters("Ratih")
    page.goto(f"{demo[0]}/{ORG}/konsol/kebijakan/sunting")
    page.locator("button[value='part.retention']").click()
    page.locator('[name="set.retention.booking.for"]').fill("3 years")
    page.locator(".verdict", has_text="Perubahan penting: 1 hal meluas").wait_for()
    text = page.locator("#teks")
    assert "booking: {from: booking.closed, for: 3 years, " in text.input_value()
    text.fill(text.input_value().replace("\npurposes:", "\npurpose:", 1))
    page.locator(".verdict", has_text="belum dapat diajukan").wait_for()
    line = text.input_value().partition("\npurpose:")[0].count("\n") + 2
    page.get_by_role("button", name=f"baris {line}", exact=True).first.click()
    chosen = page.evaluate("teks.value.slice(teks.selectionStart, teks.selectionEnd)")
    page.context.close()
    assert chosen.startswith("purpose:")


def test_staff_sign_in_by_a_passkey_of_the_browser(demo: tuple[str, Path], browser: Any) -> None:
    """T9: Chromium makes a key for the console and uses it, again and again."""
    base = demo[0].replace("127.0.0.1", "localhost")  # keys are bound to a name
    page = someone(browser)
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
              "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    story = Story(base, demo[1], page)
    story.enters("Bayu")
    page.goto(f"{base}/{ORG}/konsol/cara-masuk")
    page.get_by_role("button", name="Tambah kunci sandi").click()
    page.locator("li", has_text="Kunci sandi, komputer Linux").wait_for()
    assert look(page, "/konsol/cara-masuk") == []
    page.get_by_role("button", name="Keluar").click()
    member = story._staff("Bayu")
    for _ in range(2):  # its counter goes on
        page.locator("#email").fill(member["email"])
        page.locator("#password").fill(member["password"])
        assert look(page, "/konsol/masuk") == []
        page.get_by_role("button", name="Masuk dengan kunci sandi").click()
        page.get_by_role("button", name="Keluar").click()
    page.locator("#code").wait_for()
    page.context.close()
