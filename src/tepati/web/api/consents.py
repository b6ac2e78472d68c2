"""Room web: the API for an organisation's own page of consents: the question's words, what was said, a yes, an end.

A yes that a program passes on waits for the button of a mailed link, and is refused unless the words and the version
that were read are those in force. What ends a use (withdraw, object, restrict) holds at once and is never undone here.
"""

import asyncio

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from tepati.errors import BadInput, NotFound
from tepati.flows import relay
from tepati.flows.actor import Actor
from tepati.flows.acts.heard import State, heard
from tepati.flows.acts.invite import LINK, Read, invite
from tepati.flows.acts.oppose import oppose
from tepati.flows.acts.restrict import ALL, restrict
from tepati.flows.acts.withdraw import take_back
from tepati.flows.questions import bound, shown
from tepati.flows.readable import rfc3339
from tepati.flows.relay import Whom
from tepati.flows.rights import Answer
from tepati.web.api.call import Asked, answered, said
from tepati.web.ports import OrgSurface
from tepati.web.site.surface import on_the_beat


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person, by the number of a dealing or by address."""

    number: str = ""
    email: str = ""


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A yes that somebody gave on a page: ``words`` maps each question to the ``digest`` of what they read."""

    version: int
    words: dict[str, str]
    language: str = "id"
    number: str = ""
    email: str = ""


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A consent that its person takes back."""

    question: str
    number: str = ""
    email: str = ""


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Purposes that a person objects to, or restricts; the key's role must be for each of them."""

    purposes: list[str]
    number: str = ""
    email: str = ""


class Question(msgspec.Struct, frozen=True):
    """A question as it is asked today. Show all of ``words``, in this order: ``digest`` is of what was shown."""

    name: str
    purpose: str
    channel: str
    words: dict[str, str]
    digest: str


class Questions(msgspec.Struct, frozen=True):
    """The questions that a mailed link can confirm, in the version of the notice that is in force."""

    version: int
    language: str
    questions: list[Question]


class Consent(msgspec.Struct, frozen=True):
    """What stands: ``until`` is null without an end; ``less``: given for less than its question stands for now."""

    question: str
    state: State
    since: str | None
    until: str | None
    less: bool


class Consents(msgspec.Struct, frozen=True):
    """What one person said to each question that the key's role may speak of."""

    consents: list[Consent]


class Awaited(msgspec.Struct, frozen=True):
    """The same for everybody: whether a link was mailed is not told."""

    asked: bool = True


class Withdrawn(msgspec.Struct, frozen=True):
    """What taking back did: fields erased, fields that stay and for what; ``again``: it was taken back before."""

    number: str
    gone: list[str]
    stays: dict[str, list[str]]
    again: bool


class Stopped(msgspec.Struct, frozen=True):
    """The number of the request that was served at once; empty where it stood already."""

    number: str


KEYS = frozenset({name for kind in (Person, Ask, Withdraw, Stop) for name in kind.__struct_fields__})


@get("/v1/{org:str}/consents/questions")
async def questions(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Give the questions of consent in the words in force, in ``language`` (and in Indonesian, which prevails)."""
    language = request.query_params.get("language", "id")

    async def work(surface: OrgSurface, _: Actor, __: bytes) -> Questions:
        return _questions(surface, language)

    return await answered(request, org, work)


@post("/v1/{org:str}/consents/said", status_code=200)
async def consents(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Say what one person answered to each question; the person can read the line."""
    return await answered(request, org, _consents)


@post("/v1/{org:str}/consents/ask", status_code=202)
async def ask(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Pass on a yes: a link is mailed to its person, and counts when they press its button."""
    return await answered(request, org, _ask)


@post("/v1/{org:str}/consents/withdraw", status_code=200)
async def withdraw(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take a consent back for its person, at once; they get a letter with the receipt."""
    return await answered(request, org, _withdraw)


@post("/v1/{org:str}/rights/object", status_code=200)
async def object_(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Object for a person, at once; lifted in their privacy centre only."""
    return await answered(request, org, _object)


@post("/v1/{org:str}/rights/restrict", status_code=200)
async def restrict_(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Restrict purposes for a person, at once; lifted in their privacy centre only."""
    return await answered(request, org, _restrict)


def _questions(surface: OrgSurface, language: str) -> Questions:
    if language not in surface.languages:
        raise BadInput("faulty_form", {"language": "language_not_offered"})
    notice = surface.notice
    found = [
        Question(name, one.for_, one.channel, shown(notice, name, language), bound(notice, name, language).hex())
        for name, one in notice.consents.items() if one.confirm == LINK
    ]  # fmt: skip
    return Questions(notice.notice.version, language, found)


async def _consents(surface: OrgSurface, actor: Actor, body: bytes) -> Consents:
    whom = said(surface, body, Person, KEYS)
    found = await heard(surface.desk, actor, Whom(whom.number, whom.email))
    return Consents([Consent(h.question, h.state, _instant(h.at), _instant(h.until), h.less) for h in found])


def _instant(at: int) -> str | None:
    return rfc3339(at) if at else None


async def _ask(surface: OrgSurface, actor: Actor, body: bytes) -> Awaited:
    """Pass a yes on, on a beat: the time does not tell whether the person is known."""
    started = asyncio.get_running_loop().time()
    one = said(surface, body, Ask, KEYS)
    try:
        words = {name: bytes.fromhex(digest) for name, digest in one.words.items()}
    except ValueError:
        raise BadInput("faulty_form", {"words": "not_an_option"}) from None
    await invite(surface.desk, actor, Whom(one.number, one.email), Read(one.version, words, one.language))
    await on_the_beat(started)
    return Awaited()


async def _withdraw(surface: OrgSurface, actor: Actor, body: bytes) -> Withdrawn:
    one, desk = said(surface, body, Withdraw, KEYS), surface.desk
    declared = desk.notice.consents.get(one.question)
    if declared is None:
        raise NotFound("no_such_question")
    by = await relay.relayed(desk, actor, _whom(one), "withdraw", (declared.for_,), one.question)
    done = await take_back(desk, by, one.question)
    stays = {path: list(why) for path, why in done.stays.items()}
    return Withdrawn(done.answer.number, list(done.gone), stays, done.again)


async def _object(surface: OrgSurface, actor: Actor, body: bytes) -> Stopped:
    one = said(surface, body, Stop, KEYS)
    by = await relay.relayed(surface.desk, actor, _whom(one), "object", one.purposes)
    return _stopped(await oppose(surface.desk, by, one.purposes))


async def _restrict(surface: OrgSurface, actor: Actor, body: bytes) -> Stopped:
    one = said(surface, body, Stop, KEYS)
    if ALL in one.purposes:
        raise BadInput("faulty_form", {"purposes": "not_an_option"})
    by = await relay.relayed(surface.desk, actor, _whom(one), "restrict", one.purposes)
    return _stopped(await restrict(surface.desk, by, one.purposes))


def _whom(one: Withdraw | Stop) -> Whom:
    return Whom(one.number, one.email)


def _stopped(answer: Answer | None) -> Stopped:
    return Stopped(answer.number if answer else "")
