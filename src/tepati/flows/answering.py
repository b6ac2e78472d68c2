"""Room flows: who of the staff answers complaints, and for which purpose: a role that may reply while one is open."""

from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.rules.facts import Use

CASE = "complaint"
REPLY = "reply"


def may(sheet: Sheet, actor: Actor) -> tuple[str, str]:
    """Return the role in which the actor answers, and its purpose. Raises Refused, which is written down."""
    roles = sheet.desk.notice.roles
    mine = [
        r for r in actor.roles if r in roles and REPLY in roles[r].may and roles[r].while_ == CASE and roles[r].for_
    ]
    role = mine[0] if mine else actor.roles[0]
    purpose = roles[role].for_[0] if mine else ""
    sheet.asked = Use(act=REPLY, purpose=purpose, fields=frozenset(), at=sheet.at, role=role, actor=actor.person.hex())
    actor.bound(sheet.at)
    if not mine:
        raise Refused("act_not_given", f"roles.{role}")
    return role, purpose
