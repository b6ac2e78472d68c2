"""Room ports: short messages out, by SMS or WhatsApp, through any gateway that takes one over HTTP.

What is sent is a template of the operator's: a tree of texts in which ``{to}``, ``{text}`` and ``{key}`` stand for a
number, the words, and a key that is the same at every try; each is filled as a value, so no number and no word becomes
another field. Only the status of an answer is read. No fault shows a number, a word, or what the gateway said.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from tepati.errors import BadInput, Misconfigured, Unavailable
from tepati.ports import https
from tepati.ports.https import Asked
from tepati.ports.mail import Undeliverable

SMS: Literal["sms"] = "sms"
Channel = Literal["sms", "whatsapp"]
CHANNELS: tuple[Channel, ...] = ("sms", "whatsapp")
LONGEST = 480  # characters: three parts of an SMS are the most that anybody pays for
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})  # where a gateway may be asked without TLS
# What speaks of us or of this moment, and not of the message: the operator can mend it, so it is tried again.
PASSING = frozenset({401, 403, 404, 405, 408, 425, 429})
TAKEN = 409  # the key was seen before: the message is there already
DAY = 86_400_000_000
ROOM = 100_000  # networks counted at once; more share one count
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True, repr=False)
class Texting:
    """One message to one number (E.164); ``key`` is the same at every try."""

    to: str
    text: str
    key: str
    channel: Channel

    def __repr__(self) -> str:
        return "Texting(***)"


class Way(Protocol):
    """Whatever takes a short message away."""

    async def send(self, message: Texting) -> None:
        """Hand one over. Raises Unavailable, Undeliverable, BadInput; none of them shows a number."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What strangers may have us spend in a day: codes to one number, from one network, of the organisation.

    ``prefixes``: to which numbers codes go at all, as they begin in international form.
    """

    number: int = 3
    network: int = 20
    organisation: int = 300
    prefixes: tuple[str, ...] = ("+62",)


@dataclass(slots=True)
class Texts:
    """The ways of one organisation, by channel, and what codes may cost.

    BUG: networks are counted in memory: each process counts its own, and a start begins anew. Numbers and the whole
    are counted in the database.
    """

    ways: Mapping[str, Way] = field(default_factory=dict)
    spending: Spending = Spending()
    _day: int = 0
    _asked: dict[bytes, int] = field(default_factory=dict)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels by which something can be sent, the cheaper first."""
        return tuple(channel for channel in CHANNELS if channel in self.ways)

    def spends(self, network: bytes, at: int) -> bool:
        """Count one code asked for from a network (a keyed hash); False where it is one too many today."""
        if at // DAY != self._day:
            self._day, self._asked = at // DAY, {}
        key = network if network in self._asked or len(self._asked) < ROOM else b""
        self._asked[key] = self._asked.get(key, 0) + 1
        return self._asked[key] <= self.spending.network

    async def send(self, message: Texting) -> None:
        """Hand a message to its way. Raises Unavailable, Undeliverable, BadInput."""
        way = self.ways.get(message.channel)
        if way is None:
            raise Unavailable("text_no_way")
        await way.send(message)


Shape = str | list["Shape"] | dict[str, "Shape"]


@dataclass(frozen=True, slots=True)
class Server:
    """A gateway: its address, what stands in the head of a request, and the tree that is sent."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Shape = field(repr=False)
    form: bool = False  # sent as a web form, else as JSON
    private: bool = False  # it stands in the operator's own network
    patience: float = 10.0  # seconds for all of it


class Gateway:
    """Messages by one gateway, a connection for each, over TLS; on this machine itself without."""

    def __init__(self, server: Server, context: ssl.SSLContext | None = None) -> None:
        at = urlsplit(server.url)
        local = at.scheme == "http" and at.hostname in LOCAL
        if not (local or at.scheme == "https") or not at.hostname or at.username or at.fragment:
            raise Misconfigured("text_address")
        if not (_holds(server.body, "{to}") and _holds(server.body, "{text}")):
            raise Misconfigured("text_body")
        if server.form and not (
            isinstance(server.body, dict) and all(isinstance(v, str) for v in server.body.values())
        ):
            raise Misconfigured("text_body")
        self._server, self._local, self._context = server, local, context or https.trusted()

    async def send(self, message: Texting) -> None:
        """Hand one over; whatever the gateway says in words is not read."""
        asked = self._asked(checked(message))
        try:
            async with asyncio.timeout(2 * self._server.patience):
                status = await asyncio.to_thread(self._reached, asked)
        except (Unavailable, TimeoutError, ValueError):
            status = 0
        _judged(status)

    def _reached(self, asked: Asked) -> int:
        at, patience = urlsplit(self._server.url), self._server.patience
        if not self._local:
            private = self._server.private
            return https.reach(self._server.url, self._context, asked, private=private, patience=patience)[0]
        path = (at.path or "/") + (f"?{at.query}" if at.query else "")
        whole = Asked(asked.method, path, asked.headers, asked.body)
        return https.send_plainly(str(at.hostname), at.port or 80, whole, patience)[0]

    def _asked(self, message: Texting) -> Asked:
        """Write the request. The key stands in its head too, as most gateways read it (``Idempotency-Key``)."""
        filled = _filled(self._server.body, {"{to}": message.to, "{text}": message.text, "{key}": message.key})
        kind = "application/x-www-form-urlencoded" if self._server.form else "application/json"
        body = urlencode(filled).encode() if self._server.form else msgspec.json.encode(filled)  # type: ignore[arg-type]
        head = {**self._server.headers, "Content-Type": kind, "Idempotency-Key": message.key, "Accept": "*/*"}
        return Asked("POST", "", head, body)


def checked(message: Texting) -> Texting:
    """Return a message that a gateway can take. Raises BadInput: no number, nothing to say, or too much."""
    if not _NUMBER.fullmatch(message.to):
        raise BadInput("text_number", {"to": "not_phone"})
    if not 0 < len(message.text) <= LONGEST or _CONTROL.search(message.text):
        raise BadInput("text_words", {"text": "too_long"})
    return message


def _judged(status: int) -> None:
    """Say by an error what a status means for the message. Raises Unavailable, Undeliverable."""
    if 200 <= status <= 299 or status == TAKEN:
        return
    if not status:
        raise Unavailable("text_gone")
    if 400 <= status <= 499 and status not in PASSING:
        raise Undeliverable("text_refused", answer=status)
    raise Unavailable("text_busy", answer=status)


def _each(shape: Shape, of: Callable[[str], str]) -> Shape:
    if isinstance(shape, str):
        return of(shape)
    if isinstance(shape, list):
        return [_each(one, of) for one in shape]
    return {name: _each(one, of) for name, one in shape.items()}


def _filled(shape: Shape, values: Mapping[str, str]) -> Shape:
    """Fill a template in one pass: what a value holds is never read as a hole."""
    holes = re.compile("|".join(map(re.escape, values)))
    return _each(shape, lambda text: holes.sub(lambda hole: values[hole[0]], text))


def _holds(shape: Shape, hole: str) -> bool:
    if isinstance(shape, str):
        return hole in shape
    return any(_holds(one, hole) for one in (shape if isinstance(shape, list) else shape.values()))
