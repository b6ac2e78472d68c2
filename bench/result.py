"""One measured figure beside its floor and its bar, and the table of all of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Sense = Literal["most", "least"]  # the bar is the most, or the least, that the figure may be


@dataclass(frozen=True, slots=True)
class Result:
    """A figure. ``floor`` is the same unit, measured in the same run by the code named ``floor_of``.

    ``yard`` names the limit that the bar was set beside (``yardstick``), and ``machine`` how much more that costs here.
    """

    what: str
    engine: str
    value: float
    unit: str
    bar: float | None = None
    sense: Sense = "most"
    floor: float | None = None
    floor_of: str = ""
    ratio_bar: float | None = None
    note: str = ""
    yard: str = ""
    machine: float | None = None

    @property
    def ratio(self) -> float | None:
        """How far above the floor a cost is, or which part of the limit a rate reaches."""
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether both bars hold; None where there is no bar."""
        verdicts = [_within(self.value, self.bar, self.sense), _within(self.ratio, self.ratio_bar, self.sense)]
        told = [v for v in verdicts if v is not None]
        return all(told) if told else None


@dataclass(frozen=True, slots=True)
class Missing:
    """What could not be measured, and why."""

    what: str
    engine: str
    why: str


def _within(value: float | None, bar: float | None, sense: Sense) -> bool | None:
    if value is None or bar is None:
        return None
    return value <= bar if sense == "most" else value >= bar


def number(value: float | None) -> str:
    """Write a figure with three digits that matter."""
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


HEAD = ("operation", "engine", "measured", "unit", "bar", "machine", "floor", "ratio", "", "floor is, remarks")


def table(results: Iterable[Result | Missing]) -> str:
    """Write the results as a table for a terminal."""
    rows = [HEAD, *(_row(result) for result in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD) - 1)]
    right = {2, 4, 5, 6, 7}
    lines = []
    for row in rows:
        cells = [
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def _row(result: Result | Missing) -> tuple[str, ...]:
    if isinstance(result, Missing):
        return (result.what, result.engine, "-", "", "", "", "", "", "not measured", result.why)
    sign = "<= " if result.sense == "most" else ">= "
    bar = sign + number(result.bar) if result.bar is not None else ""
    ratio = f"{result.ratio:.2f} x" if result.ratio is not None else ""
    if result.ratio_bar is not None:
        ratio += f" ({sign}{result.ratio_bar:g})"
    verdict = {True: "met", False: "NOT MET", None: ""}[result.met]
    remark = "; ".join(part for part in (result.floor_of, result.note) if part)
    floor = number(result.floor) if result.floor else ""
    measured = number(result.value)
    machine = f"{result.machine:.2f} x" if result.machine is not None else ""
    return (result.what, result.engine, measured, result.unit, bar, machine, floor, ratio, verdict, remark)


def as_json(results: Iterable[Result | Missing]) -> str:
    """Write the results for machines."""
    out = []
    for result in results:
        extra = {} if isinstance(result, Missing) else {"ratio": result.ratio, "met": result.met}
        out.append(asdict(result) | extra)
    return json.dumps(out, indent=1)
