"""Looks at a page on a phone in the dark and on a desk by day: axe finds nothing, and nothing scrolls sideways."""

from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from tests.web.site_pages import PASSED, shown

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RUN = "axe.run(document, {iframes: false, resultTypes: ['violations']})"
LOOKS = ((390, "dark"), (1280, "light"))


def look(page: Any, path: str) -> list[str]:
    """Say what is wrong with a page that stands open."""
    wrong = []
    page.evaluate(AXE)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(RUN)["violations"]
        wrong += [f"{path} {width} {scheme}: {each['id']}: {n['html'][:120]}" for each in found for n in each["nodes"]]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong.append(f"{path} at {width}: {wide} wide")
    return wrong


class Passing:
    """Looks once at each page that only stories reach, in a browser of its own that runs scripts, as axe must."""

    def __init__(self, browser: Any) -> None:
        self.browser, self.seen, self.wrong, self.stories = browser, set[str](), list[str](), 0

    def __call__(self, page: Any) -> None:
        """Look at the page that a story is at, where nobody looked at its like."""
        path = urlsplit(page.url).path
        if (kind := shown(path)) not in PASSED - self.seen:
            return
        context = self.browser.new_context(storage_state=page.context.storage_state())
        opened = context.new_page()
        if opened.goto(page.url).status == 200:
            self.seen.add(kind)
            self.wrong += look(opened, path)
        context.close()
