"""Room client: one request of the program's own, acting in a role, for a purpose, with a reason.

The connections are the process's, the rest is the request's: nothing of one request is seen by another.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import httpx

from tepati.client.answers import Seen
from tepati.client.asking import AsyncTepati, Tepati
from tepati.client.calls import Submission
from tepati.client.settings import Settings


@dataclass
class Looked:
    """Whether this request opened a value: what it answers is then stored by no browser and no proxy."""

    yes: bool = False


@dataclass(frozen=True)
class Acting:
    """Tepati for one request. ``acting`` gives it a purpose, a role and a reason; ``look`` opens for that purpose."""

    clients: "Clients" = field(repr=False)
    looked: Looked
    purpose: str = ""
    role: str = ""
    reason: str = ""

    def acting(self, purpose: str, *, role: str = "", reason: str = "") -> "Acting":
        """Act for a purpose of the notice, in a role that the program has a key of. Raises ValueError: it has none."""
        self.clients.of(role)
        return replace(self, purpose=purpose, role=role, reason=reason)

    def look(self, fields: Collection[str], *, number: str = "", email: str = "", reason: str = "") -> Seen:
        """Open fields of one person. Raises Problem, ValueError (no purpose was given)."""
        client, why = self.clients.of(self.role), reason or self.reason
        self.looked.yes = True
        return client.look(_named(self.purpose), fields, number=number, email=email, reason=why)

    @property
    def client(self) -> Tepati:
        """The client of this role, for every call that needs no purpose (consents, rights)."""
        return self.clients.of(self.role)

    def collect(self, one: Submission) -> str:
        """Send one submission; its number. Raises Problem."""
        return self.clients.of(self.role).collect(one)

    def collect_many(self, many: Sequence[Submission]) -> tuple[str, ...]:
        """Send at most 500 submissions, taken all or none; their numbers. Raises Problem, ValueError."""
        return self.clients.of(self.role).collect_many(many)


@dataclass(frozen=True)
class AsyncActing:
    """The same for a program with an event loop."""

    clients: "AsyncClients" = field(repr=False)
    looked: Looked
    purpose: str = ""
    role: str = ""
    reason: str = ""

    def acting(self, purpose: str, *, role: str = "", reason: str = "") -> "AsyncActing":
        """Act for a purpose of the notice, in a role that the program has a key of. Raises ValueError: it has none."""
        self.clients.of(role)
        return replace(self, purpose=purpose, role=role, reason=reason)

    async def look(self, fields: Collection[str], *, number: str = "", email: str = "", reason: str = "") -> Seen:
        """Open fields of one person. Raises Problem, ValueError (no purpose was given)."""
        client, why = self.clients.of(self.role), reason or self.reason
        self.looked.yes = True
        return await client.look(_named(self.purpose), fields, number=number, email=email, reason=why)

    @property
    def client(self) -> AsyncTepati:
        """The client of this role, for every call that needs no purpose (consents, rights)."""
        return self.clients.of(self.role)

    async def collect(self, one: Submission) -> str:
        """Send one submission; its number. Raises Problem."""
        return await self.clients.of(self.role).collect(one)

    async def collect_many(self, many: Sequence[Submission]) -> tuple[str, ...]:
        """Send at most 500 submissions, taken all or none; their numbers. Raises Problem, ValueError."""
        return await self.clients.of(self.role).collect_many(many)


class Clients:
    """A client for each key of the process, over the same connections. Close it."""

    def __init__(self, settings: Settings) -> None:
        transport = httpx.HTTPTransport()
        self.settings, self.root = settings, _root(settings)
        self._of = {
            role: Tepati(settings.url, settings.org, key, transport=transport) for role, key in settings.keys.items()
        }

    def of(self, role: str) -> Tepati:
        """Give the client of a role. Raises ValueError."""
        return self._of[_role(self.settings, role)]

    def request(self) -> Acting:
        """Begin a request."""
        return Acting(self, Looked())

    def close(self) -> None:
        """Let go of the connections."""
        for client in self._of.values():
            client.close()


class AsyncClients:
    """The same for a program with an event loop."""

    def __init__(self, settings: Settings) -> None:
        transport = httpx.AsyncHTTPTransport()
        self.settings, self.root = settings, _root(settings)
        self._of = {
            role: AsyncTepati(settings.url, settings.org, key, transport=transport)
            for role, key in settings.keys.items()
        }

    def of(self, role: str) -> AsyncTepati:
        """Give the client of a role. Raises ValueError."""
        return self._of[_role(self.settings, role)]

    def request(self) -> AsyncActing:
        """Begin a request."""
        return AsyncActing(self, Looked())

    async def aclose(self) -> None:
        """Let go of the connections."""
        for client in self._of.values():
            await client.aclose()


def _root(settings: Settings) -> str:
    """Give the address of the organisation's own pages."""
    return f"{settings.url.rstrip('/')}/{quote(settings.org, safe='')}"


def _role(settings: Settings, role: str) -> str:
    """Choose the key: the role's own, or the only one there is where none is named. Never another role's."""
    if role in settings.keys:
        return role
    if not role and len(settings.keys) == 1:
        return next(iter(settings.keys))
    raise ValueError(f"no key for the role {role!r}: set TEPATI_KEY_{role.upper()}" if role else "name a role")


def _named(purpose: str) -> str:
    if not purpose:
        raise ValueError("say what for: acting(purpose)")
    return purpose
