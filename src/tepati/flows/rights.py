"""Room flows: who asks for a right of a person, and how that is written down (UU PDP Art. 5-15, 30-43).

A person asks in their privacy centre (``Visitor``), or staff do it for them after a call, a letter or at the counter
(``Behalf``): the same acts, the same clocks, the same lines. What is done at once has its number and its clock too.
"""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from tepati.errors import NotFound, Refused
from tepati.flows import guards, post
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of, number_of, request_of
from tepati.flows.readable import Said, of_right
from tepati.flows.receipts import Slip
from tepati.flows.sentences import Happened
from tepati.flows.told import Says, Told
from tepati.flows.visitors import Visitor
from tepati.notice.model import Right
from tepati.registers import acceptances, counters, requests
from tepati.registers.requests import Request
from tepati.rules import promised
from tepati.rules.deadlines import after
from tepati.rules.facts import Dealing, Facts, Use, mailless

DISPUTE = "dispute"  # a use that its person does not recognise: a question about the ledger, with a clock
ASSISTANCE: Final = "assistance"  # to be helped in a way that suits people with disabilities
AT_ONCE = frozenset({"withdrawal", "objection", "restriction"})  # served by the act that takes them: none ever runs
GUARDED = frozenset({"correction", "erasure"})  # not by a mailbox alone past a second factor


@dataclass(frozen=True, slots=True)
class Behalf:
    """Staff who do what a person asked elsewhere: ``number`` is of one of their dealings, or of a request of theirs.

    ``proof`` says how they proved who they are: ``in_person``, or ``link`` (the mailbox alone).
    """

    actor: Actor
    number: str
    channel: str
    proof: Literal["in_person", "link"] = "in_person"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever holds the way out that a message carries: it proves the mailbox, and does the one thing it is for."""

    person: bytes


@dataclass(frozen=True, slots=True)
class Relayed:
    """The organisation's own page, which passes on what a person did there: it stops a use, and lets none begin."""

    person: bytes
    actor: Actor
    role: str


By = Visitor | Behalf | Reader | Relayed


@dataclass(frozen=True, slots=True)
class Asked:
    """A right being asked for: whose, by whom, under which number. ``running``: one of this kind whose clock runs.

    ``facts`` are as they will be when it is over: its dealing is closed in them.
    """

    right: str
    use: Use
    channel: str
    proven: bool
    request: bytes
    number: str
    facts: Facts
    version: int
    running: Request | None = None
    relayed: Relayed | None = None

    @property
    def person(self) -> bytes:
        return self.use.person

    @property
    def role(self) -> str:
        """The role that its person reads: of whoever passed it on, or asked for them, else their own."""
        return self.relayed.role if self.relayed else self.use.role

    @property
    def who(self) -> bytes:
        """The member of staff who did, or nobody."""
        return self.relayed.actor.person if self.relayed else bytes.fromhex(self.use.actor)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker is told: the number, the channel's instant, the absolute end of the clock, and when it was done.

    ``done`` is 0 while the clock runs; ``line`` is the ledger line.
    """

    number: str
    received: int
    due: int
    done: int
    line: bytes


def due(desk: Desk, right: str, at: int, facts: Facts) -> int:
    """Say by when a right asked for at ``at`` is answered, by the versions of the notice that hold for its person."""
    told = facts.told
    if right == DISPUTE:
        return promised.by(desk.policy, "questions.within", at, told) or after(at, promised.LAW, desk.policy.days)
    return promised.by(desk.policy, f"rights.{right}.within", at, told)


def declared(desk: Desk, right: str) -> Right:
    """Return what the notice says of a right; nothing said is a right all the same: the law gives it."""
    return {**desk.notice.rights}.get(right, Right())  # type: ignore[call-overload, no-any-return]


def clock_of(desk: Desk, right: str) -> str:
    """Name the promise that a right's clock is counted under."""
    if right == DISPUTE:
        return "questions.within" if desk.notice.questions else "rights.access.within"
    return f"rights.{right}.within"


