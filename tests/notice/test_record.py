"""The record of processing activities (UU PDP Art. 31): every purpose of every draft, in words and as a table."""

import csv
import io
from pathlib import Path

import pytest

from tepati.cli import record as command
from tepati.notice.activities import record, rows
from tepati.notice.load import load
from tepati.notice.render import render
from tepati.notice.sheet import safe

DRAFTS = sorted((Path(__file__).parent / "drafts").glob("*.yaml"))
HOME = Path(__file__).parents[2] / "examples" / "home-cleaning" / "notice.yaml"


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("path", DRAFTS, ids=lambda path: path.stem)
def test_every_purpose_is_an_activity(path: Path, lang: str) -> None:
    notice = load(path.read_bytes()).sound()
    document = record(notice, lang)
    assert [s.id for s in document.sections[:-1]] == [f"purpose-{name}" for name in notice.purposes]
    head, *activities = rows(document)
    assert len(activities) == len(notice.purposes)
    assert all(len(row) == len(head) for row in activities)
    text = render(document, "text")
    assert "{" not in text
    given = {n for n, one in notice.recipients.items() for p in one.for_ if one.gets & notice.purposes[p].uses}
    assert all(notice.recipients[name].name in text for name in given)


def test_what_an_activity_says() -> None:
    notice = load(HOME.read_bytes()).sound()
    head, *activities = rows(record(notice, "id"))
    assert "Direktur" in str(record(notice, "id").summary)  # accountability.supervision.by
    of = {row[0]: dict(zip(head, row, strict=True)) for row in activities}
    offers = of["Mengirim promo"]
    assert offers["Dasar pemrosesan"] == "Persetujuan Anda"
    assert offers["Keberatan"] == "Dapat diajukan"
    books = of["Pembukuan"]
    assert "UU KUP Pasal 28 ayat (11)" in books["Dasar pemrosesan"]
    assert books["Dikirim kepada"] == "Tidak ada"
    assert "PT Bayar Contoh (pengendali lain, Indonesia)" in of["Menyelesaikan pesanan"]["Dikirim kepada"]
    assert books["Penilaian dampak"].startswith("Wajib: memakai data pribadi yang bersifat spesifik")


def test_as_csv_it_opens_in_a_spreadsheet_and_runs_nothing(tmp_path, capsys) -> None:
    source = HOME.read_text("utf-8").replace("label: {id: menyelesaikan pesanan,", "label: {id: =cmd(),")
    path = tmp_path / "notice.yaml"
    path.write_text(source)
    import argparse

    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    args = parser.parse_args(["record", str(path), "--to", "csv"])
    assert args.run(args) == 0
    table = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert "'=cmd()" in [row[0] for row in table]
    assert not any(safe(cell) != cell for row in table for cell in row)
