"""One of the five examples whole, over HTTP and mail: site, privacy centre, console, API and mailbox."""

import os
import re
from dataclasses import dataclass, field

import httpx

from tepati.board.tally import tally
from tepati.flows import history
from tepati.flows.actor import Actor
from tepati.flows.acts.audit import audit
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.publish import propose, publish
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.fitting import field_of
from tepati.web.site.surface import DeskSurface
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import PASSWORD
from tests.web.examples import EXAMPLES, ORIGIN, hidden, path, typed
from tests.web.office import Staff, read_markup, signed_in, words
from tests.web.test_centre import Browser

CONSOLE = "https://konsol.contoh.example"


@dataclass
class Company:
    """An example that runs. ``lines`` and letters follow only when ``settled`` or ``passes`` is called."""

    desk: Desk
    post: Post
    clock: Clock
    hired: int = 0
    surface: DeskSurface = field(init=False)

    def __post_init__(self) -> None:
        self.surface = DeskSurface(self.desk, (EXAMPLES / self.slug / "site.toml").read_bytes())
        config = WebConfig(
            b"k" * 32, {self.slug: ORIGIN}, self.clock, os.urandom, posts_per_minute=0, consoles={self.slug: CONSOLE}
        )
        self.app = build({self.slug: self.surface}, None, config)
        transport = httpx.ASGITransport(self.app)
        self.site = httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, headers={"accept-encoding": ""},
            event_hooks={"response": [read_markup]},
        )  # fmt: skip

    @property
    def slug(self) -> str:
        return self.desk.org

    async def page(self, tail: str) -> str:
        """Read what a page of the site says."""
        answer = await self.site.get(f"/{self.slug}/{tail}", follow_redirects=True)
        assert answer.status_code == 200, (tail, answer.status_code)
        return words(answer.text)

    async def staff(self, *roles: str) -> Staff:
        """Let somebody in with these roles, signed in at the console."""
        return await signed_in(self.desk, self.app, self.clock, *roles, at=CONSOLE)

    async def comes(self, email: str, key: str = "", yes: tuple[str, ...] = (), **other: str) -> None:
        """Have somebody fill a form in and prove their address."""
        fields = typed(self.slug, key)
        mail = next(name for name in fields if field_of(self.desk.notice, name).type == "email")
        ticks = {f"asks.{question}": "yes" for question in yes}
        form = hidden((await self.site.get(path(self.slug, key))).text) | fields | {mail: email} | ticks | other
        sent = await self.site.post(path(self.slug, key), data=form)
        assert sent.status_code == 303, re.findall(r'<li><a href="#.*?</a>', sent.text)
        await deliver(self.desk, self.post)
        page = await self.site.get(self.link(email))
        done = await self.site.post(f"/{self.slug}/k", data=hidden(page.text) | ticks)
        assert done.status_code == 303
        await self.settled()

    def link(self, email: str) -> str:
        """Take the newest link mailed to an address."""
        for mail in reversed(self.post.sent):
            found = re.search(rf"{ORIGIN}(/{self.slug}/k/\S+)", mail.text)
            if found and mail.to == email:
                return found[1]
        raise AssertionError(email)

    async def settled(self) -> None:
        """Give every line its place, count it for the board, and let the letters leave that waited for it."""
        await self.desk.settle_refusals()
        while await self.desk.store.write(lambda tx: self.desk.log.integrate(tx, self.desk.now())):
            pass
        await deliver(self.desk, self.post)
        while await self.desk.store.write(lambda tx: tally(tx, self.slug, self.desk.now())):
            pass

    async def strange(self) -> list[str]:
        """Compare the ledger with its effects both ways; the agreements of the tests have no line."""
        await self.settled()
        return [f"{one.kind} {one.at}" for one in await audit(self.desk) if one.at != "agreement"]

    async def looks(self, staff: Staff, purpose: str, *fields: str, **how: str) -> httpx.Response:
        """Ask the API for fields of one person, as a program of this member of staff."""
        asked = {"purpose": purpose, "fields": list(fields), "reason": "pengujian", **how}
        return await self.site.post(f"/v1/{self.slug}/look", json=asked, headers=staff.bearer)

    async def evidence(self, staff: Staff, promise: str) -> str:
        """Read the console's page of one promise, with everything counted."""
        await self.settled()
        return await staff.text(f"/konsol/janji/bukti/{promise}")

    async def centre(self, email: str) -> Browser:
        """Enter the privacy centre by the mailed link."""
        browser = Browser(self.desk, self.site, self.post, self.desk, ORIGIN)
        await browser.enter(email)
        return browser

    async def campaign(self, staff: Staff, message: str) -> list[str]:
        """Send a message to all who may have it, by the console's button; return who got it."""
        before = len(self.post.sent)
        page = f"/konsol/kampanye/pesan/{message}"
        if "Tidak ada yang akan menerimanya" in await staff.text(page):
            return []  # and there is no button
        assert (await staff.press(page, "/konsol/kampanye/pesan")).status_code == 303
        await self.passes()
        return sorted(mail.to for mail in self.post.sent[before:])

    async def passes(self, rounds: int = 3) -> None:
        """Let the clock's rounds run."""
        for _ in range(rounds):
            await tick(self.desk, self.post)

    async def begins(self) -> str:
        """Publish the example as its first version; return its text."""
        source = (EXAMPLES / self.slug / "notice.yaml").read_text("utf-8")
        await publish(self.desk, source)
        return source

    async def changes(self, source: str, *directors: Staff) -> None:
        """Propose the next version and have each director approve it at the console."""
        await propose(self.desk, await steward(self.desk), source)
        for director in directors:
            done = await director.press("/konsol/kebijakan", "/konsol/kebijakan", do="approve")
            assert done.status_code == 303, words(done.text)[:400]

    async def takes_over(self) -> None:
        """Run the version in force from here on, as the round of the clock does."""
        self.desk = await history.ruling(self.desk)
        self.surface.follow(self.desk, await history.running(self.desk))


async def steward(desk: Desk) -> Actor:
    """Let somebody in who may propose."""
    person = (await welcome(desk, Newcomer("Sari", "sari@contoh.example", "", PASSWORD, ("privacy_desk",)))).person
    return Actor(person, ("privacy_desk",), await undertake(desk, person))


def second(source: str, *changes: tuple[str, str]) -> str:
    """Write the next version of a notice."""
    changed = (("\n  version: 1\n", "\n  version: 2\n"), *changes)
    for old, new in changed:
        assert old in source, old
        source = source.replace(old, new, 1)
    return source
