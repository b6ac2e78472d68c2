"""The door on the home-cleaning notice, rule by rule: what is allowed, and which promise refuses the rest."""

from pathlib import Path

import msgspec
import pytest

from tepati.errors import Refused
from tepati.notice.load import load
from tepati.notice.settle import settle
from tepati.rules.decide import decide
from tepati.rules.facts import FOREVER, Dealing, Facts, Row, Use
from tepati.rules.policy import compile

NOTICE = load((Path(__file__).parents[2] / "examples" / "home-cleaning" / "notice.yaml").read_bytes()).notice
POLICY = compile(NOTICE)
DAY, HOUR = 86_400_000_000, 3_600_000_000
MIDNIGHT = 1_796_058_000_000_000  # 1 December 2026, 00:00 in Jakarta
NOW = MIDNIGHT + 10 * HOUR
BOOKING, VISIT, TICKET = "b" * 32, "d" * 32, "e" * 32
ANI = "a" * 32
HOURS = {"starts": MIDNIGHT + DAY + 9 * HOUR, "ends": MIDNIGHT + DAY + 11 * HOUR}
replace = msgspec.structs.replace

SITI = Facts(
    "customer",
    joined=True,
    told=1,
    consents={"offers_by_email": NOW + DAY},
    rows={"r1": Row("booking", 1, True, BOOKING), "r2": Row("payment_report", 1, True)},
    dealings={
        BOOKING: Dealing("booking", NOW - DAY),
        VISIT: Dealing("visit", NOW - DAY, moments=HOURS, assigned=ANI),
    },
)  # fmt: skip


def use(purpose, *fields, **more):
    return Use(
        **{
            "act": "look",
            "purpose": purpose,
            "fields": frozenset(fields),
            "at": NOW,
            "person": b"s" * 16,
            "tx": 3,
            **more,
        }
    )


def refused(asked, facts=SITI, policy=POLICY):
    with pytest.raises(Refused) as caught:
        decide(policy, asked, facts)
    return caught.value.code, caught.value.promise


LOOK = use("orders", "identity.name", "identity.phone", "location.address", role="dispatcher", actor=ANI)
CLEAN = use("orders", "identity.name", "location.address", role="cleaner", actor=ANI)
OFFER = use("offers", "identity.name", "identity.email", act="send", channel="email", message="offer")
CONFIRM = use(
    "orders", "identity.name", "identity.email", act="send", channel="email", message="confirmed", record="r1"
)


def test_a_task_opens_what_it_needs():
    permit = decide(POLICY, LOOK, SITI)
    assert permit.fields == LOOK.fields
    assert permit.records == {"r1"}
    assert (permit.promise, permit.how, permit.tx, permit.at) == ("roles.dispatcher", "full", 3, NOW)


