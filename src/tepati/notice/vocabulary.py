"""Room notice: the fixed words of the language, and the names that refer to declared things."""

from typing import Annotated, Literal

from tepati.notice.values import Form, Ref, Text

Channel = Literal[
    "site",
    "app",
    "email",
    "sms",
    "whatsapp",
    "phone",
    "counter",
    "post",
    "paper",
    "upload",
    "api",
    "import",
    "device",
    "sign_in",
    "lead_form",
    "camera",
]
FieldType = Literal[
    "name",
    "email",
    "phone",
    "nik",
    "npwp",
    "address",
    "postcode",
    "area",
    "birth_date",
    "age_band",
    "gender",
    "card_number",
    "card_security_code",
    "account_number",
    "money",
    "ip",
    "device_id",
    "location",
    "file",
    "image",
    "voice",
    "document",
    "signature",
    "choice",
    "number",
    "date",
    "time",
    "text",
    "url",
    "username",
    "password",
    "reference",
    "yes_no",
    "unclear",
]
PurposeKind = Literal[
    "service",
    "payment",
    "care",
    "education",
    "recruitment",
    "communication",
    "marketing",
    "personalisation",
    "improvement",
    "statistics",
    "security",
    "fraud_prevention",
    "identity_check",
    "research",
    "publication",
    "staff",
    "legal",
]
Basis = Literal["consent", "contract", "legal_obligation", "vital_interest", "public_interest", "legitimate_interest"]
MessageKind = Literal["service", "administrative", "receipt", "reminder", "support", "security", "promotion"]
RightName = Literal[
    "information",
    "access",
    "correction",
    "completion",
    "erasure",
    "restriction",
    "withdrawal",
    "objection",
    "portability",
    "human_review",
    "complaint",
    "assistance",
    "who_looked",
]
Endpoint = Literal[
    "host",
    "database",
    "backup",
    "mail_relay",
    "mail_in",
    "sms_gateway",
    "whatsapp_gateway",
    "sign_in",
    "key_store",
    "payment",
    "monitoring",
    "witness",
]
May = Literal[
    "reply",
    "correct",
    "send",
    "import",
    "export",
    "investigate",
    "handle_requests",
    "guard_minors",
    "approve_disclosure",
    "approve_notice",
    "see_statistics",
    "advise",
    "alerts",
]
Document = Literal["court_ruling", "warrant", "written_order", "summons"]
Asker = Literal["court", "police", "prosecutor", "tax", "regulator", "ministry"]
Proof = Literal["link", "second_channel", "document", "in_person", "none"]
Alert = Literal["bulk_reads", "odd_hours", "failed_sign_ins", "new_device", "refused_uses", "decoy_touched"]
Never = Literal[
    "sale",
    "rent",
    "sharing",
    "marketing",
    "ad_trackers",
    "optional_cookies",
    "automated_decisions",
    "outside_analytics",
    "device_phone_book",
]

# Always lawful and always narrow, declared in no file.
BUILT_IN_PURPOSES = ("requests", "disclosure", "proof")
BUILT_IN_CASES = ("request", "question", "incident")
BUILT_IN_EVENTS = (
    "record.created",
    "person.joined",
    "person.last_active",
    "person.left",
    "consent.given",
    "consent.withdrawn",
    "notice.changed",
    "request.opened",
    "request.closed",
    "question.opened",
    "question.closed",
    "incident.opened",
    "incident.closed",
    "staff.left",
)
# By which types of field a message of a channel reaches somebody, and which endpoint carries it out.
REACHED_BY = {
    "email": {"email"}, "sms": {"phone"}, "whatsapp": {"phone"}, "phone": {"phone"}, "post": {"name", "address"},
}  # fmt: skip
CARRIED_BY: dict[str, Endpoint] = {"email": "mail_relay", "sms": "sms_gateway", "whatsapp": "whatsapp_gateway"}
SOURCES = ("person", "automatic", "device", "own", "staff", "sign_in", "derived", "public")

Population = Annotated[str, Ref(("populations",))]
Source = Annotated[str, Ref(("recipients", "populations"), SOURCES)]
Category = Annotated[str, Ref(("data",))]
Purpose = Annotated[str, Ref(("purposes",))]
RolePurpose = Annotated[str, Ref(("purposes",), BUILT_IN_PURPOSES)]
Point = Annotated[str, Ref(("points",))]
Consent = Annotated[str, Ref(("consents",))]
Role = Annotated[str, Ref(("roles",))]
Recipient = Annotated[str, Ref(("recipients",))]
Case = Annotated[str, Ref(("cases",))]
Cookie = Annotated[str, Ref(("cookies.set",))]
Group = Annotated[str, Ref(("statistics.groups",))]
Terms = Annotated[str, Ref(("terms",))]
Clause = Annotated[str, Ref(("clauses",))]
Fields = Annotated[frozenset[str], Form("fields")]
OneField = Annotated[str, Form("field")]
Promised = Annotated[str, Form("promise")]
Page = Annotated[str, Form("page")]
Mail = Annotated[str, Form("mail")]
Spoken = Annotated[Text, Form("spoken")]  # {id, en}, or one text that both languages share
