"""Room flows: a sign-in by a provider while the browser is away: sealed, for one browser, for minutes, taken once.

A row stands under the keyed hash of what this browser's cookie holds and of the ``state`` that the provider has it
bring back: either alone finds nothing and takes nothing away. docs/decisions/0057-a-way-in-by-a-provider.md.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from tepati.errors import Expired
from tepati.flows.desk import Desk, Sheet
from tepati.ports.provider import Begun
from tepati.registers import errands

LIFE = 600_000_000  # ten minutes, to sign in over there and to read what is asked here
PROVEN = "proven"  # in the place of a state: what the provider said of somebody who decides whether to begin
Kind = Literal["enter", "connect", "staff", "invited"]


class Errand(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a browser left for, and what it agreed to; ``session`` is the keyed hash of whoever connects, as ``person``.

    Once it came back and nobody was known: the account, what is declared of it, and how much else was said.
    """

    way: str
    kind: Kind
    language: str
    shown: bytes  # digest of the notice
    begun: tuple[str, str, str, str] = ("", "", "", "")  # state, nonce, verifier, back
    questions: tuple[str, ...] = ()
    person: bytes = b""
    session: bytes = b""
    issuer: str = ""
    subject: str = ""
    said: dict[str, str] = {}
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """A browser that is on its way: where to, and the secret that it keeps."""

    address: str
    held: str = field(repr=False)


def new(random: Callable[[int], bytes]) -> str:
    """Make what the browser keeps: 192 random bits."""
    return base64.urlsafe_b64encode(random(24)).decode()


def begun(errand: Errand) -> Begun:
    """Give what the port needs to finish."""
    return Begun(*errand.begun)


async def put(sheet: Sheet, held: str, tail: str, errand: Errand) -> None:
    """Keep an errand under what the browser holds and a tail: the state, or ``PROVEN``."""
    desk, secret = sheet.desk, _secret(sheet.desk, held, tail)
    body = desk.seal_factor(secret, msgspec.msgpack.encode(errand))
    await errands.put(sheet.tx, desk.org, secret, sheet.at + LIFE, body)


async def left(desk: Desk, address: str, errand: Errand) -> Left:
    """Keep what a browser leaves for, and give the secret that it keeps."""
    held = new(desk.random)
    await desk.write(lambda sheet: put(sheet, held, errand.begun[0], errand))
    return Left(address, held)


async def read(sheet: Sheet, held: str, tail: str) -> Errand:
    """Read one, changing nothing. Raises Expired (unknown, over, taken, of another browser: all alike), Tampered."""
    desk, secret = sheet.desk, _secret(sheet.desk, held, tail)
    spent = desk.vault.ended("errand", secret)
    body = await errands.get(sheet.tx, desk.org, secret, sheet.at)
    if spent or body is None:
        raise Expired("sign_in_over")
    return msgspec.msgpack.decode(desk.open_factor(secret, body), type=Errand)


async def take(sheet: Sheet, held: str, tail: str) -> Errand:
    """Take one for good: a row that SQL puts back is none. Raises as ``read``."""
    found, secret = await read(sheet, held, tail), _secret(sheet.desk, held, tail)
    sheet.desk.vault.end_row(sheet.tx, "errand", secret, sheet.at + LIFE)
    if not await errands.take(sheet.tx, secret):
        raise Expired("sign_in_over")
    return found


def _secret(desk: Desk, held: str, tail: str) -> bytes:
    return desk.vault.index("errand", f"{held}.{tail}")