def test_a_field_with_a_mask_is_shown_so_to_every_role():
    """``mask``: the strictest of what the role and the field say; the person's own and the system's stay whole."""
    held = NOTICE.data["identity"]
    masked = msgspec.structs.replace(held.fields["phone"], mask="last4")
    data = {**NOTICE.data, "identity": msgspec.structs.replace(held, fields={**held.fields, "phone": masked})}
    policy = compile(settle(msgspec.structs.replace(NOTICE, data=data), ()))
    assert decide(policy, LOOK, SITI).how == "last4"
    assert decide(policy, use("orders", "identity.name", role="dispatcher", actor=ANI), SITI).how == "full"
    assert decide(policy, use("requests", "identity.phone", role="person"), SITI).how == "full"
    assert policy.aims["requests"].seats["privacy_desk"].how == "masked"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"purpose": "selling"}, ("unknown_purpose", "purposes")),
        ({"fields": frozenset({"identity.nik"})}, ("undeclared_field", "data")),
        ({"fields": frozenset({"complaint.text"})}, ("field_not_used", "purposes.orders")),
        ({"fields": frozenset({"identity.email"})}, ("field_not_seen", "roles.dispatcher")),
        ({"role": "stranger"}, ("unknown_role", "roles")),
        ({"role": "accountant"}, ("role_not_for", "roles.accountant")),
        ({"role": "person"}, ("role_not_for", "rights.access")),
        ({"act": "export"}, ("act_not_given", "roles.dispatcher")),
        (
            {"purpose": "service", "fields": frozenset({"complaint.text"}), "role": "service_desk"},
            ("window_closed", "roles.service_desk"),
        ),
        ({"dealing": "f" * 32}, ("unknown_dealing", "cases")),
        ({"record": "r9"}, ("unknown_record", "data")),
        ({"channel": "sms"}, ("channel_not_declared", "purposes.orders")),
        ({"recipient": "host"}, ("recipient_not_for", "recipients.host")),
        ({"recipient": "nobody"}, ("recipient_not_for", "recipients")),
        ({"purpose": "disclosure"}, ("not_yet", "disclosure.compelled")),
    ],
)  # fmt: skip
def test_the_rest_is_refused_with_its_promise(change, expected):
    assert refused(replace(LOOK, **change)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"told": 0}, ("untold", "notice.announce")),
        ({"restricted": ("orders",)}, ("restricted", "rights.restriction")),
        ({"restricted": ("*",)}, ("restricted", "rights.restriction")),
        ({"objected": ("orders",)}, ("objected", "rights.objection")),
        ({"minor_until": NOW + 1}, ("guardian_missing", "minors.guardian")),
        ({"population": "stranger"}, ("unknown_population", "populations")),
        ({"ended": ("location",)}, ("ended", "retention.location")),
        ({"rows": {}}, ("no_record", "purposes.orders")),
        ({"rows": {"r1": Row("browsing", 1, True)}}, ("no_record", "purposes.orders")),
        ({"dealings": {BOOKING: Dealing("booking", NOW - DAY, NOW)}}, ("window_closed", "roles.dispatcher")),
        ({"dealings": {}}, ("window_closed", "roles.dispatcher")),
    ],
)
def test_the_state_of_the_person_refuses(change, expected):
    assert refused(LOOK, replace(SITI, **change)) == expected


def test_a_restriction_stops_neither_the_law_nor_the_person():
    facts = replace(SITI, restricted=("*",), objected=("orders",), minor_until=FOREVER)
    assert decide(POLICY, use("requests", "identity.name", role="person"), facts).how == "full"
    books = use("bookkeeping", "identity.name", "payment.amount", role="accountant")
    assert decide(POLICY, books, replace(SITI, restricted=("*",))).records == {"r1", "r2"}


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (MIDNIGHT + 18 * HOUR - 1, False),  # the evening before begins at 18:00
        (MIDNIGHT + 18 * HOUR, True),
        (MIDNIGHT + DAY + 13 * HOUR - 1, True),
        (MIDNIGHT + DAY + 13 * HOUR, False),  # two hours after the end
    ],
)
def test_the_cleaner_sees_the_address_from_the_evening_before_until_two_hours_after(at, allowed):
    asked = replace(CLEAN, at=at)
    if allowed:
        assert decide(POLICY, asked, SITI).promise == "roles.cleaner"
    else:
        assert refused(asked) == ("window_closed", "roles.cleaner")


def test_only_the_cleaner_of_this_visit_and_not_when_it_was_called_off():
    at = MIDNIGHT + 20 * HOUR
    assert refused(replace(CLEAN, at=at, actor="c" * 32))[0] == "window_closed"
    assert refused(replace(CLEAN, at=at, actor=""))[0] == "window_closed"
    off = replace(SITI, dealings={VISIT: replace(SITI.dealings[VISIT], closed=NOW)})
    assert refused(replace(CLEAN, at=at), off)[0] == "window_closed"


def test_promotion_needs_the_yes_of_its_channel():
    """F7: offers by mail after a confirmed yes; never by another channel, never after its end."""
    assert decide(POLICY, OFFER, SITI).promise == "messages.offer"
    assert refused(OFFER, replace(SITI, consents={})) == ("consent_missing", "consents.offers_by_email")
    assert refused(replace(OFFER, at=NOW + DAY)) == ("consent_missing", "consents.offers_by_email")
    chat = use("offers", "identity.name", "identity.phone", act="send", channel="whatsapp", message="offer_chat")
    assert refused(chat) == ("consent_missing", "consents.offers_by_whatsapp")


def test_only_declared_messages_leave():
    assert refused(replace(CONFIRM, message=""))[1] == "messages"
    assert refused(replace(CONFIRM, message="birthday"))[1] == "messages"
    assert refused(replace(CONFIRM, message="offer")) == ("message_not_declared", "messages.offer")
    assert refused(replace(CONFIRM, act="look", message=""))[1] == "messages"
    assert refused(replace(CONFIRM, fields=CONFIRM.fields | {"location.address"})) == (
        "field_not_sent",
        "messages.confirmed",
    )


