"""Room flows: who used somebody's data is named only by a security case: one line, two approvers, once each.

Whoever opens a case is its first approver, another member the second; neither acted under that line, and both must
still speak for the organisation when it is shown. The reason stands in the opener's own opening. Each look is a line
whose openings go to whoever looked and to whom was unveiled, who is told by a letter.
docs/decisions/0021-who-approves-a-case.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from tepati.errors import BadInput, NotFound, Refused, Tampered
from tepati.flows import members, post, stewards
from tepati.flows.actor import Actor, Says
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.rights import DISPUTE
from tepati.flows.stewards import STEWARDS, steward
from tepati.ledger import openings
from tepati.ledger.lines import Placed, lines
from tepati.notice.promises import paths
from tepati.registers import heads, requests, unveilings
from tepati.registers.unveilings import Unveiling
from tepati.rules.types import clean

TERM = 7 * 86_400_000_000  # microseconds a case is open
LONGEST = 200  # characters of a reason
NAME = "staff.name"
LETTER = "unveiled"
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Case:
    """A case as a steward sees it: ids in hex, the line and its number (-1: pending or pruned).

    ``mine``: this member opened or approved it; ``seen``: they have looked.
    """

    case: str
    line: str
    index: int
    act: str
    made: int
    expires: int
    approved: bool
    mine: bool
    seen: bool


@dataclass(frozen=True, slots=True)
class Unveiled:
    """Who acted under a line: their name ("" where it has ended), and what their opening says."""

    name: str
    says: Says


async def open_case(desk: Desk, actor: Actor, about: str, reason: str) -> str:
    """Open a case for one line, named by its number, its id (hex), or the number of a dispute; return its id (hex).

    Raises BadInput (no reason, a long one), NotFound (no such line or dispute, nobody of staff acted), Refused (written
    down: not a steward, or their own line).
    """
    said = " ".join(clean("text", reason).split())
    if len(said) > LONGEST:
        raise BadInput("faulty_form", {"reason": "too_long"})

    async def act(sheet: Sheet) -> str:
        sheet.reason = said
        promise, role = _steward(sheet, actor, "case")
        line, _ = await _line(sheet, about)
        await _apart(sheet, actor, line, promise)
        case = Unveiling(actor.person, sheet.new_id(), line, sheet.at, sheet.at + TERM)
        says = _says(sheet, role, case) | {"reason": said}
        written = await sheet.line("case", promise=promise, purpose="proof", answer="opened",
                                   told=[sheet.to_actor(actor.person, says)])  # fmt: skip
        await unveilings.add(sheet.tx, desk.mac, desk.org, case, written)
        return case.case.hex()

    return await desk.write(act)


async def approve(desk: Desk, actor: Actor, case: str) -> None:
    """Approve a case as the second of two.

    Raises NotFound, Tampered (alarmed), Refused (written down: not a steward, the opener again, the actor themselves,
    over, approved already, or its opener is none any more), Conflict.
    """

    async def act(sheet: Sheet) -> None:
        promise, role = _steward(sheet, actor, "case")
        known = await _running(sheet, case, promise)
        if known.second or known.bit(actor.person):
            raise Refused("case_approved" if known.second else "case_twice", promise)
        await _apart(sheet, actor, known.line, promise)
        await _still(sheet, promise, known.person)
        says = _says(sheet, role, known)
        written = await sheet.line("case", promise=promise, purpose="proof", answer="approved",
                                   told=[sheet.to_actor(actor.person, says)])  # fmt: skip
        await _change(sheet, replace(known, second=actor.person), written)

    await desk.write(act)


async def unveil(desk: Desk, actor: Actor, case: str) -> list[Unveiled]:
    """Show who acted under the line of an approved case, to one of its two approvers, once.

    Raises as ``approve``; Refused too for whoever is none of the two, unapproved, and a second look.
    """

    async def act(sheet: Sheet) -> list[Unveiled]:
        promise, role = _steward(sheet, actor, "unveil")
        known = await _running(sheet, case, promise)
        bit = known.bit(actor.person)
        if not bit or not known.second or known.shown & bit:
            code = "case_not_yours" if not bit else "case_unapproved" if not known.second else "case_shown"
            raise Refused(code, promise)
        actors = await _apart(sheet, actor, known.line, promise, known.person, known.second)
        await _still(sheet, promise, known.person, known.second)
        _, placed = await _line(sheet, known.line.hex())
        found = [await _one(sheet, person, known.line, placed, promise) for person in actors]
        says = _says(sheet, role, known)
        told = [sheet.to_actor(actor.person, says | {"effect": "looked"})]
        told += [sheet.to_actor(person, says | {"effect": "unveiled"}) for person in actors]
        written = await sheet.line("unveil", promise=promise, purpose="proof", answer="allowed", told=told,
                                   n=len(actors))  # fmt: skip
        await _change(sheet, replace(known, shown=known.shown | bit), written)
        await _tell(sheet, actors, written)
        return found

    return await desk.write(act)


async def cases(desk: Desk, actor: Actor) -> list[Case]:
    """List the cases that are not over, for stewards; they name nobody, and are about others.

    Raises Refused (written down), Tampered.
    """

    async def act(sheet: Sheet) -> list[Case]:
        _steward(sheet, actor, "case")
        found = await stewards.cases(sheet, actor)
        placed = await lines(sheet.tx, desk.org, [one.line for one in found])
        return [_case(one, placed.get(one.line), actor.person) for one in found]

    return await desk.write(act)


def may(desk: Desk, actor: Actor) -> bool:
    """Say whether a member's roles make them a steward."""
    return any(STEWARDS & set(desk.notice.roles[role].may) for role in actor.roles if role in desk.notice.roles)


