"""Room client: FastAPI. ``attach(app)`` wires Tepati in; a path operation asks for it as a dependency.

``tepati: Annotated[AsyncActing, acting("orders", role="dispatcher")]``
"""

import logging
import os
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tepati.client.acting import AsyncActing, AsyncClients
from tepati.client.problems import Problem
from tepati.client.settings import Settings, from_environment
from tepati.client.telling import STORED, told

__all__ = ["acting", "attach"]
LOG = logging.getLogger("tepati.client")
KEPT = "tepati"  # in the scope of the request: its state may be the one of the whole process


def attach(app: FastAPI, settings: Settings | None = None) -> AsyncClients:
    """Wire Tepati in, by settings or the environment; give the clients, which close with the application.

    Raises ValueError: what is missing.
    """
    clients = AsyncClients(settings or from_environment(os.environ))

    async def tell(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, Problem):
            raise problem
        said = told(
            problem, clients.root, accept=request.headers.get("accept", ""),
            languages=request.headers.get("accept-language", ""),
        )  # fmt: skip
        LOG.log(said.level, "%s at %s", said.line, getattr(request.scope.get("route"), "path", "-"))
        return Response(said.body, said.status, dict(said.headers))

    app.add_exception_handler(Problem, tell)
    app.add_middleware(_Scoped, clients=clients)
    return clients


def acting(purpose: str, *, role: str = "", reason: str = "") -> Any:
    """Ask for Tepati in a path operation, acting for a purpose of the notice."""

    def dependency(request: Request) -> AsyncActing:
        begun: AsyncActing = request.scope[KEPT]
        return begun.acting(purpose, role=role, reason=reason)

    return Depends(dependency)


class _Scoped:
    """Begins each request's client, marks what opened a value as not to be stored, and closes with the application."""

    def __init__(self, app: ASGIApp, clients: AsyncClients) -> None:
        self.app, self.clients = app, clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self.app(scope, receive, send)
            finally:
                await self.clients.aclose()
            return
        begun = self.clients.request()
        scope[KEPT] = begun

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and begun.looked.yes:
                kept = [(name, value) for name, value in message["headers"] if name.lower() != b"cache-control"]
                message["headers"] = [*kept, (b"cache-control", STORED.encode())]
            await send(message)

        await self.app(scope, receive, marked)
