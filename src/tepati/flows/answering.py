"""Room flows: who of the staff answers what people write: a role that may reply while a case of that kind is open.

The kind is a word of the notice (``complaint``, ``ticket``), and so is the purpose of the answer: the one that the
point that opens the case collects for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.errors import NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import DATE, SLOT
from tepati.notice.model import Notice, Role
from tepati.registers.dealings import Dealing
from tepati.rules.facts import Use

REPLY = "reply"
MAIL = "email"
WAYS = (MAIL, "phone", "whatsapp", "counter", "post")  # by which an answer reaches people: mailed here, told by staff


@dataclass(frozen=True, slots=True)
class Answering:
    """By which role, and for which purpose, somebody answers the cases of one kind."""

    kind: str
    role: str
    purpose: str


def opens(notice: Notice, kind: str) -> tuple[str, ...]:
    """Name the points by which people open a case of this kind; who books an hour waits for a visit, not for words."""
    points = notice.points.items()
    return tuple(name for name, said in points if said.opens == kind and not {DATE, SLOT} <= said.collects)


def kinds(notice: Notice) -> tuple[str, ...]:
    """Name the kinds of case that some role answers."""
    roles = notice.roles.values()
    return tuple(kind for kind in notice.cases if any(_purpose(notice, role, kind) for role in roles))


def ways(notice: Notice, *, mailless: bool) -> tuple[str, ...]:
    """Name the declared ways of an answer that lead to somebody; the one by mail needs an address."""
    point = notice.points.get(REPLY)
    return tuple(way for way in WAYS if point and way in point.channels and not (mailless and way == MAIL))


def mine(desk: Desk, actor: Actor) -> dict[str, Answering]:
    """Say by kind how the actor answers cases, in the order of the notice."""
    roles, found = desk.notice.roles, dict[str, Answering]()
    for kind in desk.notice.cases:
        for name in (role for role in actor.roles if role in roles):
            purpose = _purpose(desk.notice, roles[name], kind)
            if purpose and kind not in found:
                found[kind] = Answering(kind, name, purpose)
    return found


def answers(desk: Desk, actor: Actor) -> bool:
    """Say whether the actor answers cases of any kind."""
    return bool(mine(desk, actor))


def may(sheet: Sheet, actor: Actor) -> Mapping[str, Answering]:
    """Return how the actor answers, by kind. Raises Refused, which is written down."""
    found = mine(sheet.desk, actor)
    first = next(iter(found.values()), Answering("", actor.first, ""))
    purpose = first.purpose or next(
        (p for r in actor.roles if r == first.role for p in sheet.desk.notice.roles[r].for_), ""
    )
    sheet.asked = Use(
        act=REPLY, purpose=purpose, fields=frozenset(), at=sheet.at, role=first.role, actor=actor.person.hex()
    )
    actor.bound(sheet.at)
    if not found:
        raise Refused("act_not_given", f"roles.{first.role}")
    return found


def of(found: Mapping[str, Answering], case: Dealing | None) -> tuple[Dealing, Answering]:
    """Return the case and how it is answered. Raises NotFound: a case of another kind looks like none."""
    if case is None or case.kind not in found:
        raise NotFound("no_such_number")
    return case, found[case.kind]


def sees(notice: Notice, how: Answering) -> frozenset[str]:
    """Name the fields that came with a case and that its role sees: those of its points.

    One look shows all its fields alike: what is masked would hide the question too, and is left out.
    """
    came = {field for point in opens(notice, how.kind) for field in notice.points[point].collects}
    seen, shown = notice.roles[how.role].sees & came, notice.roles[how.role].how
    return frozenset(field for field in seen if shown.get(field) != "masked") or seen


def _purpose(notice: Notice, role: Role, kind: str) -> str:
    """Name the purpose for which a role answers a kind of case, or ""."""
    if REPLY not in role.may or role.while_ != kind:
        return ""
    served = {purpose for point in opens(notice, kind) for purpose in notice.points[point].for_}
    return next((purpose for purpose in role.for_ if purpose in served), "")