async def asked(
    sheet: Sheet, by: By, right: str, act: str, *, of: Request | None = None, known: tuple[Facts, int] | None = None
) -> Asked:  # fmt: skip
    """Ask the door whether this may be asked for; facts are locked, or ``known`` (with their version) already.

    ``of``: this very request, which runs.

    Raises NotFound, Refused (written down).
    """
    desk = sheet.desk
    person = await _person(sheet, by.number) if isinstance(by, Behalf) else by.person
    facts, version = known or await sheet.facts(person)
    running = of or (None if right in {DISPUTE, *AT_ONCE} else await requests.open_of(sheet.tx, person, right))
    request, received = (running.request, running.received) if running else (sheet.new_id(), sheet.at)
    use = _use(desk, by, (person, facts), act, request)
    sheet.asked = use
    channel = _channel(by)
    if isinstance(by, Behalf):
        by.actor.bound(sheet.at)
        sheet.reason = f"{by.channel}:{by.proof}"
    if isinstance(by, Relayed):
        by.actor.bound(sheet.at)
        sheet.reason = by.actor.noted("")
    offered = declared(desk, right).channels
    if right != DISPUTE and offered and channel not in offered and not isinstance(by, Reader | Relayed):
        raise Refused("channel_not_offered", f"rights.{right}")
    made = facts.dealings[of.request.hex()].by if of and of.request.hex() in facts.dealings else ""
    await sheet.ask(use, _with(facts, request, Dealing("request", received, by=made)))
    over = _with(facts, request, Dealing("request", received, sheet.at)) if running else facts
    number = running.number if running else number_of(desk.org, person, request)
    proven = by.known if isinstance(by, Visitor) else isinstance(by, Behalf) and by.proof == "in_person"
    face = _face(by) if isinstance(by, Behalf) else proven
    if right in GUARDED and not face and not isinstance(by, Reader) and (await guards.quick(sheet, person)).enrolled:
        raise Refused("second_factor_needed", guards.PROMISE)
    relayed = by if isinstance(by, Relayed) else None
    return Asked(right, use, channel, proven, request, number, over, version, running, relayed)


def _face(by: Behalf) -> bool:
    """Say whether staff saw who asks: a second factor is not skipped on the telephone, whatever was said there."""
    return by.proof == "in_person" and by.channel == "counter"


def _channel(by: By) -> str:
    if isinstance(by, Behalf):
        return by.channel
    if isinstance(by, Relayed):
        return "api"
    return "site" if isinstance(by, Visitor) else "email"


async def _person(sheet: Sheet, number: str) -> bytes:
    """Find whom a number is of. Raises NotFound: unknown and ambiguous look alike."""
    dealing = await dealing_of(sheet, number)
    if dealing is not None:
        return dealing.person
    found = await request_of(sheet, number)
    if found is None:
        raise NotFound("no_such_number")
    return found.person


def _use(desk: Desk, by: By, of: tuple[bytes, Facts], act: str, request: bytes) -> Use:
    """Ask as the person themselves, or as the first role of the actor that handles requests (else one that may not)."""
    role, actor = "person", ""
    if isinstance(by, Behalf):
        roles, actor = desk.notice.roles, by.actor.person.hex()
        handling = (r for r in by.actor.roles if r in roles and "handle_requests" in roles[r].may)
        role = next(handling, next(iter(by.actor.roles), "none"))
    return Use(
        act=act, purpose="requests", fields=frozenset({desk.policy.mark_of(of[1])}), at=0, role=role, actor=actor,
        dealing=request.hex() if actor else "", person=of[0],
    )  # fmt: skip


def _with(facts: Facts, request: bytes, dealing: Dealing) -> Facts:
    return msgspec.structs.replace(facts, dealings={**facts.dealings, request.hex(): dealing})


