"""Runs the web room over its fake, for eyes: PYTHONPATH=src granian --interface asgi tests.web.serve:app."""

import os

from tepati.flows.letters import letter
from tepati.web.config import WebConfig
from tepati.web.ports import Mail, Preview
from tepati.web.server import build
from tests.web.fake import HOUR, NOW, Clock, FakeDemo, FakeOrg

PORT = os.environ.get("PORT", "8765")
ORIGIN = f"http://127.0.0.1:{PORT}"


def app():
    org = FakeOrg()
    org.links = {
        "link-0": Preview("booking", "FC-2610-0412", ("offers_by_email",), NOW + 48 * HOUR),
        "link-e": Preview("erasure", "PR-2610-0031", (), NOW + 24 * HOUR),
    }
    made = letter("confirm_booking", "id", LETTER)
    mail = Mail("m1", NOW, "pesanan@fineclean.example", "ratna@contoh.id", made.subject, made.text, made.html)
    config = WebConfig(b"k" * 32, {"": ORIGIN, org.slug: ORIGIN}, Clock(), os.urandom, demo=True)
    return build({org.slug: org}, FakeDemo([mail]), config)


LETTER = {
    "org": "FINECLEAN.ID", "number": "FC-2610-0412", "link": f"{ORIGIN}/home-cleaning/konfirmasi/link-0",
    "until": "3 Oktober 2026 pukul 14.05 WIB", "asked": "1 Oktober 2026 pukul 14.05 WIB",
    "consents": "Promo lewat e-mail", "contact": "privasi@fineclean.example", "postal": "Jalan Contoh 4, Depok 16411",
}  # fmt: skip
