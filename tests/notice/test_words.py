"""Both languages say the same things: every wording file of every area has the same keys and placeholders."""

from importlib.resources import files

import pytest

from tepati.errors import Misconfigured
from tepati.notice.words import Words, holes, words

ROOT = files("tepati.notice").joinpath("wording")
AREAS = sorted({path.name.removesuffix(".toml") for lang in ("id", "en") for path in ROOT.joinpath(lang).iterdir()})


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_keys_and_placeholders(area):
    indonesian, english = words("id", area).entries, words("en", area).entries
    assert indonesian.keys() == english.keys()
    unequal = {key for key in english if holes(english[key]) != holes(indonesian[key])}
    assert unequal == set()


@pytest.mark.parametrize("area", AREAS)
def test_no_sentence_is_empty_or_unfinished(area):
    for lang in ("id", "en"):
        for key, sentence in words(lang, area).entries.items():
            assert sentence.strip(), (lang, area, key)
            assert "TODO" not in sentence, (lang, area, key)


@pytest.mark.parametrize("area", AREAS)
def test_the_laws_own_spelling(area):
    """UU PDP writes *pelindungan*; the interface writes *kuki* and never *cookie*."""
    for key, sentence in words("id", area).entries.items():
        assert "erlindungan" not in sentence, (area, key)
        spoken = sentence.replace("{cookie}", "").replace("cookies.", "")
        assert "cookie" not in spoken.casefold(), (area, key)


def test_a_missing_key_or_value_is_told_by_name():
    said = words("en", "errors")
    with pytest.raises(Misconfigured) as missing:
        said.say("no.such.key")
    assert missing.value.values["key"] == "no.such.key"
    with pytest.raises(Misconfigured) as lacking:
        said.say("wording_missing", file="f")
    assert lacking.value.values["lacking"] == "key"


def test_an_unknown_area_is_told():
    with pytest.raises(Misconfigured):
        words("en", "no_such_area")


@pytest.mark.parametrize(("n", "said"), [(1, "1 line"), ("1", "1 line"), (0, "0 lines"), ("1,204", "1,204 lines")])
def test_one_is_said_as_one(n, said):
    assert Words("en", "x", {"lines": "{n} {n:line|lines}"}).say("lines", n=n) == said
    assert holes("{n} {n:line|lines} of {m}") == {"n", "m"}
