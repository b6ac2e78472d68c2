"""Room ledger: the file in a person's hand: what was recorded (ISO/IEC TS 27560, DPV terms), their opening, the proof.

The readable record is bound by its digest: the flow puts ``digest(record)`` into the payload of the person's opening
under the key ``record``. Taking the salt away leaves a file that names nobody.
"""

import hashlib
from typing import Literal

import msgspec

from tepati.errors import BadInput
from tepati.ledger.entry import Opening, Part, Receipt
from tepati.ledger.log import Proven

# The ten states of a consent, and no other (DPV 2.3); only the second and third allow a use.
State = Literal[
    "ConsentRequested", "ConsentGiven", "RenewedConsentGiven", "ConsentRequestDeferred", "ConsentRefused",
    "ConsentWithdrawn", "ConsentRevoked", "ConsentExpired", "ConsentInvalidated", "ConsentUnknown",
]  # fmt: skip

# What becomes of a processing that rests on no consent (DPV 2.3, activity status).
ACTIVITY = ("ActivityOngoing",)
# What becomes of a request to exercise a right (DPV 2.3, request and activity status).
REQUEST = ("RequestAcknowledged", "RequestFulfilled", "RequestRejected", "ActivityHalted")
Kind = Literal["dpv:ConsentRecord", "dpv:DataProcessingRecord", "dpv:RightExerciseRecord"]
STATUS = {"dpv:DataProcessingRecord": "dpv:hasActivityStatus", "dpv:RightExerciseRecord": "dpv:hasStatus"}

CONTEXT: dict[str, object] = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "schema_version": {"@id": "dct:conformsTo", "@type": "@vocab"},
    "record_id": "dct:identifier",
    "pii_principal_id": "dpv:hasDataSubject",
    "processing": "dpv:hasProcess",
    "privacy_notice": "dpv:hasNotice",
    "language": "dct:language",
    "purpose": "dpv:hasPurpose",
    "purpose_type": {"@id": "@type", "@type": "@vocab"},
    "lawful_basis": {"@id": "dpv:hasLegalBasis", "@type": "@vocab"},
    "pii_information": "dpv:hasPersonalData",
    "pii_controllers": "dpv:hasDataController",
    "storage_locations": "dpv:hasStorageCondition",
    "retention_period": "dpv:hasDuration",
    "jurisdiction": "dpv:hasJurisdiction",
    "recipient_third_parties": "dpv:hasRecipient",
    "withdrawal_method": "dpv:hasConsentControl",
    "privacy_rights": "dpv:hasRight",
    "collection_method": "dpv:hasIndicationMethod",
    "events": "dpv:hasConsentStatus",
    "event_state": {"@id": "@type", "@type": "@vocab"},
    "in_words": {"@id": "dct:description", "@container": "@language"},
}


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """A controller or recipient."""

    party_id: str
    party_name: str
    party_address: str
    party_contact: str
    party_type: str
    party_email: str = ""
    party_role: str = ""


class Datum(msgspec.Struct, frozen=True):
    """A kind of data, by its path in the notice; never a value."""

    pii_type: str
    pii_optional: bool = False
    special: bool = False


class Event(msgspec.Struct, frozen=True):
    """Something that happened to the consent: ``event_time`` in RFC 3339, all fields mandatory."""

    event_time: str
    validity_duration: str
    entity_id: str
    event_type: Literal["implied", "expressed", "explicit"]
    event_state: str


class Process(msgspec.Struct, frozen=True):
    """One purpose for which data are processed."""

    privacy_notice: str
    language: str
    purpose: str
    purpose_type: str
    lawful_basis: str
    pii_information: tuple[Datum, ...]
    pii_controllers: tuple[Party, ...]
    storage_locations: tuple[str, ...]
    retention_period: str
    jurisdiction: str
    recipient_third_parties: tuple[Party, ...]
    withdrawal_method: str
    privacy_rights: tuple[str, ...]
    collection_method: str


def record(
    record_id: str, principal: str, processing: tuple[Process, ...], events: tuple[Event, ...],
    kind: Kind = "dpv:ConsentRecord",
) -> dict[str, object]:  # fmt: skip
    """Return a record of ISO/IEC TS 27560 as JSON-LD. ``principal`` is a name for this receipt only.

    ``kind`` is another where no consent is the basis: its event then tells of the activity, or of the request.
    Raises BadInput for a state that DPV does not know, or a record without purpose or event.
    """
    consents: tuple[str, ...] = State.__args__  # type: ignore[attr-defined]  # a Literal has it, its type is mute
    known = {"dpv:ConsentRecord": consents, "dpv:DataProcessingRecord": ACTIVITY}.get(kind, REQUEST)
    if not processing or not events or any(one.event_state.removeprefix("dpv:") not in known for one in events):
        raise BadInput("ledger_record")
    return {
        "@context": CONTEXT | ({"events": STATUS[kind]} if kind in STATUS else {}),
        "@type": kind,
        "schema_version": "dpv-27560:record",
        "record_id": record_id,
        "pii_principal_id": principal,
        "processing": msgspec.to_builtins(processing),
        "events": msgspec.to_builtins(events),
    }


def digest(readable: dict[str, object]) -> str:
    """Return the SHA-256 (hex) of a record's canonical JSON, for the payload of the person's opening."""
    return hashlib.sha256(msgspec.json.encode(readable, order="sorted")).hexdigest()


def receipt(proven: Proven, opening: Opening | None = None, readable: dict[str, object] | None = None) -> bytes:
    """Return a receipt file. The payload of an opening must be text (UTF-8)."""
    part = None
    if opening is not None:
        part = Part(opening.party, opening.index, opening.size, opening.path, opening.salt, opening.payload.decode())
    made = Receipt("receipt/v1", proven.entry.decode("ascii"), proven.proof, part, readable)
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def detached(raw: bytes) -> bytes:
    """Return a receipt without salt, payload and record: it shows that a line is in the log, and names nobody."""
    whole = msgspec.json.decode(raw, type=Receipt)
    part = whole.opening and msgspec.structs.replace(whole.opening, salt=None, payload=None)
    bare = msgspec.structs.replace(whole, opening=part, record=None)
    return msgspec.json.format(msgspec.json.encode(bare), indent=2) + b"\n"
