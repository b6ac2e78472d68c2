"""Room flows: whether a recipient may have anything at all: its agreement is in force, where the notice needs one."""

from tepati.errors import NotFound, Refused
from tepati.flows.desk import Sheet
from tepati.registers import agreements

UNSIGNED = "agreement_missing"


async def signed(sheet: Sheet, name: str) -> None:
    """Check that a recipient of the notice signed what it must sign (UU PDP Art. 51). Raises Refused, Tampered."""
    one = sheet.desk.notice.recipients.get(name)
    if one is None or one.agreement is None or not one.agreement.required:
        return
    desk = sheet.desk
    try:
        found = await agreements.in_force(sheet.tx, desk.mac, desk.org, name, sheet.at)
        replaced = desk.vault.ended("agreement", agreements.mark(desk.mac, found))
    except NotFound:
        replaced = True
    if replaced:
        raise Refused(UNSIGNED, f"recipients.{name}.agreement")
