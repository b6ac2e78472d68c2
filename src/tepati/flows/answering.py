"""Room flows: who of the staff answers complaints, and for which purpose: a role that may reply while one is open."""

from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.rules.facts import Use

CASE = "complaint"
REPLY = "reply"


def mine(desk: Desk, actor: Actor) -> list[str]:
    """List the actor's roles that answer complaints."""
    roles = desk.notice.roles
    known = [r for r in actor.roles if r in roles and roles[r].for_]
    return [r for r in known if REPLY in roles[r].may and roles[r].while_ == CASE]


def answers(desk: Desk, actor: Actor) -> bool:
    """Say whether the actor answers complaints, where the notice knows any."""
    return CASE in desk.notice.cases and bool(mine(desk, actor))


def may(sheet: Sheet, actor: Actor) -> tuple[str, str]:
    """Return the role in which the actor answers, and its purpose. Raises Refused, which is written down."""
    found = mine(sheet.desk, actor)
    role = found[0] if found else actor.roles[0]
    purpose = sheet.desk.notice.roles[role].for_[0] if found else ""
    sheet.asked = Use(act=REPLY, purpose=purpose, fields=frozenset(), at=sheet.at, role=role, actor=actor.person.hex())
    actor.bound(sheet.at)
    if not found:
        raise Refused("act_not_given", f"roles.{role}")
    return role, purpose
