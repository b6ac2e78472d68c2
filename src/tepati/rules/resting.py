"""Room rules: a case that a member of staff made rests on their word, and opens nothing to them unconfirmed."""

from collections.abc import Collection

from tepati.errors import Refused
from tepati.rules.aims import Seat
from tepati.rules.facts import Facts, Use

_OPENS = frozenset({"look", "reveal", "open", "read", "export"})  # what shows values as they are, or hands them out


def rested(names: list[str], seat: Seat | None, use: Use, facts: Facts) -> list[str]:
    """Ask of cases that open something to a member of staff whose word they rest on. Raises Refused."""
    if seat is None or not use.actor or use.act not in _OPENS:
        return names
    return _of_others(names, use, facts, seat.promise)


def _of_others(names: Collection[str], use: Use, facts: Facts, promise: str) -> list[str]:
    """Leave out cases that rest on the word of who asks, or name other fields. Raises Refused where none is left."""
    known = facts.dealings
    found = [n for n in names if use.actor not in {known[n].by, known.get(known[n].part, known[n]).by}]
    named = [name for name in found if not known[name].opens or use.fields <= set(known[name].opens)]
    if not named:
        raise Refused("field_not_named" if found else "reason_own", promise)
    return named
