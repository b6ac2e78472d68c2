"""Room flows: what a receipt says for people and programs (ISO/IEC TS 27560, DPV terms): the notice's words, no value.

Everything in it stands in the notice or in the person's own opening, once for programs and once in words
(``sentences``). It is bound to the ledger by its digest only, so it can be shown to anybody or left out.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tepati.flows import sentences
from tepati.flows.desk import Desk
from tepati.flows.questions import shown
from tepati.flows.sentences import Happened, Went
from tepati.ledger.receipt import Datum, Event, Party, Process, record
from tepati.notice.derived import derived
from tepati.notice.labels import labels
from tepati.notice.model import Life, Notice
from tepati.notice.values import Duration
from tepati.notice.vocabulary import Basis, PurposeKind

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FOREVER = "until withdrawn"
# Purpose kinds of the notice as terms of DPV 2.3 that exist (consent.md section 4; dpv.ttl).
PURPOSES: Mapping[PurposeKind, str] = {
    "service": "dpv:ServiceProvision", "payment": "dpv:PaymentManagement", "care": "dpv:ServiceProvision",
    "education": "dpv:ServiceProvision", "recruitment": "dpv:PersonnelHiring",
    "communication": "dpv:CommunicationManagement", "marketing": "dpv:DirectMarketing",
    "personalisation": "dpv:Personalisation", "improvement": "dpv:ImproveExistingProductsAndServices",
    "statistics": "dpv:ImproveExistingProductsAndServices", "security": "dpv:EnforceSecurity",
    "fraud_prevention": "dpv:FraudPreventionAndDetection", "identity_check": "dpv:IdentityVerification",
    "research": "dpv:ScientificResearch", "publication": "dpv:CommunicationManagement",
    "staff": "dpv:HumanResourceManagement", "legal": "dpv:LegalCompliance",
}  # fmt: skip
BASES: Mapping[Basis, str] = {
    "consent": "dpv:ExplicitlyExpressedConsent", "contract": "dpv:Contract", "legal_obligation": "dpv:LegalObligation",
    "vital_interest": "dpv:VitalInterest", "public_interest": "dpv:PublicInterest",
    "legitimate_interest": "dpv:LegitimateInterest",
}  # fmt: skip
_LETTERS: Mapping[str, str] = {
    "minute": "PT{}M", "hour": "PT{}H", "day": "P{}D", "week": "P{}W", "month": "P{}M", "year": "P{}Y",
}  # fmt: skip
_STORES = ("host", "database", "backup")


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a person: what happened to it, at which instant (microseconds), until when, in which language."""

    state: str  # dpv:ConsentGiven, dpv:ConsentWithdrawn, dpv:ActivityOngoing, dpv:RequestAcknowledged ...
    at: int
    language: str
    method: str
    minor: bool = False  # of somebody under age: all their data is specific (UU PDP Art. 4(2)(d))


def of_consent(
    desk: Desk, question: str, said: Said, point: str, ident: bytes, went: Went | None = None
) -> dict[str, object]:  # fmt: skip
    """Make the record of one consent, given, refused or withdrawn; ``ident`` is the id of its event (16 bytes)."""
    declared = desk.notice.consents[question]
    given = said.state.endswith("Given")
    lasts = declared.valid if given else declared.again  # a no holds at least until the question may be asked again
    fields = desk.notice.points[point].collects & desk.notice.purposes[declared.for_].uses
    who = _principal(desk)
    process = _process(desk, declared.for_, fields, said, also=declared.recipient)
    event = Event(rfc3339(said.at), length(lasts) if lasts else FOREVER, who, "explicit", said.state)
    made = record(_urn(ident), who, (process,), (event,))
    receiving = _receiving(desk.notice, declared.for_, fields, declared.recipient)
    words = sentences.consent(desk, question, (said.state, said.at), fields, receiving, went)
    return _whole(made, [_notice(desk), _words(desk, question, said.language)], words)


