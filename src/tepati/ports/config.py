"""Room ports: the operator's configuration: addresses, folders and servers, which no notice may name.

``tepati.toml`` in the data folder. Everything secret is named by the file or the environment variable that holds it.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tepati.errors import Misconfigured
from tepati.notice.law.pack import Official
from tepati.ports import laws

ELSEWHERE = ("env:", "pkcs11:", "transit:", "aws:", "gcp:")  # a root that begins so is no file
SERVED = ("postgresql://", "postgres://")  # places of a key store that several hosts share begin so
SERVICES = ("transit:", "aws:", "gcp:")  # and one that begins so is asked over a network


class MailConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How mail leaves: ``security`` none (demo only) | starttls | tls; the password stands in a file of its own."""

    host: str = "127.0.0.1"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    sender: str = ""
    user: str = ""
    password_file: str = ""


class DecoyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented person, whose mail is delivered to the decoys' mailbox; ``values`` fill what else the form asks."""

    name: str
    email: str
    phone: str = ""
    address: str = ""
    language: str = ""
    values: dict[str, str] = {}


class DecoysConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decoys by kind, and how the mailbox of all of them is read (``ports/mailbox.py``)."""

    read: str = ""
    point: str = ""  # where they enter; empty: the first point of the site that asks for an address
    people: dict[Literal["order_only", "unticked", "withdrawn", "unshared"], DecoyConfig] = {}


class ProviderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sign-in provider (OpenID Connect): ``secret`` is ``env:NAME`` or a file; ``preset`` names a known issuer.

    ``private``: it stands in the operator's own network; ``authority``: the certificate that it is trusted by.
    """

    client: str = ""
    secret: str = ""
    preset: Literal["", "google"] = ""
    issuer: str = ""
    private: bool = False
    authority: str = ""


class StaffProviderConfig(ProviderConfig, frozen=True, forbid_unknown_fields=True):
    """The provider of the company's own staff, and what of its word stands for the second factor.

    ``mfa``: a token whose ``amr`` says ``mfa`` (RFC 8176); ``acr``: one that says one of these. Else our own is asked.
    """

    mfa: bool = False
    acr: tuple[str, ...] = ()


class TextConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gateway of SMS or WhatsApp (``ports/gateway.py``): ``secret`` (``env:NAME`` or a file) stands in ``header``.

    ``body`` is what is sent, with ``{to}``, ``{text}`` and ``{key}`` in it; ``form``: as a web form, else as JSON.
    """

    url: str
    body: dict[str, Any]
    header: str = "Authorization"
    secret: str = ""
    form: bool = False
    private: bool = False
    authority: str = ""


class CodesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many codes strangers may have sent in a day: to one number, from one network, of the whole organisation.

    ``prefixes``: to which numbers at all: those of far countries are what message fraud lives on.
    """

    number: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    network: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 20
    organisation: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 300
    prefixes: tuple[Annotated[str, msgspec.Meta(pattern=r"^\+[0-9]{0,8}$")], ...] = ("+62",)


class OrgConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One organisation: its declaration, the absolute addresses of site and console, what its pages say beside it.

    ``sign_in`` names sign-in providers of customers as the notice names them among its recipients; ``texts`` the
    gateways of ``endpoints.sms_gateway`` and ``endpoints.whatsapp_gateway``, ``codes`` what they may be asked for.
    """

    notice: str
    origin: str
    site: str = ""
    console: str = ""  # the console's own origin; empty: no console is served
    decoys: DecoysConfig = DecoysConfig()
    sign_in: dict[str, ProviderConfig] = {}
    staff_sign_in: StaffProviderConfig = StaffProviderConfig()
    texts: dict[Literal["sms", "whatsapp"], TextConfig] = {}
    codes: CodesConfig = CodesConfig()


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An installation. ``keys`` are two places that are never backed up; ``root`` is apart from both.

    ``keys``: two folders of this host, or two PostgreSQL databases of their own, shared by several hosts (``SERVED``).
    ``root`` is a file of mode 0600, or what begins as one of ``ELSEWHERE`` (``app/roots.py``).
    """

    database: str
    keys: tuple[str, str]
    root: str
    orgs: dict[str, OrgConfig]
    listen: Annotated[str, msgspec.Meta(pattern=r"^\S+:\d{1,5}$")] = "127.0.0.1:8000"
    mail: MailConfig = MailConfig()
    proxies: tuple[str, ...] = ()
    certificate: str = ""  # PEM, for TLS without a proxy
    certificate_key: str = ""
    browser: str = (
        ""  # takes pictures of published pages; "": Chromium on PATH, where there is one; "none": no pictures
    )
    security: Annotated[str, msgspec.Meta(pattern=r"^((mailto:|https://)[!-~]+)?$")] = ""  # for security.txt (RFC 9116)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return the folders of the key store on this host; none where it lies on servers."""
        return () if self.keys[0].startswith(SERVED) else tuple(map(Path, self.keys))


@dataclass(frozen=True, slots=True)
class Place:
    """An installation on disk: its folder and its configuration."""

    folder: Path
    config: Config
    demo: bool = False
    laws: tuple[Official, ...] = ()  # official texts that were recorded: ``ports.laws``
    sink: object | None = field(default=None, compare=False)


def read(folder: Path) -> Place:
    """Read ``tepati.toml``. Raises Misconfigured naming the file and what is wrong with it."""
    path = folder / "tepati.toml"
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return Place(folder, msgspec.convert(raw, Config), laws=laws.read(folder))
    except FileNotFoundError:
        raise Misconfigured("no_installation", file=str(path)) from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as fault:
        raise Misconfigured("bad_configuration", file=str(path), what=str(fault)) from None


def write(folder: Path, config: Config) -> None:
    """Write ``tepati.toml`` whole or not at all, readable by the owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = _toml(msgspec.to_builtins(config))
    new = folder / "tepati.toml.new"
    new.touch(mode=0o600)
    new.write_text("\n".join(lines) + "\n", "utf-8")
    new.replace(folder / "tepati.toml")


def _toml(table: dict[str, object], above: str = "") -> list[str]:
    """Write flat values first, then each table under its own head; strings are JSON strings, which TOML reads."""
    lines = [f"{k} = {msgspec.json.encode(v).decode()}" for k, v in table.items() if not isinstance(v, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            head = f"{above}{msgspec.json.encode(key).decode()}"
            lines += ["", f"[{head}]", *_toml(value, f"{head}.")] if value else []
    return lines
