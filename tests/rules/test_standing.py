"""The SQL predicate over covering rows says exactly what the door says, person by person."""

import collections
import re
import sqlite3

import pytest
from hypothesis import given

from tepati.errors import Refused
from tepati.rules.decide import decide
from tepati.rules.policy import compile
from tepati.rules.standing import predicate, standing
from tests.rules import worlds as w

TABLE = (
    "CREATE TABLE standing (person BLOB, purpose TEXT, question TEXT, until INTEGER, blocked INTEGER, told INTEGER,"
    " PRIMARY KEY (person, purpose, question))"
)


def audience(policy, use, people):
    """Ask SQLite for the persons the predicate holds for, with the rows the rules derive."""
    sql, args = predicate(policy, use)
    db = sqlite3.connect(":memory:")
    db.execute(TABLE)
    for name, facts in people.items():
        rows = [(name, r.purpose, r.question, r.until, r.blocked, r.told) for r in standing(policy, facts)]
        db.executemany("INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?)", rows)
    found = [name for (name,) in db.execute(f"SELECT person FROM standing WHERE {re.sub(r'[$]', '?', sql)}", args)]
    db.close()
    assert len(found) == len(set(found)), "one row a person, or a campaign would mail twice"
    return set(found)


def permitted(policy, use, facts):
    try:
        return not decide(policy, use, facts).observed
    except Refused:
        return False


def compared(seed, seen):
    dice = w.Dice(seed)
    notice = w.notice(dice)
    policy = compile(notice, {"p0": dice.randint(1, 3)})
    people = {f"person{n}": w.person(dice, notice) for n in range(6)}
    use = w.use(dice, notice, sets=True)
    expected = {name for name, facts in people.items() if permitted(policy, use, facts)}
    try:
        found = audience(policy, use, people)
    except Refused as no:
        seen[no.code] += 1
        wrongly = expected if no.code != "one_by_one" else set()
    else:
        seen.update({"sets": 1, "in": len(expected), "out": len(people) - len(expected)})
        wrongly = found ^ expected
    assert not wrongly


@w.many
@given(w.seeds)
def test_the_predicate_agrees_with_the_door(seed):
    compared(seed, collections.Counter())


def test_the_comparison_meets_both_answers():
    """Sets are said in SQL more often than not, and hold people inside and outside."""
    seen = collections.Counter()
    for seed in range(600):
        compared(seed, seen)
    print(seen)
    assert seen["sets"] > 150
    assert min(seen["in"], seen["out"]) > 150


def test_rows_are_few_and_say_nothing_fine():
    """At most one row for each purpose and question, and the coarse month for a minor."""
    dice = w.Dice(7)
    notice = w.notice(dice)
    rows = standing(compile(notice), w.person(dice, notice))
    assert len(rows) <= len(notice.purposes) + len(notice.consents) + 1


def test_what_a_role_reads_is_no_set():
    dice = w.Dice(1)
    notice = w.notice(dice)
    role, said = next(iter(notice.roles.items()))
    use = w.Use("look", next(p for p in said.for_), frozenset(sorted(said.sees)[:1]), w.NOW, role)
    with pytest.raises(Refused):
        predicate(compile(notice), use)
