"""What own sentences must not say: in both languages, in every place that people read, with the line and the mend."""

from pathlib import Path

import pytest

from tepati.notice.asking import question, unsaid
from tepati.notice.load import load

ROOT = Path(__file__).parents[2]
DRAFTS = Path(__file__).parent / "drafts"
BARBER = (DRAFTS / "barber.yaml").read_text("utf-8")
OFFICE = (ROOT / "examples/office-booking/notice.yaml").read_text("utf-8")
ALL = sorted([*DRAFTS.glob("*.yaml"), *ROOT.glob("examples/*/notice.yaml")])
LINTED = {"open-ended", "consent-by-use", "change-untold", "waiver", "vague-end", "unfinished", "says-otherwise"}


def said(sentence: str, lang: str = "id", thing: str = "purposes.booking") -> dict[str, str]:
    """Put a sentence where people read it; give the level of each finding of the linter by its code."""
    texts = {"id": "Kami mengatur janji temu.", "en": "We arrange visits.", lang: sentence}
    says = f'says: {{id: "{texts["id"]}", en: "{texts["en"]}"}}'
    places = {
        "purposes.booking": ("booking: {kind: service,", f"booking: {{{says}, kind: service,"),
        "data.customer": ("customer: {class: general,", f"customer: {{{says}, class: general,"),
        "roles.barber": ("barber: {sees", f"barber: {{{says}, sees"),
        "clauses.B2": ("clauses: {B1", f"clauses: {{B2: {{information: {says[6:]}}}, B1"),
        "never.sharing": ("never: {sale: yes}", f"never: {{sale: yes, sharing: {{{says}}}}}"),
    }
    was, now = places[thing]
    assert was in BARBER
    loaded = load(BARBER.replace(was, now, 1).encode())
    return {f.code: f.level for f in loaded.findings if f.code in LINTED}


BAD = [
    ("Kami mengambil nama, surel, dan lain-lain.", "id", "open-ended"),
    ("Kami mengambil nama dan data lainnya yang Anda isi.", "id", "open-ended"),
    ("Data yang kami ambil termasuk namun tidak terbatas pada nama.", "id", "open-ended"),
    ("Kami mengambil antara lain nama Anda.", "id", "open-ended"),
    ("Nama, surel, dsb. kami simpan.", "id", "open-ended"),
    ("We take your name, including but not limited to your e-mail.", "en", "open-ended"),
    ("We take your name and other data.", "en", "open-ended"),
    ("We take your name, e-mail, etc. for this.", "en", "open-ended"),
    ("We take your name without limitation to what you type.", "en", "open-ended"),
    ("Dengan menggunakan situs ini, Anda setuju.", "id", "consent-by-use"),
    ("Dengan terus mengakses layanan kami Anda menyetujui kebijakan ini.", "id", "consent-by-use"),
    ("Pengguna dianggap telah setuju.", "id", "consent-by-use"),
    ("Penggunaan situs ini berarti persetujuan Anda.", "id", "consent-by-use"),
    ("Jika Anda tidak membalas, Anda menyetujui.", "id", "consent-by-use"),
    ("By using our site, you consent to this notice.", "en", "consent-by-use"),
    ("Your use of the service constitutes acceptance.", "en", "consent-by-use"),
    ("You are deemed to have accepted it.", "en", "consent-by-use"),
    ("Unless you object, you agree to our mail.", "en", "consent-by-use"),
    ("Kebijakan ini dapat berubah sewaktu-waktu tanpa pemberitahuan.", "id", "change-untold"),
    ("Kami berhak mengubah isinya kapan saja tanpa pemberitahuan terlebih dahulu.", "id", "change-untold"),
    ("Tanpa pemberitahuan isinya dapat diubah.", "id", "change-untold"),
    ("This notice may change at any time without prior notice.", "en", "change-untold"),
    ("Without notice we may amend it.", "en", "change-untold"),
    ("Kami berhak memperbarui kebijakan ini setiap saat.", "id", "change-untold"),
    ("Kebijakan ini dapat diubah dari waktu ke waktu.", "id", "change-untold"),
    ("We reserve the right to modify this policy at any time.", "en", "change-untold"),
    ("We may update this notice from time to time.", "en", "change-untold"),
    ("Continued use means you agree to it.", "en", "consent-by-use"),
    ("Kami tidak bertanggung jawab atas kebocoran data.", "id", "waiver"),
    ("Anda membebaskan kami dari segala tuntutan.", "id", "waiver"),
    ("Segala risiko menjadi tanggung jawab pengguna.", "id", "waiver"),
    ("We are not liable for any loss of data.", "en", "waiver"),
    ("You use the site at your own risk.", "en", "waiver"),
    ("We cannot be held responsible for unauthorized access.", "en", "waiver"),
    ("You waive all claims.", "en", "waiver"),
    ("Data disimpan selama diperlukan.", "id", "vague-end"),
    ("We keep it as long as it is necessary.", "en", "vague-end"),
    ("Hubungi [nama petugas] kami.", "id", "unfinished"),
    ("TODO: lengkapi.", "id", "unfinished"),
    ("Hubungi 08xxxx.", "id", "unfinished"),
    ("Lorem ipsum dolor sit amet.", "en", "unfinished"),
    ("Our website address is here.", "en", "unfinished"),
    ("Kami tidak pernah mengirim promo kepada Anda.", "id", "says-otherwise"),
    ("We never send promotions.", "en", "says-otherwise"),
    ("Data ini hanya dipakai untuk janji temu.", "id", "says-otherwise"),
    ("It is used only for your visit.", "en", "says-otherwise"),
]