def test_a_recipient_gets_its_fields_for_its_purposes_and_no_more():
    """F5, L14: the payment provider gets the name, never the phone number, and nothing for promotion."""
    give = use("orders", "identity.name", "payment.amount", act="share", recipient="payment_provider")
    assert decide(POLICY, give, SITI).promise == "recipients.payment_provider"
    more = replace(give, fields=give.fields | {"identity.phone"})
    assert refused(more) == ("field_not_given", "recipients.payment_provider")
    assert refused(replace(give, purpose="bookkeeping")) == ("recipient_not_for", "recipients.payment_provider")


def test_an_unproven_record_serves_what_it_came_for_and_nothing_else():
    """Design section 5: no promotion, no figures, and only when that record is meant."""
    facts = replace(SITI, rows={"r1": Row("booking", 1, False, BOOKING), "r3": Row("booking", 1, False, "f" * 32)})
    assert decide(POLICY, CONFIRM, facts).records == {"r1"}
    assert decide(POLICY, replace(LOOK, dealing=BOOKING), facts).records == {"r1"}
    assert refused(LOOK, facts) == ("unproven", "points")
    assert refused(OFFER, facts) == ("unproven", "points")
    assert refused(use("optimise", "booking.service"), facts) == ("unproven", "points")


def test_a_person_sees_unproven_records_masked():
    joined, strange = SITI.rows["r1"], Row("booking", 1, False, "f" * 32)
    ask = use("requests", "identity.name", role="person")
    proven = replace(SITI, rows={"r1": joined, "r3": strange})
    assert decide(POLICY, ask, proven).records == {"r1"}
    assert decide(POLICY, replace(ask, record="r3"), proven).how == "masked"
    provisional = replace(SITI, joined=False, rows={"r3": strange})
    assert decide(POLICY, ask, provisional).how == "masked"


def test_what_is_held_serves_the_rule_it_is_held_for():
    facts = replace(SITI, ended=("identity", "payment"), holds={"identity": NOW + DAY, "payment": NOW + DAY})
    books = use("bookkeeping", "identity.name", "payment.amount", role="accountant")
    assert decide(POLICY, books, facts)
    assert refused(LOOK, facts) == ("ended", "retention.identity")
    assert refused(replace(books, at=NOW + DAY), facts)[0] == "ended"
    assert refused(use("requests", "identity.name", role="person"), facts)[0] == "ended"


def test_a_wider_notice_holds_person_by_person():
    """W18, L2: whoever was not told the wider version is not served by it."""
    wider = compile(NOTICE, {"orders": 2})
    assert refused(LOOK, policy=wider) == ("untold", "notice.announce")
    assert decide(wider, LOOK, replace(SITI, told=2))
    assert decide(wider, OFFER, SITI)


def test_a_pilot_opens_nothing():
    purposes = {**NOTICE.purposes, "orders": replace(NOTICE.purposes["orders"], enforce="observe")}
    pilot = compile(replace(NOTICE, purposes=purposes))
    assert decide(pilot, LOOK, SITI).observed == ""
    seen = decide(pilot, LOOK, replace(SITI, restricted=("*",)))
    assert (seen.observed, seen.promise, seen.fields, seen.records) == (
        "restricted",
        "rights.restriction",
        frozenset(),
        frozenset(),
    )
    assert refused(replace(LOOK, fields=frozenset({"identity.nik"})), policy=pilot)[0] == "undeclared_field"


def test_the_relay_may_carry_no_more_than_it_gets():
    mailer = replace(NOTICE.recipients["mailer"], gets=frozenset({"identity.email"}))
    tight = compile(replace(NOTICE, recipients={**NOTICE.recipients, "mailer": mailer}))
    assert refused(CONFIRM, policy=tight) == ("field_not_sent", "recipients.mailer")


def test_a_refusal_carries_no_value_and_no_person():
    with pytest.raises(Refused) as caught:
        decide(POLICY, replace(LOOK, fields=frozenset({"Siti Aminah"})), SITI)
    assert "Siti" not in str(caught.value)
