"""Room notice: the whole language as frozen classes, attribute names = keys (a Python keyword gets a trailing ``_``).

This is the one description of the language: loader, ``tepati schema`` and docs/spec/notice.md follow it.
Field references are resolved ``category.field`` strings; a bare category has become all its fields.
"""

import datetime as dt
from typing import Annotated, ClassVar, Literal

import msgspec

from tepati.notice import vocabulary as v
from tepati.notice.values import Duration, Form, How, Language, Moment, Rate, Ref, Telling, Text, Word


class Part(msgspec.Struct, frozen=True, kw_only=True, rename=lambda name: name.rstrip("_")):
    """A mapping with fixed keys. ``short``: the key that a bare word (``word``) stands for; ``hidden``: no keys."""

    short: ClassVar[str] = ""
    word: ClassVar[str] = ""
    hidden: ClassVar[tuple[str, ...]] = ()


class Thing(Part, frozen=True, kw_only=True):
    """A declared thing: it may say its promise in own words, and name its former name."""

    says: Text | None = None
    was: str = ""


class Windowed(Thing, frozen=True, kw_only=True):
    """Open ``while_`` a case is open, or between the moments ``from_`` and ``until``."""

    while_: Annotated[str, Form("open")] = ""  # the case's name; the file says ``booking.open``
    from_: Moment | None = None
    until: Moment | None = None


# Who speaks


class Contact(Part, frozen=True, kw_only=True):
    """``organisation.contact``: how people reach the controller."""

    email: v.Mail
    phone: str = ""
    page: v.Page = ""
    postal: str = ""


class Organisation(Thing, frozen=True, kw_only=True):
    """``organisation``: who speaks."""

    name: str
    contact: Contact
    legal_name: str = ""
    business: Text | None = None
    languages: tuple[Language, ...] = ("id", "en")
    form_of_address: Literal["Anda", "kamu"] = "Anda"
    timezone: Annotated[str, Form("zone")] = "Asia/Jakarta"
    working_days: Annotated[tuple[int, ...], Form("weekdays")] = (0, 1, 2, 3, 4)  # Monday is 0
    holidays: str = "ID"


class Announce(Thing, frozen=True, kw_only=True):
    """``notice.announce``: how a change is told before it takes effect."""

    material: Telling
    minor: Telling | None = None  # filled by the loader: minor = material


class Approvals(Thing, frozen=True, kw_only=True):
    """``notice.approvals``: who must agree before a version is published."""

    people: int = 2
    outside: v.Mail = ""
    wait: Duration | None = None


class Publication(Thing, frozen=True, kw_only=True):
    """``notice``: version, scope and changes of the notice itself."""

    version: int
    effective: dt.date
    covers: tuple[v.Channel, ...]
    announce: Announce
    page: v.Page = "/privasi"
    shown: Literal["first_collection"] = "first_collection"
    new_purpose: Literal["consent", "basis_then_told"] = "consent"
    history: Literal["public"] = "public"
    approvals: Approvals = Approvals()


class Representation(Thing, frozen=True, kw_only=True):
    """``populations.<p>.represented_by.<name>``: who may act for the person."""

    when: Literal["minor", "deceased", "unable", "chosen"]
    proof: v.Proof = "document"
    until_age: int = 0


class Population(Thing, frozen=True, kw_only=True):
    """``populations.<p>``: a kind of people, and what we are to them."""

    we_are: Literal["controller", "processor", "joint_controller"]
    label: Text | None = None
    instructed_by: Annotated[str, Ref(("populations",))] = ""
    met_through: Annotated[str, Ref(("populations",))] = ""
    told: Telling | None = None
    represented_by: dict[str, Representation] = {}


class Guardian(Thing, frozen=True, kw_only=True):
    """``minors.guardian``: how a parent's or guardian's yes is had."""

    confirm: tuple[Literal["link", "code", "recorded_call", "document", "signature"], ...] = ("link",)
    own_channel: bool = True
    within: Duration | None = None
    waits: Duration = Duration(14, "day")
    children: int = 5
    limits: Text | None = None
    by: tuple[v.Role, ...] = ()


class Minors(Thing, frozen=True, kw_only=True):
    """``minors``: what follows for people under age (UU PDP Art. 25)."""

    under: int = 18
    asked_at: tuple[v.Point, ...] = ()
    guardian: Guardian = Guardian()
    married_are_adult: bool = False


