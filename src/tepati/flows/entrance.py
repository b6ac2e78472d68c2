"""Room flows: who of the staff may type in data for a person, where, and by which channel; their name stays with it."""

from collections.abc import Sequence

import msgspec

from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import Form
from tepati.rules.facts import Use

SITE = "site"  # whose forms their owner sees, and the notice with them: nobody else fills one in
SPOKEN = frozenset({"phone", "whatsapp", "counter"})  # by which a person speaks, and somebody else types
ENTERING = frozenset({"reply", "correct"})  # whoever may do one of these may type in what they are told


async def entered(desk: Desk, actor: Actor, forms: Sequence[Form]) -> list[Form]:
    """Return the forms of one batch with who types them; the hours they ask for are held.

    Raises Refused, which is written down with the actor's name.

    A role may enter where the point names it (``entered_by``), or where it may reply or correct for a purpose of the
    point, and then by a channel on which the person speaks.
    """
    known: dict[tuple[str, str], str] = {}
    for form in forms:
        place = form.point, form.channel
        known[place] = known.get(place) or await _entered(desk, actor, form)
    return [
        msgspec.structs.replace(
            form, actor=actor.person, role=known[form.point, form.channel], holds=True, noted=actor.noted("")
        )
        for form in forms
    ]


def ways(desk: Desk, actor: Actor, point: str) -> tuple[str, ...]:
    """List the channels by which this actor may type in what people say for a point."""
    known = desk.notice.points.get(point)
    return tuple(c for c in known.channels if c in SPOKEN and _role(desk, actor, point, c)) if known else ()


def takes(desk: Desk, actor: Actor, point: str) -> str:
    """Name the role of this actor that may type in what people say at a point, by whichever channel, or ""."""
    known = desk.notice.points.get(point)
    return next((role for c in (known.channels if known else ()) if (role := _role(desk, actor, point, c))), "")


def _role(desk: Desk, actor: Actor, point: str, channel: str) -> str:
    """Name the role of this actor that may enter at a point by a channel, or ""."""
    known = desk.notice.points.get(point)
    roles = {name: desk.notice.roles[name] for name in actor.roles if name in desk.notice.roles}
    if known is None or channel not in known.channels or channel == SITE or actor.undertaken <= desk.now():
        return ""
    for name, role in roles.items():
        replies = set(role.for_) & set(known.for_) and ENTERING & set(role.may) and channel in SPOKEN
        if name == known.entered_by if known.entered_by else replies:
            return name
    return ""


async def _entered(desk: Desk, actor: Actor, form: Form) -> str:
    """Name the role of this actor that may enter the form. Raises Refused."""
    if role := _role(desk, actor, form.point, form.channel):
        return role
    await desk.write(lambda sheet: _refuse(sheet, actor, form))
    raise AssertionError  # the act refuses


async def _refuse(sheet: Sheet, actor: Actor, form: Form) -> None:
    role = actor.roles[0] if actor.roles else "none"
    point = sheet.desk.notice.points.get(form.point)
    purpose = point.for_[0] if point and point.for_ else ""
    sheet.asked = Use(act="collect", purpose=purpose, fields=frozenset(), at=sheet.at, role=role,
                      actor=actor.person.hex())  # fmt: skip
    sheet.reason = actor.noted("")
    actor.bound(sheet.at)
    if point is None:
        raise Refused("unknown_point", "points")
    raise Refused("role_may_not_enter", f"roles.{role}")
