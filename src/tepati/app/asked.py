"""Composition root: what people of the demo ask: rights by phone, a question and a complaint, an erasure that waits."""

from collections.abc import Callable

from tepati.app.compose import Installation, Org, do_due, random
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.receive import receive

Link = Callable[[str], str]  # the secret in the newest letter to an address

LATE = "Petugas datang satu jam terlambat, dan kamar mandi belum sempat dibersihkan."
PETS = "Apakah cairan pembersihnya aman untuk kucing?"


async def three_days_before(installation: Installation, org: Org, desk: Actor, link: Link, number: str) -> None:
    """Have a copy asked for by phone, due today by the law's clock, and a complaint made on the site."""
    await receive(org.desk, desk, number, "access", "phone", "in_person")
    await _write(installation, org, link, ("Andi Pratama", "andi@contoh.example", "complaint", LATE))


async def today(installation: Installation, org: Org, desk: Actor, link: Link, number: str) -> None:
    """Have a question asked, and an erasure by e-mail that waits its day, with the way to cancel it."""
    await _write(installation, org, link, ("Nur Aini", "nuraini@contoh.example", "question", PETS))
    await request(org.desk, desk, Ask(number, "email", "link"))
    await do_due(installation, org)


async def _write(installation: Installation, org: Org, link: Link, said: tuple[str, str, str, str]) -> None:
    """Send the contact form, and press the button of the letter that comes back."""
    name, email, kind, text = said
    values = {"identity.name": name, "identity.email": email, "complaint.kind": kind, "complaint.text": text}
    form = Form(
        "complaint", "site", values, frozenset(), terms=False, language="id", shown=org.desk.digest, once=random(16)
    )
    await collect(org.desk, form)
    await do_due(installation, org)
    await agree(org.desk, link(email), frozenset(), "id")
    await do_due(installation, org)
