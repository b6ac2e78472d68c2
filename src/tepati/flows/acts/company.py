"""Room flows: staff sign in by the company's own provider: existing members only, by issuer and subject.

The provider stands for the password. For the second factor its word is taken where the operator says so and the token
says it (``flows.ways.Company.strong``); else our own code is asked, counted before any look at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows import connecting, ending, errands, members
from tepati.flows.actor import Actor
from tepati.flows.connecting import INVITED, STAFF
from tepati.flows.desk import Desk, Sheet
from tepati.flows.errands import PROVEN, Errand, Left
from tepati.flows.passkeys import COPIED, Shown
from tepati.flows.ways import Company
from tepati.ports.openid import Proven
from tepati.ports.provider import Begun

PROMISE = "security.second_factor"
NONE = ("", "", "", "")
WRONG = frozenset({"", COPIED})


@dataclass(frozen=True, slots=True)
class Seated:
    """What became of it: a session's secret, or none: our own code is asked for, or (``invited``) a last button."""

    session: str = field(default="", repr=False)
    invited: bool = False


async def company(desk: Desk, own: Company, to: tuple[str, str], who: tuple[Actor, str] | None = None) -> Left:
    """Send a browser to the provider; ``to`` is the language and the way back.

    ``who``: a signed-in member and their session's secret, to connect. Raises Refused (not invited), Unavailable.
    """
    language, back = to
    if who:
        await desk.read(lambda sheet: _invited(sheet, who[0].person))
    begun = Begun.new(desk.random, back)
    address = await own.provider.address(begun, (), language)
    errand = Errand(
        STAFF, "invited" if who else "staff", language, desk.digest, (begun.state, begun.nonce, begun.verifier, back),
        person=who[0].person if who else b"", session=desk.vault.index("session", who[1]) if who else b"",
    )  # fmt: skip
    return await errands.left(desk, address, errand)


async def _invited(sheet: Sheet, person: bytes) -> None:
    found = {one.provider for one in await connecting.of(sheet, person)}
    if INVITED not in found:
        raise Refused("company_not_invited", PROMISE)


async def back(desk: Desk, own: Company, held: str, answer: Mapping[str, str]) -> Seated:
    """Take a browser back, by what it holds and brings. Raises Expired, BadInput, Refused, Unavailable, NotFound.

    A session of staff does not come along from another site: who connects is asked once more, within this one.
    """
    errand = await desk.write(lambda sheet: errands.take(sheet, held, answer.get("state", "")))
    if errand.way != STAFF or errand.kind not in {"staff", "invited"}:
        raise NotFound("page")
    try:
        who = await own.provider.finish(errands.begun(errand), answer)
    except BadInput:
        desk.refusals.count(desk.now(), "sign_in", PROMISE, "staff_access")
        raise
    if errand.kind == "invited":
        waits = msgspec.structs.replace(errand, begun=NONE, issuer=who.issuer, subject=who.subject)
        await desk.write(lambda sheet: errands.put(sheet, held, PROVEN, waits))
        return Seated(invited=True)
    return await _come_in(desk, own, held, errand, who)


async def connect(desk: Desk, held: str, actor: Actor, session: str) -> None:
    """Connect the account that was proven to the member who left for it, in that session. Raises Expired, Refused."""

    async def act(sheet: Sheet) -> None:
        errand = await errands.take(sheet, held, PROVEN)
        mine = errand.person == actor.person and errand.session == desk.vault.index("session", session)
        if errand.kind != "invited" or not mine:
            raise Expired("sign_in_over")
        await _connect(sheet, errand)

    await desk.write(act)


async def _connect(sheet: Sheet, errand: Errand) -> None:
    person = errand.person
    await _invited(sheet, person)
    told = sheet.to_actor(person, {"at": sheet.at, "effect": "connected a company account"})
    line = await sheet.line("connect", promise=PROMISE, purpose="staff_access", told=[told])
    for one in await connecting.of(sheet, person):
        await ending.connection(sheet, one)
    await connecting.connect(sheet, person, (STAFF, errand.issuer, errand.subject), line)
    await members.tell(sheet, person, members.ON, line)


async def _come_in(desk: Desk, own: Company, held: str, errand: Errand, who: Proven) -> Seated:
    account = (STAFF, who.issuer, who.subject)
    found = await desk.read(lambda sheet: connecting.whose(sheet, account))

    async def act(sheet: Sheet) -> str:
        floor = members.floor(desk, found.person) if found else 0
        one = await connecting.whose(sheet, account)
        if one is None or found is None or one.person != found.person:
            return ""
        member = await members.present(sheet, one.person, floor)
        if own.strong(who):
            return await members.seated(sheet, member, "signed in by the company's provider")
        waits = msgspec.structs.replace(errand, begun=NONE, person=one.person)
        await errands.put(sheet, held, PROVEN, waits)
        return PROVEN

    try:
        session = await desk.write(act)
    except NotFound:  # who left is nobody
        session = ""
    if not session:
        desk.refusals.count(desk.now(), "sign_in", PROMISE, "staff_access")
        raise Refused("company_unknown", PROMISE)
    return Seated() if session == PROVEN else Seated(session)


async def code(desk: Desk, held: str, proof: str | Shown) -> str:
    """Take our own second factor of whoever the provider proved; return the session's secret.

    Raises Refused (wrong, used before, or a key of which there are two), Expired, Unavailable (before any look).
    """
    errand = await desk.read(lambda sheet: errands.read(sheet, held, PROVEN))
    if errand.kind != "staff" or not errand.person:
        raise Expired("sign_in_over")

    async def act(sheet: Sheet) -> str:
        floor = members.floor(desk, errand.person)
        member = await members.present(sheet, errand.person, floor)
        session = await members.proven(sheet, member, proof, "signed in by the company's provider, and our factor")
        if session not in WRONG:
            await errands.take(sheet, held, PROVEN)
        return session

    with desk.attempts.one(desk.mac(b"company " + errand.person), desk.now) as attempt:
        try:
            session = await desk.write(act)
        except NotFound:
            session = ""
        attempt.failed = session in WRONG
    if session in WRONG:
        desk.refusals.count(desk.now(), "sign_in", PROMISE, "staff_access")
        raise Refused(session or "factor_wrong", PROMISE)
    return session
