"""Room flows: who of the staff handles requests of people: a role with ``handle_requests``, bound as all are."""

from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.rules.facts import Use

HANDLES = "handle_requests"


def may(sheet: Sheet, actor: Actor) -> None:
    """Check that the actor handles requests. Raises Refused, which is written down."""
    roles = sheet.desk.notice.roles
    role = next((r for r in actor.roles if r in roles and HANDLES in roles[r].may), "")
    sheet.asked = Use(act="answer", purpose="requests", fields=frozenset(), at=sheet.at, role=role or actor.roles[0],
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    if not role:
        raise Refused("act_not_given", f"roles.{actor.roles[0]}")
