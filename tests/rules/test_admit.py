"""What may enter at a point: the declared fields by a declared channel, all faults at once, age where it is asked."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.errors import BadInput, Refused
from tepati.notice.load import load
from tepati.rules import ages
from tepati.rules.admit import Submission, admit
from tepati.rules.calendar import local
from tepati.rules.policy import compile

NOTICE = load((Path(__file__).parents[2] / "examples" / "home-cleaning" / "notice.yaml").read_bytes()).notice
POLICY = compile(NOTICE)
NOW = 1_796_094_000_000_000  # 1 December 2026, 10:00 in Jakarta
replace = msgspec.structs.replace
FIELDS = {
    "identity.name": " Siti  Aminah ", "identity.email": "Siti@Example.org", "identity.phone": "0812-3456-789",
    "identity.age": "18_or_over", "location.address": "Jl. Melati 5", "booking.service": "sofa",
    "booking.date": "2026-12-10", "booking.slot": "s0800", "booking.method": "cash",
}  # fmt: skip
FORM = Submission("booking", "site", FIELDS, frozenset({"offers_by_email"}), True, NOW)
COMPLAINT = Submission("complaint", "site", {"complaint.text": "x"}, at=NOW)
REPORT = Submission("payment_report", "api", {"payment.reference": "1"}, at=NOW)


def refused(sent):
    with pytest.raises(Refused) as caught:
        admit(POLICY, sent)
    return caught.value.code, caught.value.promise


def faults(sent):
    with pytest.raises(BadInput) as caught:
        admit(POLICY, sent)
    return dict(caught.value.faults)


def changed(**fields):
    return replace(FORM, fields={**FIELDS, **{k.replace("__", "."): v for k, v in fields.items()}})


def test_a_booking_enters_clean():
    admission = admit(POLICY, FORM)
    assert admission.values["identity"]["phone"] == "+628123456789"
    assert admission.fields["identity.name"] == "Siti Aminah"
    assert admission.identifies == {"identity.email": "siti@example.org"}
    assert admission.questions == ("offers_by_email",)
    assert (admission.population, admission.opens, admission.terms) == ("customer", "booking", "service")
    assert (admission.outcome, admission.minor_until, admission.purpose) == ("", 0, "orders")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (replace(FORM, point="contest"), ("unknown_point", "points")),
        (replace(FORM, channel="sms"), ("channel_closed", "points.booking")),
        (changed(identity__nik="3201"), ("undeclared_field", "points.booking")),
        (changed(payment__reference="x"), ("undeclared_field", "points.booking")),
        (replace(FORM, ticks=frozenset({"share_with_anyone"})), ("question_not_asked", "points.booking")),
        (replace(COMPLAINT, age="17"), ("age_not_asked", "minors.asked_at")),
        (REPORT, ("sender_not_declared", "points.payment_report")),
    ],
)  # fmt: skip
def test_what_was_not_declared_does_not_enter(sent, expected):
    assert refused(sent) == expected


def test_a_channel_the_notice_does_not_cover_is_refused():
    """T13: the notice covers what is collected online; what comes otherwise is refused."""
    notice = replace(NOTICE, notice=replace(NOTICE.notice, covers=("site",)))
    with pytest.raises(Refused) as caught:
        admit(compile(notice), replace(FORM, channel="phone"))
    assert caught.value.promise == "notice.covers"


def test_all_faults_are_told_at_once_and_none_repeats_a_value():
    bad = changed(identity__name="123", identity__email="nowhere", identity__phone="", booking__service="garden")
    sent = replace(bad, terms=False)
    assert faults(sent) == {
        "identity.name": "not_name", "identity.email": "not_email", "identity.phone": "missing",
        "booking.service": "not_an_option", "terms": "terms_not_accepted",
    }  # fmt: skip
    with pytest.raises(BadInput) as caught:
        admit(POLICY, sent)
    assert "nowhere" not in str(caught.value) + str(caught.value.faults)


def test_an_undeclared_name_is_never_repeated():
    with pytest.raises(Refused) as caught:
        admit(POLICY, replace(FORM, fields={**FIELDS, "Siti Aminah, Depok": "x"}))
    assert "Siti" not in str(caught.value)


def test_optional_fields_may_be_absent():
    assert "wish" not in admit(POLICY, FORM).values["booking"]
    assert admit(POLICY, changed(booking__wish="use the side door")).values["booking"]["wish"] == "use the side door"


@pytest.mark.parametrize("answer", ["17", "under_18", "2009-01"])
def test_a_child_needs_a_guardian(answer):
    fields = {k: v for k, v in FIELDS.items() if k != "identity.age"}
    admission = admit(POLICY, replace(FORM, fields=fields, age=answer))
    assert admission.outcome == "guardian"
    assert admission.minor_until > NOW
    assert admission.values["identity"]["age"] == "under_18"
    until = local(admission.minor_until, POLICY.days)
    assert (until.day, until.hour, until.minute) == (1, 0, 0)


def test_age_must_be_answered_where_it_is_asked():
    fields = {k: v for k, v in FIELDS.items() if k != "identity.age"}
    assert faults(replace(FORM, fields=fields)) == {"identity.age": "missing"}


def test_the_youngest_are_refused():
    point = replace(NOTICE.points["booking"], age={13: "refuse", 18: "guardian", 21: "warn"})
    policy = compile(replace(NOTICE, points={**NOTICE.points, "booking": point}))
    with pytest.raises(Refused) as caught:
        admit(policy, replace(FORM, age="12"))
    assert (caught.value.code, caught.value.promise) == ("too_young", "points.booking.age")
    assert admit(policy, replace(FORM, age="19")).outcome == "warn"
    assert admit(policy, replace(FORM, age="13_to_17")).outcome == "guardian"
    assert ages.bands(point) == ("under_13", "13_to_17", "18_to_20", "21_or_over")


@settings(max_examples=300, deadline=None)
@given(st.dates(dt.date(1950, 1, 1), dt.date(2026, 11, 30)))
def test_nobody_is_adult_too_early_and_no_birthday_shows(born):
    """The month's end never lies before the eighteenth birthday, nor more than 31 days after it."""
    age = ages.read(born.isoformat(), NOW, POLICY.days)
    until = ages.minor_until(age, 18, NOW, POLICY.days)
    try:
        birthday = born.replace(year=born.year + 18)
    except ValueError:
        birthday = dt.date(born.year + 18, 3, 1)
    if birthday <= dt.date(2026, 12, 1):
        assert until == 0
    else:
        end = local(until, POLICY.days).date()
        assert end.day == 1
        assert birthday < end <= birthday + dt.timedelta(days=32)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.none(), st.integers())), st.text())