def _says(sheet: Sheet, role: str, case: Unveiling) -> dict[str, str | int]:
    """Say what every opening of a case says."""
    return {"at": sheet.at, "role": role, "case": case.case.hex(), "line": case.line.hex()}


def _case(one: Unveiling, placed: Placed | None, member: bytes) -> Case:
    bit = one.bit(member)
    return Case(
        one.case.hex(), one.line.hex(), placed.index if placed else -1, placed.line.act if placed else "",
        one.made, one.expires, bool(one.second), bool(bit), bool(one.shown & bit),
    )  # fmt: skip


def _steward(sheet: Sheet, actor: Actor, act: str) -> tuple[str, str]:
    """Check that the actor speaks for the organisation; return the promise the case is under, and their role."""
    known = paths(sheet.desk.notice)
    promise = next(p for p in ("security.access_log", "accountability.ledger", "roles") if p in known)
    steward(sheet, actor, act, promise)
    return promise, sheet.asked.role if sheet.asked else ""


async def _running(sheet: Sheet, case: str, promise: str) -> Unveiling:
    """Return a case that is not over. Raises NotFound, Tampered, Refused."""
    if not ID.fullmatch(case):
        raise NotFound("case")
    floor = sheet.desk.vault.case_floor(bytes.fromhex(case))
    known = await unveilings.get(sheet.tx, sheet.desk.mac, sheet.desk.org, bytes.fromhex(case), floor)
    if known.expires <= sheet.at:
        raise Refused("case_expired", promise)
    return known


async def _change(sheet: Sheet, case: Unveiling, line: bytes) -> None:
    """Write a case; no older row of it is believed from now on. Raises Conflict."""
    version = await unveilings.change(sheet.tx, sheet.desk.mac, sheet.desk.org, case, line)
    sheet.desk.vault.raise_case(sheet.tx, case.case, version)


async def _still(sheet: Sheet, promise: str, *approvers: bytes) -> None:
    """Check that approvers speak for the organisation now: an approval ends with its giver's role. Raises Refused."""
    roles = sheet.desk.notice.roles
    for person in approvers:
        try:
            member = await members.present(sheet, person, members.floor(sheet.desk, person))
        except NotFound:
            raise Refused("case_void", promise) from None
        if not any(STEWARDS & set(roles[role].may) for role in member.roles if role in roles):
            raise Refused("case_void", promise)


async def _tell(sheet: Sheet, actors: Sequence[bytes], line: bytes) -> None:
    """Write to each member who was named: that it happened and when; what it was about stands on their own page."""
    language = sheet.desk.notice.organisation.languages[0]
    fills = {"at": str(sheet.at), "link": sheet.desk.url("own", language, "")}
    await post.put_all(sheet, [(person, post.Letter(LETTER, language, fills)) for person in actors], line)


async def _apart(sheet: Sheet, actor: Actor, line: bytes, promise: str, *others: bytes) -> Sequence[bytes]:
    """Return who acted under a line: none of those who approve. Raises NotFound (nobody of staff), Refused."""
    actors = await sheet.desk.vault.actors(sheet.tx, line)
    if not actors:
        raise NotFound("case_no_actor")
    if {actor.person, *others} & set(actors):
        raise Refused("case_own", promise)
    return actors


async def _line(sheet: Sheet, about: str) -> tuple[bytes, Placed]:
    """Find a line of this organisation by number, id, or the number of a dispute. Raises NotFound."""
    tx, org, said = sheet.tx, sheet.desk.org, about.strip()
    if said.isascii() and said.isdecimal() and len(said) <= 15:
        line = await heads.line_id(tx, org, int(said))
    else:
        named = [one.about for one in await requests.numbered(tx, org, said.upper()) if one.kind == DISPUTE]
        found = named[0] if len(named) == 1 else said.lower()
        line = bytes.fromhex(found) if ID.fullmatch(found) else b""
    placed = (await lines(tx, org, [line])).get(line) if line else None
    if placed is None:
        raise NotFound("ledger_line")
    return line, placed


async def _one(sheet: Sheet, person: bytes, line: bytes, placed: Placed, promise: str) -> Unveiled:
    """Open one actor's side of a line, which must belong to it, and their name. Raises NotFound, Tampered."""
    facts, _ = await sheet.facts(person)
    permit = sheet.unveiling(person, frozenset(facts.rows), frozenset({NAME}), promise)
    opening = openings.unpack(await sheet.desk.vault.open_opening(sheet.tx, permit, line, "actor"))
    openings.check(opening, bytes.fromhex(placed.line.opening))
    values = await opened(sheet, permit, facts)
    try:
        return Unveiled(values.get(NAME, ""), msgspec.json.decode(opening.payload, type=Says))
    except msgspec.DecodeError as fault:
        raise Tampered("ledger_opening") from fault
