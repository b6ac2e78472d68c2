"""Room web: what the pages need from the acts below; nothing here knows HTTP, SQL, vault or ledger internals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import Browser
from tepati.flows.acts.look import Seen, Wish
from tepati.flows.acts.withdraw import Withdrawn
from tepati.flows.desk import Desk
from tepati.flows.entry import Collected, Form
from tepati.flows.history import News, Picture, Version
from tepati.flows.visitors import Visitor
from tepati.flows.ways import Company, Providers
from tepati.notice.document import Document
from tepati.notice.model import Notice
from tepati.notice.values import Text

NOTHING = Text("", "")
State = Literal["kept", "due", "broken", "gap", "unproven", "unused"]
Kind = Literal["booking", "complaint", "record", "consent", "erasure", "cancel", "stop", "deny", "keep", "reason"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One hour that can be booked: ``key`` is the option in the notice, instants in microseconds since 1970 UTC."""

    key: str
    start: int
    end: int
    full: bool


@dataclass(frozen=True, slots=True)
class Booked:
    """The answer to a booking, the same for known and unknown addresses. ``mailed``: a confirmation link left.

    ``answer``: the instant (microseconds) by which it is answered, where that runs already, else 0.
    """

    number: str
    mailed: bool
    answer: int = 0
    waits: bool = False  # a guardian has to answer first


@dataclass(frozen=True, slots=True)
class Sent:
    """How a form came: its language, the digest of the notice shown, its own id, the secret that this browser keeps."""

    language: str
    shown: bytes
    form_id: bytes
    device: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mailed link would do, before its button; ``gone``, ``stays``, ``rests`` as in ``flows.acts.follow``."""

    kind: Kind
    number: str
    questions: tuple[str, ...]  # names of consents
    until: int  # the link's end
    gone: tuple[str, ...] = ()
    stays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a mailed link has done. ``capability`` opens the certificate where ``kind`` is erasure, else empty."""

    kind: Kind
    number: str
    questions: tuple[str, ...]
    capability: str = ""
    answer: int = 0  # until when a case that opened now is answered
    withdrawn: Withdrawn | None = None  # what a way out of promotion did


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One promise as judged for the public: sentences are already coarse (``board.board(..., public=True)``).

    ``grades`` of: enforced, observed, attested. ``law`` cites articles, where the law speaks for a silent notice.
    """

    id: str
    state: State
    grades: tuple[str, ...]
    text: Text
    sentence: Text
    covered: Text
    default: bool = False  # the law's default, where the notice is silent
    law: str = ""  # "UU PDP 30, UU PDP 31"
    since: int = 0
    cause: Text = NOTHING
    repair: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Board:
    """The public part of the promise board as of ``at`` (microseconds); ``hidden`` rows stay counted."""

    at: int
    rows: tuple[BoardRow, ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """A file to take home. ``name`` may be anybody's: ``site.files`` makes it safe before a browser sees it."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest signed head of the public ledger; ``witnessed_by`` is empty while nobody outside has cosigned."""

    size: int
    root: str  # hex
    witnessed_by: str
    at: int


