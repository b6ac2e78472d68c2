"""No page of the console is left unseen: the list of pages looked at is that of the routes."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tepati.notice.words import words
from tepati.web import server
from tests.web.console_pages import BELOW, NO_PAGE, READ, WALKED
from tests.web.sound import faults

GOOD = '<h1>Pesanan</h1><label for="a">A</label><input id="a" aria-describedby="b"><p id="b">c</p>'


def test_every_address_of_the_console_is_looked_at() -> None:
    """A route that nobody added to the list is a page that nobody saw; one that is gone is struck out."""
    shown = {
        path.removeprefix(BELOW)
        for handler in server.CONSOLE
        if "GET" in handler.http_methods
        for path in handler.paths
        if path.startswith(BELOW)
    }
    assert shown == WALKED | set(READ) | NO_PAGE
    assert not WALKED & set(READ)


def test_the_tests_that_the_list_names_go_there() -> None:
    """By the page's own address, or by where its form led."""
    for path, name in READ.items():
        text = Path(__file__).with_name(f"{name}.py").read_text("utf-8")
        assert path.partition("/{")[0].rpartition("/")[2] in text or 'headers["location"]' in text, (path, name)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (GOOD.replace("h1", "h2"), "headings"), (GOOD + '<p id="a"></p>', "id twice"),
        (GOOD.replace('for="a"', 'for="x"'), "nothing has the id: x"), (GOOD + "<input>", "no label"),
        (GOOD + '<a href="/"></a>', "nothing to read"), (GOOD + "<th>A</th>", "no scope"), (GOOD + "<img>", "no alt"),
        (GOOD + '<p style="color: red">', "forbids"), (GOOD + '<p onclick="x()">', "forbids"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_page_is_said(wrong: str, said: str) -> None:
    assert faults(GOOD) == []
    assert said in " ".join(faults(wrong))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_what_the_ledger_holds_is_said_in_words(lang: str) -> None:
    """Every act and answer that a flow writes by name has words at the console: no reader meets a name of ours."""
    code = "\n".join(path.read_text("utf-8") for path in Path(str(files("tepati") / "flows")).rglob("*.py"))
    known = words(lang, "console")
    acts = set(re.findall(r'sheet\.line\(\s*"(\w+)"|\bact="(\w+)"', code))
    answers = set(re.findall(r'\banswer="(\w+)"', code))
    lacking = [name for pair in acts for name in pair if name and f"ledger.acts.{name}" not in known]
    lacking += [name for name in answers if f"ledger.answers.{name}" not in known]
    assert sorted(lacking) == []
