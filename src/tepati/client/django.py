"""Room client: Django. The middleware gives each request ``request.tepati``, and tells refusals with their promise.

``MIDDLEWARE = [..., "tepati.client.django.TepatiMiddleware"]``; ``TEPATI = Settings(...)``, or the environment.
"""

import functools
import logging
import os
from collections.abc import Callable
from typing import Any

from django.conf import settings as project
from django.http import HttpRequest, HttpResponse

from tepati.client.acting import Clients
from tepati.client.problems import Problem
from tepati.client.settings import from_environment
from tepati.client.telling import STORED, told

__all__ = ["TepatiMiddleware", "acting"]
LOG = logging.getLogger("tepati.client")
View = Callable[..., Any]


class TepatiMiddleware:
    """Stands once in a process. Raises ValueError: what is missing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.clients = Clients(getattr(project, "TEPATI", None) or from_environment(os.environ))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tepati = self.clients.request()
        response = self.get_response(request)
        if request.tepati.looked.yes:
            response.headers["cache-control"] = STORED
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Tell a refusal; every other error is Django's."""
        if not isinstance(problem, Problem):
            return None
        said = told(
            problem, self.clients.root, accept=request.headers.get("accept", ""),
            languages=request.headers.get("accept-language", ""),
        )  # fmt: skip
        LOG.log(said.level, "%s at %s", said.line, request.resolver_match.route)
        return HttpResponse(said.body, status=said.status, headers=said.headers)


def acting(purpose: str, *, role: str = "", reason: str = "") -> Callable[[View], View]:
    """Let a view act for a purpose of the notice: in it ``request.tepati.look(fields, number=...)`` opens for that."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def acted(request: HttpRequest, *args: object, **kwargs: object) -> Any:
            request.tepati = request.tepati.acting(purpose, role=role, reason=reason)
            return view(request, *args, **kwargs)

        return acted

    return wrap
