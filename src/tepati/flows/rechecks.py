"""Room flows: the share of reveals that somebody else looks at again (``security.second_look``).

Which they are is told by the MAC of the line's random id under a key outside the database: whoever reveals can neither
foresee nor choose, and anybody with the key can draw again and find the same.
"""

from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.registers import rechecks
from tepati.registers.macs import canonical
from tepati.registers.rechecks import Recheck

PROMISE = "security.second_look"
ACT = "recheck"
MOST = 100  # shown at once
WITHIN = 7 * 86_400_000_000  # microseconds in which a drawn reveal is looked at again


def falls(mac: bytes, share: int) -> bool:
    """Say whether a MAC falls into a share (percent)."""
    return int.from_bytes(mac[:8]) % 100 < share


async def draw(sheet: Sheet, line: bytes) -> None:
    """Have the reveal of a line looked at again, where it is one of those drawn."""
    desk = sheet.desk
    if not falls(desk.mac(canonical("second look 1", desk.org, line)), desk.notice.security.second_look):
        return
    written = await sheet.line(ACT, promise=PROMISE, purpose="proof", answer="drawn")
    await rechecks.add(sheet.tx, desk.org, Recheck(line, sheet.at, sheet.at + WITHIN), written)


async def waiting(sheet: Sheet, actor: Actor) -> list[Recheck]:
    """List the reveals that wait for a second look of this member: none that they made themselves."""
    found = await rechecks.waiting(sheet.tx, sheet.desk.org, MOST)
    return [one for one in found if actor.person not in await sheet.desk.vault.actors(sheet.tx, one.line)]
