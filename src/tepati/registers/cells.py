"""Room registers: a cell of a row in the type its column has. NULL is the type's nothing: b"" or 0.

Both engines keep types strictly, so a cell of another type is a fault of ours and stops the act.
"""

from tepati.store.port import Value


def raw(cell: Value) -> bytes:
    """Return bytes, b"" for NULL. Raises TypeError for anything else."""
    if cell is None:
        return b""
    if isinstance(cell, bytes):
        return cell
    raise TypeError("a column of bytes holds something else")


def whole(cell: Value) -> int:
    """Return a whole number, 0 for NULL. Raises TypeError for anything else."""
    if cell is None:
        return 0
    if isinstance(cell, int):
        return cell
    raise TypeError("a column of numbers holds something else")
