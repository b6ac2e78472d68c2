"""Room flows: a member of staff opens what their task needs, and is refused the rest. Every look is a line."""

from dataclasses import dataclass

from tepati.errors import BadInput, NotFound
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of, request_of
from tepati.flows.opening import opened
from tepati.flows.sight import seen
from tepati.flows.together import share
from tepati.registers import decoys
from tepati.rules.asking import check_asker
from tepati.rules.facts import Use
from tepati.rules.types import clean

LONGEST = 200  # characters of a reason


@dataclass(frozen=True, slots=True)
class Seen:
    """What was opened: field paths to values as the notice shows them to this role, and the promise that allowed it."""

    number: str
    role: str
    promise: str
    values: dict[str, str]
    line: str = ""  # hex of the id of the line that says so
    observed: str = ""  # under ``enforce: observe``: the refusal this would have met; nothing was opened


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff want: the number of a dealing or of a request, fields, the purpose, and the reason.

    A role that the notice ties to no task (no ``while``, ``from`` or ``until``) must give a reason, of at most 200
    characters; it stands in the actor's own opening, never in the person's.
    """

    number: str
    purpose: str
    fields: frozenset[str]
    reason: str = ""
    email: str = ""  # instead of the number: the person found by their address, whole and exact
    person: bytes = b""  # or the person that an earlier look found


async def look(desk: Desk, actor: Actor, wish: Wish) -> Seen:
    """Open the fields of one person for a purpose.

    Raises NotFound (no such number), Refused (with the promise that refuses; written down, the person can read it),
    BadInput (a reason that is needed and missing, or too long).
    """
    reason = _reason(wish)

    async def act(sheet: Sheet) -> Seen:
        sheet.reason = actor.noted(reason)
        try:
            person, dealing = await _found(sheet, wish)
        except NotFound:
            _turned_away(sheet, actor, _use(desk, actor, wish, b"", ""))
            raise
        facts, _ = await sheet.facts(person)
        use = _use(desk, actor, wish, person, dealing)
        sheet.asked = use
        actor.bound(sheet.at)
        permit = await sheet.ask(use, facts)
        _reasoned(desk, use, reason)
        parties = (person, actor.person)
        await decoys.ask(sheet.tx, person)
        await desk.vault.sealing(sheet.tx, parties)
        values = {} if permit.observed else await opened(sheet, permit, facts)
        await desk.vault.ready(sheet.tx, parties)
        line = await seen(sheet, use, permit)
        return Seen(wish.number, use.role, permit.promise, values, line.hex(), permit.observed)

    return await share(desk, act)


def _reason(wish: Wish) -> str:
    """Clean the reason. Raises BadInput."""
    reason = clean("text", wish.reason) if wish.reason.strip() else ""
    if len(reason) > LONGEST:
        raise BadInput("faulty_form", {"reason": "too_long"})
    return reason


def _reasoned(desk: Desk, use: Use, reason: str) -> None:
    """Ask a role for the reason where no window of the notice says it; who may not look is refused before. BadInput."""
    role = desk.notice.roles.get(use.role)
    if role and not (reason or role.while_ or role.from_ or role.until):
        raise BadInput("faulty_form", {"reason": "reason_needed"})


def _turned_away(sheet: Sheet, actor: Actor, use: Use) -> None:
    """Refuse, as for anybody known, whoever may not look at all: unknown and not allowed look alike. Raises Refused."""
    sheet.asked = use
    actor.bound(sheet.at)
    check_asker(sheet.desk.policy, use)


async def _found(sheet: Sheet, wish: Wish) -> tuple[bytes, str]:
    """Find the person, and the dealing where it was named. Raises NotFound."""
    if wish.person:
        return wish.person, ""
    if wish.email:
        person = await sheet.find(sheet.desk.address, clean("email", wish.email))
        if person is None:
            raise NotFound("no_such_person")
        return person, ""
    dealing = await dealing_of(sheet, wish.number)
    if dealing is not None:
        return dealing.person, dealing.dealing.hex()
    asked = await request_of(sheet, wish.number)
    if asked is None:
        raise NotFound("no_such_number")
    return asked.person, asked.request.hex()


def _use(desk: Desk, actor: Actor, wish: Wish, person: bytes, dealing: str) -> Use:
    """Take the first role of this member of staff that serves the purpose; with none, the first, which refuses."""
    serving = [r for r in actor.roles if r in desk.notice.roles and wish.purpose in desk.notice.roles[r].for_]
    role = next(iter(serving or actor.roles), "none")
    return Use(
        act="look", purpose=wish.purpose, fields=wish.fields, at=0, role=role, actor=actor.person.hex(),
        dealing=dealing, person=person,
    )  # fmt: skip
