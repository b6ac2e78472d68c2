"""Room flows: who may speak for the organisation itself: a role that approves the notice or handles requests."""

from collections.abc import Collection

from tepati.errors import NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.notice.model import Notice
from tepati.notice.promises import paths
from tepati.registers import unveilings
from tepati.registers.unveilings import Unveiling
from tepati.rules.facts import Use

MOST = 200  # security cases looked through; each is over within a week
STEWARDS = frozenset({"approve_notice", "handle_requests"})


OVER_STAFF = "approve_notice"  # whose role may do this lets staff in and dismisses them


def entitled(sheet: Sheet, actor: Actor, act: str, words: Collection[str], purpose: str = "proof") -> None:
    """Check that a role of the actor has one of these words of ``may``. Raises Refused, which is written down."""
    roles = sheet.desk.notice.roles
    role = next((r for r in actor.roles if r in roles and set(words) & set(roles[r].may)), "")
    first = next(iter(actor.roles), "none")
    sheet.asked = Use(act=act, purpose=purpose, fields=frozenset(), at=sheet.at, role=role or first,
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    if not role:
        raise Refused("act_not_given", f"roles.{first}")


def over_staff(sheet: Sheet, actor: Actor, act: str) -> None:
    """Check that the actor answers for the staff. Raises Refused, which is written down."""
    entitled(sheet, actor, act, {OVER_STAFF}, "staff_access")


def speaks(notice: Notice, role: str) -> bool:
    """Say whether a role speaks for the organisation: who has it approves, alone or as the second of two."""
    return role in notice.roles and bool(STEWARDS & set(notice.roles[role].may))


def steward(sheet: Sheet, actor: Actor, act: str, promise: str) -> None:
    """Check that the actor may do this for the organisation, about a promise that the notice makes.

    Raises Refused, which is written down, and NotFound (no such promise).
    """
    entitled(sheet, actor, act, STEWARDS)
    if promise not in paths(sheet.desk.notice):
        raise NotFound("no_such_promise")


async def cases(sheet: Sheet, actor: Actor) -> list[Unveiling]:
    """List the security cases that are not over, but for those about what this member did. Raises Tampered.

    Whoever acted learns of it when they are named, by a letter and on their own page, and not while two look into it.
    """
    desk, tx = sheet.desk, sheet.tx
    found = await unveilings.running(tx, desk.mac, desk.org, sheet.at, MOST)
    return [one for one in found if actor.person not in await desk.vault.actors(tx, one.line)]
