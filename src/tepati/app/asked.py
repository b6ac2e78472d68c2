"""Composition root: what people of the demo ask: rights by phone, a question and a complaint, an erasure that waits."""

from collections.abc import Callable

from tepati.app.cast import Asks, People
from tepati.app.compose import Installation, Org, do_due, random
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.receive import receive

Link = Callable[[str], str]  # the secret in the newest letter to an address


async def on_the_site(installation: Installation, org: Org, cast: People, link: Link) -> None:
    """Have people ask and complain on the site."""
    for each in cast.asks:
        await _write(installation, org, link, each)


async def by_phone(org: Org, desk: Actor, number: str) -> None:
    """Have a copy asked for by phone: its clock is the law's, 3x24 hours."""
    await receive(org.desk, desk, number, "access", "phone", "in_person")


async def by_mail(installation: Installation, org: Org, desk: Actor, number: str) -> None:
    """Have an erasure asked for by e-mail, which waits its day, with the way to cancel it."""
    await request(org.desk, desk, Ask(number, "email", "link"))
    await do_due(installation, org)


async def _write(installation: Installation, org: Org, link: Link, said: Asks) -> None:
    """Send the contact form, and press the button of the letter that comes back."""
    email = said.email
    values = {
        "identity.name": said.name, "identity.email": email, "complaint.kind": said.kind, "complaint.text": said.text,
    }  # fmt: skip
    form = Form(
        "complaint", "site", values, frozenset(), terms=False, language="id", shown=org.desk.digest, once=random(16)
    )
    await collect(org.desk, form)
    await do_due(installation, org)
    await agree(org.desk, link(email), frozenset(), "id")
    await do_due(installation, org)
