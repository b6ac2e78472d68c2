"""Room flows: a page of the organisation's own passes on what a person said there: who may, about what, and for whom.

A program proves nothing of a person. So what it passes on stops a use at once, and lets none begin: a yes waits for the
button of a mailed link. It may speak of a question that its role works for, or takes answers to.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tepati.errors import NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entrance import takes
from tepati.flows.numbers import dealing_of, request_of
from tepati.flows.rights import Relayed
from tepati.rules.facts import Use
from tepati.rules.types import clean

BY = "api:"  # how an event of the register says that a program passed it on, before the role


@dataclass(frozen=True, slots=True)
class Whom:
    """The person, by the number of a dealing or request of theirs, or by their address, whole and exact."""

    number: str = ""
    email: str = ""


async def relayed(
    desk: Desk, actor: Actor, whom: Whom, act: str, purposes: Collection[str], question: str = ""
) -> Relayed:
    """Say for whom this actor may pass it on, and in which role; ``question`` is the consent it is about, if any.

    Raises Refused (written down; before anybody is looked for), NotFound (nobody, or no such purpose).
    """

    async def find(sheet: Sheet) -> Relayed:
        if not purposes or any(name not in desk.notice.purposes for name in purposes):
            raise NotFound("no_such_purpose")
        roles = [
            permitted(sheet, actor, act, name, question) for name in purposes
        ]  # of each: one refused is all refused
        return Relayed(await person_of(sheet, whom), actor, roles[0])

    return await desk.write(find)


def permitted(sheet: Sheet, actor: Actor, act: str, purpose: str, question: str = "") -> str:
    """Name the role of this actor that may speak of it. Raises Refused."""
    role = role_for(sheet.desk, actor, purpose, question)
    first = next(iter(actor.roles), "none")
    sheet.asked = Use(act=act, purpose=purpose, fields=frozenset(), at=sheet.at, role=role or first,
                      actor=actor.person.hex())  # fmt: skip
    sheet.reason = actor.noted("")
    actor.bound(sheet.at)
    if not role:
        raise Refused("role_not_for", f"roles.{first}")
    return role


def role_for(desk: Desk, actor: Actor, purpose: str, question: str = "") -> str:
    """Name the role of this actor that works for a purpose, or takes what people say where its question is asked."""
    roles = desk.notice.roles
    working = (name for name in actor.roles if name in roles and purpose in roles[name].for_)
    asking = (name for name, point in desk.notice.points.items() if question and question in point.asks)
    taking = (role for point in asking if (role := takes(desk, actor, point)))
    return next(working, "") or next(taking, "")


async def person_of(sheet: Sheet, whom: Whom) -> bytes:
    """Find the person. Raises NotFound (nobody, or neither said), BadInput (no address)."""
    if whom.email:
        person = await sheet.find(sheet.desk.address, clean("email", whom.email))
        if person is None:
            raise NotFound("no_such_person")
        return person
    found = await dealing_of(sheet, whom.number) or await request_of(sheet, whom.number)
    if found is None:
        raise NotFound("no_such_number")
    return found.person
