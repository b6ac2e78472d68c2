"""Room flows: cases that end with an outcome: people send a proof, a role looks at it while the case is open, and says.

All of it is the notice's word: a point that takes nothing but a picture and opens a case; a role whose window is that
case, and which enters a choice at a point of its own.
"""

from dataclasses import dataclass

from tepati.errors import NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.answering import REPLY
from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Notice, Point
from tepati.registers.dealings import Dealing
from tepati.rules.facts import Use

PICTURE = "image"


@dataclass(frozen=True, slots=True)
class Checking:
    """How a member checks cases of one kind: by which role, for what, what they see of it, and where they say what.

    ``choices`` are fields with options, to be chosen among; ``day`` takes the date.
    """

    kind: str
    role: str
    purpose: str
    sees: frozenset[str]
    entry: str
    choices: tuple[str, ...]
    day: str


def mine(desk: Desk, actor: Actor) -> Checking | None:
    """Say what this member checks, or None."""
    notice = desk.notice
    for name in (role for role in actor.roles if role in notice.roles):
        role = notice.roles[name]
        proofs = {path for each in takes(notice) for path in _of(notice, each, role.while_)}
        for entry, point in notice.points.items() if proofs & role.sees and REPLY not in role.may else ():
            choices = [path for path, field in desk.policy.collects[entry] if field.options]
            purpose = next((each for each in role.for_ if each in point.for_), "")
            if point.entered_by == name and choices and purpose:
                day = next((path for path, field in desk.policy.collects[entry] if field.type == "date"), "")
                sees = role.sees - point.collects
                order = [f"{c}.{f}" for c, held in notice.data.items() for f in held.fields]
                return Checking(role.while_, name, purpose, sees, entry, tuple(sorted(choices, key=order.index)), day)
    return None


def checks(desk: Desk, actor: Actor) -> bool:
    """Say whether this member checks anything."""
    return mine(desk, actor) is not None


def takes(notice: Notice, population: str = "") -> tuple[str, ...]:
    """Name the points at which people (of a population, where one is named) send such a proof in their centre."""
    return tuple(
        name for name, point in notice.points.items()
        if point.opens and "site" in point.channels and not (point.entered_by or point.sent_by)
        and population in ("", point.who) and _pictures(notice, point)
    )  # fmt: skip


def may(sheet: Sheet, actor: Actor) -> Checking:
    """Return how this member checks. Raises Refused, which is written down."""
    found = mine(sheet.desk, actor)
    role = found.role if found else next(iter(actor.roles), "none")
    sheet.asked = Use(
        act="look", purpose=found.purpose if found else "", fields=frozenset(), at=sheet.at, role=role,
        actor=actor.person.hex(),
    )  # fmt: skip
    actor.bound(sheet.at)
    if found is None:
        raise Refused("act_not_given", f"roles.{role}")
    return found


def of(found: Checking, case: Dealing | None) -> Dealing:
    """Return the case. Raises NotFound: one of another kind looks like none."""
    if case is None or case.kind != found.kind:
        raise NotFound("no_such_number")
    return case


def _of(notice: Notice, point: str, kind: str) -> frozenset[str]:
    return notice.points[point].collects if notice.points[point].opens == kind else frozenset()


def _pictures(notice: Notice, point: Point) -> bool:
    kinds = {notice.data[path.partition(".")[0]].fields[path.partition(".")[2]].type for path in point.collects}
    return kinds == {PICTURE} and len(point.collects) == 1
