"""Room flows: a declared promotion goes to all whose state allows it: prefiltered by the predicate, decided one by one.

One set act is one line with one leaf for each person. What is queued is decided again when it leaves.
"""

from collections import Counter
from dataclasses import dataclass

import msgspec

from tepati.errors import NotFound, Refused, Tampered
from tepati.flows import post
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.registers import acceptances, standings
from tepati.rules.facts import Use
from tepati.rules.standing import predicate

STEP = 200  # persons asked and queued in one transaction


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a campaign: persons queued, and persons refused (or observed) whom the prefilter let by."""

    queued: int
    refused: int


async def campaign(desk: Desk, actor: Actor, message: str, *, dry: bool = False) -> Sent:
    """Queue a promotion for everybody whose state allows it; ``dry`` only counts.

    Raises NotFound (no such message), Refused (this member of staff may not send it).
    """
    declared = desk.notice.messages.get(message)
    if declared is None:
        raise NotFound("no_such_message", message=message)
    use = Use(
        act="send", purpose=declared.for_, fields=declared.fields | {desk.address}, at=0, role="system",
        channel=declared.channel, message=message,
    )  # fmt: skip
    await desk.write(lambda sheet: _may(sheet, actor, declared.for_))
    queued = refused = 0
    after = bytes(16)  # before every id
    while True:
        step, after, bad = await desk.write(lambda sheet, after=after: _step(sheet, actor, use, after, dry=dry))  # type: ignore[misc]
        if bad:
            await desk.alarm(bad)
        queued, refused = queued + step.queued, refused + step.refused
        if not after:
            return Sent(queued, refused)


async def _may(sheet: Sheet, actor: Actor, purpose: str) -> None:
    """Check that one of the actor's roles may send for this purpose. Raises Refused."""
    sheet.asked = Use(act="send", purpose=purpose, fields=frozenset(), at=sheet.at, role=actor.roles[0],
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    roles = sheet.desk.notice.roles
    if not any(purpose in roles[r].for_ and "send" in roles[r].may for r in actor.roles if r in roles):
        raise Refused("role_may_not_send", f"roles.{actor.roles[0]}")


async def _step(
    sheet: Sheet, actor: Actor, use: Use, after: bytes, *, dry: bool
) -> tuple[Sent, bytes, Tampered | None]:
    """Ask for each of a few persons; who does not verify is left out, returned to be alarmed, and holds up nobody."""
    desk = sheet.desk
    where, args = predicate(desk.policy, msgspec.structs.replace(use, at=sheet.at))
    persons = await standings.audience(sheet.tx, desk.org, where, args, after, STEP)
    told, counted, bad = list[bytes](), Counter[str](), None
    for person in persons:
        try:
            answer = await _asked(sheet, msgspec.structs.replace(use, person=person))
        except Tampered as tampered:
            bad = tampered
            continue
        counted[answer] += 1
        told += [person] if answer == "queued" else []
    sheet.asked = None
    if told and not dry:
        await _queue(sheet, actor, use, told)
    for answer in () if dry else ("observed", "refused"):
        if n := counted[answer]:
            await sheet.line("send", promise=f"messages.{use.message}", purpose=use.purpose, answer=answer, n=n)
    sent = Sent(len(told), counted["refused"] + counted["observed"])
    return sent, persons[-1] if len(persons) == STEP else b"", bad


async def _asked(sheet: Sheet, use: Use) -> str:
    """Ask for one person: queued, observed or refused; gone when they were erased in this moment. Raises Tampered."""
    try:
        return "observed" if (await sheet.ask(use)).observed else "queued"
    except Refused:
        return "refused"
    except NotFound:
        return "gone"


async def _queue(sheet: Sheet, actor: Actor, use: Use, persons: list[bytes]) -> None:
    says = [sheet.to_person(p, {"at": sheet.at, "fields": sorted(use.fields), "message": use.message}) for p in persons]
    says.append(sheet.to_actor(actor.person, {"at": sheet.at, "message": use.message}))
    line = await sheet.line(
        "send", promise=f"messages.{use.message}", purpose=use.purpose, answer="queued", told=says, n=len(persons)
    )
    for person in persons:
        language = await acceptances.language(sheet.tx, person)
        await post.put(sheet, person, post.Letter(use.message, language, {}), line)
