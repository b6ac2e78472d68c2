"""Room flows: figures about groups of people, as coarse as the notice's ``smallest_group`` asks. Pure.

A group smaller than that is never told as such (UU PDP Art. 16(2)(e): as much as is needed): reasons of few people are
put together, and where even that is few, every figure beside it is rounded down, so that none follows by subtraction.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FEW = -1  # read "fewer than <least>"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told: the figure asked for, the reasons for the rest (largest first), and the total (FEW: untold).

    ``rounded``: figures are rounded down to a multiple of ``least``.
    """

    n: int
    reasons: tuple[tuple[str, int], ...]
    total: int
    least: int
    rounded: bool = False


def few(n: int, least: int) -> int:
    """Return FEW for a figure that would tell of few people; 0 stays 0 recorded."""
    return FEW if 0 < n < least else n


def told(n: int, reasons: Mapping[str, int], least: int) -> Told:
    """Say how many, and why not the others."""
    grouped = _grouped(reasons, least)
    total = n + sum(grouped.values())
    if FEW not in (few(n, least), *(few(m, least) for m in grouped.values())):
        return Told(n, _ordered(grouped), total, least)
    rounded = {reason: few(m, least) if m < least else m // least * least for reason, m in grouped.items()}
    return Told(few(n, least) if n < least else n // least * least, _ordered(rounded), FEW, least, rounded=True)


def _grouped(reasons: Mapping[str, int], least: int) -> dict[str, int]:
    """Put reasons of few people together, and with them the next larger ones until they are enough."""
    grouped = {reason: n for reason, n in reasons.items() if n >= least and reason != OTHER}
    other = sum(n for reason, n in reasons.items() if reason not in grouped)
    while 0 < other < least and grouped:
        smallest = min(grouped, key=lambda reason: (grouped[reason], reason))
        other += grouped.pop(smallest)
    return grouped | ({OTHER: other} if other else {})


def _ordered(grouped: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(grouped.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0])))
