"""Every promise has an id, a kind, a sentence in both languages and its articles; every clause is kept."""

import re
from pathlib import Path

import pytest

from tepati.notice.labels import labels
from tepati.notice.later import LATER, later
from tepati.notice.law.pack import pack
from tepati.notice.load import load
from tepati.notice.promises import KINDS, paths, promises

DRAFTS = Path(__file__).parent / "drafts"
NAMES = ("home-cleaning", "hosting", "office-booking", "online-store", "point-of-sale", "barber")
LETTERS = {
    "home-cleaning": ("F", 12),
    "hosting": ("W", 22),
    "office-booking": ("S", 13),
    "online-store": ("T", 17),
    "point-of-sale": ("A", 14),
}


@pytest.fixture(scope="module", params=NAMES)
def notice(request):
    return load((DRAFTS / f"{request.param}.yaml").read_bytes()).sound()


@pytest.mark.parametrize("name", LETTERS)
def test_every_sentence_of_the_old_notice_and_every_duty_is_on_the_board(name):
    notice = load((DRAFTS / f"{name}.yaml").read_bytes()).sound()
    letter, count = LETTERS[name]
    ids = {one for promise in promises(notice) for one in promise.ids}
    shown = {clause for clause, one in notice.clauses.items() if one.information}
    assert {f"{letter}{n}" for n in range(1, count + 1)} == {one for one in ids if one[0] == letter} | shown
    assert {f"L{n}" for n in range(1, 19)} <= ids


def test_ids_are_unique_and_sentences_whole(notice):
    found = promises(notice)
    assert len({promise.id for promise in found}) == len(found)
    assert {promise.id for promise in found} == paths(notice)
    for promise in found:
        assert promise.kind in KINDS
        for sentence in (promise.text.id, promise.text.en):
            assert sentence.strip(), promise.id
            assert not re.search(r"[{}]|None|  ", sentence), (promise.id, sentence)
            assert sentence[0].isupper() or not sentence[0].isalpha(), (promise.id, sentence)


def test_the_languages_differ(notice):
    same = [p.id for p in promises(notice) if p.text.id == p.text.en and not p.id.startswith("clauses")]
    assert same == []


def test_own_words_replace_the_default():
    notice = load((DRAFTS / "home-cleaning.yaml").read_bytes()).sound()
    cleaner = next(p for p in promises(notice) if p.id == "roles.cleaner")
    assert cleaner.text.id.startswith("Petugas kebersihan melihat alamat Anda sejak malam")
    assert cleaner.ids == ("F4",)


def test_the_laws_default_is_marked():
    by_id = {p.id: p for p in promises(load((DRAFTS / "barber.yaml").read_bytes()).sound())}
    assert by_id["rights.access.within"].default
    assert by_id["breach.within"].default
    assert by_id["never.automated_decisions"].default
    assert not by_id["rights.erasure.within"].default
    assert not by_id["points.book"].default
    assert by_id["rights.access.within"].law == ("UU PDP 7", "UU PDP 32")


def test_the_form_of_address_is_kept():
    notice = load((DRAFTS / "online-store.yaml").read_bytes()).sound()
    made = [p.text.id for p in promises(notice) if p.id.startswith(("disclosure", "breach", "business"))]
    assert made
    assert not any("Anda" in sentence for sentence in made)
    assert any("kamu" in sentence.lower() for sentence in made)


def test_names_in_indonesian_sentences_are_indonesian():
    """The example's own things all have a word: no key of the file stands in a sentence."""
    notice = load((Path(__file__).parents[2] / "examples/home-cleaning/notice.yaml").read_bytes()).sound()
    said = labels(notice, "id")
    for section, call in (
        ("purposes", said.purpose),
        ("points", said.point),
        ("roles", said.role),
        ("data", said.category),
    ):
        for name in getattr(notice, section):
            assert call(name) != name.replace("_", " ") or name in ("status", "slot"), (section, name)


def test_the_pack_is_dated_and_its_marks_are_honest():
    facts = pack("id-uupdp")
    assert facts.in_force.isoformat() == "2024-10-17"
    assert {ceiling.path: ceiling.mark for ceiling in facts.ceiling}["rights.withdrawal.within"] == "R"
    assert [duty.id for duty in facts.duty] == [f"L{n}" for n in range(1, 19)]
    assert pack("id-pp33").official is None


def test_what_was_only_restated_warns():
    source = (DRAFTS / "home-cleaning.yaml").read_text("utf-8")
    loaded = load(source.replace("withdrawal: {within: 3x24 hours", "withdrawal: {within: 14 days").encode())
    found = next(f for f in loaded.findings if f.code == "weaker-than-law")
    assert found.level == "warning"
    assert "not yet verified" in found.what
    assert loaded.notice is not None


def test_what_comes_later_is_known_by_its_path():
    assert later("mailboxes.privacy.within") == "mailboxes.privacy"
    assert later("rights.erasure") == ""
    assert len(set(LATER)) == len(LATER)
