"""Composition root: how mail leaves, and SMS and WhatsApp by the gateways configured, held to what is declared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tepati.app.providers import secret_of
from tepati.errors import Misconfigured
from tepati.notice.model import Notice
from tepati.ports import mail
from tepati.ports.config import Config, OrgConfig, Place, TextConfig
from tepati.ports.gateway import CHANNELS, Gateway, Server, Spending, Texting, Texts, Way, checked
from tepati.ports.https import trusted
from tepati.ports.mail import Mail, SmtpMail
from tepati.ports.sink import Sink

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")


def mail_of(config: Config) -> Mail:
    """Make the way mail leaves. Raises Misconfigured."""
    said = config.mail
    password = Path(said.password_file).read_text("utf-8").strip() if said.password_file else ""
    return SmtpMail(mail.Server(said.host, said.port, said.security, said.user, password))


def texts(place: Place, slug: str, notice: Notice, ways: Mapping[str, Way] | None = None) -> Texts:
    """Make the ways by which an organisation sends short messages; ``ways``: the demo's own. Raises Misconfigured."""
    said = place.config.orgs[slug]
    made: dict[str, Way] = {
        channel: _made(place, f"orgs.{slug}.texts.{channel}", one) for channel, one in said.texts.items()
    }
    found = made if ways is None else dict(ways)
    declared = {channel: way for channel, way in found.items() if f"{channel}_gateway" in {**notice.endpoints}}
    if made and declared.keys() != found.keys():
        raise Misconfigured("text_undeclared", where=f"orgs.{slug}.texts", name=min(found.keys() - declared.keys()))
    return Texts(declared, _spending(said))


def _spending(said: OrgConfig) -> Spending:
    return Spending(said.codes.number, said.codes.network, said.codes.organisation, said.codes.prefixes)


def _made(place: Place, where: str, said: TextConfig) -> Gateway:
    head = {}
    if said.secret:
        secret = secret_of(place.folder, where, said.secret, "text_secret")
        if not _HEADER.fullmatch(said.header) or not (secret.isascii() and secret.isprintable()):
            raise Misconfigured("text_header", where=where)
        head = {said.header: secret}
    server = Server(said.url, head, said.body, said.form, said.private)
    return Gateway(server, trusted(str(place.folder / said.authority)) if said.authority else None)


@dataclass(frozen=True, slots=True)
class SinkTexts:
    """The demo's gateway: short messages lie where its mail lies."""

    sink: Sink
    clock: Callable[[], int]

    async def send(self, message: Texting) -> None:
        """Keep one message."""
        self.sink.text("SMS" if message.channel == "sms" else "WhatsApp", checked(message), self.clock())


def sunk(sink: Sink, clock: Callable[[], int]) -> dict[str, Way]:
    """Give the demo's ways by channel."""
    return {channel: SinkTexts(sink, clock) for channel in CHANNELS}
