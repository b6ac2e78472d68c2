"""Room store: what PostgreSQL's errors mean to us. Their texts may quote rows and values, so none is carried along."""

import re

import asyncpg

from tepati.errors import Conflict, TepatiError, Unavailable

# SQLSTATE classes and codes (PostgreSQL manual, appendix A).
_CLOSED = re.compile(r"connection (is|was|has been) (closed|released)|pool is clos")  # InterfaceError says no more
_LOST = {"40001", "40P01"}
_CONFLICT = {
    "42P07": "store_exists",
    "42710": "store_exists",
    "23505": "store_exists",
    "23P01": "store_exists",
    "23503": "store_referred",
}
_GONE = {
    "53100": "store_full", "53200": "store_full", "53300": "store_busy", "53400": "store_busy",
    "55P03": "store_busy", "57014": "store_busy", "25006": "store_gone",
    "57P01": "store_gone", "57P02": "store_gone", "57P03": "store_gone", "57P05": "store_gone",
    "58030": "store_gone",
}  # fmt: skip


class Lost(Conflict):
    """A serialization fault or a deadlock: the whole transaction may be tried again."""


def fault(error: Exception) -> Exception:
    """Return our error for one of asyncpg's. Its DETAIL shows rows, its input faults show values: neither is kept."""
    if isinstance(error, asyncpg.PostgresError):
        return _stated(error.sqlstate or "", error)
    if isinstance(error, (asyncpg.InterfaceError, ValueError, TypeError)):
        # Also what asyncpg says of an argument it cannot encode, which quotes the argument.
        kind = type(error).__name__
        closed = isinstance(error, asyncpg.InterfaceError) and _CLOSED.search(str(error))
        return Unavailable("store_gone") if closed else TepatiError("store_fault", said=kind)
    if isinstance(error, TimeoutError):
        return Unavailable("store_busy")
    # The driver's own word for a connection that died while an operation was under way.
    return Unavailable("store_gone") if isinstance(error, OSError | asyncpg.InternalClientError) else error


def _stated(state: str, error: asyncpg.PostgresError) -> TepatiError:
    if state in _LOST:
        return Lost("store_race")
    if state in _CONFLICT:
        return Conflict(_CONFLICT[state])
    if state in _GONE or (state.startswith("08") and state != "08P01"):  # 08P01: a value's bytes are no such value
        return Unavailable(_GONE.get(state, "store_gone"))
    # Class 42 (syntax, unknown names) speaks of the statement only; all others may quote values.
    said = str(error.args[0]) if state.startswith("42") and error.args else ""
    return TepatiError("store_fault", said=f"{state} {said}".strip())
