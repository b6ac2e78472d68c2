"""The console over the real acts, vault and ledger: staff who signed in, and their forms."""

import os
import re
from dataclasses import dataclass
from html import unescape

import httpx
import pyotp

from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.desk import Desk
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.conftest import Clock
from tests.flows.people import PASSWORD
from tests.web.fake import EXAMPLE
from tests.web.sound import faults

SITE, CONSOLE = "https://fineclean.example", "https://konsol.fineclean.example"
ORG = "/home-cleaning"


def console(desk: Desk, clock: Clock):
    """Build the application with a console at an origin of its own; give its desk and the application."""
    surface = DeskSurface(desk, (EXAMPLE / "site.toml").read_bytes())
    config = WebConfig(
        b"k" * 32, {"home-cleaning": SITE}, clock, os.urandom, posts_per_minute=0, consoles={"home-cleaning": CONSOLE}
    )
    return desk, build({surface.slug: surface}, None, config)


@dataclass
class Staff:
    """A signed-in member of staff with a browser."""

    client: httpx.AsyncClient
    org: str = ORG

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(self.org + path)

    async def text(self, path: str) -> str:
        """Read a page's words."""
        answer = await self.get(path)
        assert answer.status_code == 200, (answer.status_code, words(answer.text)[:600])
        return words(answer.text)

    async def press(self, path: str, action: str, **typed: str) -> httpx.Response:
        """Post the form of a page that leads to ``action``, with its hidden fields and what was typed."""
        page = (await self.get(path)).text
        return await self.client.post(self.org + action, data=hidden(form_to(page, action, self.org)) | typed)

    @property
    def bearer(self) -> dict[str, str]:
        """The header by which a program of theirs calls the API in this session."""
        (session,) = [c.value for c in self.client.cookies.jar if c.name.endswith("staff_session")]
        return {"authorization": f"Bearer {session.strip(chr(34)).partition('~')[0]}"}


def form_to(page: str, action: str, org: str = ORG) -> str:
    """Take the form that leads to an address out of a page."""
    return next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{org}{action}"' in f)


def hidden(form: str) -> dict[str, str]:
    """Read the hidden fields of a form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def words(page: str) -> str:
    """Read what a page says."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


async def read_markup(answer: httpx.Response) -> None:
    """Look at the markup of every page that a browser gets, also of what was typed wrong."""
    if answer.headers.get("content-type", "").startswith("text/html"):
        await answer.aread()
        assert faults(answer.text) == [], answer.request.url.path


async def signed_in(desk: Desk, app, clock: Clock, *roles: str, at: str = CONSOLE) -> Staff:
    """Let a member of staff in and sign them in through the door."""
    email, org = f"{'.'.join(roles)[:60]}@fineclean.example", f"/{desk.org}"
    phone = "0812 0000 2222" if "phone" in desk.notice.data["staff"].fields else ""
    hired = await welcome(desk, Newcomer("Wulan", email, phone, PASSWORD, roles))
    await undertake(desk, hired.person)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=at, headers={"accept-encoding": ""},
                               event_hooks={"response": [read_markup]})  # fmt: skip
    door = await client.get(f"{org}/konsol/masuk")
    code = pyotp.TOTP(hired.factor).at(clock() // 1_000_000)
    typed = {"email": email, "password": PASSWORD, "code": code}
    entered = await client.post(f"{org}/konsol/masuk", data=hidden(form_to(door.text, "/konsol/masuk", org)) | typed)
    assert entered.status_code == 303, words(entered.text)[:600]
    return Staff(client, org)