# What is held


class Field(Thing, frozen=True, kw_only=True):
    """``data.<category>.fields.<f>``: one thing that is collected."""

    short: ClassVar[str] = "type"  # ``phone: phone`` is ``phone: {type: phone}``

    type: v.FieldType
    identifies: bool = False
    optional: bool = False
    precision: Annotated[int, Form("length")] = 0  # metres
    ask: Literal["once", "each_time"] = "once"
    instead: v.OneField = ""
    claim: str = ""
    options: dict[str, Text] = {}
    mask: Literal["", "last4", "initials", "hidden"] = ""
    stored: bool = True
    screen: bool = False
    derived_from: v.OneField = ""
    source: v.Source = ""  # where it is not the category's
    label: Text | None = None


class Category(Thing, frozen=True, kw_only=True):
    """``data.<category>``: fields that end together, under one key of the vault."""

    class_: Annotated[str, Form("class")]
    of: v.Population
    fields: dict[str, Field]
    treat_as: Literal["", "specific"] = ""
    also_of: v.Population = ""
    source: v.Source = "person"
    label: Text | None = None

    def source_of(self, field: str) -> str:
        """Tell where one of the fields comes from."""
        return self.fields[field].source or self.source


class AtLeast(Part, frozen=True, kw_only=True):
    """``retention.<category>.at_least``: a term a law asks for."""

    for_: Duration
    rule: str


class Hold(Thing, frozen=True, kw_only=True):
    """``retention.<category>.hold``: a recorded decision to keep fields longer (an interpretation)."""

    rule: str
    fields: v.Fields
    reading: v.Spoken
    for_: Duration
    by: v.Spoken
    on: dt.date


class Life(Thing, frozen=True, kw_only=True):
    """``retention.<category>``: when it starts, how long it lasts, what happens then."""

    short: ClassVar[str] = "not_stored"  # the single word: used in the moment and gone
    word: ClassVar[str] = "not_stored"
    hidden: ClassVar[tuple[str, ...]] = ("not_stored",)

    from_: Moment
    for_: Duration
    then: Literal["destroy", "erase", "anonymise"] = "destroy"
    longest: Duration | None = None  # from record.created
    while_: Annotated[str, Form("open")] = ""
    at_least: AtLeast | None = None
    because: Text | None = None
    hold: Hold | None = None
    not_stored: bool = False


class Column(Part, frozen=True, kw_only=True):
    """``systems.<s>.tables.<t>.columns.<c>``: what a column of another system holds."""

    short: ClassVar[str] = "is_"

    is_: Annotated[str, Form("column")]
    erased: Literal["", "delete_row", "blank", "keep_held"] = ""


class Table(Part, frozen=True, kw_only=True):
    """``systems.<s>.tables.<t>``: a table of another system."""

    person: dict[str, v.OneField] = {}
    columns: dict[str, Column] = {}
    erased: Literal["delete_row", "blank", "keep_held"] = "delete_row"


class System(Thing, frozen=True, kw_only=True):
    """``systems.<s>``: a store of the company outside Tepati."""

    holds: tuple[v.Category, ...]
    medium: Literal["database", "files", "paper", "camera"] = "database"
    tables: dict[str, Table] = {}
    erased: Literal["", "shredded", "overwritten"] = ""
    attested: Duration | None = None
    label: Text | None = None


# What it is for


class Case(Thing, frozen=True, kw_only=True):
    """``cases.<c>``: a dealing with a beginning and an end."""

    of: v.Population
    opened_by: tuple[v.Role, ...] = ()
    moments: dict[str, Literal["planned", "recorded"]] = {}
    within: Duration | None = None
    idle: Duration | None = None
    reopen: Duration | None = None
    last_day: dt.date | None = None
    tell: Telling | None = None
    label: Text | None = None


class Balance(Part, frozen=True, kw_only=True):
    """``purposes.<p>.balance``: the weighing behind a legitimate interest."""

    interest: Text
    effect: Text
    by: v.Spoken
    on: dt.date


class Purpose(Thing, frozen=True, kw_only=True):
    """``purposes.<p>``: what fields are used for, on which basis (UU PDP Art. 20)."""

    kind: v.PurposeKind
    basis: v.Basis
    uses: v.Fields
    because: str = ""
    balance: Balance | None = None
    channels: tuple[v.Channel, ...] = ()
    objection: bool = False  # filled by the loader: yes for legitimate interest and marketing
    combines: bool = False
    enforce: Literal["refuse", "observe"] = "refuse"
    label: Text | None = None


