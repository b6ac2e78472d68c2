"""Nothing declared is ignored: each key is read by the module that honoured.toml names, or told as not-yet."""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from tepati.notice import model
from tepati.notice.later import LATER
from tepati.notice.load import load
from tests.notice.test_spec import PARTS

ROOT = Path(__file__).parents[2]
HONOURED = tomllib.loads((Path(__file__).parent / "honoured.toml").read_text("utf-8"))
KEYS = [
    (part.__name__, field.encode_name, field)
    for part in PARTS if part.__module__ == model.__name__
    for field in msgspec.structs.fields(part)
    if field.name not in ("says", "was", *part.hidden)
]  # fmt: skip


@cache
def read(module: str) -> frozenset[str]:
    """Name the attributes that a module reads, by name or through a look-up by name."""
    path = ROOT / "src/tepati" / module.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    tree = ast.parse(source)
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(named | words)


@pytest.mark.parametrize(("part", "key", "field"), KEYS, ids=[f"{part}.{key}" for part, key, _ in KEYS])
def test_a_key_is_honoured_where_the_table_says(part, key, field):
    where = HONOURED[part][key]
    if where == "fixed":
        assert len([one for one in get_args(field.type) if one]) <= 1, "it may say other things"
    elif where not in LATER:
        assert field.name in read(where) or key in read(where), f"{where} does not read it"


def test_the_table_names_nothing_that_is_no_key():
    assert {(part, key) for part, keys in HONOURED.items() for key in keys} == {(part, key) for part, key, _ in KEYS}


VALUES = [
    ("points:", "offers_by_email: {for: offers, channel: email, confirm: link}", "confirm: link", "confirm: signature",
     "consents.offers_by_email"),
    ("points:", "opens: haircut}", "opens: haircut}", "opens: haircut, sign_in: required}", "points.book.sign_in"),
    ("rights:", "within: 2 days", "within: 2 days", "within: 2 days, reason: optional", "rights.erasure.reason"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "line", "was", "now", "path"), VALUES, ids=[row[-1] for row in VALUES])
def test_a_value_that_is_not_enforced_is_told(_, line, was, now, path):
    """Of some keys one value is enforced and another is not yet: the file that says the other one is told."""
    source = (Path(__file__).parent / "drafts/barber.yaml").read_text("utf-8")
    assert line in source
    before, after = ({f.path for f in load(text.encode()).findings if f.code == "not-yet"}
                     for text in (source, source.replace(line, line.replace(was, now))))  # fmt: skip
    assert (path in before, path in after) == (False, True)
