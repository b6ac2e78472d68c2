"""Which page was looked at where: every GET of the site, the privacy centre, the console and the demo has its place.

A name is that of the handler, ``module.function``, so that both languages of a page are one.
"""

from collections.abc import Iterable, Iterator

from litestar.exceptions import HTTPException

from tepati.web import server
from tests.web.pages import LOOKS, PAGES


def name(handler) -> str:
    return f"{handler.fn.__module__.rpartition('.')[2]}.{handler.fn.__name__}"


ALL = (*server.PAGES, *server.CENTRE, *server.CONSOLE, *server.DEMO)


def pages(*handlers) -> Iterator[str]:
    """Name what a browser can open, of some handlers or of all."""
    for handler in handlers or ALL:
        if "GET" in handler.http_methods:
            yield name(handler)


def shown(path: str) -> str:
    """Name the page of a path, as the router finds it; '' where there is none."""
    try:
        return name(server._routes(demo=True).asgi_router.handle_routing(path.rstrip("/") or "/", "GET")[1])
    except HTTPException:
        return ""


def named(paths: Iterable[str]) -> set[str]:
    return {found for path in paths if (found := shown(path))}


SERVED = named((*PAGES, *LOOKS))  # tests/web/test_browser.py
WALKED = frozenset({  # tests/stories/test_behind.py, behind the door
    "enter.centre", "mine.mine", "mine.trail", "choices.consents", "choices.limits", "overview.requests", "asks.copy",
    "asks.correct", "asks.erase", "safety.receipts", "safety.paper", "safety.security", "talks.talks",
})  # fmt: skip
PASSED = frozenset({  # tests/stories/test_stories.py, where a story leads by a button or a mailed link
    "book.received", "confirm.done", "contact.written", "enter.preview", "choices.withdrawn", "overview.asked",
    "asks.moved",
})  # fmt: skip
FILES = frozenset({  # no page: a file, a frame within a page, or the way on to a page
    "certificate.proof", "past.printed", "past.sheet", "vet.text", "known.robots", "known.security", "known.signal",
    "demo.body", "demo.file", "home.moved", "provider.back",
})  # fmt: skip
APART = {  # pages of a state that no served world has: people looked at them, and these tests read their words
    "account.show": "test_passkeys.py", "account.steps": "test_passkeys.py", "assisting.show": "test_assistance.py",
    "book.answered": "test_contests.py", "coding.booking": "test_texts.py", "coding.code": "test_texts.py",
    "coding.consent": "test_texts.py", "coding.number": "test_texts.py", "confirm.stopped": "test_confirm.py",
    "demo.tried": "test_pages.py", "guardian.answered": "test_guardian.py", "guardian.guardian": "test_guardian.py",
    "heed.heed": "test_heed.py", "mine.older": "test_uses.py", "provider.new": "test_provider.py",
    "proving.show": "test_checks.py", "talks.linked": "test_threads.py", "talks.talk": "test_threads.py",
    "talks.wrote": "test_threads.py", "uploading.done": "test_uploads.py", "uploading.show": "test_uploads.py",
    "vet.vet": "test_vet.py",
}  # fmt: skip
