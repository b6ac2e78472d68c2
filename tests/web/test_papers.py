"""The officer's papers in one download, through the console: what they hold, and their bytes."""

import csv
import hashlib
import io
import json
import zipfile

import pytest

from tepati.board.dossier import packed
from tepati.flows.acts.receive import receive
from tepati.notice.load import load
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired
from tests.notice.test_workbook import cells
from tests.web.fake import EXAMPLE
from tests.web.office import console, signed_in

PAGE = "/konsol/berkas"
NAMES = [
    "isi.csv", "rekaman-pemrosesan.html", "rekaman-pemrosesan.xlsx", "rekaman-pemrosesan.csv",
    "penilaian-dampak.html", "penilaian-dampak.xlsx", "penilaian-dampak.csv",
    "janji.json", "janji.csv", "tenggat.csv", "kepala-buku-catatan.txt",
]  # fmt: skip


async def _taken(staff, path: str = f"{PAGE}/zip") -> tuple[bytes, dict[str, bytes]]:
    answer = await staff.get(path)
    assert answer.status_code == 200, answer.text[:400]
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as whole:
        assert whole.testzip() is None
        return answer.content, {name: whole.read(name) for name in whole.namelist()}


def _table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def cells_of(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.mark.promise("L5", "L7")
async def test_the_officer_takes_record_impact_promises_and_clocks_home(desk, post, clock):  # noqa: F811
    """UU PDP Art. 31 and 34: both come out filled in, with every purpose, and name nobody."""
    opened, app = console(desk, clock)
    number = await guest(opened, post)
    asked = await receive(opened, await hired(opened, "privacy_desk"), number, "access", "email", "link")
    notice = load((EXAMPLE / "notice.yaml").read_bytes()).sound()
    staff = await signed_in(opened, app, clock, "privacy_desk", "director")
    assert "Unduh berkas" in await staff.text(PAGE)
    body, files = await _taken(staff)
    assert list(files) == NAMES
    listed = {row["Dokumen"]: row["sha256"] for row in _table(files["isi.csv"])}
    assert listed == {n: hashlib.sha256(b).hexdigest() for n, b in files.items() if n != "isi.csv"}
    assert len(_table(files["rekaman-pemrosesan.csv"])) == len(notice.purposes)
    assert cells(files["rekaman-pemrosesan.xlsx"]) == cells_of(files["rekaman-pemrosesan.csv"])
    assert cells(files["penilaian-dampak.xlsx"]) == cells_of(files["penilaian-dampak.csv"])
    impact = files["penilaian-dampak.html"].decode()
    assert "memakai data pribadi yang bersifat spesifik" in impact
    assert impact.count("(diisi)") > 10
    assert "<script" not in impact
    (running,) = _table(files["tenggat.csv"])
    assert (running["Nomor permohonan"], running["Hak"], running["Terlambat"]) == (asked.number, "access", "tidak")
    promises = json.loads(files["janji.json"])
    assert {"L5", "L7"} <= {one for row in promises for one in row["ids"]}
    assert [row["Janji"] for row in _table(files["janji.csv"])] == [row["id"] for row in promises]
    assert files["kepala-buku-catatan.txt"].startswith(b"fineclean")
    assert not any(word.encode() in body for word in ("ratna", "Ratna", "Wulan", "0812"))


async def test_the_same_state_at_the_same_instant_is_the_same_file(desk, post, clock):  # noqa: F811
    opened, app = console(desk, clock)
    staff = await signed_in(opened, app, clock, "privacy_desk")
    first, _ = await _taken(staff)
    again, _ = await _taken(staff)
    assert first == again
    _, english = await _taken(staff, "/en/console/papers/zip")
    assert "record-of-processing.html" in english


async def test_whoever_neither_advises_nor_answers_for_it_gets_nothing(desk, post, clock):  # noqa: F811
    opened, app = console(desk, clock)
    staff = await signed_in(opened, app, clock, "accountant")
    assert (await staff.get(f"{PAGE}/zip")).status_code == 403
    assert "Berkas PPDP" not in await staff.text("/konsol")


def test_files_are_packed_without_the_machine_in_them():
    body = packed({"a.txt": b"a", "b.txt": b"b"}, 1_795_000_000_000_000)
    assert body == packed({"a.txt": b"a", "b.txt": b"b"}, 1_795_000_000_000_000)
    with zipfile.ZipFile(io.BytesIO(body)) as whole:
        assert [one.date_time for one in whole.infolist()] == [(2026, 11, 18, 11, 6, 40)] * 2
        assert {one.compress_type for one in whole.infolist()} == {zipfile.ZIP_STORED}
