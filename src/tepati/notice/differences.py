"""Room notice: what changed from one version of a notice to the next, promise by promise, in its own sentences.

A promise's id is its path in the file, so order and layout change nothing here; what says the same is not told. Where
own words stand for a declaration, what changes behind them is told in the declaration's sentence: no word of the
company's own hides it.
"""

from collections.abc import Sequence

import msgspec

from tepati.notice.model import Notice
from tepati.notice.promises import meant, promises
from tepati.notice.values import Text


class Difference(msgspec.Struct, frozen=True):
    """One promise that is new (no ``was``), gone (no ``now``), or says something else."""

    id: str
    was: Text | None
    now: Text | None

    @property
    def kind(self) -> str:
        """Name it: ``new``, ``gone`` or ``changed``."""
        return "new" if self.was is None else "gone" if self.now is None else "changed"


def differences(old: Notice, new: Notice) -> tuple[Difference, ...]:
    """Compare two versions: what is gone, what changed, what changed behind own words, and what is new."""
    before, after = ({one.id: one.text for one in promises(notice)} for notice in (old, new))
    gone = [Difference(name, text, None) for name, text in before.items() if name not in after]
    changed = [Difference(name, before[name], text) for name, text in after.items() if before.get(name, text) != text]
    added = [Difference(name, None, text) for name, text in after.items() if name not in before]
    return (*gone, *changed, *_behind(old, new, before, after), *added)


def by_kind(found: Sequence[Difference]) -> list[tuple[str, list[Difference]]]:
    """Group differences: what is gone, what changed, what is new; a kind of which there is none is left out."""
    kinds = [(kind, [one for one in found if one.kind == kind]) for kind in ("gone", "changed", "new")]
    return [each for each in kinds if each[1]]


def _behind(old: Notice, new: Notice, before: dict[str, Text], after: dict[str, Text]) -> list[Difference]:
    """Compare what the declarations mean where one of them is said in own words."""
    was, now = meant(old), meant(new)
    then = {name: was.get(name, text) for name, text in before.items() if name in was or name in now}
    return [
        Difference(name, text, said)
        for name, text in then.items()
        if name in after and (said := now.get(name, after[name])) != text
    ]
