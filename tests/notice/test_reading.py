"""What a reader meets: each sentence has its promise, each promise its sentence, in one language at a time.

All notices of the examples and of the drafts, in Indonesian and English. What a company wrote in one language only
(names, addresses, what a cookie is called, a reading in quotation marks) is taken out before the language is judged.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from tepati.notice.document import document
from tepati.notice.labels import labels
from tepati.notice.load import load
from tepati.notice.promises import paths, promises
from tepati.notice.render import render

ROOT = Path(__file__).parents[2]
FILES = (*sorted((ROOT / "examples").glob("*/notice.yaml")), *sorted((ROOT / "tests/notice/drafts").glob("*.yaml")))
ENGLISH = re.compile(r"\b(the|and|of|for|with|your|you|we|our|is|are|not|only|when|after|from|by)\b", re.IGNORECASE)
INDONESIAN = re.compile(
    r"\b(dan|yang|untuk|dengan|kami|anda|kamu|tidak|hanya|dari|atau|sejak|pada|adalah|lewat|selama|petugas)\b",
    re.IGNORECASE,
)
DOUBLED = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
KEY = re.compile(r"\b[a-z]+_[a-z_]+\b")


@pytest.fixture(
    scope="module",
    params=[(p, lang) for p in FILES for lang in ("id", "en")],
    ids=lambda one: f"{one[0].parent.name}-{one[0].stem}-{one[1]}",
)
def read(request):
    path, lang = request.param
    notice = load(path.read_bytes()).sound()
    return notice, document(notice, lang), lang


def _parts(page):
    return [part for section in page.sections for block in section.blocks for part in block.parts]


def _sentences(page):
    """Every text a reader meets, sentence by sentence or cell by cell."""
    for section in (page.summary, *page.sections):
        yield from (section.title, section.lead)
        for block in section.blocks:
            for part in block.parts:
                if hasattr(part, "cells"):
                    yield from (text for cell in part.cells for text in (cell.text, cell.small))
                elif hasattr(part, "term"):
                    yield from (part.term, part.text)
                else:
                    yield part.text


def test_every_promise_has_one_place_in_the_notice(read):
    notice, page, _ = read
    places = Counter(path for section in page.sections for path in section.promises)
    assert set(places) == paths(notice)
    assert [path for path, n in places.items() if n > 1] == []
    assert page.places() == {path: section.id for section in page.sections for path in section.promises}


def test_every_sentence_traces_to_a_promise(read):
    notice, page, _ = read
    known = paths(notice)
    summary = [part for block in page.summary.blocks for part in block.parts]
    told = {clause.information.of(page.lang) for clause in notice.clauses.values() if clause.information}
    for part in (*summary, *_parts(page)):
        contact = getattr(part, "term", "") and part not in summary  # an address promises nothing
        assert part.promises or part.also or contact or part.text in told, part
        assert {*part.promises, *part.also} <= known, part


def test_a_promise_told_in_a_sentence_is_told_in_its_own(read):
    notice, page, lang = read
    said = {promise.id: promise.text.of(lang) for promise in promises(notice)}
    for section in page.sections:
        assert not section.told or section.lead == said[section.told[0]]
    for part in _parts(page):
        if hasattr(part, "text") and not hasattr(part, "term") and len(part.promises) == 1:
            alone = said[part.promises[0]]
            assert part.text == alone or part.promises[0].startswith(("populations.", "points.", "endpoints.")), part


def test_no_key_and_no_hole_is_left_in_the_text(read):
    notice, page, _ = read
    cookies = set(notice.cookies.set)
    for text in _sentences(page):
        assert not re.search(r"[{}]|None\b|  ", text), text
        assert set(KEY.findall(text)) <= cookies, text
        assert not DOUBLED.search(text.replace("orang per orang", "")), text


def test_sentences_begin_and_end_as_sentences_do(read):
    notice, _, lang = read
    for promise in promises(notice):
        text = promise.text.of(lang)
        assert text[0].isupper() or text[0].isdigit(), text
        assert text.endswith((".", "?")), text
        assert max(len(one.split()) for one in re.split(r"(?<=[a-z0-9)])[.;:] ", text)) <= 60, text


def test_one_language_at_a_time(read):
    notice, page, lang = read
    foreign = ENGLISH if lang == "id" else INDONESIAN
    quoted = {one.name for one in notice.recipients.values()} | {notice.organisation.name, "masuk dengan Google"}
    quoted |= {"REMOVE", *notice.cookies.set, notice.notice.page, notice.organisation.contact.postal}
    for text in _sentences(page):
        bare = re.sub(r"“[^”]*”|\S+@\S+|/\S+", "", text)
        for name in sorted(filter(None, quoted), key=len, reverse=True):
            bare = re.sub(re.escape(name), "", bare, flags=re.IGNORECASE)
        assert not foreign.search(bare), (foreign.search(bare), text)


def test_one_form_of_address(read):
    notice, page, lang = read
    if lang == "id":
        other = "kamu" if notice.organisation.form_of_address == "Anda" else "Anda"
        said = [*_sentences(page), *(promise.text.id for promise in promises(notice))]
        assert not [text for text in said if re.search(rf"\b{other}\b", text, re.IGNORECASE)]


def test_every_declared_thing_has_a_word_in_both_languages(read):
    notice, _, lang = read
    said = labels(notice, lang)
    for section, name_of in (
        ("purposes", said.purpose), ("roles", said.role), ("data", said.category), ("points", said.entry),
        ("cases", said.case), ("populations", said.population), ("recipients", said.recipient),
    ):  # fmt: skip
        for name in getattr(notice, section):
            assert "_" not in name_of(name)
            assert name_of(name) != name or lang == "en", (section, name)


def test_markdown_shows_no_promise_ids(read):
    notice, page, _ = read
    text = render(page, "md")
    assert not [path for path in paths(notice) if "." in path and path in text]
