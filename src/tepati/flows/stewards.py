"""Room flows: who may speak for the organisation itself: a role that approves the notice or handles requests."""

from tepati.errors import NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.notice.promises import paths
from tepati.rules.facts import Use

STEWARDS = frozenset({"approve_notice", "handle_requests"})


def steward(sheet: Sheet, actor: Actor, act: str, promise: str) -> None:
    """Check that the actor may do this for the organisation, about a promise that the notice makes.

    Raises Refused, which is written down, and NotFound (no such promise).
    """
    roles = sheet.desk.notice.roles
    role = next((r for r in actor.roles if r in roles and STEWARDS & set(roles[r].may)), "")
    sheet.asked = Use(act=act, purpose="proof", fields=frozenset(), at=sheet.at, role=role or actor.roles[0],
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    if not role:
        raise Refused("act_not_given", f"roles.{actor.roles[0]}")
    if promise not in paths(sheet.desk.notice):
        raise NotFound("no_such_promise")
