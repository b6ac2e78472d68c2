"""Room store: the schema as SQL. One declaration (``schema.TABLES``) gives the tables of both engines."""

from tepati.store.port import Engine
from tepati.store.schema import TABLES, Column, Kind, Table

_KINDS: dict[Engine, dict[Kind, str]] = {
    "sqlite": {"uuid": "BLOB", "bytes": "BLOB", "text": "TEXT", "int": "INTEGER", "small": "INTEGER"},
    # Collation C: text sorts and compares by its bytes, as on SQLite, and faster.
    "postgresql": {"uuid": "uuid", "bytes": "bytea", "text": 'text COLLATE "C"', "int": "bigint", "small": "smallint"},
}

# The one foreign key: a roll deletes the old epoch's row, which fails while any key is wrapped by it (design, 5).
_FOREIGN = {"dek": "FOREIGN KEY (org, epoch) REFERENCES epoch (org, epoch)"}

# SQLite keeps a table in its primary key's tree (WITHOUT ROWID) where rows are small: one tree less to write.
# Rows with long bodies stay in rowid tables: else few keys fit on a page (sqlite.org/withoutrowid).
BODIED = frozenset({
    "notice", "proposal", "agreement", "sealed", "opening", "outbox", "certificate", "observation",
    "log_pending", "log_leaf", "log_tile", "log_head", "log_cosign",
})  # fmt: skip


def statements(engine: Engine) -> list[str]:
    """Return the statements that make the schema in an empty database, in the order they must run."""
    out: list[str] = []
    for table in TABLES:
        out.append(create(table, engine))
        out += indexes(table)
    return out


def create(table: Table, engine: Engine) -> str:
    """Return ``CREATE TABLE`` for one table."""
    parts = [_column(column, engine) for column in table.columns]
    parts.append(f"PRIMARY KEY ({', '.join(table.key)})")
    if table.name in _FOREIGN:
        parts.append(_FOREIGN[table.name])
    return f"CREATE TABLE {table.name} ({', '.join(parts)}){_tail(table, engine)}"


def indexes(table: Table) -> list[str]:
    """Return ``CREATE INDEX`` for each plain index of one table; none of them is unique (rule 1)."""
    return [f"CREATE INDEX {index_name(table, on)} ON {table.name} ({', '.join(on)})" for on in table.indexes]


def index_name(table: Table, on: tuple[str, ...]) -> str:
    """Return the name of an index: PostgreSQL cuts names at 63 bytes, so long ones name their first three columns."""
    return f"{table.name}_{'_'.join(on[:3])}"


def _column(column: Column, engine: Engine) -> str:
    kind = _KINDS[engine][column.kind]
    null = "" if column.null else " NOT NULL"
    # SQLite has no uuid: without this check a hex text's bytes would pass as a key.
    check = f" CHECK (length({column.name}) = 16)" if engine == "sqlite" and column.kind == "uuid" else ""
    return f"{column.name} {kind}{null}{check}"


def _tail(table: Table, engine: Engine) -> str:
    if engine == "postgresql":
        return ""
    return " STRICT" if table.name in BODIED else " STRICT, WITHOUT ROWID"
