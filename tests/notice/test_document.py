"""The notice as people read it: complete, in both languages, escaped, each sentence bound to its promise."""

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
    "who", "data", "purposes", "consents", "access", "recipients", "retention", "rights", "minors", "cookies",
    "security", "changes",
]  # fmt: skip


def _notice(name):
    return load((DRAFTS / f"{name}.yaml").read_bytes()).sound()


@pytest.fixture(scope="module", params=[(name, lang) for name in NAMES for lang in ("id", "en")], ids=str)
def written(request):
    name, lang = request.param
    notice = _notice(name)
    return notice, document(notice, lang)


def test_the_order_is_the_one_readers_expect(written):
    notice, page = written
    staff = ["others"] if "staff" in notice.populations else []
    told = ["information"] if any(clause.information for clause in notice.clauses.values()) else []
    assert [section.id for section in page.sections] == [*SECTIONS, *staff, *told, "contact"]
    assert len(page.summary.blocks[0].facts) == 7


def test_tables_are_square_and_nothing_is_empty(written):
    _, page = written
    for section in (page.summary, *page.sections):
        assert section.title
        for block in section.blocks:
            if isinstance(block, Table):
                assert block.rows
                assert all(len(row.cells) == len(block.head) for row in block.rows)
                assert all(cell.text for row in block.rows for cell in row.cells), section.id
            elif isinstance(block, Facts):
                assert all(fact.term and fact.text for fact in block.facts)
            elif isinstance(block, Items):
                assert all(item.text for item in block.items)
            else:
                assert block.text, section.id


def test_staff_are_told_apart_from_customers():
    page = {section.id: section for section in document(_notice("home-cleaning"), "id").sections}
    seen = [row.cells[0].text for row in page["access"].blocks[0].rows]
    assert "Direktur" not in seen
    assert "roles.director" in page["others"].promises
    assert "Petugas" in render(document(_notice("home-cleaning"), "id", "staff"), "text")


def test_the_summary_answers_what_readers_ask():
    facts = {f.term: f.text for f in document(_notice("home-cleaning"), "id").summary.blocks[0].facts}
    assert facts["Berapa lama"] == (
        "Paling lama 2 tahun sejak urusannya selesai atau sejak data dicatat. "
        "Lebih cepat bila Anda meminta data Anda dihapus. "
        "Namun, sebagian disimpan 10 tahun karena UU KUP Pasal 28 ayat (11)."
    )
    assert facts["Tenggat kami"] == "Penghapusan 7×24 jam; permohonan lain 3×24 jam. Pertanyaan 3 hari kerja."
    assert "Penjadwal, petugas kebersihan" in facts["Siapa yang melihat"]
    assert "Data Anda tidak kami jual." in facts["Siapa yang menerima"]


def test_own_words_stand_with_the_promise_they_word():
    page = {section.id: section for section in document(_notice("home-cleaning"), "id").sections}
    row = next(row for row in page["access"].blocks[0].rows if "roles.cleaner" in row.promises)
    assert row.cells[0].small.startswith("Petugas kebersihan melihat alamat Anda sejak malam")


class _Page(HTMLParser):
    """Every element is closed in its turn; ids are unique; nothing runs, nothing is fetched."""

    VOID = ("meta",)

    def __init__(self):
        super().__init__()
        self.stack, self.ids, self.targets = [], [], []

    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "img", "iframe", "link")
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.VOID:
            self.stack.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.targets += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_html_is_a_whole_page_with_an_anchor_for_each_promise(written):
    notice, page = written
    made = render(page, "html")
    assert made.startswith(f'<!doctype html>\n<html lang="{page.lang}">')
    assert "url(" not in made
    parser = _Page()
    parser.feed(made)
    assert parser.stack == []
    assert len(parser.ids) == len(set(parser.ids))
    assert paths(notice) <= set(parser.ids)
    assert all(target.startswith(("#", "mailto:", "tel:")) for target in parser.targets)
    assert all(target[1:] in parser.ids for target in parser.targets if target.startswith("#"))


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
    assert articles(("UU PDP 6", "UU PDP 30"), "id") == "UU PDP Pasal 6 dan 30"
    assert articles(("UU PDP 6", "UU PDP 30"), "en") == "UU PDP Arts 6 and 30"
    assert articles(("UU PDP 30",), "en") == "UU PDP Art. 30"


def test_the_table_of_rights_names_every_purpose_that_is_open_to_objection():
    text = render(document(_notice("online-store"), "en"), "text")
    assert "sending periodic news, improving the service, counting shop statistics and keeping the site safe" in text
    assert "telling you about your order, looking after" not in text.partition("To object")[2].partition("To move")[0]


def test_the_summary_tells_what_may_stay_longest():
    """What stays with an acquaintance is named; of anything else the longest is said, and what it is counted from."""
    facts = {f.term: f.text for f in document(_notice("point-of-sale"), "en").summary.blocks[0].facts}
    assert facts["How long"].startswith(
        "Merchant's data and outcome of the identity check: at most 1 year after you leave our service. "
        "Other data: at most 2 years after the matter is closed or after the data is recorded."
    )


def test_the_laws_default_is_told_in_the_table_of_rights():
    assert "Bawaan hukum: UU PDP Pasal 7 dan 32" in render(document(_notice("barber"), "id"), "text")


def test_who_decides_and_how_a_rule_is_read_is_said_in_the_readers_language():
    """Given in both languages it reads as such; one text for both is marked as a quotation in the other one."""
    source = (DRAFTS / "home-cleaning.yaml").read_text("utf-8")
    one = render(document(load(source.encode()).sound(), "en"), "text")
    assert "what must be kept is “data faktur” (in Indonesian). Decided by the director" in one
    both = source.replace("reading: data faktur,", "reading: {id: data faktur, en: the data of the invoice},")
    both = both.replace("by: direktur, on:", "by: {id: rapat direksi, en: meeting of the board}, on:")
    assert both != source
    told = {lang: render(document(load(both.encode()).sound(), lang), "text") for lang in ("id", "en")}
    assert "what must be kept is the data of the invoice. Decided by the meeting of the board on" in told["en"]
    assert "yang wajib disimpan: data faktur. Diputuskan oleh rapat direksi pada" in told["id"]
    half = source.replace("reading: data faktur,", "reading: {id: data faktur},")
    assert [(f.code, f.level) for f in load(half.encode()).findings if f.path.endswith("hold.reading")] == [
        ("one-language", "error")
    ]
