"""``tepati law``: the official text of a law is recorded by who read it; until then its pack gates nothing."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tepati.app.install import initialise
from tepati.board import examination
from tepati.cli.main import main
from tepati.errors import Misconfigured
from tepati.notice.load import load
from tepati.ports import config, laws
from tests.cli.test_commands import NOTICE, ORG

TEXT = b"%PDF-1.7 the regulation"
NAME, DAY = "Peraturan Pemerintah Nomor 33 Tahun 2026", "2026-07-16"


class App:
    @staticmethod
    def now() -> int:
        return 1_795_910_400_000_000  # 29 November 2026


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make an installation whose notice names the regulation and answers a withdrawal too slowly for it."""
    folder = tmp_path_factory.mktemp("law")
    source = NOTICE.read_text("utf-8").replace("laws: [id-uupdp]", "laws: [id-pp33]")
    source = re.sub(r"effective: \d{4}-\d\d-\d\d", "effective: 2027-02-01", source)
    slow = source.replace("withdrawal: {within: 3x24", "withdrawal: {within: 7x24")
    (folder / "notice.yaml").write_text(slow, "utf-8")
    initialise(folder / "data", folder / "notice.yaml", ORG, "https://rapi.example", str(folder / "root"))
    (folder / "pp33.pdf").write_bytes(TEXT)
    (folder / "empty").touch()
    return folder


@pytest.fixture
def call(capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")

    def run(*args):
        try:
            code = main([str(one) for one in args], lambda: App)
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def record(folder, *more, name=NAME, day=DAY, text="pp33.pdf", law="id-pp33"):
    given = ("--text", folder / text, "--name", name, "--date", day, "--data", folder / "data")
    return ("law", "record", law, *given, *more)


def checked(call, folder):
    code, out, _ = call("check", "--json", "--data", folder / "data", folder / "notice.yaml")
    return code, {f["path"]: f for f in json.loads(out)[0]["findings"] if f["code"] in ("weaker-than-law", "law-read")}


def test_recording_the_text_makes_what_was_found_in_it_gate(made, call):
    """Before: a warning. After: an error that cites the article; the record says what it rests on, doctor too."""
    code, found = checked(call, made)
    assert (code, found["rights.withdrawal.within"]["level"]) == (0, "warning")
    assert examination.laws([load((made / "notice.yaml").read_bytes()).sound()], ())[0].level == "warn"
    code, out, err = call(*record(made, "--confirm", "rights.withdrawal.within=88(1)"))
    assert (code, err) == (0, "")
    digest = hashlib.sha256(TEXT).hexdigest()
    assert all(part in out for part in (digest, NAME, "16 July 2026", "Art. 88(1)  gates", "next start"))
    assert "breach.within <= 3x24 hours  PP 33/2026 Art. 114  only warns" in out
    code, found = checked(call, made)
    assert (code, found["rights.withdrawal.within"]["level"]) == (1, "error")
    assert found["rights.withdrawal.within"]["article"] == "PP 33/2026 Art. 88(1)"
    place = config.read(made / "data")
    (text,) = place.laws
    assert (text.name, str(text.date), text.sha256, str(text.recorded)) == (NAME, DAY, digest, "2026-11-29")
    (told,) = examination.laws([load((made / "notice.yaml").read_bytes()).sound()], place.laws)
    assert (told.level, told.found) == ("ok", {"text": NAME, "date": DAY, "sha256": digest})
    assert (made / "data/laws.toml").stat().st_mode & 0o077 == 0
    assert "gates" in call("law", "list", "--data", made / "data")[1]
    code, _, err = call(*record(made, "--confirm", "breach.within=114"))
    assert (code, digest in err, "--replace" in err) == (1, True, True)
    assert call(*record(made, "--confirm", "breach.within=114", "--replace"))[0] == 0
    assert config.read(made / "data").laws[0].rules == (("breach.within", "114"),)
    assert checked(call, made)[0] == 0


@pytest.mark.parametrize(
    ("more", "given", "code", "said"),
    [
        ((), {}, 1, "Nothing was recorded: a text counts by what was found in it"),
        (("--confirm", "breach.within=?"), {}, 1, "no article stands behind it"),
        (("--confirm", "rights.access=32"), {}, 1, "rights.access is no rule of this pack"),
        (("--confirm", "breach.within=114", "--confirm", "breach.within=115"), {}, 1, "each once"),
        (("--confirm", "breach.within=114"), {"name": " "}, 1, "the name is empty"),
        (("--confirm", "breach.within=114"), {"day": "2027-01-01"}, 1, "the day has not come yet"),
        (("--confirm", "breach.within=114"), {"text": "empty"}, 1, "is empty"),
        (("--confirm", "breach.within=114"), {"text": "none.pdf"}, 2, "none.pdf"),
        (("--confirm", "breach.within=114"), {"law": "id-pp34"}, 2, "id-pp33"),
        (("--confirm", "breach.within=114"), {"day": "16 July"}, 2, "--date"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_record_is_refused_and_changes_nothing(made, call, more, given, code, said):
    before = laws.read(made / "data")
    got, out, err = call(*record(made, *more, **given))
    assert (got, out) == (code, "")
    assert said in err
    assert "Traceback" not in err
    assert laws.read(made / "data") == before


@pytest.mark.parametrize(
    "text",
    [
        '["id-pp33"]\nname = "x"\n',
        '["id-pp33"]\nname = "x"\ndate = 2026-07-16\nrecorded = 2026-11-29\nsha256 = "abc"\n[id-pp33.rules]\n',
        "laws = 1\n",
        "[other]\n",
        "\0",
    ],
)
def test_a_record_that_was_edited_into_nonsense_stops_with_the_file_named(tmp_path: Path, text):
    (tmp_path / "laws.toml").write_text(text, "utf-8")
    with pytest.raises(Misconfigured) as fault:
        laws.read(tmp_path)
    assert str(tmp_path / "laws.toml") in str(fault.value)
