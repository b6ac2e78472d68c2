"""Room notice: a new version beside the one in force: what it widens, for whom, and what must happen first. Pure.

Changing a notice obeys the version in force, never the new one (design section 4): its lead time, its approvers.
"""

from collections.abc import Iterable

import msgspec

from tepati.notice.changes import Change, changes, renamed
from tepati.notice.model import Approvals, Notice
from tepati.notice.uses import Asked, Use, asked_again, opened
from tepati.notice.values import Telling


class Revision(msgspec.Struct, frozen=True):
    """One step from a version to the next.

    ``worded``: promises whose declaration changed while their own words stayed; ``people``: the populations concerned
    by what widens; ``asks``: consents that are new; ``announce`` and ``approvals`` are those of the version in force.
    """

    changes: tuple[Change, ...]
    opens: tuple[Use, ...]
    closes: tuple[Use, ...]
    again: tuple[Asked, ...]
    asks: tuple[str, ...]
    worded: tuple[str, ...]
    people: tuple[str, ...]
    announce: Telling
    approvals: Approvals

    @property
    def material(self) -> bool:
        """Whether anything widens: then it is told as a material change, whatever the company thinks of it."""
        return any(change.way == "wider" for change in self.changes) or bool(self.opens)

    def of(self, way: str) -> tuple[Change, ...]:
        """List the changes that went one way."""
        return tuple(change for change in self.changes if change.way == way)


def revision(old: Notice, new: Notice) -> Revision:
    """Compare a new version with the one in force."""
    found, use = changes(old, new), opened(old, new)
    said = old.notice.announce
    known = set(renamed(old, new)["consents"].values())
    wider = [change.path for change in found if change.way == "wider"]
    told = said.material if wider or use.opens else said.minor or said.material
    return Revision(
        changes=found, opens=use.opens, closes=use.closes, again=asked_again(old, new, found),
        asks=tuple(name for name in new.consents if name not in known), worded=_worded(new, found),
        people=_concerned(new, wider, use.opens), announce=told, approvals=old.notice.approvals,
    )  # fmt: skip


def _worded(new: Notice, found: tuple[Change, ...]) -> tuple[str, ...]:
    """Name the things that kept their own words through a change of what they declare."""
    reworded = {change.path for change in found if change.path.endswith(".says")}
    above = [path for change in found if change.way != "neither" for path in _above(change.path)]
    return tuple(
        path for path in dict.fromkeys(above)
        if f"{path}.says" not in reworded and getattr(_at(new, path), "says", None) is not None
    )  # fmt: skip


def _above(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[:length]) for length in range(len(steps), 0, -1)]


def _at(notice: Notice, path: str) -> object:
    """Give what stands at a path, or None."""
    here: object = notice
    for step in path.split("."):
        here = here.get(step) if isinstance(here, dict) else getattr(here, step, getattr(here, f"{step}_", None))
    return here


def _concerned(new: Notice, wider: Iterable[str], opens: Iterable[Use]) -> tuple[str, ...]:
    """Name the populations whose data a widening touches; all, where it names no data."""
    categories = {use.field.partition(".")[0] for use in opens}
    everybody = False
    for path in wider:
        section, _, rest = path.partition(".")
        found = _categories(new, section, rest.partition(".")[0])
        everybody |= not found
        categories |= found
    those = {who for c in categories & new.data.keys() for who in (new.data[c].of, new.data[c].also_of)}
    return tuple(name for name in new.populations if everybody or name in those)


def _categories(new: Notice, section: str, name: str) -> set[str]:
    """Name the categories of data that a declared thing is about."""
    if section in ("data", "retention"):
        return {name}
    thing = getattr(new, section, {}).get(name) if isinstance(getattr(new, section, None), dict) else None
    if section == "consents" and thing is not None:
        thing = new.purposes[thing.for_]
    fields: list[frozenset[str]] = [
        getattr(thing, key, frozenset()) for key in ("uses", "collects", "sees", "gets", "fields")
    ]
    return {field.partition(".")[0] for some in fields for field in some}
