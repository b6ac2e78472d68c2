"""docs/spec/notice.md and the code say the same: every key, promise kind, fault, and thing that comes later."""

import re
from pathlib import Path

import msgspec
import pytest

from tepati.notice import model
from tepati.notice.finding import Findings
from tepati.notice.later import LATER
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.notice.promises import KINDS
from tepati.notice.schema import meanings
from tepati.notice.schema import schema as make_schema
from tepati.notice.tree import tree
from tepati.notice.values import Telling
from tepati.notice.words import words

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "docs/spec/notice.md").read_text("utf-8")
SOURCE = [path.read_text("utf-8") for path in sorted((ROOT / "src/tepati/notice").rglob("*.py"))]
LINT = (ROOT / "src/tepati/notice/lint.toml").read_text("utf-8")
PARTS = [Telling] + [
    part
    for part in vars(model).values()
    if isinstance(part, type) and issubclass(part, model.Part) and part not in (model.Part, model.Thing, model.Windowed)
]


def _section(title):
    return SPEC.split(f"\n{title}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def _first_cells(text):
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_stands_in_the_page(part):
    hidden = {"says", "was", *getattr(part, "hidden", ())}
    keys = {field.encode_name for field in msgspec.structs.fields(part) if field.name not in hidden}
    assert _first_cells(_section(f"### {part.__name__}")) == keys


def test_required_keys_are_marked():
    for part in PARTS:
        for field in msgspec.structs.fields(part):
            if field.name in (*getattr(part, "hidden", ()), "says", "was"):
                continue
            row = re.search(rf"^\| `{field.encode_name}` .*$", _section(f"### {part.__name__}"), re.MULTILINE)
            assert ("**required**" in row[0]) == field.required, (part.__name__, field.name)


def test_every_kind_of_promise_stands_in_the_page():
    assert _first_cells(_section("## Promises")) == KINDS


def test_every_fault_stands_in_the_page_and_is_used():
    told = {key.partition(".")[0] for key in words("en", "check").entries}
    assert _first_cells(_section("## Faults")) == told
    source = "\n".join([*SOURCE, LINT])
    unknown = {code for code in told if code.startswith("unknown-")}
    unused = {code for code in told - unknown if f'"{code}"' not in source}
    assert unused == set()


def test_every_code_in_the_source_has_words():
    said = {key.partition(".")[0] for key in words("en", "check").entries}
    used = {
        code
        for text in SOURCE
        for code in re.findall(r'(?:fault|remark)\(.{0,200}?"([a-z]+(?:-[a-z0-9]+)+)"', text, re.DOTALL)
    }
    assert len(used) > 60
    assert used <= said


def test_what_comes_later_stands_in_the_page():
    assert set(re.findall(r"`([^`]+)`", _section("## Not yet").split("\n", 1)[1])) - {"not-yet"} >= set(LATER)


def test_the_notice_of_the_page_is_sound():
    source = re.search(r"```yaml\n(.*?)```", SPEC, re.DOTALL)[1]
    assert load(source.encode()).notice is not None


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_has_its_meaning_in_editors_and_the_same_in_the_page(part):
    """``tepati schema`` hovers what docs/spec/notice.md says, word for word."""
    properties = _object(part)["properties"]
    section = _section(f"### {part.__name__}")
    for key, told in properties.items():
        assert told["description"], (part.__name__, key)
        assert told["markdownDescription"].startswith(told["description"])
        row = re.search(rf"^\| `{key}` \| .* \| (.*) \|$", section, re.MULTILINE)
        assert key in ("says", "was") or row[1] == told["description"], (part.__name__, key)
    about = meanings()[part.__name__]
    assert set(about) - {"promises_", "example_"} <= properties.keys() | {"for", "from", "while", "is"}
    promised = ", ".join(f"`{kind}`" for kind in about["promises_"])
    line = f"Promises: {promised}." if promised else "No promise of its own."
    assert f"{line} Example: `{about['example_']}`" in section


def _object(part):
    if part is Notice:
        return make_schema()
    made = make_schema()["$defs"].get(part.__name__)
    return next(one for one in made.get("anyOf", [made]) if "properties" in one)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_example_of_a_part_is_of_the_language(part):
    """Its keys are the part's, read as the loader reads YAML."""
    findings = Findings("n.yaml")
    root = tree(meanings()[part.__name__]["example_"].encode(), findings)
    assert findings.all() == ()
    known = _object(part)["properties"].keys()
    shown = root.items if part is Notice else next(iter(root.items.values())).items
    assert shown
    assert set(shown) <= set(known)


def test_every_kind_of_promise_is_given_rise_to_by_some_part():
    assert {kind for about in meanings().values() for kind in about.get("promises_", ())} == KINDS


def test_the_schema_takes_the_examples_and_no_unknown_key():
    """Completion and hover, as an editor's validator sees them (JSON Schema 2020-12)."""
    made = make_schema()
    assert made["properties"]["notice"]["description"] == "the notice itself"
    again = made["$defs"]["Consent"]["properties"]["again"]
    assert again["default"] == "180 days"
    assert "Default: `180 days`." in again["markdownDescription"]
    assert "examples" in again
    assert made["$defs"]["Purpose"]["properties"]["kind"]["enum"][0] == "service"
    assert all(one.get("additionalProperties") is not None for one in _objects(made))


def _objects(made):
    if isinstance(made, dict):
        if "properties" in made and isinstance(made["properties"], dict) and made.get("type") == "object":
            yield made
        for one in made.values():
            yield from _objects(one)
    elif isinstance(made, list):
        for one in made:
            yield from _objects(one)
