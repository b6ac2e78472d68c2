"""Room flows: cases that staff open about somebody, on a suspicion: who opens one, who investigates, when it is told.

Such a case is one that the notice lets a role open (``opened_by``) and another investigate (``may: [investigate]``,
``while: <case>.open``). Its person is told afterwards (``cases.<c>.tell``): until then their own pages keep silent.
"""

from dataclasses import dataclass

from tepati.flows import post
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Notice
from tepati.registers import acceptances
from tepati.registers.dealings import Dealing as Listed
from tepati.rules.facts import Dealing, Facts, mailless

INVESTIGATES = "investigate"
LETTER = "investigated"
PARTY = "case"  # whose opening of the first line says what is suspected: sealed with the person, read within the case


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a member in such cases: of which kind, by which role, for which purpose, and what they may open."""

    kind: str
    role: str
    purpose: str
    fields: frozenset[str]


def kinds(notice: Notice) -> tuple[str, ...]:
    """Name the kinds of case that some role investigates."""
    rests = {role.while_ for role in notice.roles.values() if INVESTIGATES in role.may}
    return tuple(kind for kind, case in notice.cases.items() if kind in rests and case.opened_by)


def investigates(desk: Desk, actor: Actor) -> Part | None:
    """Say what a member investigates; None: nothing."""
    for name in (role for role in actor.roles if role in desk.notice.roles):
        role = desk.notice.roles[name]
        if INVESTIGATES in role.may and role.while_ in kinds(desk.notice) and role.for_:
            return _part(desk, role.while_, name)
    return None


def suspects(desk: Desk, actor: Actor) -> Part | None:
    """Say what a member may open a case of; its fields are those that whoever investigates may be let open."""
    for kind in kinds(desk.notice):
        for name in (role for role in actor.roles if role in desk.notice.cases[kind].opened_by):
            other = next(n for n, r in desk.notice.roles.items() if INVESTIGATES in r.may and r.while_ == kind)
            found = _part(desk, kind, other)
            return Part(kind, name, found.purpose, found.fields)
    return None


def _part(desk: Desk, kind: str, role: str) -> Part:
    purpose = desk.notice.roles[role].for_[0]
    return Part(kind, role, purpose, desk.policy.aims[purpose].seats[role].fields)


def told_at(desk: Desk, kind: str, closed: int) -> int:
    """Say when the person of a case is told, where that is promised; 0 while it is open, or where it is not."""
    case = desk.notice.cases.get(kind)
    if case is None or case.tell is None or not closed:
        return 0
    return desk.after(closed, case.tell.after or case.tell.within)


def silent(desk: Desk, facts: Facts, at: int) -> dict[str, Dealing]:
    """List the cases (hex) of which their person is not to know yet."""
    told = {kind for kind in kinds(desk.notice) if desk.notice.cases[kind].tell}
    cases = {name: one for name, one in facts.dealings.items() if one.kind in told}
    return {name: one for name, one in cases.items() if not one.closed or at < told_at(desk, one.kind, one.closed)}


def hides(desk: Desk, cases: dict[str, Dealing], dealing: str, role: str, at: int) -> bool:
    """Say whether a line (of a dealing, by a role, at an instant) belongs to one of these cases."""
    if dealing in cases:
        return True
    rests = desk.notice.roles[role].while_ if role in desk.notice.roles else ""
    return any(one.kind == rests and one.opened <= at for one in cases.values())


async def tell(sheet: Sheet, found: Listed, over: Dealing, facts: Facts, line: bytes) -> int:
    """Put the letter that tells the person into the outbox, due when it is promised; return that instant (0: never)."""
    due = told_at(sheet.desk, over.kind, over.closed)
    if due and not mailless(facts):
        language = await acceptances.language(sheet.tx, found.person)
        fills = {"number": found.number, "opened": str(over.opened), "at": str(over.closed),
                 "link": sheet.desk.url("trail", language, "")}  # fmt: skip
        await post.put(sheet, found.person, post.Letter(LETTER, language, fills), line, due)
    return due
