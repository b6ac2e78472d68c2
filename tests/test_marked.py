"""Every promise of the five examples has an acceptance test that carries its id, or stands here with who brings it."""

import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
COUNTS = {"T": 17, "A": 14, "W": 22, "F": 12, "S": 13, "L": 18}
IDS = [f"{letter}{n}" for letter, most in COUNTS.items() for n in range(1, most + 1)]
# Modules whose marks are made from tables of theirs: the names of these tables.
TABLES = {"web/test_examples.py": {"TAKEN", "ASKED", "PROVEN", "REFUSED"}, "stories/test_stories.py": set()}
# What no test carries yet, by the part of the work that brings it.
PARTS = {
    "4, what leaves the company, watched from outside: relay, orders, transfers, breaches": (
        "T10", "T11", "A4", "A9", "W1", "W7", "S8", "S10", "L10", "L11", "L14",
    ),
    "5, mail that comes in": ("W10", "S11"),
    "5, visits, places and statistics": ("T3", "T12", "T15", "A3", "A7", "W5", "W6", "S3", "S9"),
    "5, cases and queues of every example: tickets, contests, fraud, uploads, partners, buyers": (
        "A5", "A6",
    ),
    "7, production: transport, separation, second look, cards, cookies crawled at every example, drills": (
        "W8", "W11", "W12", "W14", "S4",
    ),
}  # fmt: skip
LATER = {one: part for part, ids in PARTS.items() for one in ids}


@cache
def marked() -> dict[str, set[str]]:
    """Map each id that a test or a story carries to the files that carry it."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        name = path.relative_to(TESTS).as_posix()
        for one in _carried(path.read_text("utf-8"), name):
            found.setdefault(one, set()).add(name)
    for story in sorted(TESTS.glob("stories/*.txt")):
        found.setdefault(story.stem.partition("-")[0], set()).add(f"stories/{story.name}")
    return found


def _carried(source: str, name: str) -> set[str]:
    said = re.findall(r"pytest\.mark\.promise\(([^)]*)\)", source)
    assert name in TABLES or all(re.fullmatch(r'"\w+"(, "\w+")*', one) for one in said), f"{name}: an unreadable mark"
    tables = re.findall(r"^([A-Z]+) = (.*?)(?=^\S)", source, re.DOTALL | re.MULTILINE)
    said += [table for title, table in tables if title in TABLES.get(name, ())]
    return {one for each in said for one in re.findall(r'"([A-Z]\d+)"', each)}


@pytest.mark.parametrize("one", IDS)
def test_a_promise_is_proven_by_a_test_that_carries_its_id(one):
    """A mark that vanishes is missed here; one that comes is taken from the list of those still to come."""
    assert (one in marked()) != (one in LATER), f"{one}: {sorted(marked().get(one, ())) or LATER.get(one, 'no test')}"


def test_a_mark_names_a_promise_that_there_is():
    assert set(marked()) <= set(IDS)
    assert set(LATER) <= set(IDS)
