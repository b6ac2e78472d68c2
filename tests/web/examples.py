"""The five organisations of the examples, each behind its own door, and how a form of theirs is filled in."""

import os
import re
from pathlib import Path

import httpx

from tepati.flows.desk import Desk
from tepati.ledger.log import Log
from tepati.ledger.note import signer
from tepati.notice.load import load
from tepati.registers import agreements
from tepati.registers.agreements import Agreement
from tepati.rules.facts import FOREVER
from tepati.rules.policy import compile as compiled
from tepati.vault.vault import Vault
from tepati.web.addresses import absolute
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.fitting import field_of, shop
from tepati.web.site.surface import DeskSurface

EXAMPLES = Path(__file__).parents[2] / "examples"
SLUGS = ("home-cleaning", "online-store", "point-of-sale", "hosting", "office-booking")
ORIGIN = "https://contoh.example"
TYPED = {
    "name": "Ratna Wulandari", "email": "ratna@contoh.example", "phone": "0812 3456 7890", "age_band": "18_or_over",
    "birth_date": "1990-05-17", "address": "Jalan Melati 7, Depok 16411", "text": "Mohon dikerjakan pagi hari",
    "url": "https://contoh.example/halaman", "username": "warung-ayu", "card_number": "4111 1111 1111 1111",
    "card_security_code": "123", "location": "-6.17541, 106.82723", "date": "2026-11-24", "time": "2026-11-24T09:00",
}  # fmt: skip
PERSONAL = ("name", "email", "phone", "birth_date", "address", "text", "card_number")


def declared(slug):
    """The notice of an example, and its site.toml read against it."""
    folder = EXAMPLES / slug
    loaded = load((folder / "notice.yaml").read_bytes())
    return loaded, shop((folder / "site.toml").read_bytes(), loaded.sound())


FORMS = [(slug, key) for slug in SLUGS for key in ("", *declared(slug)[1].further)]


def read(slug, key=""):
    """The site.toml of an example, at one of its forms."""
    found = declared(slug)[1]
    return found.further[key] if key else found


def path(slug, key="", lang="id") -> str:
    """The address of a form."""
    made = read(slug).shop.forms.get(key)
    words = {"id": ("pesan", "formulir"), "en": ("en/book", "en/form")}[lang]
    return f"/{slug}/{words[1]}/{made.path.of(lang)}" if made else f"/{slug}/{words[0]}"


def typed(slug, key="", **other) -> dict[str, str]:
    """What somebody types into a form: a value for each field by its type, the first option of a choice."""
    notice, at = declared(slug)[0].notice, read(slug, key)
    values = {}
    for name in at.fields:
        made = field_of(notice, name)
        values[name] = next(iter(made.options)) if made.options else TYPED[made.type]
    short = {name: "09/29" for name in at.shop.short if name in values and name.startswith("card")}
    return values | short | other


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of a page's own form."""
    body = re.sub(r'<form class="banner".*?</form>', "", page, flags=re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))


def opened(slug, store, keystore, clock, random):
    """Open the door of an example, over real acts, vault and ledger."""
    loaded = declared(slug)[0]
    notice, origins = loaded.sound(), {slug: ORIGIN}
    policy = compiled(notice)
    return Desk(
        org=slug, notice=notice, digest=loaded.digest, policy=policy, store=store,
        vault=Vault(slug, keystore, random, policy.alike),
        log=Log(slug, "contoh.example", signer("contoh.example", bytes(32))),
        now=clock, random=random, origin=ORIGIN, sender="halo@contoh.example",
        url=lambda page, lang, tail: absolute(origins, page, slug, lang, tail),
    )  # fmt: skip


async def sign(desk):
    """Have every recipient sign its agreement."""
    for name, one in desk.notice.recipients.items():
        if one.agreement:
            paper = Agreement(desk.org, name, 0, FOREVER, "sha256:0")
            await desk.store.write(lambda tx, paper=paper: agreements.put(tx, desk.mac, paper, bytes(16)))


def client_of(desk):
    """A browser at the site of an example."""
    surface = DeskSurface(desk, (EXAMPLES / desk.org / "site.toml").read_bytes())
    config = WebConfig(b"k" * 32, {desk.org: ORIGIN}, desk.now, os.urandom, posts_per_minute=0)
    app = build({desk.org: surface}, None, config)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"accept-encoding": ""})
