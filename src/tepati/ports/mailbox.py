"""Room ports: mailboxes outside that are read and never changed: a Maildir, or IMAP over TLS.

``maildir:FOLDER`` (its ``new`` and ``cur``), or ``imaps://USER@HOST[:PORT]/MAILBOX?password-file=FILE``. Of a mail of
any size the first part is read: its head, and where it is small its words.
"""

import asyncio
import imaplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from pathlib import Path
from time import mktime
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tepati.errors import Misconfigured, Unavailable

FORM = "maildir:FOLDER or imaps://USER@HOST[:PORT]/MAILBOX?password-file=FILE"
MOST = 500  # mails looked at: the newest
PART = 262_144  # bytes of one mail that are read
PATIENCE = 20.0  # seconds for an answer
# Heads that name whom a mail was delivered to; a copy hidden from the others names them in those that the server adds.
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True, slots=True, repr=False)
class Lying:
    """One mail that lies in a mailbox; ``at``: when the server took it, microseconds since 1970 UTC, 0 unknown."""

    at: int
    message: EmailMessage

    @property
    def to(self) -> frozenset[str]:
        """Name whom it was sent to, in small letters."""
        heads = [str(value) for name in _TO for value in self.message.get_all(name, ())]
        return frozenset(address.lower() for _, address in getaddresses(heads) if address)

    @property
    def sender(self) -> str:
        """Say who it says it is from, in small letters."""
        return next((address.lower() for _, address in getaddresses([str(self.message.get("From", ""))])), "")

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain", "html"))
        try:
            return str(part.get_content()) if part is not None else ""
        except (LookupError, ValueError):
            return ""


class Mailbox(Protocol):
    """A place where mail lies."""

    async def mails(self) -> Sequence[Lying]:
        """List what lies there, at most ``MOST``, in no order. Raises Unavailable, Misconfigured."""


def mailbox(said: str, context: ssl.SSLContext | None = None) -> Mailbox:
    """Make the way to a mailbox as the configuration names it. Raises Misconfigured."""
    if said.startswith("maildir:") and said.removeprefix("maildir:"):
        return Maildir(Path(said.removeprefix("maildir:")))
    at = urlsplit(said)
    files = parse_qs(at.query).get("password-file", [])
    if at.scheme == "imaps" and at.hostname and at.username and files:
        box = unquote(at.path.strip("/")) or "INBOX"
        return Imap(at.hostname, at.port or 993, unquote(at.username), Path(files[-1]), box, context)
    raise Misconfigured("mailbox_form", wanted=FORM)


@dataclass(frozen=True, slots=True)
class Maildir:
    """A folder in which a mail server, or a program that fetches, puts each mail as a file of its own."""

    folder: Path

    async def mails(self) -> list[Lying]:
        """List what lies in ``new`` and ``cur``. Raises Unavailable."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> list[Lying]:
        try:
            found = [path for part in ("new", "cur") for path in (self.folder / part).iterdir() if path.is_file()]
            newest = sorted(found, key=lambda path: path.stat().st_mtime)[-MOST:]
            return [_lying(round(path.stat().st_mtime) * 1_000_000, _head(path)) for path in newest]
        except OSError:
            pass
        raise Unavailable("mailbox_gone")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(PART)


def _lying(at: int, raw: bytes) -> Lying:
    return Lying(at, message_from_bytes(raw, policy=default))


@dataclass(frozen=True, slots=True)
class Imap:
    """A mailbox on a server (RFC 9051), opened to be read only; the password stands in a file of its own."""

    host: str
    port: int
    user: str
    password: Path
    box: str
    context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Imap({self.host}:{self.port})"

    async def mails(self) -> list[Lying]:
        """List what lies there. Raises Unavailable, Misconfigured (no password)."""
        try:
            password = self.password.read_text("utf-8").strip()
        except OSError:
            raise Misconfigured("mailbox_password") from None
        try:
            return await asyncio.to_thread(self._read, password)
        except (imaplib.IMAP4.error, OSError, ValueError, IndexError):
            pass
        raise Unavailable("mailbox_gone")  # outside the handler: the server's words may carry an address

    def _read(self, password: str) -> list[Lying]:
        context = self.context or ssl.create_default_context()
        with imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=PATIENCE) as server:
            server.login(self.user, password)
            _, counted = server.select(f'"{self.box}"', readonly=True)
            last = int(counted[0] or 0)
            if not last:
                return []
            first = max(1, last - MOST + 1)
            _, answers = server.fetch(f"{first}:{last}", f"(INTERNALDATE BODY.PEEK[]<0.{PART}>)")
            return [_lying(_taken(each[0]), each[1]) for each in answers if isinstance(each, tuple)]


def _taken(said: bytes) -> int:
    """Read the INTERNALDATE of an answer; 0 where there is none."""
    at = imaplib.Internaldate2tuple(said)
    return round(mktime(at)) * 1_000_000 if at else 0
