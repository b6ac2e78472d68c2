"""Room flows: somebody without an e-mail address comes into their privacy centre, by a code sent to their telephone.

Two things are asked for: the telephone number, and the number on the paper of a booking or request. The second says who
of those that share the first; a telephone number alone signs nobody in. The answer is the same whoever asks, and
nothing is sent to a number that is not on file under that paper's number. A code leads to what a mailed link leads to.
"""

from dataclasses import dataclass, field

from tepati.errors import BadInput, NotFound
from tepati.flows import callers, codes, texting
from tepati.flows.codes import Asking
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of, request_of
from tepati.flows.visitors import Entered, new_device, seated
from tepati.registers.codes import Code
from tepati.rules.facts import mailless

KIND = "enter"
PROMISE = "rights.access"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks for a code: what they typed, and from where: the network, and the secret of the browser."""

    phone: str = field(repr=False)
    number: str
    language: str
    network: str = field(repr=False)
    device: str = field(default="", repr=False)


async def ask(desk: Desk, caller: Caller) -> str:
    """Send a code where both numbers are of one person; return the secret of the page that takes it, known or not.

    Raises BadInput: no telephone number, or too many codes were asked for from this network today.
    """
    phone, channel = callers.number(caller.phone), next(iter(desk.texts.channels), None)
    if not phone:
        raise BadInput("faulty_form", {"phone": "not_phone"})
    if channel is None or not codes.spends(desk, caller.network):
        raise BadInput("code_enough")

    async def act(sheet: Sheet) -> str:
        found = await _whose(sheet, phone, caller.number.strip().upper())
        if found is None or not await codes.affordable(sheet, phone):
            return codes.nobody(desk.random)
        person, record = found
        told = sheet.to_person(person, {"at": sheet.at, "role": "person", "effect": "code asked"})
        line = await sheet.line("enter", promise=PROMISE, purpose="proof", answer="asked", told=[told])
        asking = Asking(person, record, phone, KIND, record, channel, caller.language, caller.device)
        return await codes.mint(sheet, asking, line)

    return await desk.write(act)


async def _whose(sheet: Sheet, phone: str, number: str) -> tuple[bytes, str] | None:
    """Return the person and the record (hex) that hold both numbers; None where no record does, or they have mail."""
    try:
        found = await dealing_of(sheet, number)
    except NotFound:
        return None
    asked = found or await request_of(sheet, number)
    if asked is None or asked.person not in await callers.holders(sheet, phone):
        return None
    facts, _ = await sheet.facts(asked.person)
    record = texting.confirmed(sheet.desk, facts) if mailless(facts) else ""
    return (asked.person, record) if record else None


async def enter_by_code(desk: Desk, token: str, digits: str, device: str, label: str) -> Entered:
    """Use a code once; the session is new. Raises BadInput (wrong digits, counted), Expired."""
    session = ""

    async def act(sheet: Sheet) -> int:
        nonlocal session
        found = await codes.taken(sheet, token, digits, device, KIND)
        if isinstance(found, int):
            return found
        session = await _open(sheet, found, label)
        return 0

    left = await desk.write(act)
    if not session:
        raise BadInput("code_wrong", left=left)
    return Entered(session, device or new_device(desk.random))


async def _open(sheet: Sheet, code: Code, label: str) -> str:
    await sheet.facts(code.person)  # waits for an erasure that runs
    return await seated(sheet, code.person, label)
