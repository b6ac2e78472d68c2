"""Room flows: who of the staff handles requests of people: a role with ``handle_requests``, bound as all are."""

from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.flows.stewards import entitled

HANDLES = "handle_requests"


def may(sheet: Sheet, actor: Actor) -> None:
    """Check that the actor handles requests. Raises Refused, which is written down."""
    entitled(sheet, actor, "answer", {HANDLES}, "requests")
