"""Room notice: cells of a table that somebody opens in a spreadsheet. Pure."""

UNSAFE = "=+-@\t\r\n＝＋－＠"  # how a cell begins that a spreadsheet would run (OWASP, CSV injection)


def safe(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(tuple(UNSAFE)) else cell
