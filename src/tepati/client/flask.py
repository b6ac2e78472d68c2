"""Room client: Flask. ``attach(app)`` gives each request ``g.tepati``, and tells refusals with their promise."""

import functools
import logging
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, Response, g, request

from tepati.client.acting import Acting, Clients
from tepati.client.problems import Problem
from tepati.client.settings import Settings, from_environment
from tepati.client.telling import STORED, told

__all__ = ["acting", "attach"]
LOG = logging.getLogger("tepati.client")
P = ParamSpec("P")
R = TypeVar("R")


def attach(app: Flask, settings: Settings | None = None) -> Clients:
    """Wire Tepati in, by settings or the environment; give the clients, which close with the process.

    Raises ValueError: what is missing.
    """
    clients = Clients(settings or from_environment(os.environ))

    @app.before_request
    def begin() -> None:
        g.tepati = clients.request()

    @app.after_request
    def end(response: Response) -> Response:
        if "tepati" in g and g.tepati.looked.yes:
            response.headers["cache-control"] = STORED
        return response

    @app.errorhandler(Problem)
    def tell(problem: Problem) -> Response:
        said = told(
            problem, clients.root, accept=request.headers.get("accept", ""),
            languages=request.headers.get("accept-language", ""),
        )  # fmt: skip
        LOG.log(said.level, "%s at %s", said.line, request.url_rule)
        return Response(said.body, said.status, dict(said.headers))

    return clients


def acting(purpose: str, *, role: str = "", reason: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view act for a purpose of the notice: in it ``g.tepati.look(fields, number=...)`` opens for that."""

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def acted(*args: P.args, **kwargs: P.kwargs) -> R:
            begun: Acting = g.tepati
            g.tepati = begun.acting(purpose, role=role, reason=reason)
            return view(*args, **kwargs)

        return acted

    return wrap
