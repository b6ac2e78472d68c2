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

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(ORG + path)

    async def text(self, path: str) -> str:
        """Read a page's words."""
        answer = await self.get(path)
        assert answer.status_code == 200, (answer.status_code, words(answer.text)[:600])
        return words(answer.text)

    async def press(self, path: str, action: str, **typed: str) -> httpx.Response:
        """Post the form of a page that leads to ``action``, with its hidden fields and what was typed."""
        page = (await self.get(path)).text
        return await self.client.post(ORG + action, data=hidden(form_to(page, action)) | typed)


def form_to(page: str, action: str) -> str:
    """Take the form that leads to an address out of a page."""
    return next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{ORG}{action}"' in f)


def hidden(form: str) -> dict[str, str]:
    """Read the hidden fields of a form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def words(page: str) -> str:
    """Read what a page says."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


async def signed_in(desk: Desk, app, clock: Clock, *roles: str) -> Staff:
    """Let a member of staff in and sign them in through the door."""
    email = f"{'.'.join(roles)}@fineclean.example"
    hired = await welcome(desk, Newcomer("Wulan", email, "0812 0000 2222", PASSWORD, roles))
    await undertake(desk, hired.person)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=CONSOLE, headers={"accept-encoding": ""})
    door = await client.get(f"{ORG}/konsol/masuk")
    code = pyotp.TOTP(hired.factor).at(clock() // 1_000_000)
    typed = {"email": email, "password": PASSWORD, "code": code}
    entered = await client.post(f"{ORG}/konsol/masuk", data=hidden(form_to(door.text, "/konsol/masuk")) | typed)
    assert entered.status_code == 303, words(entered.text)[:600]
    return Staff(client)