async def line_of(  # noqa: PLR0913 - the parts of a line
    sheet: Sheet, one: Asked, act: str, promise: str, answer: str, says: Says, shown: dict[str, object] | None = None,
    beside: Told | None = None,
) -> bytes:  # fmt: skip
    """Write the line of what was asked: the person reads role, number and effect, the actor why they did it.

    ``shown`` is the record of its receipt, where it is another than that of a request; ``beside`` a further opening.
    """
    whole: Says = {"at": sheet.at, "role": one.role, "number": one.number, **says}
    told = [sheet.to_person(one.person, whole, shown or await _record(sheet, one, act, answer, says))]
    if beside:
        told.append(beside)
    if one.who:
        actor: Says = {"at": sheet.at, "reason": sheet.reason, "role": one.role, "number": one.number}
        told.append(sheet.to_actor(one.who, actor))
    return await sheet.line(act, promise=promise, purpose="requests", answer=answer, told=told)


async def _record(sheet: Sheet, one: Asked, act: str, answer: str, says: Says) -> dict[str, object]:
    """Make the readable record of a request: received, or served by the very act that takes it."""
    until = one.running.due if one.running else due(sheet.desk, one.right, sheet.at, one.facts)
    over = 0 if answer in {"received", "again"} else sheet.at
    happened = Happened(
        one.right, act, str(says.get("effect", "")), sheet.at, one.channel, one.number, until, over,
        fields=_names(says, "fields"), purposes=_names(says, "purposes"), role=one.role if one.who else "",
    )  # fmt: skip
    state = "Rejected" if happened.effect == "declined" else "Fulfilled" if over else "Acknowledged"
    language = await acceptances.language(sheet.tx, one.person)
    return of_right(sheet.desk, happened, Said(f"dpv:Request{state}", sheet.at, language, one.channel), one.request)


def _names(says: Says, key: str) -> tuple[str, ...]:
    found = says.get(key, ())
    return tuple(found) if isinstance(found, list) else ()


async def done(sheet: Sheet, one: Asked, line: bytes, about: str = "") -> Answer:
    """Write down that a right was served: its row, its number, its clock, which stops in this transaction."""
    desk, old = sheet.desk, one.running
    received = old.received if old else sheet.at
    until = old.due if old else due(desk, one.right, sheet.at, one.facts)
    if old:
        await requests.set_state(sheet.tx, one.person, one.request, "done", sheet.at)
    else:
        row = Request(
            one.person, one.request, one.right, one.channel, one.number, received, until, "done", sheet.at, about
        )
        await requests.add(sheet.tx, desk.org, row, line)
    late, took = sheet.at > until, sheet.at - received
    await counters.finished(sheet.tx, desk.org, clock_of(desk, one.right), sheet.at, took, late=late)
    return Answer(one.number, received, until, sheet.at, line)


async def waits(sheet: Sheet, one: Asked, line: bytes, about: str = "") -> Answer:
    """Write down a request whose clock runs until somebody answers it; whoever handles requests sees it from now on."""
    until = due(sheet.desk, one.right, sheet.at, one.facts)
    row = Request(one.person, one.request, one.right, one.channel, one.number, sheet.at, until, "waiting", 0, about)
    await requests.add(sheet.tx, sheet.desk.org, row, line)
    made = Dealing("request", sheet.at, by=one.use.actor)
    await sheet.keep(one.person, _with(one.facts, one.request, made), one.version)
    return Answer(one.number, sheet.at, until, 0, line)


async def tell(
    sheet: Sheet, one: Asked, kind: str, line: bytes, *, slips: tuple[Slip, ...] = (), language: str = "", **fills: str
) -> None:  # fmt: skip
    """Tell the person by mail what became of it, with its receipt: in ``language``, else as last shown the notice.

    Who has no e-mail address is told by the staff who took the request, with its number.
    """
    if mailless(one.facts):
        return
    language = language or await acceptances.language(sheet.tx, one.person)
    whole = {"number": one.number, "at": str(sheet.at), **fills}
    await post.put(sheet, one.person, post.Letter(kind, language, whole, slips=slips or (Slip(line),)), line)