class Proposal(Part, frozen=True, kw_only=True):
    """``points.<p>.proposal``: staff propose a change, the person answers."""

    within: Duration
    silence: Literal["dropped", "stands"] = "dropped"


class Point(Windowed, frozen=True, kw_only=True):
    """``points.<p>``: where data enters."""

    channels: tuple[v.Channel, ...]
    who: v.Population
    collects: v.Fields
    about: tuple[v.Population, ...] = ()
    for_: tuple[v.Purpose, ...] = ()
    asks: tuple[v.Consent, ...] = ()
    opens: v.Case = ""
    sign_in: Literal["optional", "required", "none"] = "optional"
    age: Annotated[dict[int, Literal["refuse", "guardian", "warn", "limited"]], Form("ages")] = {}
    rows: Literal["one", "all_or_nothing"] = "one"
    most_rows: int = 50_000  # of one file, where ``rows`` is all_or_nothing
    automatic: bool = False
    sent_by: v.Recipient = ""
    entered_by: v.Role = ""
    proposal: Proposal | None = None
    limit: Rate | None = None
    unfinished: Literal["not_kept"] = "not_kept"
    terms: v.Terms = ""
    warranted_by: Literal["", "submitter"] = ""
    label: Text | None = None


class Consent(Thing, frozen=True, kw_only=True):
    """``consents.<c>``: one question, one purpose, one channel or one recipient."""

    for_: v.Purpose
    channel: v.Channel | Literal[""] = ""
    recipient: v.Recipient = ""
    confirm: Literal["tick", "link", "code", "signature", "recorded_call"] = "tick"
    valid: Annotated[Duration | None, Word("until withdrawn")] = None  # None: until withdrawn
    again: Duration = Duration(180, "day")
    by: Literal["person", "guardian"] = "person"
    witness: v.Role = ""
    question: Text | None = None
    withdrawn: Text | None = None


class Message(Thing, frozen=True, kw_only=True):
    """``messages.<m>``: what we send, when, for which purpose."""

    kind: v.MessageKind
    for_: v.Purpose
    channel: v.Channel
    when: Annotated[Moment | None, Word("campaign")]  # None: a campaign
    fields: v.Fields = frozenset()
    on_behalf_of: v.Recipient = ""
    limit: Rate | None = None
    stop: tuple[Literal["link", "reply", "privacy_centre"], ...] = ()


class Cookie(Thing, frozen=True, kw_only=True):
    """``cookies.set.<name>``: one cookie."""

    class_: Literal["necessary", "preference", "analytics", "marketing"]
    life: Annotated[Duration | None, Word("session")]  # None: until the browser is closed
    for_: v.Purpose = ""
    party: Annotated[str, Ref(("recipients",), ("own",))] = "own"
    holds: v.Fields = frozenset()
    label: Text | None = None


class Choice(Thing, frozen=True, kw_only=True):
    """``cookies.choice``: how the choice is asked."""

    again: Duration = Duration(180, "day")
    gpc: Literal["honoured"] = "honoured"
    ask: Literal["before"] = "before"


class RefusedCookies(Thing, frozen=True, kw_only=True):
    """``cookies.refused``: what still works without optional cookies, and what is lost."""

    still: tuple[v.Point, ...] = ()
    loses: Text | None = None


class Cookies(Thing, frozen=True, kw_only=True):
    """``cookies``: the closed list of cookies and the choice about them."""

    set: dict[str, Cookie] = {}
    choice: Choice = Choice()
    refused: RefusedCookies = RefusedCookies()


class Visits(Thing, frozen=True, kw_only=True):
    """``visits``: what is recorded of visits to the pages."""

    records: v.Fields
    for_: v.Purpose
    tied_by: v.Cookie = ""
    sees: tuple[v.Role, ...] = ()
    outside_calls: Literal["none", "declared"] = "none"


class Noise(Part, frozen=True, kw_only=True):
    """``statistics.groups.<g>.noise``: a budget of differential privacy."""

    epsilon: float
    per: Duration


