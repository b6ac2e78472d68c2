"""Room flows: the letter that proves an address and confirms what came with it: a booking, a complaint, any record.

Each kind of link has words of its own; what a record opens chooses it.
"""

from dataclasses import replace

from tepati.flows import links, post
from tepati.flows.desk import Sheet
from tepati.flows.numbers import number_of
from tepati.flows.visitors import secret_of
from tepati.registers.links import count_since

HOUR = 3_600_000_000
CONFIRM_WITHIN = 48 * HOUR  # an address not proven by then: the record is not kept (points.<p>.unfinished)
LETTERS_A_DAY = 5  # letters of one kind to one unproven address in 24 hours; the answer stays the same beyond


async def may_write(sheet: Sheet, person: bytes, opens: str) -> bool:
    """Say whether one more letter may go to an address that is not proven today."""
    kind = links.confirms(opens)
    return await count_since(sheet.tx, person, kind, sheet.at - 24 * HOUR) < LETTERS_A_DAY


async def write_to(sheet: Sheet, person: bytes, about: links.Booked, opens: str, line: bytes) -> None:
    """Send the link that proves the address; it says nothing that the requester typed (design section 11).

    ``about.device`` is the secret that the sending browser keeps, or empty; the link keeps its hash.
    """
    kind, until = links.confirms(opens), sheet.at + CONFIRM_WITHIN
    device = secret_of(sheet, about.device).hex() if about.device else ""
    token = await links.mint(sheet, person, kind, replace(about, device=device).about, until, line)
    fills = {
        "number": number_of(sheet.desk.org, person, bytes.fromhex(about.record)), "until": str(until),
        "link": sheet.desk.url("confirm", about.language, token),
    }  # fmt: skip
    await post.put(sheet, person, post.Letter(f"confirm_{kind}", about.language, fills, about.record), line)
