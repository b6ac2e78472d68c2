"""Room flows: a browser leaves for a sign-in provider; what it left for waits, sealed, for this browser alone.

The provider is asked for what it published before anything is written: one that does not answer leaves nothing behind.
"""

from dataclasses import dataclass

from tepati.errors import BadInput, NotFound, Refused, Unavailable
from tepati.flows import errands
from tepati.flows.desk import Desk
from tepati.flows.errands import Errand, Left
from tepati.flows.signing import signed
from tepati.flows.visitors import Visitor
from tepati.flows.ways import way
from tepati.ports.provider import Begun, SignIn

PROMISE = "security.own_account"


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves, by which way, in which language, and the address that the provider sends them back to.

    ``who`` is in their privacy centre and wants the account connected; nobody: they want to come in.
    """

    name: str
    language: str
    back: str
    ticks: frozenset[str]
    who: Visitor | None = None


async def depart(desk: Desk, provider: SignIn, leaving: Leaving) -> Left:
    """Begin a sign-in. Raises NotFound (not declared), BadInput (a question was not answered), Refused, Unavailable."""
    found = way(desk.notice, leaving.name)
    if found is None:
        raise NotFound("page")
    if not set(found.questions) <= leaving.ticks:
        raise BadInput("sign_in_untick")
    if leaving.who:
        leaving.who.proven(PROMISE)
    await _open(desk, found.name)
    begun = Begun.new(desk.random, leaving.back)
    address = await provider.address(begun, found.claims.values(), leaving.language)
    errand = Errand(
        leaving.name, "connect" if leaving.who else "enter", leaving.language, desk.digest,
        (begun.state, begun.nonce, begun.verifier, begun.back), found.questions,
        leaving.who.person if leaving.who else b"", leaving.who.session if leaving.who else b"",
    )  # fmt: skip
    return await errands.left(desk, address, errand)


async def _open(desk: Desk, name: str) -> None:
    """Close the way while its agreement is not in force; whoever signs it is no customer. Raises Unavailable."""
    try:
        await desk.read(lambda sheet: signed(sheet, name))
    except Refused as refused:
        desk.refusals.count(desk.now(), "enter", refused.promise, "proof")
        raise Unavailable("sign_in_closed") from None
