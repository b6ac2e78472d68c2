"""Room ports: one sign-in provider, asked over the network (OpenID Connect Core 1.0, code flow with PKCE).

What it says is judged by ``openid``; here it is only fetched, kept for an hour and fetched again when its keys changed.
"""

import asyncio
import base64
import contextlib
import hmac
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec

from tepati.errors import BadInput, Unavailable
from tepati.ports import https, openid
from tepati.ports.https import Asked

_SECOND: Final = 1_000_000  # microseconds
_KEPT: Final = 3600 * _SECOND  # for which what it publishes is not asked again
_KEYS_AGAIN: Final = 60 * _SECOND  # between two fetches for a key that we do not know
_QUIET: Final = 10 * _SECOND  # after it did not answer, for which nobody waits for it
_PATIENCE: Final = 5.0  # seconds for one request
_AT_ONCE: Final = 4  # requests; more wait, so that a slow provider never takes every thread
_LARGEST: Final = 4000  # characters of a code
_BASIC: Final = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class Client:
    """What the operator agreed with the provider; ``private``: it stands in the operator's own network."""

    issuer: str
    name: str
    secret: str = field(repr=False)
    private: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """One sign-in that a browser began, to be kept for that browser alone and used once."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str  # the address to which the provider sends the browser

    @classmethod
    def new(cls, random: Callable[[int], bytes], back: str) -> "Begun":
        """Begin one, of three secrets of 256 bits."""
        state, nonce, verifier = (base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode() for _ in range(3))
        return cls(state, nonce, verifier, back)


@dataclass(slots=True)
class _Published:
    about: openid.Provider
    keys: bytes
    at: int  # of the metadata
    keys_at: int


class _Answer(msgspec.Struct, frozen=True):
    id_token: str


class SignIn:
    """A provider and what it published lately; ``clock`` in microseconds."""

    def __init__(self, client: Client, context: ssl.SSLContext, clock: Callable[[], int]) -> None:
        self.client, self.context, self.clock = client, context, clock
        self._published: _Published | None = None
        self._quiet = 0  # until when it is not asked
        self._asking = asyncio.Lock()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def address(self, begun: Begun, claims: Iterable[str], language: str = "") -> str:
        """Return where the browser goes to sign in, asking for the declared claims. Raises Unavailable, BadInput."""
        at = (await self._known()).about.authorization_endpoint
        asked = {
            "response_type": "code", "client_id": self.client.name, "redirect_uri": begun.back,
            "scope": openid.scope(claims), "state": begun.state, "nonce": begun.nonce,
            "code_challenge": openid.challenge(begun.verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        if language:
            asked["ui_locales"] = language
        return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(asked)}"

    async def finish(self, begun: Begun, answer: Mapping[str, str]) -> openid.Proven:
        """Say who signed in, by what the browser brought back. Raises BadInput (``why``), Unavailable.

        The caller has taken ``begun`` away from the browser: what is tried twice is refused there and by the provider.
        """
        known = await self._known()
        if not hmac.compare_digest(answer.get("state", "").encode("utf-8", "replace"), begun.state.encode()):
            raise BadInput("sign_in_refused", why="state")
        openid.answered(known.about, answer.get("iss"))
        code = answer.get("code", "")
        if not 0 < len(code) <= _LARGEST or not code.isascii() or "error" in answer:
            raise BadInput("sign_in_refused", why="declined")
        token = await self._exchanged(known.about, begun, code)
        expected = openid.Expected(self.client.issuer, self.client.name, begun.nonce, self.clock())
        try:
            return openid.proven(token, known.keys, expected)
        except BadInput as refused:
            if refused.values.get("why") != "key":
                raise
        return openid.proven(token, await self._newer(known), expected)

    async def _known(self) -> _Published:
        async with self._asking:
            held, now = self._published, self.clock()
            if held is None or not 0 <= now - held.at < _KEPT:
                issuer = self.client.issuer
                raw = await self._got(issuer.rstrip("/"), "/.well-known/openid-configuration")
                about = openid.provider(raw, issuer)
                held = self._published = _Published(about, await self._got(about.jwks_uri), now, now)
            return held

    async def _newer(self, held: _Published) -> bytes:
        """Return its keys, fetched again at most once a minute: a token may name any key, and anybody brings one."""
        async with self._asking:
            now = self.clock()
            if now - held.keys_at >= _KEYS_AGAIN:
                held.keys_at = now
                held.keys = await self._got(held.about.jwks_uri)
            return held.keys

    async def _exchanged(self, about: openid.Provider, begun: Begun, code: str) -> str:
        said = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": begun.back,
            "code_verifier": begun.verifier,
        }  # fmt: skip
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if _BASIC in about.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(self.client.name)}:{quote_plus(self.client.secret)}"  # RFC 6749, section 2.3.1
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            said |= {"client_id": self.client.name, "client_secret": self.client.secret}
        asked = Asked("POST", "", headers, urlencode(said).encode())
        status, raw = await self._sent(about.token_endpoint, asked)
        if status == 400:
            raise BadInput("sign_in_refused", why="code")
        if status != 200:
            raise Unavailable("sign_in_unreachable")
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            return msgspec.json.decode(raw, type=_Answer).id_token
        raise BadInput("sign_in_refused", why="token")

    async def _got(self, url: str, path: str = "") -> bytes:
        status, raw = await self._sent(url, Asked("GET", path, {"accept": "application/json"}))
        if status != 200:
            self._quiet = self.clock() + _QUIET
            raise Unavailable("sign_in_unreachable")
        return raw

    async def _sent(self, url: str, asked: Asked) -> tuple[int, bytes]:
        if self.clock() < self._quiet:
            raise Unavailable("sign_in_unreachable")
        async with self._room:
            try:
                return await asyncio.to_thread(
                    https.reach, url, self.context, asked, private=self.client.private, patience=_PATIENCE
                )
            except Unavailable:
                self._quiet = self.clock() + _QUIET
                raise