class OrgSurface(Protocol):
    """One organisation as its customers meet it."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def notice(self) -> Notice: ...
    @property
    def digest(self) -> bytes:
        """SHA-256 of the notice file shown."""

    @property
    def version(self) -> int: ...
    @property
    def since(self) -> date:
        """The day from which the notice holds."""

    @property
    def asks(self) -> tuple[str, ...]:
        """Consents this installation can ask and prove today."""

    @property
    def site(self) -> bytes:
        """site.toml: what the pages say beside the notice (offers, prices); see web/site/shop.py."""

    @property
    def desk(self) -> Desk:
        """The organisation's door: what the pages behind a session ask their acts of."""

    @property
    def providers(self) -> Providers: ...
    @property
    def company(self) -> Company | None: ...

    def document(self, lang: str) -> Document: ...
    async def slots(self, day: date) -> list[Slot]: ...
    async def book(self, point: str, form: dict[str, list[str]], sent: Sent) -> Booked:
        """Take one form of the site. ``form`` holds field paths of the notice, ``asks.<consent>`` = ``yes``,
        ``terms`` = the version shown beside the button; any other name is for the door to refuse.

        Repeating a ``form_id`` returns the first answer.
        Raises BadInput (faults per field), Refused, Conflict,
        Unavailable.
        """

    def stray(self, point: str) -> None:
        """Count a form refused for a field that its point does not collect."""

    async def write_in(self, point: str, form: dict[str, str], sent: Sent, who: Visitor | None) -> Booked:
        """Take a question or a complaint at a point; of somebody in their privacy centre it is theirs at once.

        Raises BadInput (faults per field), Refused, Conflict, Unavailable.
        """

    async def choose(self, answer: str, kept: Mapping[str, bool], who: Visitor | None) -> None:
        """Write down a choice of optional cookies; of nobody but somebody in their privacy centre as theirs."""

    async def versions(self) -> Sequence[Version]:
        """List every published version of the notice, the newest first."""

    async def coming(self) -> tuple[int, int] | None:
        """Return the version that comes and from when it holds (microseconds), or None."""

    async def soon(self) -> tuple[int, int] | None:
        """Return the same, as it was in the last ten seconds: every page asks."""

    async def sheets(self, digest: bytes) -> Mapping[str, bytes]:
        """Return the exact bytes of the forms and the banner of a version, by name."""

    async def pictures(self, digest: bytes) -> Sequence[Picture]:
        """List the dated pictures of a version's pages."""

    async def picture(self, digest: bytes, name: str) -> bytes:
        """Return one of them. Raises NotFound, Tampered."""

    async def news(self) -> Sequence[News]:
        """List what was announced, the newest first."""

    async def preview(self, token: str) -> Preview:
        """Say what the link would do and change nothing. Raises Expired, NotFound."""

    async def confirm(
        self, token: str, questions: frozenset[str], language: str, browser: Browser | None = None
    ) -> Confirmed:
        """Do what the link says, once; of the consents asked those in ``questions`` are given, the others refused.

        Raises Expired, NotFound, Conflict, Unavailable.
        """

    async def stop(self, token: str, language: str) -> Confirmed:
        """Withdraw the consent that a promotion's link names. Raises NotFound for any other link, Expired, Conflict."""

    async def caller(self, token: str, address: str) -> Actor:
        """Say who calls the API: a session's member of staff, or a key from a network of its own. Raises Expired."""

    async def look(self, actor: Actor, wish: Wish) -> Seen:
        """Open fields of one person, as staff or their program. Raises Refused, NotFound."""

    async def submit(self, actor: Actor, form: Form) -> Collected:
        """Take what staff type in, or their program brings. Raises Refused, BadInput."""

    async def submit_many(self, actor: Actor, forms: Sequence[Form]) -> list[Collected]:
        """Take many submissions, all or none. Raises Refused, BadInput (faults by ``<row>.<field>``)."""

    async def certificate(self, capability: str) -> Mapping[str, object]:
        """Return the fields of ``flows.acts.erase.Certificate``. Raises NotFound, Expired."""

    async def certificate_file(self, capability: str) -> File:
        """Return the certificate as a receipt of its line. Raises NotFound, Unavailable (the line is pending)."""

    async def board(self) -> Board: ...
    async def head(self) -> Head: ...
    async def behind(self) -> int:
        """Return for how long (microseconds) work has been waiting that nobody took up."""

    async def checkpoint(self) -> str: ...
    async def tile(self, path: str) -> bytes:
        """Return the hash tile at ``path`` (``0/x001/234``, ``1/000.p/7``). Raises NotFound."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that the demo's own SMTP sink received, newest first in lists; ``html`` may be empty."""

    id: str
    at: int
    sender: str
    to: str
    subject: str
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """How the demo's staff sign in: shown on the front page, printed in the terminal; without a role, a customer."""

    who: str
    role: str
    how: str  # the command
    email: str = ""
    password: str = ""
    code: str = ""  # of this half minute, once
    org: str = ""


class DemoSurface(Protocol):
    """The demo's front page and its received mail. A real installation has none."""

    @property
    def sign_ins(self) -> tuple[SignIn, ...]: ...

    @property
    def attempts(self) -> Mapping[str, str]:
        """The attempts that a visitor may choose, each with its organisation."""

    async def attempt(self, which: str) -> Refused:
        """Try to break a promise through the real door, and return the refusal. Raises NotFound."""

    async def mails(self) -> list[Mail]: ...
    async def mail(self, mail_id: str) -> Mail:
        """Return one message. Raises NotFound."""