@pytest.mark.parametrize(("sentence", "lang", "code"), BAD, ids=[f"{n}-{b[2]}" for n, b in enumerate(BAD)])
def test_what_a_notice_must_not_say_is_found(sentence, lang, code):
    expected = "warning" if code == "vague-end" or "only" in sentence or "hanya" in sentence else "error"
    assert said(sentence, lang).get(code) == expected


@pytest.mark.parametrize("thing", ["purposes.booking", "data.customer", "roles.barber", "clauses.B2"])
def test_it_is_found_wherever_people_read(thing):
    assert said("Dengan menggunakan situs ini Anda setuju.", thing=thing) == {"consent-by-use": "error"}


def test_it_hides_behind_nothing():
    """Spaces, capitals, full-width letters and marks without width hide no word."""
    for sentence in (
        "DENGAN  MENGGUNAKAN   situs ini Anda SETUJU.",
        "Dengan mengguna\u200bkan situs ini Anda setuju.",
        "Ｄｅｎｇａｎ menggunakan situs ini Anda setuju.",
        "Kami tidak menjual data Anda, dan dengan menggunakan situs ini Anda setuju.",
    ):
        assert said(sentence) == {"consent-by-use": "error"}, sentence


GOOD = [
    "Memakai situs ini tidak pernah kami hitung sebagai persetujuan.",
    "Dengan memakai situs ini Anda tidak dianggap setuju pada apa pun.",
    "Kami tidak meminta data lain.",
    "Isinya tidak pernah kami ubah tanpa pemberitahuan.",
    "Tidak ada sistem yang sepenuhnya aman. Kalimat ini tidak mengurangi kewajiban kami.",
    "Kalimat ini tidak melepaskan hak Anda.",
    "Kami tidak mengirim promo tanpa persetujuan Anda.",
    "Data ini hanya dipakai untuk janji temu; untuk promo kami meminta persetujuan lebih dahulu.",
    "By using this site you do not agree to anything.",
    "We refuse any other data.",
    "It never changes without notice.",
    "We waive nothing.",
    "Kebijakan ini dapat berubah sewaktu-waktu; Anda kami beri tahu 14 hari sebelumnya.",
    "We may change this notice at any time, and tell you before it takes effect.",
]


@pytest.mark.parametrize("sentence", GOOD)
def test_a_sentence_that_refuses_is_no_fault(sentence):
    lang = "en" if sentence.startswith(("By", "We", "It")) else "id"
    only = {"says-otherwise": "warning"} if "hanya dipakai" in sentence else {}
    assert said(sentence, lang) == only


@pytest.mark.parametrize("path", ALL, ids=[f"{p.parent.name}-{p.stem}" for p in ALL])
def test_the_examples_raise_no_false_alarm(path):
    assert {f.code for f in load(path.read_bytes()).findings} & LINTED == set()


def test_no_sharing_is_not_said_while_something_is_shared():
    sentence = "Data Anda tidak dibagikan kepada siapa pun."
    shared = "recipients: {courier: {kind: controller, gets: [customer.name], for: [booking], agreement: required}}\n"
    source = BARBER.replace(
        "booking: {kind", f'booking: {{says: {{id: "{sentence}", en: "We arrange visits."}}, kind', 1
    )
    assert "says-otherwise" not in {f.code for f in load(source.encode()).findings}
    (found,) = [f for f in load((source + shared).encode()).findings if f.code == "says-otherwise"]
    assert found.level == "error"
    assert "recipients.courier" in found.what
    assert found.path == "purposes.booking.says.id"


def test_an_address_of_a_handbook_is_advice():
    for mail, found in (("privasi@example.com", True), ("privasi@contoh.co.id", True), ("privasi@rapi.co.id", False)):
        codes = {f.code: f.level for f in load(BARBER.replace("privasi@rapi.example", mail).encode()).findings}
        assert (codes.get("example-contact") == "advice") is found, mail


# --- a consent's question says all that its yes opens

QUESTION = "    question:\n      id: {id}\n      en: {en}\n"
ID = (
    "Bolehkah kami memberikan nama, nomor telepon, ruang, dan waktu mulai rapat"
    " Anda kepada Dapur Contoh agar hidangan dapat diantar?"
)


@pytest.mark.parametrize(
    ("less", "left"), [(" kepada Dapur Contoh", "Dapur Contoh"), (", nomor telepon", "telepon"), (", ruang", "ruang")]
)
def test_a_question_that_says_less_than_its_yes_opens_is_a_fault(less, left):
    assert ID in OFFICE
    source = OFFICE.replace(ID, ID.replace(less, ""))
    (found,) = [f for f in load(source.encode()).findings if f.level == "error"]
    assert found.code == "question-says-less"
    assert left in found.mend
    assert found.article == "UU PDP Art. 21(1)"


@pytest.mark.parametrize("path", ALL, ids=[f"{p.parent.name}-{p.stem}" for p in ALL])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_default_question_says_all(path, lang):
    notice = load(path.read_bytes()).sound()
    for name, consent in notice.consents.items():
        asked = question(notice, name, lang)
        assert "{" not in asked
        assert list(unsaid(notice, name, lang)) == []
        if consent.recipient:
            assert (notice.recipients[consent.recipient].name or consent.recipient) in asked


def test_a_country_abroad_is_said():
    notice = load(OFFICE.encode()).sound()
    assert "Amerika Serikat" in question(notice, "sign_in_with_google", "id")


def test_a_key_that_people_would_read_is_told():
    """A name of the file is no word of either language; a known one, a label or a type is."""
    source = BARBER.replace("name: name,", "name: name, zzz: text,").replace("roles: {barber:", "roles: {zzx:")
    told = {f.path: f.level for f in load(source.encode()).findings if f.code == "nameless"}
    assert told == {"data.customer.fields.zzz": "warning", "roles.zzx": "warning"}
