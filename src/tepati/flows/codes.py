"""Room flows: six digits sent to a telephone and typed on the page that asked: what they prove, and what they may cost.

A code proves that somebody has the telephone at hand, as a mailed link proves a mailbox, and no more: a number can be
moved to another card. It works once, for minutes, in the browser that asked, for few tries. What strangers may have us
send is counted before anything is looked up. docs/decisions/0064-codes-by-a-declared-gateway.md.
"""

import base64
import hmac
from collections.abc import Callable

import msgspec

from tepati.errors import Expired, Unavailable
from tepati.flows import post, texting
from tepati.flows.desk import Desk, Sheet
from tepati.flows.visitors import person_in, secret_of
from tepati.ports.gateway import Channel
from tepati.registers import codes
from tepati.registers.codes import Code
from tepati.registers.macs import canonical

LIFE = 600_000_000  # ten minutes
DAY = 86_400_000_000
TRIES = 5
DIGITS = 6
FIELD, NUMBER = "code", "code number"  # under which secrets of pages, and numbers that got codes, are indexed


class Asking(msgspec.Struct, frozen=True):
    """Whose number (of a field, in a record, hex) gets a code, for what, and from which page it was asked.

    ``device`` is the secret that the asking browser keeps, "" where it keeps none.
    """

    person: bytes
    record: str
    number: str
    kind: str
    about: str
    channel: Channel
    language: str
    device: str = ""


def spends(desk: Desk, network: str) -> bool:
    """Count one code that a network asked for; False where it asked for too many today."""
    return desk.texts.spends(desk.mac(b"network " + network.encode())[:16], desk.now())


def reached(desk: Desk, number: str) -> bool:
    """Say whether codes go to numbers of this kind at all."""
    return number.startswith(desk.texts.spending.prefixes)


async def affordable(sheet: Sheet, number: str) -> bool:
    """Say whether one more code may go to a number, and at all, today."""
    desk, most, since = sheet.desk, sheet.desk.texts.spending, sheet.at - DAY
    if not reached(desk, number):
        return False
    mine = await codes.count_since(sheet.tx, desk.org, desk.vault.index(NUMBER, number), since)
    return mine < most.number and await codes.count_ending(sheet.tx, desk.org, since + LIFE) < most.organisation


def nobody(random: Callable[[int], bytes]) -> str:
    """Make the secret of a page behind which no code waits: it looks like any other."""
    return base64.urlsafe_b64encode(random(40)).decode()


async def mint(sheet: Sheet, one: Asking, line: bytes) -> str:
    """Make a code and send it on its way; return the secret of the page that may take it."""
    desk, code = sheet.desk, sheet.new_id()
    digits = f"{int.from_bytes(desk.random(8)) % 10**DIGITS:0{DIGITS}}"
    token = base64.urlsafe_b64encode(one.person + desk.random(24)).decode()
    device = secret_of(sheet, one.device) if one.device else b""
    row = Code(
        one.person, code, desk.vault.index(FIELD, token), device, desk.vault.index(NUMBER, one.number),
        _digest(desk, one.person, code, digits), one.kind, one.about, sheet.at, sheet.at + LIFE,
    )  # fmt: skip
    await codes.add(sheet.tx, desk.mac, desk.org, row, line)
    letter = post.Letter(f"{texting.CODE}_{one.channel}", one.language, {"code": digits}, one.record)
    await post.put(sheet, one.person, letter, line)
    return token


async def usable(sheet: Sheet, token: str, device: str, kind: str) -> Code:
    """Return the code behind a page's secret. Raises Expired: unknown, over, used, another browser's all look alike."""
    desk, person = sheet.desk, person_in(token)
    secret = desk.vault.index(FIELD, token)
    spent = desk.vault.ended(FIELD, secret)  # asked before the first statement: a row that SQL puts back is none
    found = await codes.get(sheet.tx, desk.mac, desk.org, person, secret)
    if found is None or spent or found.expires <= sheet.at or found.tries >= TRIES or found.kind != kind:
        raise Expired("code_over")
    if found.device and not hmac.compare_digest(found.device, secret_of(sheet, device) if device else b""):
        raise Expired("code_over")
    return found


async def taken(sheet: Sheet, token: str, digits: str, device: str, kind: str) -> Code | int:
    """Use a code, once; wrong digits give how many tries are left, and that they were tried must be committed.

    Raises Expired, Unavailable (tried twice at once).
    """
    desk, code = sheet.desk, await usable(sheet, token, device, kind)
    given = "".join(digits.split())[: DIGITS + 1]
    right = hmac.compare_digest(code.digest, _digest(desk, code.person, code.code, given))
    if not await codes.tried(sheet.tx, code, TRIES - code.tries if right else 1):
        raise Unavailable("sign_in_wait")
    if not right:
        return TRIES - code.tries - 1
    desk.vault.end_row(sheet.tx, FIELD, code.secret, code.expires)
    return code


def _digest(desk: Desk, person: bytes, code: bytes, digits: str) -> bytes:
    return desk.mac(canonical("digits 1", desk.org, person, code, digits))
