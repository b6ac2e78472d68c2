"""Room web: what a step to another version means, in words: for the editor of a draft, and for those who approve it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tepati.flows.acts.weigh import weigh
from tepati.notice.differences import Difference, by_kind, differences
from tepati.notice.labels import labels
from tepati.notice.model import Notice
from tepati.notice.revision import Revision
from tepati.web.console.frame import Seat


@dataclass(frozen=True, slots=True)
class Impact:
    """Sentences that change, by kind; how it is told; how many are told (by population) and asked again, coarse."""

    parts: Sequence[tuple[str, Sequence[Difference]]]
    telling: str
    told: Sequence[tuple[str, str]]
    again: Sequence[tuple[str, str]]


async def impact(here: Seat, new: Notice, step: Revision) -> Impact:
    """Say what a step from the version in force means."""
    old, now, then = here.desk.notice, labels(here.desk.notice, here.at.lang), labels(new, here.at.lang)
    weighed, announce = await weigh(here.desk, step), step.announce
    return Impact(
        by_kind(differences(old, new)),
        ", ".join(filter(None, (now.telling(announce), now.channels(announce.by)))),
        [(then.population(name), here.figure(n)) for name, n in weighed.told.items()],
        [(name, here.figure(n)) for name, n in weighed.again.items()],
    )
