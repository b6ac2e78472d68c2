"""F8, seen from outside: which cookies a real browser holds before a choice, after a refusal, and with its signal.

The same eyes find a cookie nobody declared, so that their silence means something.
"""

import re
import struct
import tempfile

import pytest

from tepati.app.crawl import Found, see
from tepati.ports.camera import _started, found
from tepati.ports.visiting import Answered
from tests.web.fake import declared
from tests.web.pages import PAGES

ORG = "home-cleaning"
ALL = {f"{ORG}-{name}" for name in declared().notice.cookies.set}
OPTIONAL = {f"{ORG}-language", f"{ORG}-display"}


def names(context) -> set[str]:
    return {each["name"] for each in context.cookies()}


def walk(page, site) -> None:
    for path in PAGES:
        page.goto(site + path)


@pytest.fixture
def context(browser):
    opened = browser.new_context(viewport={"width": 390, "height": 844})
    yield opened
    opened.close()


def test_before_a_choice_there_is_none(context, site):
    walk(context.new_page(), site)
    assert names(context) == set()


def test_after_a_refusal_there_is_the_choice_alone(context, site):
    page = context.new_page()
    page.goto(f"{site}/{ORG}/")
    page.get_by_role("button", name="Tolak semua").click()
    page.wait_for_load_state()
    walk(page, site)
    assert names(context) == {f"{ORG}-choice"}
    assert page.evaluate("document.cookie") == "", "no script could read it"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_with_the_signal_nothing_is_asked_and_nothing_kept(browser, site):
    context = browser.new_context(extra_http_headers={"Sec-GPC": "1"})
    page = context.new_page()
    walk(page, site)
    page.goto(f"{site}/{ORG}/")
    assert page.get_by_role("button", name="Setuju semua").count() == 0
    assert names(context) == set()
    context.close()


def test_after_a_yes_there_are_only_declared_ones(context, site):
    page = context.new_page()
    page.goto(f"{site}/{ORG}/")
    page.get_by_role("button", name="Setuju semua").click()
    page.wait_for_load_state()
    walk(page, site)
    assert f"{ORG}-language" in names(context)
    assert names(context) <= ALL


def test_an_undeclared_cookie_would_be_seen(context, site):
    """The same walk over a site that sets one more cookie on one page."""
    page = context.new_page()

    def tampered(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "set-cookie": "_ga=1; Path=/"})

    page.route(re.compile(r".*/janji$"), tampered)
    walk(page, site)
    assert names(context) - ALL == {"_ga"}


def test_the_pages_ask_nothing_of_anybody_else(context, site):
    page, asked = context.new_page(), set()
    page.on("request", lambda request: asked.add(request.url.partition("//")[2].partition("/")[0]))
    walk(page, site)
    assert asked == {site.partition("//")[2]}


SOUND = "HttpOnly; Path=/; SameSite=lax"


@pytest.mark.parametrize(
    ("line", "agreed", "where", "what"),
    [
        (f"{ORG}-choice=1; Max-Age=15552000; {SOUND}", False, "", ""),
        (f"__Host-{ORG}-session=x; {SOUND}; Secure", False, "", ""),
        (f"{ORG}-language=en; Max-Age=31556952; {SOUND}", True, "", ""),
        (f"{ORG}-language=; Max-Age=0; {SOUND}", False, "", ""),
        (f"{ORG}-language=en; Max-Age=31556952; {SOUND}", False, "early", "language"),
        (f"_ga=1; {SOUND}", True, "undeclared", "_ga"),
        (f"other-session=1; {SOUND}", True, "undeclared", "other-session"),
        (f"a b;c=1; {SOUND}", True, "undeclared", "unreadable"),
        (f"{ORG}-choice=1; Max-Age=99999999; {SOUND}", False, "wrong", "choice"),
        (f"{ORG}-session=1; Max-Age=60; {SOUND}", False, "wrong", "session"),
        (f"{ORG}-session=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT; {SOUND}", False, "wrong", "session"),
        (f"{ORG}-session=1; Path=/; SameSite=lax", False, "wrong", "session"),
        (f"{ORG}-session=1; Path=/; HttpOnly; SameSite=None", False, "wrong", "session"),
    ],
)  # fmt: skip
def test_each_cookie_is_judged_against_the_notice(line, agreed, where, what):
    found = Found()
    see(found, ORG, declared().notice, Answered(200, (line,), "", ""), agreed=agreed)
    seen = {name: getattr(found, name) for name in ("undeclared", "early", "wrong", "broken")}
    assert seen == {name: {what} if name == where else set() for name in seen}
    bad = {promise: outcome for promise, outcome, _ in found.looks(declared().notice) if outcome != "ok"}
    expected = {"undeclared": ("cookies", "undeclared"), "early": ("cookies.choice", "broken"),
                "wrong": (f"cookies.set.{what}", "broken")}  # fmt: skip
    assert bad == (dict([expected[where]]) if where else {})


@pytest.mark.parametrize(
    ("page", "outside"),
    [('<script src="https://t.example/a.js">', True), ("<img alt='' src='//t.example/p.gif'>", True),
     ('<link rel="stylesheet" href="/static/a.css">', False), ('<a href="https://x.example">', False)],
)  # fmt: skip
def test_what_is_loaded_from_elsewhere_is_seen(page, outside):
    found = Found()
    see(found, ORG, declared().notice, Answered(200, (), page, ""), agreed=False)
    assert bool(found.undeclared) == outside


def test_chromium_takes_a_whole_page_and_no_error_page(site):
    """The notice from top to bottom, the first screen with the banner; a page that is not there is no picture."""
    program = found("")
    if not program:
        pytest.skip("chromium is missing (apt install chromium): no picture was taken")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _started(program, folder) as browser:
        whole = browser.picture(f"{site}/home-cleaning/privasi", whole=True)
        first = browser.picture(f"{site}/home-cleaning/", whole=False)
        with pytest.raises(OSError, match="not served"):
            browser.picture(f"{site}/home-cleaning/tidak-ada", whole=True)
        with pytest.raises(OSError, match="ERR_"):
            browser.picture("https://127.0.0.1:1/", whole=True)
    (wide, tall), (also, screen) = (struct.unpack(">II", shot[16:24]) for shot in (whole, first))
    assert (whole[:8], wide, also, screen) == (b"\x89PNG\r\n\x1a\n", 800, 800, 900)
    assert tall > 5_000
    assert 20_000 < len(first) < len(whole) < 4_000_000
