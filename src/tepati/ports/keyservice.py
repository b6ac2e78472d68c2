"""Room ports: the way to a key service, over HTTPS only. No redirect is followed, and no answer's words are passed on.

The token stands in a file that is read for each request, so that an agent beside Tepati can renew it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tepati.errors import Misconfigured
from tepati.ports.https import Asked, send, trusted

_FORM = "transit:https://HOST[:PORT]/MOUNT/NAME?token-file=FILE[&ca-file=FILE]"


@dataclass(frozen=True, slots=True)
class Where:
    """What ``transit:https://HOST/MOUNT/NAME?token-file=FILE`` names; ``authority``: a file of certificates, or ""."""

    host: str
    port: int
    mount: str
    name: str
    token_file: str
    authority: str = ""


def where(uri: str) -> Where:
    """Read the configured address of a key. Raises Misconfigured."""
    at = urlsplit(uri.removeprefix("transit:"))
    said = {name: values[-1] for name, values in parse_qs(at.query).items()}
    mount, _, name = at.path.strip("/").rpartition("/")
    if at.scheme != "https" or not at.hostname or not mount or not name or not said.get("token-file"):
        raise Misconfigured("root_form", wanted=_FORM)
    return Where(at.hostname, at.port or 443, mount, name, said["token-file"], said.get("ca-file", ""))


class HttpsService:
    """Asks the service, with the token as it stands in its file now."""

    def __init__(self, at: Where) -> None:
        self._at = at
        self._context = trusted(at.authority)

    def ask(self, method: str, path: str, body: dict[str, str | int] | None = None) -> tuple[int, bytes]:
        """Return the status and body of an answer. Raises Unavailable, Misconfigured (no token)."""
        headers = {"X-Vault-Token": self._token(), "X-Vault-Request": "true", "Content-Type": "application/json"}
        sent = json.dumps(body).encode() if body is not None else None
        asked = Asked(method, f"/v1/{self._at.mount}/{path}", headers, sent)
        return send(self._at.host, self._at.port, self._context, asked)

    def _token(self) -> str:
        try:
            return Path(self._at.token_file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            pass
        raise Misconfigured("root_missing")