def test_garbage_is_refused_or_faulty_and_nothing_else(point, channel, fields, age):
    for sent in (Submission(point, channel, fields, age=age), replace(FORM, fields=fields), replace(FORM, age=age)):
        try:
            admit(POLICY, sent)
        except (Refused, BadInput):
            continue


@pytest.mark.parametrize(
    "wish",
    ["kartu saya 4111 1111-1111.1111", "unit 12 5500000000000004", "KTP 3276014101900001", "amex 378282246310005"],
)
def test_free_text_that_is_screened_takes_no_number_of_a_card_or_of_a_person(wish):
    """``screen: yes``: the number is refused with its field, told by its kind, and never repeated."""
    sent = changed(booking__wish=wish)
    assert faults(sent) == {"booking.wish": "number_in_text"}


@pytest.mark.parametrize(
    "wish", ["telepon 0812 3456 7890 atau 0813 9876 5432", "resi 9111112345678902", "Rp 150.000.000.000.000", "jam 8"]
)
def test_other_numbers_stay_in_screened_text(wish):
    assert admit(POLICY, changed(booking__wish=wish)).values["booking"]["wish"] == wish


def test_text_that_is_not_screened_takes_any_number():
    free = NOTICE.data["booking"].fields["wish"]
    plain = replace(
        NOTICE.data["booking"], fields={**NOTICE.data["booking"].fields, "wish": replace(free, screen=False)}
    )
    policy = compile(replace(NOTICE, data={**NOTICE.data, "booking": plain}))
    sent = changed(booking__wish="4111111111111111")
    assert admit(policy, sent).values["booking"]["wish"] == "4111111111111111"
