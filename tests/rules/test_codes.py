"""Every refusal of the door is said in both languages: a code without words would reach a person bare."""

import re
import tomllib
from pathlib import Path

import pytest

import tepati

ROOT = Path(tepati.__file__).parent
CODES = sorted(
    {code for file in (ROOT / "rules").glob("*.py") for code in re.findall(r'Refused\("([a-z_]+)"', file.read_text())}
)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_refusal_has_words_and_names_its_promise(lang):
    words = tomllib.loads((ROOT / "notice" / "wording" / lang / "errors.toml").read_text())
    assert len(CODES) > 25
    assert [code for code in CODES if "{promise}" not in words.get(code, "")] == []
