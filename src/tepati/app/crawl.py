"""Composition root: the site is looked at from outside once a day: which cookies it leaves, and when (F8, W8, S4).

Visits before any choice, with the browser's own signal, after a refusal, and after a yes. What is found becomes a look
at ``cookies`` and what stands under it; a site that does not answer is looked at again a minute later.
"""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tepati.app.compose import Installation, Org
from tepati.app.pictures import pictured
from tepati.board.examination import Look
from tepati.board.remember import noted
from tepati.errors import TepatiError
from tepati.notice.model import Cookie, Notice
from tepati.ports.visiting import Answered, visit
from tepati.registers import observations
from tepati.registers.observations import BROKEN, OK, UNDECLARED
from tepati.web import addresses, tokens
from tepati.web.site.cookie_choice import PROBE

DAY = 86_400_000_000
FIRST, EVERY = 3.0, 60.0  # seconds before the first look, and between two looks whether a day has passed
PAGES = ("home", "book", "notice", "history", "news", "board", "terms", "contact", "cookies", "centre")
FOREIGN = re.compile(r"""<(?:script|iframe|img|link|embed|object)\b[^>]*\s(?:src|href|data)=["'](?:https?:)?//""")
OKAY = 200  # HTTP
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(slots=True)
class Found:
    """What visits saw that is not as promised: names of cookies, and pages."""

    undeclared: set[str] = field(default_factory=set)  # cookies, or "outside": something loaded from elsewhere
    early: set[str] = field(default_factory=set)  # optional cookies without a yes
    wrong: set[str] = field(default_factory=set)  # declared ones that live longer, or that scripts could read
    broken: set[str] = field(default_factory=set)  # pages that do not work
    visits: int = 0

    def looks(self, notice: Notice) -> list[Look]:
        """Say it as looks at promises (promise, outcome, detail)."""
        made = [
            _look("cookies", UNDECLARED, self.undeclared),
            _look("cookies.choice", BROKEN, self.early),
            _look("cookies.refused", BROKEN, self.broken),
        ]
        return made + [_look(f"cookies.set.{name}", BROKEN, self.wrong & {name}) for name in notice.cookies.set]


def _look(promise: str, bad: str, names: set[str]) -> Look:
    return (promise, bad, " ".join(sorted(names))[:200]) if names else (promise, OK, "crawl")


async def crawl(org: Org, origin: str, key: bytes) -> Found:
    """Visit the public pages of one organisation in its languages. Raises OSError where nobody answers."""
    found, notice, now = Found(), org.desk.notice, org.desk.now()
    pages = [page for page in PAGES if page != "terms" or notice.terms]
    paths = [addresses.path(page, org.slug, lang) for page in pages for lang in notice.organisation.languages]
    if (await visit(origin, paths[0], {})).status != OKAY:
        raise OSError("not served to us")
    for path in paths:
        for headers in ({}, {"sec-gpc": "1"}):
            see(found, org.slug, notice, await visit(origin, path, headers), agreed=False)
    for press in ("refuse", "accept"):
        form = {"press": press, "back": "", "probe": tokens.ticket(key, org.slug, PROBE, {}, now)}
        answer = await visit(origin, addresses.path("cookies", org.slug, "id"), {}, form)
        see(found, org.slug, notice, answer, agreed=press == "accept")
        kept = {"cookie": "; ".join(line.partition(";")[0] for line in answer.cookies)}
        for path in paths:
            seen = await visit(origin, path, kept)
            see(found, org.slug, notice, seen, agreed=press == "accept")
            if press == "refuse" and seen.status != OKAY:
                found.broken.add(path)
    return found


def see(found: Found, slug: str, notice: Notice, answer: Answered, *, agreed: bool) -> None:
    """Judge one answer: each cookie against the notice, and the page for what it would load from elsewhere."""
    found.visits += 1
    if FOREIGN.search(answer.page):
        found.undeclared.add("outside")
    for line in answer.cookies:
        name, attributes = _read(line, slug)
        declared = notice.cookies.set.get(name)
        if declared is None:
            found.undeclared.add(name)
            continue
        if declared.class_ != "necessary" and not agreed and attributes.get("max-age") != "0":
            found.early.add(name)
        if not _sound(attributes, declared):
            found.wrong.add(name)


def _sound(attributes: Mapping[str, str], declared: Cookie) -> bool:
    """Say whether a cookie lives no longer than declared, and is kept from scripts and other sites."""
    life = attributes.get("max-age", "0")
    longest = declared.life.rough_seconds() if declared.life else 0
    closed = "httponly" in attributes and attributes.get("samesite", "").lower() in ("lax", "strict")
    return closed and "expires" not in attributes and life.isdecimal() and int(life) <= longest


def _read(line: str, slug: str) -> tuple[str, Mapping[str, str]]:
    """Read a ``Set-Cookie`` line: the name as the notice has it, and the attributes."""
    first, *rest = line.split(";")
    raw = first.partition("=")[0].strip().removeprefix("__Host-").removeprefix(f"{slug}-")
    pairs = (part.partition("=") for part in rest)
    return raw if PLAIN.fullmatch(raw) else "unreadable", {k.strip().lower(): v.strip() for k, _, v in pairs}


async def crawling(installation: Installation, key: bytes) -> None:
    """Look at every organisation's site once a day, for ever; a version that has no pictures yet gets them.

    Where a browser fails at that, it is tried again a day later.
    """
    await asyncio.sleep(FIRST)
    tried: dict[bytes, int] = {}
    while True:
        for org in installation.orgs.values():
            with contextlib.suppress(OSError, TepatiError):  # nobody answers yet: a minute later
                await crawled(installation, org, key)
                now, digest = org.desk.now(), org.desk.digest
                if now - tried.get(digest, 0) >= DAY:
                    tried[digest] = now
                    await pictured(installation, org)
        await asyncio.sleep(EVERY)


async def crawled(installation: Installation, org: Org, key: bytes) -> Found | None:
    """Look, and write down what was seen, where the last look is a day old. Raises OSError, Unavailable."""
    newest = await org.desk.read(lambda sheet: observations.of(sheet.tx, org.slug, org.desk.mac, "cookies", 20))
    if any(seen.at > org.desk.now() - DAY for seen in newest if seen.outcome in (OK, UNDECLARED)):
        return None
    found = await crawl(org, installation.place.config.orgs[org.slug].origin, key)
    await noted(org.desk, found.looks(org.desk.notice))
    return found
