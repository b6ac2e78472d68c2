"""The form of a declaration: entries come and go where they stand, and every key has its meaning in both languages."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.notice.edit import leaves
from tepati.notice.fields import groups, grown, helped, hint_of, opened
from tepati.notice.graft import added, outline, removed, spread
from tepati.notice.load import load
from tepati.notice.schema import meanings, schema

ROOT = Path(__file__).parents[2]
SOURCES = {path.parent.name: path.read_text("utf-8") for path in sorted(ROOT.glob("examples/*/notice.yaml"))}
HOME = SOURCES["home-cleaning"]
BARBER = (Path(__file__).parent / "drafts/barber.yaml").read_text("utf-8")
ODD = """# head
a: {b: 2 years, c: [x.y, z]}   # why
d:   # note
  e: |
    long
    text
  # above f
  f: {g: 1,   # one
      h: 2, i: 3}
k: "é: ü"
m:
  n: 1"""


def of(source: str) -> dict[str, str]:
    return {leaf.path: leaf.text for leaf in leaves(source)}


def below(values: dict[str, str], path: str) -> dict[str, str]:
    return {at: said for at, said in values.items() if at != path and not at.startswith(f"{path}.")}


def paths(source: str) -> list[str]:
    """List every path of a text: of values, and of what holds them."""
    found = of(source)
    return sorted({".".join(at.split(".")[: n + 1]) for at in found for n in range(at.count(".") + 1)})


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("a.b", "a: {c: [x.y, z]}   # why"), ("a.c", "a: {b: 2 years}   # why"), ("a", "d:   # note"),
        ("d.f.g", "  f: {   # one"), ("d.f.i", "      h: 2}"), ("d.e", "d:   # note\n  # above f"), ("m.n", "m: {}"),
        ("k", "      h: 2, i: 3}\nm:"),
    ],
)  # fmt: skip
def test_an_entry_goes_with_its_line_or_its_comma(path, left):
    after = removed(ODD, path)
    assert left in after
    assert of(after) == below(of(ODD), path)


@pytest.mark.parametrize("path", ["", "a", "d", "d.f", "m"])
def test_an_entry_comes_last_in_its_mapping(path):
    after = added(ODD, path, "new", "{x: 1}")
    assert of(after) == {**of(ODD), f"{path}.new.x".strip("."): "1"}
    assert after.count("#") == ODD.count("#")
    assert added(after, path, "new", "{x: 2}") == after


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_taking_out_touches_nothing_else_and_adding_brings_it_back(data):
    """What else stands there is the same, value by value; adding leaves every comment."""
    source = data.draw(st.sampled_from([ODD, BARBER]))
    path = data.draw(st.sampled_from(paths(source)))
    less = removed(source, path)
    assert of(less) == below(of(source), path)
    above, _, key = path.rpartition(".")
    more = added(less, above, key, "again")
    if outline(less) and more != less:
        assert of(more) == {**of(less), path: "again"}
        assert more.count("#") == less.count("#")


def test_a_single_word_becomes_a_mapping():
    assert spread("a: {b: phone}", "a.b", "type") == "a: {b: {type: phone}}"
    assert opened(HOME, "data.identity.fields.phone") == HOME.replace("  phone: phone", "  phone: {type: phone}")
    assert opened(HOME, "purposes.orders") == HOME
    assert spread("a:\n", "a", "") == "a: {}\n"


@pytest.mark.parametrize("source", ["", "a", "- a", "a: [", "{", "a: " + "{b: " * 4_000])
def test_what_is_no_declaration_stays_as_it_is(source):
    """Nesting without end is neither followed nor a fault of its own."""
    assert removed(source, "a.b") == source
    assert groups(source, "purposes", "id") == ()
    assert added(source, "a", "b", "1") == source


@pytest.mark.parametrize("source", [HOME, SOURCES["office-booking"]], ids=["home-cleaning", "office-booking"])
def test_every_value_is_in_the_form_once_with_its_meaning(source):
    root = outline(source)
    shown = [value for part in root.keys for group in groups(source, part, "id") for value in group.values]
    assert sorted(value.leaf.path for value in shown) == sorted(of(source))
    assert [value.leaf.path for value in shown if not value.help.says] == []
    assert helped("purposes.orders.then", "en") == helped("nothing.at.all", "en")
    assert helped("purposes.orders.basis", "en").words[:2] == ("consent", "contract")


def test_whatever_the_form_offers_can_be_added_and_read():
    """Each key of each mapping: the text stays a declaration, and the key is one that the loader knows."""
    parts = ("", *outline(BARBER).keys)
    for group in (one for part in parts for one in groups(BARBER, part, "en")):
        for key, says in group.adds:
            after = grown(BARBER, group.path, key)
            path = f"{group.path}.{key}".strip(".")
            assert says, path
            assert hint_of(path) is not None
            assert outline(after) is not None
            assert after != BARBER, path
    after = grown(grown(BARBER, "purposes", "kabar"), "", "visits")
    assert not [f for f in load(after.encode()).findings if f.code in ("unknown-key", "bad-name")]


def test_meanings_stand_in_both_languages():
    """And ``tepati schema`` speaks either: the same keys, other words."""
    english, indonesian = ({part: {k for k in keys if not k.endswith("_")} for part, keys in meanings(lang).items()}
                           for lang in ("en", "id"))  # fmt: skip
    assert english == indonesian
    assert all(keys.get("about_") for part, keys in meanings("id").items() if part not in ("Thing", "Windowed"))
    said, other = schema("id"), schema()
    assert said["properties"].keys() == other["properties"].keys()
    assert said["properties"]["notice"]["description"] == "pemberitahuan itu sendiri"
    assert said["$defs"]["Purpose"]["description"].startswith("Untuk apa bidang dipakai")
