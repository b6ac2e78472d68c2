"""Values are cleaned once, where they enter; cleaning again changes nothing, and no fault repeats the value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.errors import BadInput
from tepati.notice import vocabulary
from tepati.rules import squares, types
from tepati.rules.types import clean, element, indexed, mask

NAMES = tuple(n for n in vocabulary.FieldType.__args__ if n != "unclear")


def fault(type, raw, options=()):
    with pytest.raises(BadInput) as caught:
        clean(type, raw, options)
    shown = str(caught.value)
    assert isinstance(raw, str) is False or len(raw) < 4 or raw not in shown
    return caught.value.code


def test_every_type_of_the_language_is_known():
    for name in NAMES:
        assert element(name).tag in {"input", "textarea", "select"}
        assert indexed(name) in {True, False}
    assert fault("unclear", "x") == "unknown_type"


@pytest.mark.parametrize(
    "raw",
    ["08123456789", "628123456789", "+628123456789", "8123456789", "00628123456789", "+62 812-3456-789",
     "+62 (0)812 3456 789", "0812.3456.789"],
)  # fmt: skip
def test_an_indonesian_number_is_one_number(raw):
    """Databunker stored 08123456789 as a British number, and found it under none of its other spellings."""
    assert clean("phone", raw) == "+628123456789"


@pytest.mark.parametrize("raw", ["+6591234567", "006591234567"])
def test_a_foreign_number_keeps_its_country(raw):
    assert clean("phone", raw) == "+6591234567"


@pytest.mark.parametrize(
    "raw", ["12345", "+", "abc", "0812", "+1234567890123456", "91234567", "0812\uff13456789", "62", "+0812345678"]
)
def test_what_is_no_phone(raw):
    assert fault("phone", raw) == "not_phone"


def test_mail_is_folded_and_its_domain_ascii():
    assert clean("email", "  Budi.S@Example.ORG ") == "budi.s@example.org"
    assert clean("email", "budi@bücher.example") == "budi@xn--bcher-kva.example"
    assert clean("email", "budi+toko@example.org") == "budi+toko@example.org"


@pytest.mark.parametrize(
    "raw",
    ["budi", "@example.org", "budi@", "budi@localhost", "a..b@example.org", ".a@example.org", "bu di@example.org",
     "büdi@example.org", "budi@exa_mple.org", "budi@-x.org", "budi@1.2.3.4", "a" * 65 + "@example.org",
     "a@b@example.org", "budi@example.org,b@example.org"],
)  # fmt: skip
def test_what_is_no_mail_address(raw):
    assert fault("email", raw) == "not_email"


@pytest.mark.parametrize(
    ("type", "raw", "expected"),
    [
        ("name", "  Siti \t Aminah ".replace("\t", " "), "Siti Aminah"),
        ("name", "Jose\u0301", "Jos\u00e9"),
        ("address", "Jl. Melati 5\r\nDepok", "Jl. Melati 5\nDepok"),
        ("nik", "3201 0152 0390 0001", "3201015203900001"),
        ("postcode", "16411", "16411"),
        ("money", "Rp 25.000", "25000 IDR"),
        ("money", "25000.50 usd", "25000.5 USD"),
        ("money", "1.250.000,75", "1250000.75 IDR"),
        ("date", "1/12/2026", "2026-12-01"),
        ("time", "7.05", "07:05"),
        ("time", "2026-12-01T08:00:00+07:00", "2026-12-01T01:00:00Z"),
        ("ip", "2001:DB8::0001", "2001:db8::1"),
        ("card_number", "4111 1111 1111 1111", "4111111111111111"),
        ("yes_no", "Ya", "yes"),
        ("number", "007.50", "7.5"),
        ("location", "-6.4025, 106.794", "-6.40250,106.79400"),
        ("age_band", "under_18", "under_18"),
        ("url", "/harga?x=1", "/harga?x=1"),
    ],
)
def test_normal_forms(type, raw, expected):
    assert clean(type, raw) == expected


@pytest.mark.parametrize(
    ("type", "raw", "code"),
    [
        ("name", "12345", "not_name"),
        ("name", "", "missing"),
        ("name", "   ", "missing"),
        ("name", None, "not_text"),
        ("name", 5, "not_text"),
        ("name", ["a"], "not_text"),
        ("name", "a\x00b", "control_character"),
        ("name", "Budi\u202egnp.exe", "control_character"),
        ("name", "Budi\u200b", "control_character"),
        ("name", "Budi\nBcc: x", "control_character"),
        ("name", "\ud800\udc00", "control_character"),
        ("text", "a\x1b[0m", "control_character"),
        ("name", "x" * 121, "too_long"),
        ("text", "x" * 10_000_000, "too_long"),
        ("nik", "3201013203900001", "not_nik"),
        ("card_number", "4111 1111 1111 1112", "not_card_number"),
        ("date", "2026-02-30", "not_date"),
        ("date", "yesterday", "not_date"),
        ("url", "javascript:alert(1)", "not_url"),
        ("url", "//evil.example", "not_url"),
        ("url", "https://u:p@x.example/", "not_url"),
        ("ip", "fe80::1%eth0", "not_ip"),
        ("location", "91,0", "not_location"),
        ("money", "1e9", "not_money"),
        ("number", "NaN", "not_number"),
        ("file", "%%%", "not_file"),
        ("age_band", "9_to_3", "not_age_band"),
        ("time", "25:00", "not_time"),
        ("yes_no", "maybe", "not_yes_no"),
    ],
)
def test_faults(type, raw, code):
    assert fault(type, raw) == code


def test_a_choice_is_one_of_its_options():
    assert clean("choice", "sofa", {"sofa": 1, "routine": 2}) == "sofa"
    assert fault("choice", "garden", ("sofa",)) == "not_an_option"


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(NAMES), st.one_of(st.text(), st.from_regex(r"\A[0-9+ .,:/@a-z-]{1,20}\Z"), st.emails()))
def test_cleaning_is_idempotent_and_raises_nothing_else(type, raw):
    try:
        once = clean(type, raw)
    except BadInput:
        return
    assert clean(type, once) == once
    assert once


SAMPLES = {
    "name": "Siti Aminah", "email": "siti@example.org", "phone": "+628123456789", "nik": "3201015203900001",
    "card_number": "4111111111111111", "address": "Jl. Melati 5", "text": "a secret wish", "birth_date": "1990-03-12",
    "money": "25000 IDR", "account_number": "1234567890",
}  # fmt: skip


@pytest.mark.parametrize("type", SAMPLES)
def test_a_mask_hides_most_of_it(type):
    value = SAMPLES[type]
    assert mask(type, value, "full") == value
    for how in ("masked", "last4", "hidden"):
        assert value not in mask(type, value, how)
    assert mask(type, value, "hidden") == "•••"


def test_masks_show_what_they_say():
    assert mask("name", "Siti Aminah", "masked") == "S••• A•••"
    assert mask("name", "Siti Aminah", "initials") == "S. A."
    assert mask("email", "siti@example.org", "masked") == "s•••@example.org"
    assert mask("card_number", "4111111111111111", "last4") == "•••• 1111"
    assert mask("postcode", "16411", "last4") == "••••"


def test_no_index_where_values_are_few():
    """Design section 5: an index over a handful of values is a list of who has which."""
    assert {n for n in NAMES if indexed(n)} == {"email", "phone", "nik", "npwp", "username"}
    assert types.element("email").autocomplete == "email"


@pytest.mark.promise("A11")
@given(
    st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([2, 10, 100, 1_000, 10_000, 250_000, 5_000_000]),
    st.floats(0.0, 0.99),
)  # fmt: skip
def test_a_place_is_one_of_squares_no_finer_than_its_precision(latitude, longitude, metres, near):
    """Cut again it stays, near it is, and whatever lies between two squares tells nothing more."""
    place = clean("location", f"{latitude:.6f}, {longitude:.6f}")
    cut = clean("location", place, precision=metres)
    assert clean("location", cut, precision=metres) == cut
    steps = (latitude + near * metres / 111_700 * n / 50 for n in range(50))
    rows = {squares.coarse(f"{each:.9f},{longitude:.9f}", metres).partition(",")[0] for each in steps if each < 90}
    assert len(rows) <= 2, "within one side there are two rows at most"
