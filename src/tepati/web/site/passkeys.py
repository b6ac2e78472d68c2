"""Room web: what a page needs that asks a browser for a passkey: where keys are bound to, its policy, its questions.

The challenge is in the page and is bound to its session or form; a script of our own hands it over and sends the
answer by the form. Nothing is fetched, and the page works without script by every other way.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from tepati.errors import BadInput
from tepati.flows import passkeys
from tepati.flows.passkeys import Options, Party, Shown
from tepati.web import tokens
from tepati.web.edge import CSP
from tepati.web.forms import Form, one
from tepati.web.site.frame import Asked, Visit

POLICY = CSP.replace("default-src 'none'; ", "default-src 'none'; script-src 'self'; ") + (
    "; connect-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def party(request: Asked, at: Visit) -> Party:
    """Say where keys are bound to: the configured origin of site or console; of the demo's, the one that was asked."""
    config, host = at.house.config, request.headers.get("host", "").lower()
    origin = (config.consoles if at.area == "console" else config.origins)[at.org.slug].rstrip("/")
    if config.demo and host in config.also:  # the edge has checked it
        origin = f"{request.scope['scheme']}://{host}"
    return Party(urlsplit(origin).hostname or "", origin)


def named(request: Asked, at: Visit) -> str:
    """Return this page's address by a name, where the demo was opened by a number; "" elsewhere."""
    found = [host for host in at.house.config.also if Party(host.partition(":")[0], "").able]
    return f"{request.scope['scheme']}://{found[0]}{request.scope['path']}" if found else ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks a browser's keys: ``options`` as JSON, empty where none can be bound here; ``named``: where."""

    options: str
    named: str
    script: str


def question(request: Asked, at: Visit, options: Options) -> Question:
    """Make what a page shows of a question."""
    able, script = party(request, at).able, f"/static/{at.house.assets['passkey'].name}"
    asked = msgspec.json.encode(options).decode() if able else ""
    return Question(asked, "" if able else named(request, at), script)


def shown(request: Asked, at: Visit, form: Form, bound: bytes) -> Shown:
    """Read what a browser answered. Raises BadInput: longer than any key says."""
    answer = one(form, "credential")
    if len(answer) > passkeys.LONGEST:
        raise BadInput("form_long")
    return Shown(answer, party(request, at), bound)


def fresh(at: Visit, route: str) -> tuple[str, bytes]:
    """Make the token of a form that stands before any session, and its id, to which a challenge is bound."""
    config = at.house.config
    form_id = config.random(16)
    return tokens.issue(config.key, at.org.slug, route, at.org.digest, at.now, form_id), form_id
