"""Room ports: mail out, by SMTP. A header takes no line break, an error no address, and a body leaves by TLS."""

import asyncio
import hashlib
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal, Protocol

import aiosmtplib

from tepati.errors import BadInput, Misconfigured, Unavailable

Security = Literal["none", "starttls", "tls"]
# What stands in the head of a part: nothing a mail program could take for a path, a second header or a page to open.
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}(?:\.[A-Za-z0-9]{1,8})?")
_MEDIA = re.compile(r"application/[a-z0-9][a-z0-9.+-]{0,60}|text/(?:plain|csv)|image/(?:png|jpeg)")
LARGEST = 1_000_000  # bytes of all attachments of one mail
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class Undeliverable(Unavailable):
    """The server will never take this mail (RFC 5321 section 4.2.1, 5yz): trying again is of no use."""


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """A file in a mail. ``name`` is plain ASCII without a path; ``media`` such as ``application/json``."""

    name: str
    media: str
    body: bytes

    def __repr__(self) -> str:
        return "Attachment(***)"


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """One mail to one person. ``message_id`` without angle brackets; ``at`` in microseconds since 1970 UTC.

    ``automatic`` marks it so that no robot answers it (RFC 3834); ``unsubscribe`` is the one-click address (RFC 8058).
    """

    to: str
    sender: str
    subject: str
    text: str
    html: str
    message_id: str
    at: int
    automatic: bool = True
    unsubscribe: str = ""
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()

    def __repr__(self) -> str:
        return "Outgoing(***)"


class Mail(Protocol):
    """Whatever takes mail away."""

    async def send(self, outgoing: Outgoing) -> None:
        """Hand one mail over. Raises Unavailable, Undeliverable, BadInput; none of them shows an address."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. ``timeout`` in seconds is for the whole conversation; ``ehlo`` is the name we give ourselves."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    timeout: float = 30.0
    ehlo: str = "localhost"

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port} {self.security})"


class SmtpMail:
    """Mail by any SMTP server, a connection for each. With ``starttls`` a server that cannot is refused."""

    def __init__(self, server: Server, context: ssl.SSLContext | None = None) -> None:
        if server.user and server.security == "none":
            raise Misconfigured("mail_login_without_tls")
        self._server = server
        self._context = context or ssl.create_default_context()

    async def send(self, outgoing: Outgoing) -> None:
        message = compose(outgoing)
        try:
            async with asyncio.timeout(self._server.timeout):
                await self._hand_over(message, outgoing)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            found = _fault(error)
        else:
            return
        raise found  # outside the handler: the library's errors carry addresses

    async def _hand_over(self, message: bytes, outgoing: Outgoing) -> None:
        server, tls = self._server, self._server.security
        await aiosmtplib.send(
            message, sender=_address(parseaddr(outgoing.sender)[1]), recipients=[_address(outgoing.to)],
            hostname=server.host, port=server.port, use_tls=tls == "tls", start_tls=tls == "starttls",
            tls_context=None if tls == "none" else self._context, local_hostname=server.ehlo, timeout=server.timeout,
            username=server.user or None, password=server.password or None,
        )  # fmt: skip


def compose(outgoing: Outgoing) -> bytes:
    """Write a mail: text and HTML side by side (RFC 2046 section 5.1.4), then the files (section 5.1.3).

    Raises BadInput for a header, an address or an attachment.
    """
    _checked(outgoing)
    message = EmailMessage(policy=SMTP)
    for name, value in _headers(outgoing).items():
        message[name] = value
    message.set_content(outgoing.text, cte="base64")
    if outgoing.html:
        message.add_alternative(outgoing.html, subtype="html", cte="base64")
        # Python would draw one at random; a base64 body holds no line that begins with a hyphen.
        message.set_boundary(_boundary(outgoing, ""))
    for file in outgoing.attachments:
        main, _, sub = file.media.partition("/")
        message.add_attachment(file.body, maintype=main, subtype=sub, filename=file.name, cte="base64")
    if outgoing.attachments:
        message.set_boundary(_boundary(outgoing, "files "))
    return message.as_bytes()


def _boundary(outgoing: Outgoing, part: str) -> str:
    return f"=_{hashlib.sha256((part + outgoing.message_id).encode()).hexdigest()[:32]}"


def _headers(outgoing: Outgoing) -> dict[str, str]:
    headers = {
        "From": outgoing.sender,
        "To": _address(outgoing.to),
        "Subject": outgoing.subject,
        "Date": format_datetime(datetime.fromtimestamp(outgoing.at // 1_000_000, UTC)),
        "Message-ID": f"<{outgoing.message_id}>",
    }
    if outgoing.reply_to:
        headers["Reply-To"] = outgoing.reply_to
    if outgoing.automatic:
        headers["Auto-Submitted"] = "auto-generated"
    if outgoing.unsubscribe:
        headers["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _checked(outgoing: Outgoing) -> None:
    """Refuse control characters and line breaks wherever a header would carry them."""
    parts = {
        "to": outgoing.to, "sender": outgoing.sender, "subject": outgoing.subject, "message_id": outgoing.message_id,
        "unsubscribe": outgoing.unsubscribe, "reply_to": outgoing.reply_to,
    }  # fmt: skip
    faults = {name: "bracket" for name in ("message_id", "unsubscribe") if re.search(r"[<>\s]", parts[name])}
    faults |= {name: "line_break" for name, value in parts.items() if _CONTROL.search(value)}
    if faults:
        raise BadInput("mail_header", faults)
    _attached(outgoing.attachments)


def _attached(files: tuple[Attachment, ...]) -> None:
    """Refuse names and media types that are more than that, two files of one name, and more than a mail carries."""
    faults = {}
    if not all(_FILE.fullmatch(file.name) for file in files):
        faults["name"] = "attachment_name"
    if not all(_MEDIA.fullmatch(file.media) for file in files):
        faults["media"] = "attachment_media"
    if len({file.name.casefold() for file in files}) < len(files):
        faults["name"] = "attachment_twice"
    if sum(len(file.body) for file in files) > LARGEST:
        faults["body"] = "attachment_large"
    if faults:
        raise BadInput("mail_attachment", faults)


def _address(address: str) -> str:
    """Return one address, its domain in ASCII (RFC 5891). Raises BadInput; two addresses in one are not an address."""
    try:
        local, _, domain = address.rpartition("@")
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}").addr_spec
    except Exception:  # noqa: BLE001, S110 - the parser's errors share no class but this, and they quote the address
        pass
    raise BadInput("mail_address", {"to": "email"})


def _fault(error: Exception) -> Unavailable:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _answered(error.recipients[0].code)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _answered(error.code)
    return Unavailable("mail_gone")


def _answered(code: int) -> Unavailable:
    # 530, 534, 535 speak of us, not of the mail (RFC 4954 section 6): the operator can mend it, so it is tried again.
    final = 500 <= code <= 599 and code not in {530, 534, 535, 538}
    return Undeliverable("mail_refused", answer=code) if final else Unavailable("mail_busy", answer=code)
