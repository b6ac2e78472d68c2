"""Room flows: a reason that a member of staff made opens nothing to them until its person, or another, confirms it.

A request written down after a call, a booking attested for somebody without an e-mail address: the case stands, is
planned and counted, and others work on it; who made it alone opens no value by it (``rules.decide``, rule 6).
"""

from typing import Literal

from msgspec.structs import replace

from tepati.errors import NotFound, Refused
from tepati.flows import clocks, links
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.handling import HANDLES
from tepati.flows.numbers import dealing_of, request_of
from tepati.rules.facts import Facts, mailless

KIND = "reason"  # of link
LIFE = 14 * 86_400_000_000  # microseconds that the person's link works
Stands = Literal["", "own", "other"]  # confirmed, or nobody's word; waits, made by who asks; waits, made by another


def stands(facts: Facts, case: str, actor: Actor) -> Stands:
    """Say how the reason of a case (hex) stands for a member of staff."""
    known = facts.dealings.get(case)
    if known is None or not known.by or known.closed:
        return ""
    return "own" if known.by == actor.person.hex() else "other"


def confirmed(facts: Facts, case: str) -> Facts:
    """Take a case from the word of one member alone."""
    return clocks.with_case(facts, case, replace(facts.dealings[case], by=""))


async def link(sheet: Sheet, of: tuple[bytes, str], facts: Facts, language: str, line: bytes) -> str:
    """Make the link by which the person (of a case, hex) says that it was they; "" for who has no address."""
    if mailless(facts):
        return ""
    token = await links.mint(sheet, of[0], KIND, of[1], sheet.at + LIFE, line)
    return sheet.desk.url("confirm", language, token)


async def numbered(sheet: Sheet, number: str) -> tuple[bytes, str]:
    """Find whose case or request has a number, and name it (hex). Raises NotFound."""
    found = await dealing_of(sheet, number)
    if found is not None:
        return found.person, found.dealing.hex()
    asked = await request_of(sheet, number)
    if asked is None:
        raise NotFound("no_such_number")
    return asked.person, asked.request.hex()


def second(desk: Desk, actor: Actor, kind: str) -> str:
    """Name the role by which a member may confirm a case of a kind: one that it opens to, or that may open it.

    Raises Refused.
    """
    for name in (role for role in actor.roles if role in desk.notice.roles):
        role = desk.notice.roles[name]
        events = {moment.event.partition(".")[0] for moment in (role.from_, role.until) if moment}
        opener = desk.notice.cases[kind].opened_by if kind in desk.notice.cases else ()
        if kind in {role.while_, *events} or name in opener or (kind == "request" and HANDLES in role.may):
            return name
    raise Refused("act_not_given", f"roles.{next(iter(actor.roles), 'none')}")
