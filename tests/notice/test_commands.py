"""``tepati check``, ``render`` and ``schema``: exit codes, JSON, and the language's schema."""

import argparse
import json
from pathlib import Path

import pytest

from tepati.cli import check, render, schema
from tepati.notice.schema import schema as make_schema

DRAFTS = Path(__file__).parent / "drafts"


@pytest.fixture
def tepati(capsys):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for command in (check, render, schema):
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
    assert {"file", "line", "column", "level", "code", "path", "what", "mend", "article"} == bad["findings"][0].keys()
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
    assert (code, out) == (1, "")
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