def of_booking(desk: Desk, point: str, said: Said, ident: bytes) -> dict[str, object]:
    """Make the record of what came by a point and for what; ``ident`` is the id of what was confirmed (16 bytes)."""
    notice, who = desk.notice, _principal(desk)
    came = notice.points[point]
    serves = came.for_ or tuple(notice.consents[question].for_ for question in came.asks)  # a newsletter serves a yes
    wanted = [(name, came.collects & notice.purposes[name].uses) for name in dict.fromkeys(serves)]
    processes = tuple(_process(desk, name, fields, said) for name, fields in wanted if fields)
    event = Event(rfc3339(said.at), "until carried out", who, "expressed", said.state)
    made = record(_urn(ident), who, processes, (event,), "dpv:DataProcessingRecord")
    receiving = dict.fromkeys(who for name, fields in wanted for who in _receiving(notice, name, fields))
    words = sentences.booking(desk, point, said.at, [one for one in wanted if one[1]], tuple(receiving))
    return _whole(made, [_notice(desk)], words)


def of_withdrawal(desk: Desk, question: str, said: Said, ident: bytes, went: Went) -> dict[str, object]:
    """Make the record of a consent taken back, at the point that asks for it, with what it erased and kept."""
    return of_consent(desk, question, said, point_of(desk, question), ident, went)


def point_of(desk: Desk, question: str) -> str:
    """Name the point that asks a question, for what is answered elsewhere."""
    return next(name for name, one in desk.notice.points.items() if question in one.asks)


def of_right(desk: Desk, happened: Happened, said: Said, ident: bytes) -> dict[str, object]:
    """Make the record of a request to exercise a right: received, served, answered or called off."""
    own, who = desk.notice.accountability.ledger, _principal(desk)
    process = Process(
        privacy_notice=desk.url("notice", said.language, ""), language=said.language,
        purpose=f"rights.{happened.right}", purpose_type=PURPOSES["legal"], lawful_basis=BASES["legal_obligation"],
        pii_information=_data(desk.notice, frozenset(happened.fields)),
        pii_controllers=(_controller(desk),), storage_locations=_stores(desk.notice),
        retention_period=f"proof: {length(own.keep)}", jurisdiction="ID", recipient_third_parties=(),
        withdrawal_method="link in the letter that confirms the request", privacy_rights=(f"rights.{happened.right}",),
        collection_method=said.method,
    )  # fmt: skip
    event = Event(rfc3339(said.at), "until carried out", who, "explicit", said.state)
    made = record(_urn(ident), who, (process,), (event,), "dpv:RightExerciseRecord")
    return _whole(made, [_notice(desk)], sentences.right(desk, happened))


def _whole(
    made: dict[str, object], notices: list[dict[str, object]], in_words: sentences.InWords
) -> dict[str, object]:  # fmt: skip
    """Add what the record refers to, and the same in words, in both languages: one digest binds all of it."""
    return made | {"dpv:hasNotice": notices, "in_words": in_words}


def _process(desk: Desk, purpose: str, fields: Collection[str], said: Said, also: str = "") -> Process:
    notice, declared = desk.notice, desk.notice.purposes[purpose]
    return Process(
        privacy_notice=desk.url("notice", said.language, ""),
        language=said.language,
        purpose=f"{labels(notice, said.language).purpose(purpose)} (purposes.{purpose})",
        purpose_type=PURPOSES[declared.kind],
        lawful_basis=BASES[declared.basis],
        pii_information=_data(notice, frozenset(fields), minor=said.minor),
        pii_controllers=(_controller(desk),),
        storage_locations=_stores(notice),
        retention_period=_periods(notice, frozenset(fields)),
        jurisdiction="ID",
        recipient_third_parties=_recipients(notice, purpose, frozenset(fields), also),
        withdrawal_method=_way_out(notice, purpose),
        privacy_rights=tuple(f"rights.{name}" for name in notice.rights),
        collection_method=said.method,
    )


@derived
def _data(notice: Notice, fields: frozenset[str], *, minor: bool = False) -> tuple[Datum, ...]:
    return tuple(_datum(notice, path, minor) for path in sorted(fields))


def _datum(notice: Notice, path: str, minor: bool) -> Datum:
    category, _, name = path.partition(".")
    held = notice.data[category]
    special = minor or "specific" in (held.class_.partition(":")[0], held.treat_as)
    return Datum(path, pii_optional=held.fields[name].optional, special=special)


def _controller(desk: Desk) -> Party:
    one = desk.notice.organisation
    return Party(
        party_id=desk.origin, party_name=one.legal_name or one.name, party_address=one.contact.postal,
        party_contact=one.contact.phone or one.contact.email, party_type="dpv:Organisation",
        party_email=one.contact.email, party_role="dpv:DataController",
    )  # fmt: skip


