"""Room ports: a mail server that keeps what it gets, for the demo and the tests. Real SMTP; nothing is sent on."""

import asyncio
import itertools
import os
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import format_datetime, parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tepati.ports.gateway import Texting
from tepati.ports.mail import Attachment, Outgoing, compose

LARGEST = 2_000_000  # bytes of one mail


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """One mail as it came in: its number, the envelope, and the message. ``raw`` is what a .eml file holds."""

    id: str
    sender: str
    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    @property
    def headers(self) -> Message:
        """What stands above the body, for whoever needs no more: the whole message takes thirty times as long."""
        return BytesHeaderParser().parsebytes(self.raw)

    @property
    def at(self) -> int:
        """Microseconds since 1970 UTC, as the mail's own Date says; 0 where it says nothing."""
        said = self.headers["Date"]
        try:
            return round(parsedate_to_datetime(said).timestamp()) * 1_000_000 if said else 0
        except ValueError:
            return 0

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files in it, under the names the sender gave: whoever shows them must not trust these."""
        parts = self.message.iter_attachments() if self.message.is_multipart() else ()
        return tuple(
            Attachment(part.get_filename() or "", part.get_content_type(), payload)
            for part in parts
            if isinstance(payload := part.get_payload(decode=True), bytes)
        )

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


@dataclass  # no slots: aiosmtpd walks its handler's members, and Debian's Python 3.11.2 fails on a slotted one
class Sink:
    """Keep the last ``keep`` mails in memory, and as files in ``folder`` when one is given.

    Set ``refusing`` to an SMTP answer such as ``451 4.3.0 later`` and every recipient gets it.
    """

    folder: Path | None = None
    keep: int = 200
    refusing: str = ""
    login: tuple[str, str] | None = None
    port: int = 0
    _kept: deque[Received] = field(default_factory=deque)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None, *,
                    implicit: bool = False) -> int:  # fmt: skip
        """Listen, and return the port. ``tls`` offers STARTTLS; with ``implicit`` the connection begins with TLS."""
        self._load()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._protocol(loop, None if implicit else tls), host, port, ssl=tls if implicit else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Stop listening. What was kept stays."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def take(self, outgoing: Outgoing) -> None:
        """Keep a mail that nobody brought: in the bytes it would have come in. Raises BadInput."""
        sender = parseaddr(outgoing.sender)[1]
        self._keep(Received(f"{next(self._numbers):06d}", sender, (outgoing.to,), compose(outgoing)))

    def text(self, sender: str, message: Texting, at: int) -> None:
        """Keep a short message as a mail that looks like one; ``at`` in microseconds since 1970 UTC."""
        date = format_datetime(datetime.fromtimestamp(at // 1_000_000, UTC))
        head = {
            "From": sender, "To": message.to, "Subject": sender, "Date": date, "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit",
        }  # fmt: skip
        said = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self._keep(
            Received(f"{next(self._numbers):06d}", sender, (message.to,), f"{said}\r\n{message.text}\r\n".encode())
        )

    def messages(self) -> list[Received]:
        """List what is kept, the newest first."""
        return list(reversed(self._kept))

    def _protocol(self, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext | None) -> SMTP:
        return SMTP(
            self, loop=loop, hostname="tepati.invalid", ident="Tepati sink", data_size_limit=LARGEST, timeout=60,
            tls_context=tls, authenticator=self._authenticator() if self.login else None,
            auth_required=self.login is not None,
        )  # fmt: skip

    def _authenticator(self) -> Callable[..., AuthResult]:
        def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            user, password = self.login or ("", "")
            given = isinstance(data, LoginPassword) and (data.login, data.password)
            return AuthResult(success=given == (user.encode(), password.encode()), handled=False)

        return check

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take any recipient, or none when told to refuse."""
        if self.refusing:
            return self.refusing
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep a mail, on disk before the sender hears yes."""
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self._keep(Received(f"{next(self._numbers):06d}", envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return "250 OK"

    def _keep(self, mail: Received) -> None:
        if self.folder is not None:
            _write(self.folder / f"{mail.id}.eml", mail.raw)
        self._kept.append(mail)
        while len(self._kept) > self.keep:
            self._forget(self._kept.popleft())

    def _forget(self, mail: Received) -> None:
        if self.folder is not None:
            (self.folder / f"{mail.id}.eml").unlink(missing_ok=True)

    def _load(self) -> None:
        """Take up what an earlier run left in the folder; the envelope is read from the headers."""
        if self.folder is None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        headers = BytesHeaderParser()  # bodies are read when somebody looks: they were most of a start
        for path in sorted(self.folder.glob("[0-9]*.eml"))[-self.keep :]:
            raw = path.read_bytes()
            message = headers.parsebytes(raw)
            self._kept.append(Received(path.stem, _said(message["From"]), (_said(message["To"]),), raw))
        if self._kept:
            self._numbers = itertools.count(int(self._kept[-1].id) + 1)


def _said(header: str) -> str:
    """Decode a header that may hold other letters than ASCII (RFC 2047)."""
    return str(make_header(decode_header(header)))


def _write(path: Path, raw: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all: somebody may be looking."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(raw)
    part.replace(path)
