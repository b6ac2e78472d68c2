"""Room client: Tepati asked over HTTP, by a program that waits (``Tepati``) or by one that does not (``AsyncTepati``).

A collect whose answer was lost is said again, for its ``once`` makes both one. Busy is told and not waited out: the
seconds are the caller's. Redirects are not followed: a bearer goes nowhere but to the address it was given for.
"""

import contextlib
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

import httpx

from tepati.client import answers, calls
from tepati.client.answers import Consent, Seen, Table, Withdrawn
from tepati.client.calls import Call, Question, Submission
from tepati.client.problems import Unreached

TRIES = 3  # of a call that may be said again
SECONDS = 10.0  # that an answer may take


def _settings(url: str, bearer: str) -> dict[str, Any]:
    """Build what both clients share. Raises ValueError: a bearer would travel in the open."""
    parsed = httpx.URL(url)
    if parsed.scheme != "https" and parsed.host not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("url: https, or this machine itself")
    headers = {"authorization": f"Bearer {bearer}"}
    return {"base_url": url, "headers": headers, "timeout": SECONDS, "follow_redirects": False}


class Tepati:
    """One organisation of one Tepati. ``bearer`` is an API key, or a session of staff; close it, or use ``with``."""

    def __init__(self, url: str, org: str, bearer: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(**_settings(url, bearer), transport=transport)
        self._root = f"/v1/{quote(org, safe='')}/"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def look(
        self, purpose: str, fields: Collection[str], *, number: str = "", email: str = "", reason: str = ""
    ) -> Seen:
        """Open fields of one person for a purpose, by the number of a dealing or by address. Raises Problem."""
        return answers.seen(self._ask(calls.look(purpose, fields, number=number, email=email, reason=reason)))

    def collect(self, one: Submission) -> str:
        """Send one submission; its number. Raises Problem."""
        return answers.number(self._ask(calls.collect(one)))

    def collect_many(self, many: Sequence[Submission]) -> tuple[str, ...]:
        """Send at most 500 submissions, taken all or none; their numbers. Raises Problem, ValueError."""
        return answers.numbers(self._ask(calls.batch(many)), len(many))

    def upload(self, point: str, email: str, csv: str, *, once: str, language: str = "id") -> Table:
        """Bring a table for one person, all of it or none. Raises Problem, ValueError."""
        return answers.table(self._ask(calls.upload(point, email, csv, once=once, language=language)))

    def happened(self, number: str, moment: str) -> dt.datetime:
        """Say that a recorded moment of a case has come; when it was written down. Raises Problem."""
        return answers.happened(self._ask(calls.happened(number, moment)))

    def questions(self, language: str = "id") -> tuple[Question, ...]:
        """Read the questions of consent in the words in force. Raises Problem."""
        return answers.questions(self._ask(calls.questions(language)))

    def consents(self, *, number: str = "", email: str = "") -> Mapping[str, Consent]:
        """Read what one person said to each question. Raises Problem."""
        return answers.consents(self._ask(calls.consents(number=number, email=email)))

    def ask(self, read: Collection[Question], *, number: str = "", email: str = "") -> None:
        """Pass on a yes to questions as they were read: a link is mailed, and its button gives it. Raises Problem."""
        self._ask(calls.ask(read, number=number, email=email))

    def withdraw(self, question: str, *, number: str = "", email: str = "") -> Withdrawn:
        """Take a consent back for its person, at once. Raises Problem."""
        return answers.withdrawn(self._ask(calls.withdraw(question, number=number, email=email)))

    def object_to(self, purposes: Collection[str], *, number: str = "", email: str = "") -> str:
        """Object to purposes for a person, at once; the request's number, empty where it stood. Raises Problem."""
        return answers.number(self._ask(calls.stop("object", purposes, number=number, email=email)))

    def restrict(self, purposes: Collection[str], *, number: str = "", email: str = "") -> str:
        """Restrict purposes for a person, at once; the request's number, empty where it stood. Raises Problem."""
        return answers.number(self._ask(calls.stop("restrict", purposes, number=number, email=email)))

    def _ask(self, call: Call) -> dict[str, Any]:
        for _ in range(TRIES if call.again else 1):
            with contextlib.suppress(httpx.TransportError):
                answer = self._http.request(call.method, self._root + call.path, json=call.body)
                return answers.read(answer.status_code, answer.headers, answer.content)
        raise Unreached  # outside: httpx's own error holds the request, and a reporter of errors would show its values


class AsyncTepati:
    """The same for a program with an event loop; close it, or use ``async with``."""

    def __init__(self, url: str, org: str, bearer: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(**_settings(url, bearer), transport=transport)
        self._root = f"/v1/{quote(org, safe='')}/"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def look(
        self, purpose: str, fields: Collection[str], *, number: str = "", email: str = "", reason: str = ""
    ) -> Seen:
        """Open fields of one person for a purpose, by the number of a dealing or by address. Raises Problem."""
        return answers.seen(await self._ask(calls.look(purpose, fields, number=number, email=email, reason=reason)))

    async def collect(self, one: Submission) -> str:
        """Send one submission; its number. Raises Problem."""
        return answers.number(await self._ask(calls.collect(one)))

    async def collect_many(self, many: Sequence[Submission]) -> tuple[str, ...]:
        """Send at most 500 submissions, taken all or none; their numbers. Raises Problem, ValueError."""
        return answers.numbers(await self._ask(calls.batch(many)), len(many))

    async def upload(self, point: str, email: str, csv: str, *, once: str, language: str = "id") -> Table:
        """Bring a table for one person, all of it or none. Raises Problem, ValueError."""
        return answers.table(await self._ask(calls.upload(point, email, csv, once=once, language=language)))

    async def happened(self, number: str, moment: str) -> dt.datetime:
        """Say that a recorded moment of a case has come; when it was written down. Raises Problem."""
        return answers.happened(await self._ask(calls.happened(number, moment)))

    async def questions(self, language: str = "id") -> tuple[Question, ...]:
        """Read the questions of consent in the words in force. Raises Problem."""
        return answers.questions(await self._ask(calls.questions(language)))

    async def consents(self, *, number: str = "", email: str = "") -> Mapping[str, Consent]:
        """Read what one person said to each question. Raises Problem."""
        return answers.consents(await self._ask(calls.consents(number=number, email=email)))

    async def ask(self, read: Collection[Question], *, number: str = "", email: str = "") -> None:
        """Pass on a yes to questions as they were read: a link is mailed, and its button gives it. Raises Problem."""
        await self._ask(calls.ask(read, number=number, email=email))

    async def withdraw(self, question: str, *, number: str = "", email: str = "") -> Withdrawn:
        """Take a consent back for its person, at once. Raises Problem."""
        return answers.withdrawn(await self._ask(calls.withdraw(question, number=number, email=email)))

    async def object_to(self, purposes: Collection[str], *, number: str = "", email: str = "") -> str:
        """Object to purposes for a person, at once; the request's number, empty where it stood. Raises Problem."""
        return answers.number(await self._ask(calls.stop("object", purposes, number=number, email=email)))

    async def restrict(self, purposes: Collection[str], *, number: str = "", email: str = "") -> str:
        """Restrict purposes for a person, at once; the request's number, empty where it stood. Raises Problem."""
        return answers.number(await self._ask(calls.stop("restrict", purposes, number=number, email=email)))

    async def _ask(self, call: Call) -> dict[str, Any]:
        for _ in range(TRIES if call.again else 1):
            with contextlib.suppress(httpx.TransportError):
                answer = await self._http.request(call.method, self._root + call.path, json=call.body)
                return answers.read(answer.status_code, answer.headers, answer.content)
        raise Unreached  # as above
