"""Runs the web room over its fake, for eyes and for the browser tests (PORT is the port it is given)."""

import os

from tepati.flows.history import News
from tepati.flows.letters import letter
from tepati.flows.ways import unfit
from tepati.notice.values import Text
from tepati.web.config import WebConfig
from tepati.web.ports import Mail, Preview
from tepati.web.server import build
from tests.web.fake import HOUR, NOW, Clock, FakeDemo, FakeOrg
from tests.web.pages import OTHERS
from tests.web.test_past import NEW, OLD, version

ORIGIN = f"http://127.0.0.1:{os.environ.get('PORT', '8765')}"
LETTER = {
    "organisation": "FINECLEAN.ID", "number": "HC-4K7Q-X2MB", "link": f"{ORIGIN}/home-cleaning/k/link-0",
    "until": str(NOW + 48 * HOUR), "contact": "privasi@fineclean.example", "privacy": f"{ORIGIN}/home-cleaning/privasi",
}  # fmt: skip


def app():
    org = FakeOrg()
    org.past = [version(2, NEW, NOW), version(1, OLD, NOW - 10**14)]
    org.told = [News(bytes(16), NOW, Text("Jam layanan baru", "New hours"), Text("Juga hari Minggu.", "Sundays too."))]
    org.links = {
        "link-0": Preview("booking", "HC-4K7Q-X2MB", ("offers_by_email",), NOW + 48 * HOUR),
        "link-e": Preview("erasure", "HC-8Z2D-11QW", (), NOW + 24 * HOUR),
    }
    made = letter("confirm_booking", "id", LETTER)
    mail = Mail("m1", NOW, "pesanan@fineclean.example", "ratna@contoh.id", made.subject, made.text, made.html)
    orgs = {org.slug: org, **{slug: other(slug) for slug in OTHERS}}
    origins = dict.fromkeys(["", *orgs], ORIGIN)
    config = WebConfig(b"k" * 32, origins, Clock(), os.urandom, demo=True, body_timeout=2.5)
    return build(orgs, FakeDemo([mail]), config)


def other(slug):
    """Another example, which asks the consents that a mailed link can confirm."""
    org = FakeOrg(slug)
    org.asks = tuple(name for name, each in org.notice.consents.items() if each.confirm == "link")
    org.providers = {name: object() for name in org.notice.recipients if not unfit(org.notice, name)}
    return org


def sealed():
    """The site alone, over TLS: no demo, and so no plain http."""
    origin = ORIGIN.replace("http:", "https:")
    org = FakeOrg()
    return build({org.slug: org}, None, WebConfig(b"k" * 32, {org.slug: origin}, Clock(), os.urandom))
