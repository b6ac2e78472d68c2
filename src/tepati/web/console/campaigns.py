"""Room web: a campaign at the console: who would get it and why not the others, a test, the button, its progress."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import NotFound, Refused
from tepati.flows.acts import campaign as act
from tepati.flows.acts import progress
from tepati.flows.acts.halt import halt
from tepati.flows.acts.preview import preview
from tepati.flows.acts.rehearse import rehearse as try_out
from tepati.flows.coarse import FEW
from tepati.flows.texting import may
from tepati.notice import speech
from tepati.notice.labels import Labels, labels
from tepati.notice.model import Message
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = "messages"


@get(addresses.both("campaigns"))
async def campaigns(request: Asked, org: FromPath[str]) -> Page:
    """List the messages that this member may send to many, and what was sent. Raises Away, NotFound."""
    here = await seat(request, org, "campaigns")
    said = {name: _called(here, name) for name, message in _mine(here).items() if may(here.desk, message.channel)}
    others = [name for name in _mine(here) if name not in said]
    past = await progress.overview(here.desk, here.actor)
    return await here.draw("campaigns.html", messages=said, others=others, past=past, called=_names(here))


@get([f"{path}/{{message:str}}" for path in addresses.both("campaign")])
async def campaign(request: Asked, org: FromPath[str], message: FromPath[str]) -> Page:
    """Show whom a message would reach, and why not the others. Raises Away, NotFound, Refused."""
    return await _preview(await seat(request, org, "campaign"), message)


@get([f"{path}/{{message:str}}" for path in addresses.both("tried")])
async def tried(request: Asked, org: FromPath[str], message: FromPath[str]) -> Page:
    """Show the same after a test left. Raises Away, NotFound, Refused."""
    return await _preview(await seat(request, org, "tried"), message, tried=True)


async def _preview(here: Seat, message: str, *, tried: bool = False) -> Page:
    found = await preview(here.desk, here.actor, message)
    said, called = here.at.org.notice.messages[message], _labels(here)
    shares = {reason: n * 100 // found.total for reason, n in found.reasons} if found.total > 0 else {}
    return await here.draw(
        "campaign.html", part="campaigns", tail=message, message=message, title=_called(here, message), found=found,
        few=FEW, shares=shares, share=found.n * 100 // found.total if found.total > 0 else 0, tried=tried,
        fields=speech.capital(called.fields(said.fields | {here.desk.policy.address_for(said.for_)})),
        limit=speech.rate(said.limit, here.at.lang) if said.limit else "", stop=_ways(here, said),
        purpose=called.purpose(said.for_),
    )  # fmt: skip


@post(addresses.both("tried"), status_code=303)
async def rehearse(request: Asked, org: FromPath[str]) -> Redirect:
    """Mail the message to the sender's own address. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "tried")
    forms.only(form, ("message",), PROMISE)
    await try_out(here.desk, here.actor, one(form, "message"), here.at.lang)
    return here.to("tried", one(form, "message"))


@post(addresses.both("campaign"), status_code=303)
async def launch(request: Asked, org: FromPath[str]) -> Redirect:
    """Let a campaign go; pressed twice it goes once. Raises Away, BadInput, NotFound, Refused."""
    here, form, once = await posted(request, org, "campaign")
    forms.only(form, ("message",), PROMISE)
    name = await act.launch(here.desk, here.actor, one(form, "message"), once)
    return here.to("sending", name.hex())


@get([f"{path}/{{name:str}}" for path in addresses.both("sending")])
async def sending(request: Asked, org: FromPath[str], name: FromPath[str]) -> Page:
    """Show how far a campaign has come. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "sending")
    found = await progress.progress(here.desk, here.actor, _named(name))
    title = _called(here, found.message)
    return await here.draw("sending.html", part="campaigns", tail=name, found=found, title=title, few=FEW)


@post(addresses.both("sending"), status_code=303)
async def stop(request: Asked, org: FromPath[str]) -> Redirect:
    """Take back what has not left. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "sending")
    forms.only(form, ("campaign",), PROMISE)
    await halt(here.desk, here.actor, _named(one(form, "campaign")))
    return here.to("sending", one(form, "campaign"))


def _named(text: str) -> bytes:
    """Read a campaign's name. Raises NotFound."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 16:
        raise NotFound("no_such_campaign")
    return raw


def _mine(here: Seat) -> dict[str, Message]:
    """List the messages that go to many, of the purposes that this member may send for. Raises Refused for nobody's."""
    if not here.may("send"):
        raise Refused("role_may_not_send", f"roles.{here.actor.first}")
    return {
        name: said for name, said in here.at.org.notice.messages.items() if said.when is None and here.serves(said.for_)
    }


def _labels(here: Seat) -> Labels:
    return labels(here.at.org.notice, here.at.lang)


def _called(here: Seat, message: str) -> str:
    """Call a message as the notice does."""
    said = here.at.org.notice.messages[message]
    kind = here.at.say(f"campaign.kind.{said.kind}")
    return here.at.say("campaign.called", kind=kind, channel=_labels(here).channels([said.channel]))


def _names(here: Seat) -> dict[str, str]:
    return {name: _called(here, name) for name in here.at.org.notice.messages}


def _ways(here: Seat, said: Message) -> str:
    ways = [here.at.say(f"campaign.stop.{way}") for way in said.stop]
    return speech.capital(speech.listing(ways, here.at.lang))