@derived
def _receiving(notice: Notice, purpose: str, fields: frozenset[str], also: str = "") -> tuple[str, ...]:
    """Name who receives any of the fields for a purpose, and ``also`` whom the consent itself names."""
    return tuple(
        name for name, one in notice.recipients.items()
        if name == also or (purpose in one.for_ and not one.gets.isdisjoint(fields))
    )  # fmt: skip


@derived
def _recipients(notice: Notice, purpose: str, fields: frozenset[str], also: str) -> tuple[Party, ...]:
    return tuple(_recipient(notice, name) for name in _receiving(notice, purpose, fields, also))


def _recipient(notice: Notice, name: str) -> Party:
    """Name a recipient as the notice does; it is reached through the controller, who answers for it."""
    one, called, contact = notice.recipients[name], labels(notice, "en").recipient(name), notice.organisation.contact
    return Party(f"recipients.{name}", called, one.country, contact.email, "dpv:Organisation", party_role=one.kind)


@derived
def _stores(notice: Notice) -> tuple[str, ...]:
    """Say where it is stored: each declared place, by whom, in which country."""
    found, own = notice.recipients, notice.organisation.name
    placed = [(place, notice.endpoints.get(place, "own")) for place in _STORES]  # type: ignore[call-overload]
    return tuple(
        f"{place}: {labels(notice, 'en').recipient(who)}, {found[who].country}" if who in found
        else f"{place}: {own}"
        for place, who in placed if who != "none"
    )  # fmt: skip


@derived
def _way_out(notice: Notice, purpose: str) -> str:
    """Say where to take it back or to object: the privacy address, and the link in each message that has one."""
    boxes = [m.address for m in notice.mailboxes.values() if m.does in {"any_request", "withdrawal"}]
    mail = f"mailto:{next(iter(boxes), notice.organisation.contact.email)}"
    linked = [n for n, m in notice.messages.items() if m.for_ == purpose and "link" in m.stop]
    return "; ".join([mail, *(f"link in each messages.{name}" for name in linked)])


def _notice(desk: Desk) -> dict[str, object]:
    """Name the notice in force by version and digest (SHA-256 of its file)."""
    version = desk.notice.notice.version
    return {"@type": "dpv:PrivacyNotice", "dct:hasVersion": version, "dct:identifier": f"sha256:{desk.digest.hex()}"}


def _words(desk: Desk, question: str, language: str) -> dict[str, object]:
    """Give the exact words shown with the question, and their SHA-256 as it stands in the register."""
    said = [{"@value": text, "@language": lang} for lang, text in shown(desk.notice, question, language).items()]
    digest = desk.words(question, language).hex()
    described = said[0] if len(said) == 1 else said
    return {"@type": "dpv:ConsentNotice", "dct:description": described, "dct:identifier": f"sha256:{digest}"}


def _principal(desk: Desk) -> str:
    """Name the person for this one record: random, so that two receipts do not show that one person holds both."""
    return uuid.UUID(bytes=desk.random(16), version=4).urn


def _urn(raw: bytes) -> str:
    return uuid.UUID(bytes=raw).urn


@derived
def _periods(notice: Notice, fields: frozenset[str]) -> str:
    categories = sorted({path.partition(".")[0] for path in fields})
    return "; ".join(
        kept(category, notice.retention[category]) for category in categories if category in notice.retention
    )


def kept(category: str, life: Life) -> str:
    """Say how long a category is kept: ``identity: P2Y after booking.closed``, and what other law keeps longer."""
    if life.not_stored:
        return f"{category}: not stored"
    said = f"{category}: {length(life.for_)} after {life.from_.event}"
    if life.hold:
        said += f" ({', '.join(sorted(life.hold.fields))}: {length(life.hold.for_)}, {life.hold.rule})"
    return said


def length(value: Duration) -> str:
    """Write a length of time as ISO 8601 does: ``P2Y``; working days, which ISO does not know, in words."""
    form = _LETTERS.get(value.unit)
    return form.format(value.count) if form else f"{value.count} working days"


def rfc3339(at: int) -> str:
    """Write an instant (microseconds since 1970 UTC) in full, as it stands in the opening: it is the person's own."""
    return (EPOCH + dt.timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")
