"""Room flows: a browser comes back from a sign-in provider: into its privacy centre, connected, or asked to begin.

Order of durable steps: (1) what it left for is taken, once; (2) the provider is asked, outside any transaction; (3) one
transaction opens the session, or connects. A crash or a refusal between them leaves nothing but a sign-in to begin
again. What guards an account is not passed: the session is as one by a mailed link (``flows.visitors``).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tepati.errors import BadInput, Expired, NotFound
from tepati.flows import connecting, errands, joining, post, visitors
from tepati.flows.desk import Desk, Sheet
from tepati.flows.errands import Errand
from tepati.flows.told import Says
from tepati.flows.visitors import SESSION, Visitor, kind
from tepati.flows.ways import Way, way
from tepati.ports.provider import SignIn
from tepati.registers import acceptances, sessions
from tepati.registers.sessions import Session

PROMISE = "rights.access"
CONNECT = "security.own_account"


@dataclass(frozen=True, slots=True)
class Back:
    """A browser that is back: what its cookie holds, what the provider had it bring, its session and its kind."""

    held: str = field(repr=False)
    answer: Mapping[str, str] = field(repr=False)
    session: str = field(repr=False)
    device: str = field(repr=False)
    label: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of it: a new session's secret, an account connected, or neither: nobody is known by it yet."""

    session: str = field(default="", repr=False)
    connected: bool = False


async def come_back(desk: Desk, providers: Mapping[str, SignIn], back: Back) -> Arrived:
    """Finish a sign-in. Raises Expired, BadInput (``why``), Unavailable, NotFound, Conflict, Refused, Tampered."""
    errand = await desk.write(lambda sheet: errands.take(sheet, back.held, back.answer.get("state", "")))
    found, provider = way(desk.notice, errand.way), providers.get(errand.way)
    if found is None or provider is None or errand.kind not in {"enter", "connect"}:
        raise NotFound("page")
    try:
        who = await provider.finish(errands.begun(errand), back.answer)
    except BadInput:
        desk.refusals.count(desk.now(), "enter", PROMISE, "proof")
        raise
    whole = msgspec.structs.replace(
        errand, begun=("", "", "", ""), issuer=who.issuer, subject=who.subject, said=found.kept(who),
        dropped=found.dropped(who),
    )  # fmt: skip
    if errand.kind == "connect":
        return await _connected(desk, whole, found, back)
    session = await desk.write(lambda sheet: _entered(sheet, whole, found, back.label))
    if not session:
        await desk.write(lambda sheet: errands.put(sheet, back.held, errands.PROVEN, whole))
    return Arrived(session)


async def _entered(sheet: Sheet, errand: Errand, found: Way, label: str) -> str:
    """Open a session of whoever the account leads to; "" where it leads to nobody."""
    desk = sheet.desk
    one = await connecting.whose(sheet, (found.name, errand.issuer, errand.subject))
    if one is None:
        return ""
    facts, version = await sheet.facts(one.person)
    session = base64.urlsafe_b64encode(one.person + desk.random(24)).decode()
    says: Says = {"at": sheet.at, "role": "person", "effect": f"by provider {kind(label)}", "recipient": found.name}
    line = await sheet.line(
        "enter", promise=PROMISE, purpose="proof", answer="done", told=[sheet.to_person(one.person, says)]
    )
    opened = Session(one.person, desk.vault.index("session", session), "person", sheet.at, sheet.at + SESSION)
    await sessions.add(sheet.tx, desk.mac, desk.org, opened, line)
    await joining.count(sheet, found, 0, errand.dropped)
    new = await joining.renew(sheet, one.person, facts, (errand, found), line)
    for question in errand.questions:
        if facts.consents.get(question, 0) <= sheet.at:
            new = await joining.give(sheet, one.person, new, question, (errand, found))
    if new is not facts:
        await sheet.keep(one.person, new, version)
    return session


async def _connected(desk: Desk, errand: Errand, found: Way, back: Back) -> Arrived:
    """Connect the account to whoever left for it, in the very session in which they left."""
    who = await desk.read(lambda sheet: visitors.present(sheet, back.session, back.device))
    if (who.person, who.session) != (errand.person, errand.session):
        raise Expired("sign_in_over")
    who.proven(CONNECT)
    await desk.write(lambda sheet: _connect(sheet, who, errand, found))
    return Arrived(connected=True)


async def _connect(sheet: Sheet, who: Visitor, errand: Errand, found: Way) -> None:
    came = joining.asked(sheet.desk, errand, found)
    if any(one.provider == found.name for one in await connecting.of(sheet, who.person)):
        raise BadInput("sign_in_connected")
    line = await joining.add(sheet, who.person, errand, found, came)
    await connecting.connect(sheet, who.person, (found.name, errand.issuer, errand.subject), line)
    says: Says = {"at": sheet.at, "role": "person", "effect": "provider connected", "recipient": found.name}
    told = sheet.to_person(who.person, says)
    line = await sheet.line("guard", promise=CONNECT, purpose="proof", answer="done", told=[told])
    language = await acceptances.language(sheet.tx, who.person)
    fills = {"at": str(sheet.at), "provider": sheet.desk.notice.recipients[found.name].name,
             "centre": sheet.desk.url("security", language, "")}  # fmt: skip
    await post.put(sheet, who.person, post.Letter("connected", language, fills), line)