class Group(Thing, frozen=True, kw_only=True):
    """``statistics.groups.<g>``: figures about groups, never rows."""

    of: v.Fields
    by: tuple[str, ...]
    for_: v.Purpose
    smallest_group: int = 0  # filled by the loader: statistics.smallest_group
    noise: Noise | None = None


class Release(Thing, frozen=True, kw_only=True):
    """``statistics.releases.<r>``: figures that leave the house."""

    of: v.Group
    audience: Annotated[str, Ref(("recipients", "roles"), ("public",))]
    every: Duration
    attack_test: Duration | None = None
    page: v.Page = ""


class Statistics(Thing, frozen=True, kw_only=True):
    """``statistics``: the smallest group, and what is counted."""

    smallest_group: int = 10
    groups: dict[str, Group] = {}
    releases: dict[str, Release] = {}


class Review(Part, frozen=True, kw_only=True):
    """``decisions.<d>.review``: the human who looks again."""

    by: v.Role
    within: Duration


class Decision(Thing, frozen=True, kw_only=True):
    """``decisions.<d>``: a decision made by a machine."""

    for_: v.Purpose
    uses: v.Fields
    effect: Text
    logic: Text
    review: Review


# Who sees it


class Role(Windowed, frozen=True, kw_only=True):
    """``roles.<r>``: who sees what, for what, when."""

    sees: v.Fields = frozenset()
    for_: tuple[v.RolePurpose, ...] = ()
    whose: Literal["all", "assigned"] = "all"
    how: Annotated[dict[str, How], Form("how")] = {}  # filled by the loader: one entry for each field of ``sees``
    by: Literal["console", "api", "one_time_link"] = "console"
    may: tuple[v.May, ...] = ()
    limit: Rate | None = None
    emergency: Telling | None = None
    label: Text | None = None


class Transfer(Thing, frozen=True, kw_only=True):
    """``recipients.<r>.transfer``: the step of UU PDP Art. 56."""

    step: Literal["adequate", "binding", "consent"]
    document: str = ""
    assessed: dt.date | None = None


class Agreement(Thing, frozen=True, kw_only=True):
    """``recipients.<r>.agreement``: the contract that must be in force."""

    short: ClassVar[str] = "required"
    word: ClassVar[str] = "required"
    hidden: ClassVar[tuple[str, ...]] = ("required",)

    required: bool = True
    renew: Duration | None = None
    confidential: bool = True


class Recipient(Windowed, frozen=True, kw_only=True):
    """``recipients.<r>``: a party that data goes to, or that is named here."""

    kind: Literal[
        "processor",
        "sub_processor",
        "controller",
        "joint_controller",
        "authority",
        "other_user",
        "partner",
        "public",
    ]
    name: str = ""
    function: Literal["", "operate_site", "operate_business", "serve_person", "legal_duty", "by_consent"] = ""
    country: Annotated[str, Form("country")] = "ID"
    transfer: Transfer | None = None
    gets: v.Fields = frozenset()
    for_: tuple[v.Purpose, ...] = ()
    agreement: Agreement | None = None
    under: v.Recipient = ""
    sub_processors: Literal["approved_each", "none"] = "approved_each"
    consent: v.Consent = ""
    because: str = ""
    every: Duration | None = None
    chosen_by: Literal["", "person"] = ""
    by: Literal["relay", "file", "on_screen", "masked_contact", "terminal", "call"] = "relay"
    members: Literal["", "registered"] = ""
    countries: Annotated[tuple[str, ...], Form("countries")] = ()
    tell: Telling | None = None
    returns: v.Fields = frozenset()


class Compelled(Thing, frozen=True, kw_only=True):
    """``disclosure.compelled``: orders that must be obeyed."""

    from_: tuple[v.Asker, ...] = ("court", "police", "prosecutor", "tax", "regulator")
    documents: tuple[v.Document, ...] = ("court_ruling", "warrant", "written_order")
    approvers: int = 2
    tell: Telling = Telling(before=Duration(3, "day"), unless="forbidden_by_law")


class Ground(Thing, frozen=True, kw_only=True):
    """``disclosure.voluntary.grounds.<g>``: one reason for a voluntary disclosure."""

    label: Text


class Voluntary(Thing, frozen=True, kw_only=True):
    """``disclosure.voluntary``: the closed list of reasons to disclose without an order."""

    grounds: dict[str, Ground]
    approvers: int = 2
    advice: v.Role = ""
    fields: Literal["fewest"] = "fewest"
    tell: Telling | None = None


