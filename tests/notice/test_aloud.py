"""The examples read aloud: what a careful reader stumbled over is said as it is, in both languages."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from tepati.flows.rewriting import correctable
from tepati.notice.document import document
from tepati.notice.load import load
from tepati.notice.promises import promises
from tepati.notice.render import render

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def notice(name):
    return load((EXAMPLES / name / "notice.yaml").read_bytes()).sound()


@cache
def page(name, lang):
    return document(notice(name), lang)


@cache
def text(name, lang):
    return render(page(name, lang), "md")


def row(name, lang, first):
    return next(line for line in text(name, lang).splitlines() if line.startswith(f"| {first}"))


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(EXAMPLES.glob("*/notice.yaml"))])
def test_whoever_carries_mail_to_staff_is_named_where_their_data_is(name):
    relay = notice(name).recipients[notice(name).endpoints["mail_relay"]]
    assert "staff.email" in relay.gets
    part = next(section for section in page(name, "en").sections if section.id == "others")
    told = [said.text for said in part.blocks[0].items if said.text.startswith(f"{relay.name} ")]
    assert len(told) == 1
    assert told[0].endswith("e-mail address in the staff data, for giving staff access.")


def test_whoever_lets_people_in_learns_that_they_came():
    assert "Hanya mengetahui bahwa Anda masuk dengan akun di sana" in row("office-booking", "id", "Google LLC")
    assert "Learns only that you sign in with your account there" in row("office-booking", "en", "Google LLC")
    assert "tidak menerima data Anda" not in row("office-booking", "id", "Google LLC").lower()
    gets = next(fact.text for fact in page("office-booking", "id").summary.blocks[0].facts if "menerima" in fact.term)
    assert "Google LLC hanya mengetahui bahwa Anda masuk dengan akun di sana." in gets
    source = (EXAMPLES / "office-booking" / "notice.yaml").read_text("utf-8")
    start = source.index("      id: Google LLC di Amerika Serikat")
    silent = source[:start].rpartition("    says:")[0] + source[source.index("it.\n", start) + 4 :]
    alone = {promise.id: promise.text.en for promise in promises(load(silent.encode()).sound())}
    assert alone["recipients.google"] == (
        "Google LLC (another controller, the United States) learns only that you sign in with your account there,"
        " if you choose to."
    )


def test_the_source_of_each_field_is_the_true_one():
    assert "| Dibuat oleh kami (alamat IP: perangkat Anda) |" in row("hosting", "id", "Tagihan")
    assert "| You (total: made by us; payment reference: PT Bayar Contoh) |" in row(
        "online-store", "en", "Order details"
    )
    said = {promise.id: promise.text.id for promise in promises(notice("online-store"))}
    assert said["data.order"].endswith(
        "Sumber: kamu sendiri; jumlah tagihan: dibuat oleh kami; nomor rujukan pembayaran: PT Bayar Contoh."
    )


def test_no_sharing_does_not_contradict_what_is_given_of_ones_own_accord():
    told = text("point-of-sale", "id")
    assert "serta untuk memenuhi perintah hukum dan tujuan-tujuan tertentu yang disebut di bawah." in told
    assert "tujuan-tujuan tertentu" not in text("hosting", "id")  # it gives nothing of its own accord
    found = load((EXAMPLES / "point-of-sale" / "notice.yaml").read_bytes()).findings
    assert "disclosure.voluntary" in next(str(one) for one in found if one.code == "never-to-the-letter")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("id", ("setelah meminta pendapat petugas pelindungan data pribadi, dan yang diberikan sesedikit mungkin. "
         "Kamu kami beri tahu lewat e-mail paling lambat 3 hari sesudahnya.")),
        ("en", ("after asking our data protection officer, and we give as little as possible. "
         "We tell you by e-mail within 3 days afterwards.")),
    ],
)  # fmt: skip
def test_who_gives_data_of_their_own_accord_says_whom_they_ask_and_when_they_tell(lang, said):
    assert said in text("online-store", lang)


def test_only_what_is_stored_stands_in_the_table_of_ends():
    assert row("hosting", "id", "Data kartu selain").startswith("| Data kartu selain kode keamanan kartu | 1 hari")
    said = {promise.id: promise.text.en for promise in promises(notice("hosting"))}
    assert said["retention.card"].startswith("Card data other than the card security code")


def test_words_of_one_notice_agree():
    hosting = text("hosting", "id")
    assert "saat itu juga" not in hosting
    assert "laksanakan paling lambat 1 jam sesudah diterima" in hosting
    assert "(semuanya disamarkan)" in row("hosting", "id", "Petugas privasi")
    assert "(disamarkan)" in row("hosting", "id", "Editor promo")
    gets = next(fact.text for fact in page("online-store", "en").summary.blocks[0].facts if "gets" in fact.term)
    assert gets.endswith("PT Server Contoh stores encrypted data only. We do not sell or rent out your data.")
    assert "Yang disimpan lebih lama hanya hasil pemeriksaan. |" in text("point-of-sale", "id")
    assert "(nama: …-staff\\_session)" in hosting
    assert "di luar wilayah Indonesia, hanya terjadi" in text("office-booking", "id")


def test_a_right_to_be_helped_says_in_which_ways():
    said = {promise.id: promise.text.en for promise in promises(notice("hosting"))}
    assert "(large print, plain language and a helper)" in said["rights.assistance"]
    assert "In these ways: large print, plain language and a helper." in text("hosting", "en")


def test_what_we_made_ourselves_is_no_value_of_a_person_to_correct():
    desk = SimpleNamespace(notice=notice("hosting"))
    assert "customer.name" in correctable(desk)
    assert not [path for path in correctable(desk) if path.startswith("billing.")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("online-store", "serta menarik persetujuan atau mengajukan keberatan. "),
        ("hosting", "serta menarik persetujuan. "),
    ],
)  # fmt: skip
def test_the_summary_names_what_can_be_asked_and_nothing_else(name, said):
    assert next(f.text for f in page(name, "id").summary.blocks[0].facts if "lakukan" in f.term).startswith(
        f"Melihat, memperbaiki, menghapus, membatasi, atau memindahkan data, {said}"
    )


def test_letters_that_no_message_declares_are_told_of():
    """The product mails links and answers: "only these messages" alone would be untrue."""
    assert "serta surat yang menjalankannya: tautan untuk masuk" in text("hosting", "id")
    assert "and the letters that carry it out: links to sign in" in text("hosting", "en")


def test_how_people_are_told_is_said_wherever_it_is_declared():
    assert "kami beri tahu lewat e-mail dan situs paling lambat 30 hari sebelum data dipindahkan" in text(
        "hosting", "id"
    )
    assert "we tell you by e-mail within 14 days." in text("point-of-sale", "en")
    assert (
        "Orang tua atau wali kami beri tahu lewat e-mail dan telepon paling lambat 1 hari sesudah data mereka kami"
        in text("hosting", "id")
    )
    assert "We tell parents and guardians by e-mail and phone within 1 day of receiving their data." in text(
        "hosting", "en"
    )
