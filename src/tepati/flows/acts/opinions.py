"""Room flows: what people say of the site is read row by row, to improve it and for nothing else, without its author.

Whoever reads gives a reason, as any role without a task does; each author reads that their words were read.
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, Refused, Tampered
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.told import Told
from tepati.notice.model import Notice, Role
from tepati.registers import records
from tepati.registers.records import Listed
from tepati.rules.asking import check_asker
from tepati.rules.facts import Use
from tepati.rules.types import clean

ACT = "read"
KIND = "improvement"  # of the purpose
MOST, LONGEST = 50, 200  # at once; characters of a reason


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody may read: at which point, by which role, for which purpose, which fields."""

    point: str
    role: str
    purpose: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Opinion:
    """One opinion: when it came (microseconds since 1970 UTC), what it says by field; "" before it is read."""

    at: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Opinions:
    """A page: the newest first, ``withheld`` of whoever objected or restricted, and the line (hex) where one was."""

    rows: tuple[Opinion, ...]
    withheld: int = 0
    line: str = ""


def reading(desk: Desk, actor: Actor) -> Reading | None:
    """Say what a member reads row by row; None where none of their roles does."""
    for name in (role for role in actor.roles if role in desk.notice.roles):
        for point in desk.notice.points:
            found = _reading(desk.notice, name, desk.notice.roles[name], point)
            if found:
                return found
    return None


def _reading(notice: Notice, name: str, role: Role, point: str) -> Reading | None:
    """Find the purpose of improvement that a role and a point share, and the words among what the role sees."""
    if role.while_ or role.from_ or role.until or notice.points[point].automatic:
        return None
    shared = [p for p in role.for_ if p in notice.points[point].for_ and notice.purposes[p].kind == KIND]
    if not shared:
        return None
    fields = role.sees & notice.points[point].collects & notice.purposes[shared[0]].uses
    texts = {path for path in fields if _type(notice, path) == "text"}
    plain = all(role.how.get(path, "full") == "full" for path in fields)
    return Reading(point, name, shared[0], fields) if texts and plain else None


def _type(notice: Notice, path: str) -> str:
    category, _, field = path.partition(".")
    return notice.data[category].fields[field].type


async def opinions(desk: Desk, actor: Actor, reason: str = "") -> Opinions:
    """List the newest opinions: when they came, and with a reason their words; one line for all that were read.

    Raises Refused (written down: no role that reads any, no undertaking), BadInput (a long reason), Tampered.
    """
    said = " ".join(clean("text", reason).split()) if reason.strip() else ""
    if len(said) > LONGEST:
        raise BadInput("faulty_form", {"reason": "too_long"})

    async def act(sheet: Sheet) -> Opinions:
        sheet.reason = actor.noted(said)
        use, point = _use(sheet, actor)
        found = await records.at_point(sheet.tx, desk.org, point, MOST)
        if not said:
            return Opinions(tuple(Opinion(one.created, {}) for one in found))
        rows, told = list[Opinion](), list[Told]()
        for one in found:
            values = await _words(sheet, use, one)
            if values is not None:
                rows.append(Opinion(one.created, values[0]))
                told.append(values[1])
        line = await _line(sheet, use, told) if told else b""
        return Opinions(tuple(rows), len(found) - len(rows), line.hex())

    return await desk.write(act)


def _use(sheet: Sheet, actor: Actor) -> tuple[Use, str]:
    """Ask, before anything is looked at, whether this member reads opinions; name the point. Raises Refused."""
    found = reading(sheet.desk, actor)
    role = found.role if found else next(iter(actor.roles), "none")
    purpose = found.purpose if found else next((n for n, p in sheet.desk.notice.purposes.items() if p.kind == KIND), "")
    fields = found.fields if found else frozenset[str]()
    sheet.asked = Use(act=ACT, purpose=purpose, fields=fields, at=sheet.at, role=role, actor=actor.person.hex())
    actor.bound(sheet.at)
    if found is None:
        raise Refused("role_not_for", f"roles.{role}")
    check_asker(sheet.desk.policy, sheet.asked)
    return sheet.asked, found.point


async def _words(sheet: Sheet, use: Use, one: Listed) -> tuple[dict[str, str], Told] | None:
    """Open one opinion; None of whoever does not allow it any more (objection, restriction, an end)."""
    try:
        found = await sheet.desk.vault.facts(sheet.tx, one.person)
        if found is None:
            return None
        asked = msgspec.structs.replace(use, person=one.person, record=one.record.hex())
        permit = await sheet.ask(asked, found[0])
        if permit.observed:
            return None
        values = await opened(sheet, permit, found[0])
        return values, sheet.told_of(asked, known=True)[0]
    except (Refused, Tampered):
        return None
    finally:
        sheet.asked = use


async def _line(sheet: Sheet, use: Use, told: list[Told]) -> bytes:
    """Write the reading down: one line, an opening for each author (once), and the reader's with the reason."""
    each = {one.person: one for one in told}
    actor = sheet.to_actor(bytes.fromhex(use.actor), {"at": sheet.at, "role": use.role, "reason": sheet.reason})
    return await sheet.line(
        ACT, promise=f"roles.{use.role}", purpose=use.purpose, answer="allowed", told=[*each.values(), actor],
        n=len(told),
    )  # fmt: skip
