"""An error on a terminal: words for every code that can be raised, its promise, each faulty field; never a hole."""

import pytest

from tepati.cli.say import cite, explain
from tepati.errors import BadInput, Misconfigured, Refused
from tepati.notice.load import load
from tepati.notice.words import holes, words
from tests.cli.test_commands import NOTICE
from tests.test_house import codes

CODES = sorted({code for _, code in codes()})


@pytest.mark.parametrize("language", ["C", "id_ID.UTF-8"])
def test_every_code_is_told_in_words(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """What ``explain`` prints is the sentence of the wording file, its values filled in."""
    monkeypatch.setenv("LC_ALL", language)
    area = words("id" if language.startswith("id") else "en", "errors")
    for code in CODES:
        values = {name: f"<{name}>" for name in holes(area.entries[code])}
        assert explain(Misconfigured(code, **values)) == f"tepati: {area.say(code, **values)}"


def test_a_value_that_is_lacking_or_a_code_without_words_never_stops_the_telling() -> None:
    """The code itself is told then: an error about an error would hide the first."""
    assert explain(Misconfigured("unknown_org")) == "tepati: unknown_org"
    assert explain(Misconfigured("no_words_at_all", n=3)) == "tepati: no_words_at_all n=3"
    assert explain(BadInput("bad_staff", {"roles": "unknown_role"})).endswith("\n  roles: unknown_role")


@pytest.mark.parametrize("path", ["rights.erasure.within", "rights.erasure.within.nobody.says", "roles.dispatcher"])
def test_a_promise_is_cited_by_its_nearest_sentence(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A path below a promise is explained by the promise it belongs to; a path of none is told alone."""
    monkeypatch.setenv("LC_ALL", "C")
    notice = load(NOTICE.read_bytes()).sound()
    refused, other = Refused("role_not_for", path), Refused("role_not_for", "nothing.at.all")
    cite(refused, notice)
    cite(other, notice)
    lines = explain(refused).splitlines()
    assert lines[1] == f"  Refused by: {path}"
    assert lines[2].endswith(".")
    assert len(explain(other).splitlines()) == 2
