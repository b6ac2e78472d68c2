"""Rules 1 to 8 of the design's section 9, over every statement in the source."""

import re

import pytest

from tepati.store.schema import TABLES
from tests.store.statements import SOURCE, Statement, of, statements

TABLE = {table.name: table for table in TABLES}

# The key store is the vault's own, beside the store and not distributed, a file or a database: its tables are not ours.
APART = {"vault/keystore.py", "vault/mirror.py", "vault/folder.py", "vault/served.py", "vault/tables.py"}
APART_TABLES = frozenset(
    re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", (SOURCE / "vault/tables.py").read_text("utf-8"))
)

# Which tables of a person may be read without naming the person, and why. Never written so: see WRITTEN_ACROSS.
READ_ACROSS = {
    "person": "the board counts the people of an organisation; the nightly audit walks them",
    "state": "reconciliation and restore walk the people of an organisation, page by page",
    "ident": "the one look-up across people, by blind index",
    "dek": "a roll wraps every key of an epoch again; keys status counts them",
    "sealed": "retention and the board look for rows past their end, by (org, due)",
    "record": "the board counts records by day, by (org, created)",
    "opening": "reconciliation of the ledger, by ledger_id",
    "standing": "the audience of a set act: one predicate over the covering index",
    "dealing": "staff find a case by its number; the clock looks for those to be closed",
    "place": "the clock frees held hours that are over, by (org, expires)",
    "link": "the clock sweeps links that are over, by (org, expires)",
    "request": "the board and the queue of requests, by (org, state, due)",
    "duty": "workers take what is due in an organisation, by (org, state, due)",
    "outbox": "workers take what is due in an organisation, by (org, state, due)",
    "campaign": "an organisation's campaigns are few; the clock goes on with those that are not over",
    "sending": "the progress of a campaign, by (org, campaign); the clock sweeps old ones, by (org, at)",
    "staff": "an organisation's members are few; the console and the board list them",
    "device": "the clock sweeps devices that are over, by (org, expires)",
    "api_key": "an organisation's keys are few; the console lists them, the clock sweeps old ones, by (org, expires)",
    "code": "codes to one number and of a day are counted, by (org, number, made) and (org, expires); the clock sweeps",
    "session": "the clock sweeps sessions that are over, by (org, expires)",
    "proposal": "a version to come is found by its digest, and the open ones listed: a handful",
    "unveiling": "a security case is found by its id, and those that run listed; the clock sweeps old ones",
    "guardian": "staff list those who wait; children of one guardian are counted, by (org, adult); the clock ends them",
    "decoy": "an organisation's decoys are few; the board counts them",
    "consent": "the board counts consents by question",
    "acceptance": "the board counts acceptances by version",
}

# Which writes need not name the person, and why: (verb, table).
WRITTEN_ACROSS = {
    ("DELETE", "ident"): "one look-up is dropped by its blind index, by which the table is distributed",
    ("UPDATE", "ident"): "one look-up goes to another field of its person, likewise",
}

# What an f-string may put into SQL beside a constant in capitals: names of our own tables and columns, placeholders.
FILLED = {
    "store/ddl.py": "the schema itself, from schema.TABLES",
    "store/lite.py": "copy(): the caller's table and columns, as on PostgreSQL",
    "vault/erase.py": "every table of a person, from schema.TABLES",
    "vault/backup.py": "every table and its columns, from schema.TABLES",
    "vault/moving.py": "every table of a place of the key store, and placeholders",
    "vault/restore.py": "every table, from schema.TABLES, before any door opens",
    "ledger/log.py": "placeholders, FOR UPDATE where the engine has it, a subquery without values",
    "ledger/reconcile.py": "every table whose rows carry a line, from schema.TABLES",
    "ledger/effects.py": "likewise",
    "registers/campaigns.py": "the predicate compiled by rules/standing.py, and placeholders",
    "registers/standings.py": "the predicate compiled by rules/standing.py, whose values travel as $n",
}