class Disclosure(Thing, frozen=True, kw_only=True):
    """``disclosure``: who gets data on demand."""

    compelled: Compelled = Compelled()
    voluntary: Annotated[Voluntary | None, Word("none")] = None


class BusinessTransfer(Thing, frozen=True, kw_only=True):
    """``business_transfer``: merger, takeover, sale (UU PDP Art. 48)."""

    tell: Telling = Telling(before=Duration(30, "day"), after=Duration(7, "day"), by=("email", "site"))
    may: tuple[Literal["object", "erase"], ...] = ("object", "erase")
    untold: Literal["not_moved"] = "not_moved"
    bidders: Literal["nothing", "figures_only"] = "nothing"
    receiver: Literal["same_promises"] = "same_promises"


class Never(Thing, frozen=True, kw_only=True):
    """``never.<word>``: a prohibition nothing in the file may contradict."""

    short: ClassVar[str] = "holds"  # ``sale: yes``
    word: ClassVar[str] = "yes"
    hidden: ClassVar[tuple[str, ...]] = ("holds",)

    holds: bool = True
    of: v.Fields = frozenset()
    for_: v.PurposeKind | Literal[""] = ""
    to: Literal["", "anyone"] = ""
    except_: tuple[v.Promised, ...] = ()


# What people can do


class Right(Thing, frozen=True, kw_only=True):
    """``rights.<r>``: what people may ask, and by when."""

    within: Duration | None = None
    channels: tuple[v.Channel, ...] = ()
    proof: v.Proof = "link"
    otherwise: tuple[v.Channel, ...] = ()
    reason: Literal["optional", "not_asked"] = "optional"
    to: tuple[v.Purpose, ...] = ()
    told: Literal["", "always"] = ""
    then: Text | None = None
    limit: Rate | None = None
    fee: str = ""
    ways: tuple[Literal["large_print", "plain_language", "helper", "sign_language", "braille", "audio"], ...] = ()
    for_others: tuple[v.Population, ...] = ()
    to_whom: str = ""


class Mailbox(Thing, frozen=True, kw_only=True):
    """``mailboxes.<m>``: an address that opens requests."""

    address: v.Mail
    does: Literal["erasure", "withdrawal", "access", "any_request", "question"]
    from_: Literal["anyone", "registered_address"] = "anyone"
    of: tuple[v.Purpose, ...] = ()
    words: tuple[str, ...] = ()
    match: Literal["subject", "subject_or_body"] = "subject"
    confirm: Literal["once", "link"] = "link"
    within: Duration | None = None


class Questions(Thing, frozen=True, kw_only=True):
    """``questions``: how fast questions are answered."""

    within: Duration
    channels: tuple[v.Channel, ...]
    to: v.Role = ""


class Terms(Thing, frozen=True, kw_only=True):
    """``terms.<t>``: terms accepted apart from the notice."""

    page: v.Page
    version: int
    accepted_at: tuple[v.Point, ...] = ()


# How it is guarded


class Transport(Thing, frozen=True, kw_only=True):
    """``security.transport``: how data travels."""

    tls: Literal["1.2", "1.3"] = "1.2"
    plain: Literal["refuse"] = "refuse"
    mail: Literal["tls"] = "tls"


class Kept(Thing, frozen=True, kw_only=True):
    """Something is kept so long."""

    keep: Duration


class Witnessed(Kept, frozen=True, kw_only=True):
    """``accountability.ledger``: how long, and who witnesses it."""

    witness: str = ""


class Repeated(Thing, frozen=True, kw_only=True):
    """Something is done again and again."""

    every: Duration


class SecondFactor(Thing, frozen=True, kw_only=True):
    """``security.second_factor``: who signs in with two factors."""

    staff: Literal["required", "offered"] = "required"
    people: Literal["required", "offered", "none"] = "offered"


class Alerts(Thing, frozen=True, kw_only=True):
    """``security.alerts``: what raises an alert, and how fast."""

    on: tuple[v.Alert, ...]
    within: Duration


class Separation(Thing, frozen=True, kw_only=True):
    """``security.separation``: what the vault runs apart from."""

    apart_from: str
    probe: Duration
    attested: Duration | None = None


