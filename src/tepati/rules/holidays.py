"""Room rules: national holidays, by country, as data.

To be confirmed: 2026 is the joint decree of the three ministers as published; 2027 is reckoned (the dates that follow
the moon may move by a day) and must be replaced when the decree for 2027 is out. Joint leave (*cuti bersama*) is left
out on purpose: it would only lengthen what a person waits for.
"""

import datetime as dt

_ID_2026 = "0101 0116 0217 0319 0321 0322 0403 0405 0501 0514 0527 0531 0601 0616 0817 0825 1225"
_ID_2027 = "0101 0105 0206 0308 0310 0311 0326 0328 0501 0506 0517 0520 0601 0606 0815 0817 1225 1226"


def _days(year: int, listed: str) -> frozenset[dt.date]:
    return frozenset(dt.date(year, int(day[:2]), int(day[2:])) for day in listed.split())


HOLIDAYS: dict[str, frozenset[dt.date]] = {"ID": _days(2026, _ID_2026) | _days(2027, _ID_2027)}
