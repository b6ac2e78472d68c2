"""Letters: words in both languages, every field escaped, one line of subject, nothing typed to an unproven address."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import Misconfigured
from tepati.flows.letters import KINDS, letter
from tests.web.fake import HOUR, NOW

HOUSE = {
    "organisation": "FINECLEAN.ID", "contact": "privasi@fineclean.example", "site": "https://fineclean.example/",
    "privacy": "https://fineclean.example/privasi", "language": "id",
}  # fmt: skip
ACT = {
    "number": "HC-4K7Q-X2MB", "link": "https://fineclean.example/k/AAAA", "until": str(NOW + 48 * HOUR),
    "at": str(NOW + 24 * HOUR), "due": str(NOW + 168 * HOUR), "certificate": "https://fineclean.example/c/BBBB",
    "cancel": "https://fineclean.example/k/CCCC", "stop": "https://fineclean.example/s/DDDD", "roles": "dispatcher",
    "identity_name": "Ratna Wulandari", "booking_service": "Pembersihan rutin", "consents": "promo",
    "deny": "https://fineclean.example/k/EEEE", "asked": str(NOW), "known": str(NOW + 24 * HOUR),
    "opens": str(NOW + 24 * HOUR), "version": "2", "centre": "https://fineclean.example/pusat-privasi",
    "changes": "https://fineclean.example/privasi/perubahan/2", "keep": "https://fineclean.example/k/FFFF",
    "back": "https://fineclean.example/wali/GGGG", "provider": "Akun Contoh",
    "mine": "https://fineclean.example/k/HHHH", "thread": "https://fineclean.example/tiket/FFFF", "reply": "Besok.",
    "site": "https://fineclean.example/",
    "gone_by": str(NOW),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_kind_is_written_in_both_forms(kind, lang):
    made = letter(kind, lang, HOUSE | ACT)
    assert "\n" not in made.subject
    for form in (made.text, unescape(made.html)):
        assert "FINECLEAN.ID" in form
        assert "privasi@fineclean.example" in form
        assert "{" not in re.sub(r"<style>.*?</style>", "", form, flags=re.DOTALL)
        for name in KINDS[kind].presses:
            assert ACT[name] in form
    assert f'<html lang="{lang}">' in made.html
    assert "<img" not in made.html
    assert "<script" not in made.html


def test_instants_are_said_in_words():
    made = letter("confirm_booking", "id", HOUSE | ACT)
    assert "Sabtu, 3 Oktober 2026 pukul 14.05 WIB" in made.text
    assert "Saturday, 3 October 2026, 14:05 WIB" in letter("confirm_booking", "en", HOUSE | ACT).text
    east = HOUSE | ACT | {"timezone": "Asia/Jayapura"}
    assert "pukul 16.05 WIT" in letter("confirm_booking", "id", east).text


@pytest.mark.parametrize("lang", ["id", "en"])
def test_an_unproven_address_gets_nothing_that_was_typed(lang):
    """Mail to an unproven address contains nothing its requester typed (design section 11)."""
    typed = {
        "identity_name": "TYPEDNAME",
        "booking_wish": "TYPEDWISH",
        "location_address": "TYPEDPLACE",
        "name": "TYPED",
    }
    made = letter("confirm_booking", lang, HOUSE | ACT | typed)
    assert "TYPED" not in made.subject + made.text + made.html


@given(st.text(max_size=60))
def test_a_field_is_text_and_never_markup_placeholder_or_header(value):
    made = letter("confirmed", "id", HOUSE | ACT | {"identity_name": value, "number": f"a{value}b"})
    assert not re.search(r"[\r\n\x00]", made.subject)
    body = made.html.partition("<main>")[2]
    assert body.count("<") == letter("confirmed", "id", HOUSE | ACT).html.partition("<main>")[2].count("<")


def test_a_placeholder_in_a_field_stays_text():
    made = letter("confirmed", "id", HOUSE | ACT | {"identity_name": "{contact}{% raw %}{{ 7*7 }}"})
    assert "{contact}" in made.text
    assert "49" not in made.text


def test_a_letter_without_words_or_without_a_field_does_not_leave():
    with pytest.raises(Misconfigured):
        letter("unknown", "id", HOUSE)
    with pytest.raises(Misconfigured):
        letter("confirmed", "id", HOUSE)
