"""The notice as people read it: complete, in both languages, escaped, each block resting on promises."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tepati.errors import BadInput
from tepati.notice.blocks import Facts, Items, Table
from tepati.notice.document import articles, document
from tepati.notice.load import load
from tepati.notice.promises import paths
from tepati.notice.render import render

DRAFTS = Path(__file__).parent / "drafts"
NAMES = ("home-cleaning", "hosting", "office-booking", "online-store", "point-of-sale", "barber")
SECTIONS = [
    "data",
    "purposes",
    "access",
    "recipients",
    "retention",
    "rights",
    "minors",
    "cookies",
    "security",
    "changes",
    "contact",
]


def _notice(name):
    return load((DRAFTS / f"{name}.yaml").read_bytes()).sound()


@pytest.fixture(scope="module", params=[(name, lang) for name in NAMES for lang in ("id", "en")], ids=str)
def written(request):
    name, lang = request.param
    notice = _notice(name)
    return notice, document(notice, lang)


def test_the_order_is_the_pages(written):
    _, page = written
    assert [section.id for section in page.sections] == SECTIONS
    assert len(page.summary.blocks[0].facts) == 6


def test_every_block_rests_on_promises_that_exist(written):
    notice, page = written
    known = paths(notice)
    for section in (page.summary, *page.sections):
        for block in section.blocks:
            assert set(block.promises) <= known, set(block.promises) - known


def test_tables_are_square_and_nothing_is_empty(written):
    _, page = written
    for section in (page.summary, *page.sections):
        assert section.title
        for block in section.blocks:
            if isinstance(block, Table):
                assert block.rows
                assert all(len(row.cells) == len(block.head) for row in block.rows)
                assert all(row.cells[0].text for row in block.rows)
            elif isinstance(block, Facts):
                assert all(fact.term and fact.text for fact in block.facts)
            elif isinstance(block, Items):
                assert all(item.text for item in block.items)
            else:
                assert block.text, section.id


def test_staff_are_no_matter_of_the_customers_notice():
    notice = _notice("home-cleaning")
    assert "Direktur" not in render(document(notice, "id"), "text").split("4. Siapa")[0].split("3. Siapa")[1]
    assert "Petugas" in render(document(notice, "id", "staff"), "text")


def test_the_summary_says_what_the_page_of_the_design_says():
    facts = {f.term: f.text for f in document(_notice("home-cleaning"), "id").summary.blocks[0].facts}
    assert (
        facts["Kami menghapusnya"] == "2 tahun sejak pesanan selesai, atau setelah Anda minta, paling lambat 7×24 jam."
    )
    assert "Petugas kebersihan sejak pukul 18.00 sehari sebelum kunjungan dimulai" in facts["Yang melihat"] or (
        "petugas kebersihan sejak pukul 18.00 sehari sebelum kunjungan dimulai" in facts["Yang melihat"]
    )
    assert "Kami tidak menjual data pribadi." in facts["Kami mengirimnya"]


class _Balance(HTMLParser):
    """Every element is closed in its turn; ids are unique; nothing runs."""

    def __init__(self):
        super().__init__()
        self.stack, self.ids = [], []

    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "style", "img", "iframe")
        assert not any(name.startswith("on") for name, _ in attrs)
        self.stack.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_html_is_whole(written):
    _, page = written
    parser = _Balance()
    parser.feed(render(page, "html"))
    assert parser.stack == []
    assert len(parser.ids) == len(set(parser.ids))


@pytest.mark.parametrize("form", ["html", "md", "text"])
def test_nothing_in_a_notice_is_markup(form):
    source = (DRAFTS / "home-cleaning.yaml").read_text("utf-8")
    hostile = 'en: "<b onclick=x>alert(x)</b> | **x** [y](javascript:z)"'
    loaded = load(
        source.replace(
            "en: We use the data of a booking to schedule, confirm and carry out the cleaning visit.", hostile
        ).encode()
    )
    made = render(document(loaded.sound(), "en"), form)
    assert "alert(x)" in made
    if form == "html":
        assert "<b onclick" not in made
    if form == "md":
        assert "**x**" not in made
        assert "[y](" not in made
        assert "<b onclick" not in made.replace("\\<", "")


def test_an_unknown_form_is_refused():
    with pytest.raises(BadInput):
        render(document(_notice("barber"), "id"), "pdf")


def test_articles_are_cited_as_people_do():
    assert articles(("UU PDP 6", "UU PDP 30"), "id") == "UU PDP Pasal 6, 30"
    assert articles(("UU PDP 30",), "en") == "UU PDP Art. 30"


def test_the_laws_default_is_told_in_the_table_of_rights():
    assert "Bawaan hukum: UU PDP Pasal 7, 32" in render(document(_notice("barber"), "id"), "text")
