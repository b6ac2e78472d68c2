"""Values are changed where they stand: what is read back is what was asked for, and no other byte moves."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.notice.edit import changed, leaves
from tepati.notice.load import load

ROOT = Path(__file__).parents[2]
ALL = sorted(ROOT.glob("examples/*/notice.yaml"))
SOURCES = {path.parent.name: path.read_text("utf-8") for path in ALL}
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), min_size=1)


def of(source: str) -> dict[str, str]:
    return {leaf.path: leaf.text for leaf in leaves(source)}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_value_is_found_where_it_stands(source):
    found = leaves(source)
    assert len(found) > 300
    assert len({leaf.path for leaf in found}) == len(found), "no path twice: things are named keys"
    assert all(source.count("\n", 0, leaf.start) + 1 == leaf.line for leaf in found)
    assert changed(source, of(source)) == source


def test_a_value_changes_and_its_comment_stays():
    source = 'a: {b: 2 years, c: [x.y, z]}   # why\nd: "é: ü"\n'
    assert [(leaf.path, leaf.text) for leaf in leaves(source)] == [("a.b", "2 years"), ("a.c", "x.y, z"), ("d", "é: ü")]
    assert changed(source, {"a.b": "3 years", "a.c": "x.y, q", "d": "n"}) == (
        "a: {b: 3 years, c: [x.y, q]}   # why\nd: n\n"
    )
    assert changed(source, {"a.b": "a, b}", "a.nothing": "x"}) == source.replace("2 years", '"a, b}"')


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_was_put_in_is_read_back_and_nothing_else_moved(data):
    source = data.draw(st.sampled_from(sorted(SOURCES.values())))
    before = leaves(source)
    leaf = data.draw(st.sampled_from([leaf for leaf in before if not leaf.items]))
    value = data.draw(VALUES).strip() or "x"
    after = of(changed(source, {leaf.path: value}))
    assert after == {**of(source), leaf.path: value}


def test_a_retention_becomes_longer_and_the_notice_loads():
    source = SOURCES["home-cleaning"]
    new = changed(source, {"retention.identity.for": "3 years"})
    assert new != source
    assert load(new.encode()).sound().retention["identity"].for_.count == 3


@pytest.mark.parametrize("source", ["", "a", "- a\n- b", "a: [", "a: b: c", "\t"])
def test_what_is_no_declaration_stays_as_it_is(source):
    assert leaves(source) == ()
    assert changed(source, {"a": "b"}) == source


def test_a_list_of_more_than_words_is_left():
    source = "a: {b: [c, {d: e}], f: g}"
    assert of(source) == {"a.f": "g"}
    assert changed(source, {"a.b": "x", "a.f": "h"}) == source.replace("g", "h")
