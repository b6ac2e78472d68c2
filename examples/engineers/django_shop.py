"""A cleaning company's own page for its dispatchers, in Django: it takes bookings by telephone and opens one."""

import json
import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tepati.client import Submission
from tepati.client.django import acting

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY", "of the example only"),
    ALLOWED_HOSTS=["localhost", "127.0.0.1", "testserver"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["tepati.client.django.TepatiMiddleware"],
    USE_TZ=True,
)


@acting("orders", role="dispatcher")
def booking(request: HttpRequest, number: str) -> JsonResponse:
    """Open what the visit needs. What may not be seen is answered 403, with the promise."""
    return JsonResponse(dict(request.tepati.look(["identity.name", "location.address"], number=number).values))


@csrf_exempt  # a program posts here, by whatever signs it in at yours
@require_POST
@acting("orders", role="dispatcher")
def take(request: HttpRequest) -> JsonResponse:
    """Send what the caller said; ``ours`` is our own number for the call, so that it is taken once."""
    said = json.loads(request.body)
    taken = Submission("booking", "phone", said["values"], once=said["ours"], terms=said["terms"])
    return JsonResponse({"number": request.tepati.collect(taken)}, status=201)


@acting("offers", role="dispatcher")
def offer(request: HttpRequest, number: str) -> JsonResponse:
    """Try a use that the notice does not give to this role."""
    return JsonResponse(dict(request.tepati.look(["identity.email"], number=number).values))


urlpatterns = [
    path("bookings", take),
    path("bookings/<number>", booking),
    path("bookings/<number>/offer", offer),
]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
