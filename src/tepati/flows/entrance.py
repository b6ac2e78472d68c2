"""Room flows: who of the staff may type in data for a person, where, and by which channel; their name stays with it."""

from collections.abc import Sequence

import msgspec

from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import Form
from tepati.rules.facts import Use

SPOKEN = frozenset({"phone", "whatsapp", "counter"})  # by which a person speaks, and somebody else types
ENTERING = frozenset({"reply", "correct"})  # whoever may do one of these may type in what they are told


async def entered(desk: Desk, actor: Actor, forms: Sequence[Form]) -> list[Form]:
    """Return the forms of one batch with who types them. Raises Refused, which is written down with the actor's name.

    A role may enter where the point names it (``entered_by``), or where it may reply or correct for a purpose of the
    point, and then by a channel on which the person speaks.
    """
    known: dict[tuple[str, str], str] = {}
    for form in forms:
        place = form.point, form.channel
        known[place] = known.get(place) or await _entered(desk, actor, form)
    return [msgspec.structs.replace(form, actor=actor.person, role=known[form.point, form.channel]) for form in forms]


async def _entered(desk: Desk, actor: Actor, form: Form) -> str:
    """Name the role of this actor that may enter the form. Raises Refused."""
    point = desk.notice.points.get(form.point)
    roles = {name: desk.notice.roles[name] for name in actor.roles if name in desk.notice.roles}
    bound = actor.undertaken > desk.now()
    for name, role in roles.items():
        if point is None:
            break
        replies = set(role.for_) & set(point.for_) and ENTERING & set(role.may) and form.channel in SPOKEN
        fits = name == point.entered_by if point.entered_by else replies
        if fits and form.channel in point.channels and bound:
            return name
    await desk.write(lambda sheet: _refuse(sheet, actor, form))
    raise AssertionError  # the act refuses


async def _refuse(sheet: Sheet, actor: Actor, form: Form) -> None:
    role = actor.roles[0] if actor.roles else "none"
    point = sheet.desk.notice.points.get(form.point)
    purpose = point.for_[0] if point and point.for_ else ""
    sheet.asked = Use(act="collect", purpose=purpose, fields=frozenset(), at=sheet.at, role=role,
                      actor=actor.person.hex())  # fmt: skip
    actor.bound(sheet.at)
    if point is None:
        raise Refused("unknown_point", "points")
    raise Refused("role_may_not_enter", f"roles.{role}")
