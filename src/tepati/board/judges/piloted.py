"""Room board: what only counts is never called kept: a purpose under ``enforce: observe`` runs beside older systems."""

from dataclasses import replace
from typing import Final

from tepati.board.verdict import Case, Verdict

_FOR: Final = ("roles", "messages", "consents")  # sections whose things serve purposes


def told(case: Case, heard: Verdict) -> Verdict:
    """Say *observed* instead of *kept* where a purpose behind the promise is only observed; all else stays."""
    names = _piloted(case)
    if heard.state != "kept" or not names:
        return heard
    paths = dict.fromkeys([case.path, *(f"purposes.{name}" for name in names)])
    figures = heard.evidence | {"would": sum(_would(case, path) for path in paths)}
    return replace(heard, state="unproven", says="piloted", grades=("observed",), evidence=figures)


def _would(case: Case, path: str) -> int:
    """Count the uses that would have been refused under a promise."""
    counts = case.seen.counts.get(path, {}).items()
    return sum(count.n for what, count in counts if what.partition(".")[2] == "observed")


def _piloted(case: Case) -> tuple[str, ...]:
    """Name the purposes behind a promise that are only observed."""
    known = [name for name, one in case.notice.purposes.items() if one.enforce == "observe"]
    section, _, _ = case.path.partition(".")
    if section == "purposes":
        return tuple(name for name in known if case.name in ("", name))
    if section not in _FOR or not case.name:
        return ()
    thing = getattr(case.notice, section).get(case.name)
    served = (thing.for_,) if thing and isinstance(thing.for_, str) else thing.for_ if thing else ()
    return tuple(name for name in known if name in served)
