"""Room flows: somebody submits data at a collection point. Parse, ask, write it down, act, in one transaction."""

from tepati.flows.desk import Desk
from tepati.flows.entry import Collected, Form, admitted, take

__all__ = ["Collected", "Form", "collect"]


async def collect(desk: Desk, form: Form) -> Collected:
    """Take one submission.

    Raises BadInput (a fault for each field), Refused (a field, channel or age the notice does not admit), Unavailable.
    """
    admission = admitted(desk, form)
    return await desk.write(lambda sheet: take(sheet, form, admission))
