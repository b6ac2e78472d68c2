"""Room flows: an erasure is opened: request, clock, certificate, letter with its links, duty; asked twice is once."""

from dataclasses import dataclass

from tepati.flows import links, post, rights
from tepati.flows.certificate import begin
from tepati.flows.desk import Sheet
from tepati.flows.receipts import Slip
from tepati.flows.rights import Asked
from tepati.registers import acceptances, duties
from tepati.registers.requests import Request
from tepati.rules.facts import mailless

HOUR = 3_600_000_000
WAIT = 24 * HOUR  # a request proven by a mailed link alone waits, with a way to cancel (design section 11)


@dataclass(frozen=True, slots=True)
class Opened:
    """A recorded request: its number, the instant it is due, and when the erasure will be carried out.

    ``capability`` opens the certificate, "" where the request was recorded before; ``paper``: no letter brings it.
    """

    number: str
    due: int
    at: int
    capability: str = ""
    paper: bool = False


async def begin_erasure(sheet: Sheet, one: Asked) -> Opened:
    """Record an erasure, or join the one that runs: the first clock goes on."""
    if one.running:
        return await _join(sheet, one, one.running)
    desk, person = sheet.desk, one.person
    at = sheet.at if one.proven else sheet.at + WAIT
    language = await acceptances.language(sheet.tx, person)
    line = await rights.line_of(sheet, one, "request", "rights.erasure", "received", {"effect": "erasure"})
    answer = await rights.waits(sheet, one, line)
    capability = await begin(sheet, one.number, answer.due, line)
    late = at > sheet.at  # what is carried out at once cannot be cancelled
    cancel = await links.mint(sheet, person, "cancel", one.request.hex(), at, line) if late else ""
    fills = {
        "number": one.number, "certificate": desk.url("certificate", language, capability),
        "cancel": desk.url("confirm", language, cancel) if late else "", "at": str(at), "due": str(answer.due),
    }  # fmt: skip
    mail = await post.put(sheet, person, post.Letter("erased", language, fills, slips=(Slip(line),)), line)
    about = f"{one.request.hex()},{mail.hex()},{one.number}"
    await duties.add(sheet.tx, desk.org, duties.Duty(person, sheet.new_id(), "erase", at, about), line)
    return Opened(one.number, answer.due, at, capability, mailless(one.facts))


async def _join(sheet: Sheet, one: Asked, running: Request) -> Opened:
    """Asked twice is asked once; asked again with a better proof, it need not wait a day."""
    line = await rights.line_of(sheet, one, "request", "rights.erasure", "received", {"effect": "erasure"})
    duty = next(d for d in await duties.of(sheet.tx, one.person) if d.about.startswith(running.request.hex()))
    if not one.proven or duty.due <= sheet.at:
        return Opened(running.number, running.due, duty.due)
    await duties.drop(sheet.tx, one.person, "erase")
    sooner = duties.Duty(one.person, sheet.new_id(), "erase", sheet.at, duty.about)
    await duties.add(sheet.tx, sheet.desk.org, sooner, line)
    return Opened(running.number, running.due, sheet.at)
