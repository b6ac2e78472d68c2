"""Room flows: one customer on a page, found by what is exactly theirs: masked first, with what is open of them.

Nobody is browsed. Every search and every page is a line; a role that has no task with this person sees nothing of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import callers, clocks
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.flows.opening import opened
from tepati.flows.sight import held, touched, veiled
from tepati.ledger.entry import decode
from tepati.registers import dealings, people, requests, uses
from tepati.rules.asking import check_asker
from tepati.rules.facts import Facts, Use
from tepati.rules.types import clean

LOOKED = 500  # lines that tell both
MINE = 20  # of the member's own uses that a page lists


@dataclass(frozen=True, slots=True)
class Value:
    """One field, masked; ``purpose`` is what it could be opened for, "" where no role of the member opens it fully."""

    masked: str
    role: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Open:
    """Something open of a person: a case of the notice or a request; ``due`` is 0 where no clock runs."""

    kind: str
    number: str
    since: int
    due: int = 0
    starts: int = 0


@dataclass(frozen=True, slots=True)
class Mine:
    """A use by the member themself: the hour it was, the act, the answer, the purpose; ``line`` numbers it."""

    at: int
    act: str
    answer: str
    purpose: str
    line: int


@dataclass(frozen=True, slots=True)
class Person:
    """A person as their page shows them. ``barred`` names categories that no role of the member sees."""

    person: bytes
    since: int
    values: Mapping[str, Value]
    barred: tuple[str, ...]
    ends: Mapping[str, int]
    tasks: tuple[Open, ...]
    facts: Facts
    mine: tuple[Mine, ...]
    line: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Whoever a search leads to. Of several under one telephone number: the name masked, since when, what is open."""

    person: bytes
    name: str = ""
    since: int = 0
    tasks: tuple[Open, ...] = ()


async def search(desk: Desk, actor: Actor, said: str) -> tuple[Hit, ...]:
    """Find people by a whole e-mail address, the number of something of theirs, or a whole telephone number.

    A telephone number leads to all who have it on file and with whom a role of this member has a task.
    Raises NotFound, Refused (written down; unknown and not allowed look alike), BadInput (none of the three).
    """

    async def act(sheet: Sheet) -> tuple[Hit, ...]:
        use = _may(sheet, actor, "search")
        phone = callers.number(said.strip())
        found = await _called(sheet, actor, phone) if phone else await _found(sheet, said.strip())
        sheet.asked = use
        await _searched(sheet, use, found)
        return found

    hits = await desk.write(act)
    if not hits:
        raise NotFound("nobody_found")
    return hits


async def _searched(sheet: Sheet, use: Use, found: tuple[Hit, ...]) -> None:
    """Write the search down: one line; each who was found reads it."""
    named = [msgspec.structs.replace(use, person=hit.person, fields=frozenset()) for hit in found]
    told = [each for one in named for each in sheet.told_of(one, known=True) if each.party == "person"]
    told += sheet.told_of(msgspec.structs.replace(use, fields=frozenset()), known=False)
    answer = "allowed" if found else "none"
    promise = f"roles.{use.role}"
    await sheet.line("search", promise=promise, purpose=use.purpose, told=told, answer=answer, n=max(1, len(found)))


async def _called(sheet: Sheet, actor: Actor, phone: str) -> tuple[Hit, ...]:
    """Find who has a telephone number on file; opening their names checks that each still holds it. Raises Tampered."""
    notice, hits = sheet.desk.notice, list[Hit]()
    names = {f"{c}.{f}" for c, held in notice.data.items() for f, kind in held.fields.items() if kind.type == "name"}
    for whose in await callers.holders(sheet, phone):
        facts, _ = await sheet.facts(whose)
        try:
            values, _, _ = await _values(sheet, actor, whose, facts, frozenset(names))
        except Refused:
            continue
        known = await people.get(sheet.tx, sheet.desk.org, whose)
        name = next((value.masked for value in values.values()), "")
        hits.append(Hit(whose, name, known.created if known else 0, await _tasks(sheet, whose, facts)))
    return tuple(hits)


async def _found(sheet: Sheet, said: str) -> tuple[Hit, ...]:
    person = await _one(sheet, said)
    return (Hit(person),) if person else ()


async def _one(sheet: Sheet, said: str) -> bytes | None:
    if "@" in said:
        person = await sheet.desk.vault.find(sheet.tx, sheet.desk.address, clean("email", said))
        return person if person and (await sheet.facts(person))[0].joined else None
    if not 3 <= len(said) <= 40:
        raise BadInput("search_by")
    try:
        dealing = await dealing_of(sheet, said.upper())
    except NotFound:
        return None
    return dealing.person if dealing else None


