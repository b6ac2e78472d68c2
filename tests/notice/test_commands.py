"""``tepati check``, ``diff``, ``render`` and ``schema``: exit codes, JSON, and the language's schema."""

import argparse
import json
from pathlib import Path

import pytest

from tepati.cli import check, diff, render, schema
from tepati.notice.schema import schema as make_schema

DRAFTS = Path(__file__).parent / "drafts"


@pytest.fixture
def tepati(capsys):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for command in (check, diff, render, schema):
        command.add(commands)

    def run(*words):
        args = parser.parse_args([str(word) for word in words])
        code = args.run(args)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def faulty(tmp_path):
    path = tmp_path / "faulty.yaml"
    path.write_bytes((DRAFTS / "barber.yaml").read_bytes().replace(b"then: destroy", b"then: burn"))
    return path


def test_sound(tepati):
    code, out, _ = tepati("check", DRAFTS / "barber.yaml")
    assert code == 0
    assert "sound" in out


def test_findings(tepati, faulty):
    code, out, _ = tepati("check", faulty)
    assert code == 1
    assert f"{faulty}:17:65 wrong-value: retention.customer.then" in out


def test_unreadable(tepati, tmp_path):
    torn = tmp_path / "torn.yaml"
    torn.write_bytes(b"a: [")
    assert tepati("check", torn)[0] == 2
    assert tepati("check", tmp_path / "absent.yaml")[0] == 2
    assert tepati("check", DRAFTS / "barber.yaml", torn)[0] == 2


def test_strict_counts_warnings(tepati):
    assert tepati("check", DRAFTS / "online-store.yaml")[0] == 0
    assert tepati("check", "--strict", DRAFTS / "online-store.yaml")[0] == 1


def test_json(tepati, faulty):
    code, out, _ = tepati("check", "--json", faulty, DRAFTS / "barber.yaml")
    bad, good = json.loads(out)
    assert code == 1
    assert (bad["sound"], good["sound"]) == (False, True)
    assert {"file", "line", "column", "level", "code", "path", "what", "mend", "article", "mark"} == bad["findings"][
        0
    ].keys()
    assert len(good["digest"]) == 64


def test_findings_in_indonesian(tepati, faulty):
    assert (
        "tidak cocok" in tepati("check", "--lang", "id", faulty)[1]
        or "bukan one of" in tepati("check", "--lang", "id", faulty)[1]
    )


@pytest.mark.parametrize(("lang", "title"), [("id", "# Kebijakan Privasi"), ("en", "# Privacy Notice")])
def test_render(tepati, lang, title):
    code, out, _ = tepati("render", DRAFTS / "barber.yaml", "--lang", lang, "--to", "md")
    assert code == 0
    assert out.startswith(title)


def test_render_refuses_a_faulty_notice(tepati, faulty, tmp_path):
    code, out, err = tepati("render", faulty)
    assert (code, out) == (2, "")
    assert "tepati check" in err
    assert tepati("render", tmp_path / "absent.yaml")[0] == 2
    assert tepati("render", DRAFTS / "barber.yaml", "--for", "martians")[0] == 1


def test_schema(tepati):
    code, out, _ = tepati("schema")
    made = json.loads(out)
    assert code == 0
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["required"] == [
        "tepati",
        "organisation",
        "notice",
        "populations",
        "data",
        "purposes",
        "points",
        "retention",
    ]
    assert "defaults" not in made["properties"]


def test_every_reference_of_the_schema_leads_somewhere():
    made = make_schema()
    text = json.dumps(made)
    names = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert names <= made["$defs"].keys()
    assert all(made["$defs"].values())


@pytest.fixture
def wider(tmp_path):
    """The barber's next version, who answers an erasure a day later and keeps his number."""
    path = tmp_path / "wider.yaml"
    path.write_bytes((DRAFTS / "barber.yaml").read_bytes().replace(b"within: 2 days", b"within: 3 days"))
    return path


def test_diff_tells_what_widens_and_what_must_come_first(tepati, wider):
    code, out, _ = tepati("diff", DRAFTS / "barber.yaml", wider, "--lang", "en")
    assert code == 1
    assert "rights.erasure.within: 2 days -> 3 days" in out
    assert "14 days" in out.partition("Before it takes effect")[2]
    assert "Write version: 2 or more." in out


def test_diff_of_the_same_and_of_a_narrower_one(tepati, wider):
    assert tepati("diff", DRAFTS / "barber.yaml", DRAFTS / "barber.yaml")[0] == 0
    assert tepati("diff", wider, DRAFTS / "barber.yaml")[0] == 0


def test_diff_as_json(tepati, wider):
    facts = json.loads(tepati("diff", DRAFTS / "barber.yaml", wider, "--json")[1])
    assert (facts["was"], facts["now"], facts["material"]) == (1, 1, True)
    assert facts["changes"] == [
        {
            "path": "rights.erasure.within",
            "promise": "rights.erasure.within",
            "way": "wider",
            "was": "2 days",
            "now": "3 days",
        }
    ]


def test_diff_of_what_cannot_be_read_or_has_faults(tepati, faulty, tmp_path):
    for other in (faulty, tmp_path / "absent.yaml"):
        code, out, err = tepati("diff", DRAFTS / "barber.yaml", other)
        assert (code, out) == (2, "")
        assert str(other) in err


def test_a_notice_as_pdf_is_the_same_each_time(capfdbinary):
    """Tagged for screen readers and for the archive (PDF/UA-1, PDF/A-2a); no text of a notice is markup."""
    pages = []
    for _ in range(2):
        parser = argparse.ArgumentParser()
        render.add(parser.add_subparsers())
        args = parser.parse_args(["render", str(DRAFTS / "barber.yaml"), "--to", "pdf"])
        assert args.run(args) == 0
        pages.append(capfdbinary.readouterr().out)
    assert pages[0] == pages[1]
    assert pages[0].startswith(b"%PDF-1.7")
    assert b"pdfuaid" in pages[0]


def test_a_pdf_without_the_extra_names_it(monkeypatch):
    from tepati.errors import Misconfigured
    from tepati.ports import press

    monkeypatch.setattr(press, "find_spec", lambda _: None)
    with pytest.raises(Misconfigured) as lacking:
        press.pdf(None, b"")
    assert lacking.value.values == {"extra": "pdf"}
