"""Room ledger: a value of a row is of its type, or the row was tampered with."""

from tepati.errors import Tampered


def whole(value: object) -> int:
    """Return an integer of a row. Raises Tampered."""
    if not isinstance(value, int):
        raise Tampered("ledger_row")
    return value


def raw(value: object) -> bytes:
    """Return bytes of a row. Raises Tampered."""
    if not isinstance(value, bytes):
        raise Tampered("ledger_row")
    return value


def text(value: object) -> str:
    """Return text of a row. Raises Tampered."""
    if not isinstance(value, str):
        raise Tampered("ledger_row")
    return value