async def person(desk: Desk, actor: Actor, whose: bytes) -> Person:
    """Show a person to whoever has a task with them. Raises Refused (written down), NotFound, Tampered."""

    async def act(sheet: Sheet) -> Person:
        _may(sheet, actor, "show")
        facts, _ = await sheet.facts(whose)
        values, asked, promise = await _values(sheet, actor, whose, facts)
        told = sheet.told_of(msgspec.structs.replace(asked, fields=frozenset(values)), known=True)
        line = await sheet.line("show", promise=promise, purpose=asked.purpose, answer="allowed", told=told)
        await touched(sheet, whose, line)
        seen = {path.partition(".")[0] for _, _, fields in sights(desk, actor) for path in fields}
        ends = {c: end for row in facts.rows.values() for c, end in sorted(row.ends.items()) if end > sheet.at}
        known = await people.get(sheet.tx, desk.org, whose)
        return Person(
            whose, known.created if known else 0, values, tuple(sorted(ends.keys() - seen)), ends,
            await _tasks(sheet, whose, facts), facts, await _mine(sheet, actor, whose), line.hex(),
        )  # fmt: skip

    return await desk.write(act)


def sights(desk: Desk, actor: Actor) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Name role, purpose and fields by which a member sees people, in the order of their roles; staff are no people."""
    for role in actor.roles:
        for purpose in desk.notice.roles[role].for_ if role in desk.notice.roles else ():
            aim = desk.policy.aims.get(purpose)
            fields = aim.seats[role].fields if aim and role in aim.seats else frozenset[str]()
            if fields and not any(field.startswith("staff.") for field in fields):
                yield role, purpose, fields


def _may(sheet: Sheet, actor: Actor, act: str) -> Use:
    """Refuse whoever sees nobody at all, before anybody is looked for."""
    role, purpose, fields = next(sights(sheet.desk, actor), (next(iter(actor.roles), "none"), "requests", frozenset()))
    use = Use(act=act, purpose=purpose, fields=fields, at=sheet.at, role=role, actor=actor.person.hex())
    sheet.asked = use
    actor.bound(sheet.at)
    check_asker(sheet.desk.policy, use)
    return use


async def _values(
    sheet: Sheet, actor: Actor, whose: bytes, facts: Facts, only: frozenset[str] | None = None
) -> tuple[dict[str, Value], Use, str]:  # fmt: skip
    """Open and mask what each role of the member sees now; who sees nothing is refused by the last answer.

    ``only`` these fields, where given.
    """
    out: dict[str, Value] = {}
    refused: Refused | None = None
    allowed: tuple[Use, str] | None = None
    there = held(sheet, facts) if only is None else held(sheet, facts) & only
    for role, purpose, fields in sights(sheet.desk, actor):
        use = Use(act="show", purpose=purpose, fields=fields & there, at=0, role=role, actor=actor.person.hex(),
                  person=whose)  # fmt: skip
        try:
            permit = await sheet.ask(use, facts)
        except Refused as no:
            refused = no
            continue
        values = {} if permit.observed else await opened(sheet, permit, facts)
        opens = purpose if permit.how == "full" else ""
        masked = veiled(sheet.desk.notice, values) if permit.how == "full" else values
        out = {path: Value(value, role, opens) for path, value in masked.items()} | out
        allowed = allowed or (use, permit.promise)
    if allowed is None:
        raise refused or Refused("window_closed", f"roles.{next(iter(actor.roles), 'none')}")
    return out, *allowed


async def _tasks(sheet: Sheet, whose: bytes, facts: Facts) -> tuple[Open, ...]:
    """List what is open: the register names it, the facts say that it is open."""
    found = [
        Open(
            one.kind,
            one.number,
            one.opened,
            clocks.due(sheet.desk, one.kind, one.opened, known.moments),
            known.moments.get("starts", 0),
        )
        for one in await dealings.of_person(sheet.tx, whose)
        if (known := facts.dealings.get(one.dealing.hex())) and not known.closed
    ]
    asked = await requests.running_of(sheet.tx, whose)
    return (*found, *(Open(f"request:{one.kind}", one.number, one.received, one.due) for one in asked))


async def _mine(sheet: Sheet, actor: Actor, whose: bytes) -> tuple[Mine, ...]:
    """List what the member themself did with this person, newest first, as the ledger has it: to the hour or so."""
    out = []
    ids = await uses.between(sheet.tx, sheet.desk.org, actor.person, whose, LOOKED)
    numbers = [n for n in [await sheet.desk.log.find(sheet.tx, id) for id in ids] if n is not None]
    for number in sorted(numbers, reverse=True)[:MINE]:
        line = decode(await sheet.desk.log.leaf(sheet.tx, number))
        out.append(Mine(line.at, line.act, line.answer, line.purpose, number))
    return tuple(out)
