"""Composition root: what people of the demo ask: rights by phone, a question and a complaint, an erasure that waits."""

from collections.abc import Callable

from tepati.app.cast import Asks, People
from tepati.app.compose import Installation, Org, do_due, random
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.assist import Need, assist
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.enter_by_code import Caller
from tepati.flows.acts.enter_by_code import ask as ask_code
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.receive import receive
from tepati.flows.acts.vouch import vouch
from tepati.flows.entrance import entered
from tepati.flows.rights import Behalf

Link = Callable[[str], str]  # the secret in the newest letter to an address


async def on_the_site(installation: Installation, org: Org, cast: People, link: Link) -> None:
    """Have people ask and complain on the site."""
    for each in (one for one in cast.asks if one.email):
        await _write(installation, org, link, each)


async def without_mail(org: Org, clerk: Actor, cast: People) -> None:
    """Have somebody without an e-mail address ask by phone: the clerk writes it down and attests it."""
    for each in (one for one in cast.asks if not one.email):
        (typed,) = await entered(org.desk, clerk, [_form(org, each, "phone")])
        number = (await vouch(org.desk, typed)).number
        if each.phone and org.desk.texts.channels:
            await ask_code(org.desk, Caller(each.phone, number, "id", "demo"))


async def copy(org: Org, desk: Actor, number: str, channel: str) -> None:
    """Have a copy asked for by phone or at the counter: its clock is the law's, 3x24 hours."""
    await receive(org.desk, desk, number, "access", channel, "in_person")


async def assistance(org: Org, desk: Actor, number: str) -> None:
    """Have somebody ask on the telephone to be helped in a way that suits them."""
    need = Need("self", ("large_print",), "Mohon bicara pelan-pelan, dan telepon sore hari.")
    await assist(org.desk, Behalf(desk, number, "phone"), need)


async def by_mail(installation: Installation, org: Org, desk: Actor, number: str) -> None:
    """Have an erasure asked for by e-mail, which waits its day, with the way to cancel it."""
    await request(org.desk, desk, Ask(number, "email", "link"))
    await do_due(installation, org)


async def _write(installation: Installation, org: Org, link: Link, said: Asks) -> None:
    """Send the contact form, and press the button of the letter that comes back."""
    await collect(org.desk, _form(org, said, "site"))
    await do_due(installation, org)
    await agree(org.desk, link(said.email), frozenset(), "id")
    await do_due(installation, org)


def _form(org: Org, said: Asks, channel: str) -> Form:
    values = {
        "identity.name": said.name, "identity.email": said.email, "complaint.kind": said.kind,
        "complaint.text": said.text, "complaint.callback": said.phone,
    }  # fmt: skip
    given = {path: value for path, value in values.items() if value}
    return Form(
        "complaint", channel, given, frozenset(), terms=False, language="id", shown=org.desk.digest, once=random(16)
    )
