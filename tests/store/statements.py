"""Every SQL statement in the source, found in its syntax trees: what the rules of the schema are checked against."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "tepati"

_SQL = re.compile(
    r"^\s*(SELECT\b.*\bFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|WITH\s+\w+\s+AS|CREATE|ALTER|DROP|LOCK)\b",
    re.DOTALL,
)
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE(?=\s+\w+\s+SET)|LOCK TABLE)\s+([a-z_]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: where it stands, its text (what an f-string fills in is ``{}``), and what is filled in."""

    file: str
    line: int
    sql: str
    filled: tuple[str, ...]

    @property
    def verb(self) -> str:
        return self.sql.split(None, 1)[0].upper()

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(_TABLE.findall(self.sql))

    @property
    def whole(self) -> str | None:
        """The text with its constants filled in, or None where something else is filled in as well."""
        constants = _constants((SOURCE / self.file).read_text("utf-8"))
        if not all(name in constants for name in self.filled):
            return None
        return self.sql.format(*(constants[name] for name in self.filled)) if self.filled else self.sql

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sql}"


def statements(source: Path = SOURCE) -> list[Statement]:
    """Find the statements of all modules below a folder."""
    return [
        s for path in sorted(source.rglob("*.py")) for s in of(path.read_text("utf-8"), str(path.relative_to(source)))
    ]


def of(code: str, file: str = "") -> Iterator[Statement]:
    """Find the statements of one module: string literals and f-strings that begin like SQL."""
    tree = ast.parse(code)
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            sql, filled = _read(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            sql, filled = node.value, ()
        else:
            continue
        if _SQL.match(sql):
            yield Statement(file, node.lineno, " ".join(sql.split()), filled)


@cache
def _constants(code: str) -> dict[str, str]:
    """Return a module's own constants that are text."""
    return {
        node.targets[0].id: str(node.value.value)
        for node in ast.parse(code).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def _read(node: ast.JoinedStr) -> tuple[str, tuple[str, ...]]:
    sql, filled = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            sql += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            sql += "{}"
            filled.append(ast.unparse(part.value))
    return sql, tuple(filled)
