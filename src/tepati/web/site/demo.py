"""Room web: the demo's own pages: where to begin, and the mail its sink received. A real installation has none."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import NotFound, Refused
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.words import words
from tepati.web import addresses, forms, tokens
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.house import House, html, other
from tepati.web.mailframe import policy
from tepati.web.ports import DemoSurface, SignIn
from tepati.web.site.files import download, plain
from tepati.web.site.frame import Asked, Page, house_of, slugs_of, timed


@dataclass(frozen=True, slots=True)
class Called:
    """One organisation on the front page: its name, what it does, and its pages with what leads there."""

    slug: str
    name: str
    business: str
    pages: list[tuple[str, str]]


ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TZ = "Asia/Jakarta"
WALK = "home-cleaning"  # the organisation that the first steps lead through
PAGES = ("book", "notice", "board", "centre", "sign_in")  # of an organisation, beside its site
FRAMED = {"content-security-policy": (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)}  # fmt: skip


def _demo(request: Asked) -> tuple[House, DemoSurface, str]:
    house = house_of(request)
    if house.demo is None or "" not in slugs_of(request):
        raise NotFound("page")
    return house, house.demo, addresses.language_of(request.scope["path"])


def _draw(request: Asked, template: str, page: str, tail: str = "", **values: Any) -> str:
    house, _, lang = _demo(request)
    say = words(lang, "site").say
    return house.draw(
        template, lang, page=page, counterpart=addresses.front(page, other(lang), tail), org=None,
        instant=lambda us: timed(us, speech.instant(us, TZ, lang)), address=addresses.path, **{"say_": say, **values},
    )  # fmt: skip


@get(["/", "/en"])
async def front(request: Asked) -> Page:
    """Lead to every organisation, its board, the staff's sign-in and the mail."""
    house, demo, lang = _demo(request)
    config = house.config
    return html(
        _draw(
            request, "site/front.html", "front", orgs=[await _called(house, slug, lang) for slug in house.orgs],
            sign_ins=_named(house, demo, lang), walk=WALK if WALK in house.orgs else "", attempts=demo.attempts,
            token=tokens.issue(config.key, "", "try", bytes(32), config.now(), config.random(16)),
        )
    )  # fmt: skip


async def _called(house: House, slug: str, lang: str) -> Called:
    """Say what an organisation of the front page is called, what it does, and where its pages are."""
    org, say, shop = house.orgs[slug], words(lang, "site").say, house.shop(slug).shop
    business, promises = org.notice.organisation.business, await org.board()
    told = say("front.told", n=len(promises.rows) + promises.hidden)
    what = f"{speech.capital(business.of(lang))}. {told}" if business else told
    own = {"book": shop.nav.of(lang) if shop.nav else say("nav.book"), "sign_in": say("front.to_console")}
    return Called(slug, org.name, what, [(page, own.get(page) or say(f"nav.{page}")) for page in PAGES])


@post(["/coba", "/en/try"], status_code=303)
async def attempt(request: Asked) -> Redirect:
    """Try to break a promise, as the visitor chose. Raises BadInput (forged), NotFound (no such attempt)."""
    house, demo, lang = _demo(request)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(house.config.key, one(form, "_token"), "", "try", house.config.now())
    forms.only(form, ("which",), "points")
    which = one(form, "which")
    if which not in demo.attempts:
        raise NotFound("page")
    refused = await demo.attempt(which)
    said = {"which": which, "code": refused.code, "promise": refused.promise}
    ticket = tokens.ticket(house.config.key, "", "tried", said, house.config.now())
    return Redirect(addresses.front("try", lang, ticket), status_code=303)


@get(["/coba/{ticket:str}", "/en/try/{ticket:str}"])
async def tried(request: Asked, ticket: FromPath[str]) -> Page:
    """Show the refusal, with the promise that refused and where its evidence grows. Raises NotFound, Expired."""
    house, demo, lang = _demo(request)
    said = tokens.open_ticket(house.config.key, ticket, "", "tried", house.config.now())
    slug = demo.attempts[said["which"]]
    org = house.orgs[slug]
    board = {row.id: row for row in (await org.board()).rows}
    return html(
        _draw(
            request, "site/tried.html", "try", ticket, said=said, slug=slug, row=board.get(said["promise"]),
            because=told(Refused(said["code"], said["promise"]), lang),
        )
    )  # fmt: skip


@get(["/mail", "/en/mail"])
async def mails(request: Asked) -> Page:
    """List what the sink received, newest first."""
    _, demo, _ = _demo(request)
    return html(_draw(request, "site/mails.html", "mails", mails=await demo.mails()))


@get(["/mail/{mail_id:str}", "/en/mail/{mail_id:str}"])
async def mail(request: Asked, mail_id: FromPath[str]) -> Page:
    """Show one message: its HTML in a sandboxed frame of its own, its text below."""
    _, demo, _ = _demo(request)
    found = await demo.mail(_known(mail_id))
    parts = linked(found.text)
    files = [(plain(file, n), len(file.body)) for n, file in enumerate(found.files)]
    return html(
        _draw(request, "site/mail.html", "mails", mail_id, mail=found, parts=parts, files=files), headers=FRAMED
    )


@get("/mail/{mail_id:str}/body")
async def body(request: Asked, mail_id: FromPath[str]) -> Response[bytes]:
    """Serve a message's HTML under a policy that runs nothing and loads nothing."""
    _, demo, _ = _demo(request)
    text = (await demo.mail(_known(mail_id))).html.replace("\r\n", "\n")  # SMTP's line ends; browsers hash after HTML's
    return html(text, headers={"content-security-policy": policy(text), "x-frame-options": "SAMEORIGIN"})


@get("/mail/{mail_id:str}/file/{number:str}")
async def file(request: Asked, mail_id: FromPath[str], number: FromPath[str]) -> Response[bytes]:
    """Hand out a file that a message carries. Raises NotFound."""
    _, demo, _ = _demo(request)
    found = dict(enumerate((await demo.mail(_known(mail_id))).files))
    asked = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else -1
    if asked not in found:
        raise NotFound("page")
    return download(found[asked], asked)


def _named(house: House, demo: DemoSurface, lang: str) -> dict[str, list[SignIn]]:
    """Give the staff of each organisation, their roles called as its notice does."""
    named = defaultdict[str, list[SignIn]](list)
    for each in demo.sign_ins:
        called = labels(house.orgs[each.org].notice, lang)
        named[each.org].append(
            replace(each, role=speech.listing([called.role(r) for r in each.role.split(", ") if r], lang))
        )
    return named


def _known(mail_id: str) -> str:
    if not ID.fullmatch(mail_id):
        raise NotFound("page")
    return mail_id


def linked(text: str) -> list[tuple[str, bool]]:
    """Split a text into pieces and addresses, so that the page can make links without trusting markup."""
    found = re.split(r"(https?://[^\s<>]*[^\s<>.,;:!?)])", text)  # what ends a sentence ends no address
    return [(part, part.startswith(("http://", "https://"))) for part in found if part]