class Security(Thing, frozen=True, kw_only=True):
    """``security``: how data is guarded."""

    transport: Transport = Transport()
    storage: Literal["sealed"] = "sealed"
    second_factor: SecondFactor = SecondFactor()
    access_log: Kept | None = None
    audit: Repeated | None = None
    alerts: Alerts | None = None
    drills: Repeated | None = None
    decoys: Repeated | None = None
    separation: Separation | None = None
    browsers: Literal["", "advise", "refuse_outdated"] = ""
    own_account: Literal["", "page"] = ""
    backups: Kept | None = None
    second_look: Annotated[int, Form("share")] = 0  # percent


class Breach(Thing, frozen=True, kw_only=True):
    """``breach``: who is told of a failure, and by when (UU PDP Art. 46)."""

    within: Duration = Duration(72, "hour")
    tell: tuple[Literal["people", "authority", "public"], ...] = ("people", "authority")
    authority: str = "Komdigi"


class Officer(Thing, frozen=True, kw_only=True):
    """``accountability.officer``: the data protection officer (UU PDP Art. 53)."""

    email: v.Mail
    name: str = ""
    phone: str = ""
    due: bool = False
    because: v.Spoken | None = None


class Assessment(Thing, frozen=True, kw_only=True):
    """``accountability.impact_assessments.<a>`` (UU PDP Art. 34)."""

    covers: tuple[v.Purpose, ...]
    by: v.Spoken
    on: dt.date
    result: Literal["go", "go_with_measures", "no_go"]
    every: Duration | None = None


class Supervision(Thing, frozen=True, kw_only=True):
    """``accountability.supervision``: undertakings and training (UU PDP Art. 36-37)."""

    undertaking: Duration = Duration(1, "year")
    training: Duration | None = None
    by: str = ""


class Accountability(Thing, frozen=True, kw_only=True):
    """``accountability``: what shows that we answer for it (UU PDP Art. 47)."""

    officer: Officer | None = None
    processing_record: Repeated = Repeated(every=Duration(1, "year"))
    impact_assessments: dict[str, Assessment] = {}
    supervision: Supervision = Supervision()
    proofs: Kept = Kept(keep=Duration(5, "year"))
    ledger: Witnessed = Witnessed(keep=Duration(10, "year"))
    synthetic: Repeated | None = None


class Clause(Part, frozen=True, kw_only=True):
    """``clauses.<ID>``: a sentence of the former notice and what became of it."""

    kept_by: tuple[v.Promised, ...] = ()
    not_carried: Text | None = None
    information: Text | None = None
    instead: tuple[v.Promised, ...] = ()
    against: tuple[v.Clause, ...] = ()


class Notice(Part, frozen=True, kw_only=True, weakref=True):
    """One organisation's declaration, defaults filled in; ``defaults`` names the paths where the law speaks for it."""

    hidden: ClassVar[tuple[str, ...]] = ("defaults",)

    tepati: int
    organisation: Organisation
    notice: Publication
    populations: dict[str, Population]
    data: dict[str, Category]
    purposes: dict[str, Purpose]
    points: dict[str, Point]
    retention: dict[v.Category, Life]
    laws: tuple[Annotated[str, Form("law")], ...] = ("id-uupdp",)
    minors: Minors = Minors()
    systems: dict[str, System] = {}
    cases: dict[str, Case] = {}
    consents: dict[str, Consent] = {}
    messages: dict[str, Message] = {}
    cookies: Cookies = Cookies()
    visits: Visits | None = None
    statistics: Statistics = Statistics()
    decisions: dict[str, Decision] = {}
    roles: dict[str, Role] = {}
    recipients: dict[str, Recipient] = {}
    endpoints: dict[v.Endpoint, Annotated[str, Ref(("recipients",), ("own", "none"))]] = {}
    disclosure: Disclosure = Disclosure()
    business_transfer: BusinessTransfer = BusinessTransfer()
    never: dict[str, Never] = {}
    rights: dict[v.RightName, Right] = {}
    mailboxes: dict[str, Mailbox] = {}
    questions: Questions | None = None
    terms: dict[str, Terms] = {}
    security: Security = Security()
    breach: Breach = Breach()
    accountability: Accountability = Accountability()
    clauses: dict[str, Clause] = {}
    defaults: frozenset[str] = frozenset()  # not a key of the file: filled by the loader