FORBIDDEN = {
    "ids are made by the application (rule 3)": r"\b(AUTOINCREMENT|(BIG)?SERIAL|IDENTITY|NEXTVAL|GEN_RANDOM_UUID)\b",
    "append-only by privilege, not by trigger (rule 5)": r"\bTRIGGER\b|^CREATE\b.*\b(FUNCTION|PROCEDURE)\b",
    "no advisory locks (rule 6)": r"pg_(try_)?advisory|\bLISTEN\b|\bNOTIFY\b",
    "times are passed in (rule 8)": r"\b(NOW|CLOCK_TIMESTAMP|STRFTIME|JULIANDAY|UNIXEPOCH|DATETIME)\s*\("
    r"|\bCURRENT_(TIME|DATE|TIMESTAMP)\b",
    "randomness is passed in": r"\bRANDOM(BLOB)?\s*\(",
    "no table is locked but meta, by a migration (rule 6)": r"^LOCK TABLE (?!meta\b)",
    "values travel as $n": r"%s|%\(\w+\)s|'\{\}'|\?(?!\d)",
}


def _apart(statement: Statement) -> bool:
    """Say whether a statement speaks to the key store: by its file, its tables, or apsw's own placeholders."""
    mirror = statement.file.startswith("vault/") and re.search(r"\?\d", statement.sql)
    return statement.file in APART or bool(mirror) or bool(statement.tables & APART_TABLES - TABLE.keys())


ALL = [s for s in statements() if not _apart(s)]


def _crosses(statement: Statement) -> set[str]:
    named = re.search(r"\bperson = \$|\b\w\.person = \$|\(person, ", statement.sql)
    return set() if named else {t for t in statement.tables if t in TABLE and TABLE[t].fate == "delete"}


def test_the_search_finds_statements_of_all_forms() -> None:
    """The tests below see what they say they see."""
    code = (
        'A = "SELECT x FROM person"\nB = f"DELETE FROM {t} WHERE a = {v}"\nC = ("UPDATE duty"\n " SET a = $1")\nD = "x"'
    )
    found = list(of(code))
    assert {s.sql for s in found} == {"SELECT x FROM person", "UPDATE duty SET a = $1", "DELETE FROM {} WHERE a = {}"}
    assert len(ALL) > 100


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT now() FROM person", "times are passed in (rule 8)"),
        ("INSERT INTO a VALUES (gen_random_uuid())", "ids are made by the application (rule 3)"),
        ("DELETE FROM person WHERE name = '{}'", "values travel as $n"),
        ("SELECT pg_advisory_lock(1) FROM person", "no advisory locks (rule 6)"),
        ("LOCK TABLE person", "no table is locked but meta, by a migration (rule 6)"),
    ],
)
def test_the_rules_catch_what_they_forbid(sql: str, why: str) -> None:
    """Each rule is broken by its example: a pattern that never matches would be no rule."""
    assert re.search(FORBIDDEN[why], sql, re.IGNORECASE)


@pytest.mark.parametrize("why", FORBIDDEN)
def test_no_statement_does_what_the_schema_rules_forbid(why: str) -> None:
    """One schema runs on SQLite, PostgreSQL and Citus."""
    assert not [str(s) for s in ALL if re.search(FORBIDDEN[why], s.sql, re.IGNORECASE)]


def test_statements_name_only_tables_of_the_schema() -> None:
    """A statement over an unknown table would be found only when it runs."""
    common = re.compile(r"\b(\w+) AS (?:MATERIALIZED |NOT MATERIALIZED )?\(")
    for s in ALL:
        known = TABLE.keys() | set(common.findall(s.sql))
        assert not [t for t in s.tables - known if not t.startswith(("pg_", "pragma_", "sqlite_", "unnest"))], str(s)


def test_people_are_read_across_only_where_a_reason_is_given() -> None:
    """Rules 1 and 2: whatever does not name the person visits every shard, so it says why."""
    lost = [str(s) for s in ALL if s.verb in {"SELECT", "WITH"} and _crosses(s) - READ_ACROSS.keys()]
    assert not lost


def test_people_are_written_one_by_one() -> None:
    """An UPDATE or DELETE that does not name the person could touch everybody."""
    lost = [
        str(s) for s in ALL for table in _crosses(s)
        if s.verb in {"UPDATE", "DELETE"} and (s.verb, table) not in WRITTEN_ACROSS
    ]  # fmt: skip
    assert not lost


def test_sql_is_filled_with_constants_only() -> None:
    """Values travel as $n; an f-string puts in constants in capitals, ``places`` (``$1, $2``), or what is listed."""
    lost = [
        f"{s} <- {name}" for s in ALL for name in s.filled
        if s.file not in FILLED and not re.fullmatch(r"_?[A-Z][A-Z0-9_]*|places", name)
    ]  # fmt: skip
    assert not lost


def test_no_reason_is_left_over() -> None:
    """The lists above say what is, not what was."""
    files = {s.file for s in ALL if s.filled}
    assert FILLED.keys() <= files
