"""Room flows: what staff type in for somebody who stands before them and goes away with a letter: a receipt."""

from collections.abc import Mapping

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk
from tepati.notice.model import Notice, Point


def tills(desk: Desk, actor: Actor) -> dict[str, str]:
    """Name the points at which this member hands out letters, each with its channel."""
    return {
        name: point.channels[0] for name, point in desk.notice.points.items()
        if point.entered_by and point.entered_by in actor.roles and hands(desk.notice, point)
    }  # fmt: skip


def hands(notice: Notice, point: Point) -> str:
    """Name the letter that what enters at a point is for, declared for its creation; else ""."""
    addresses: Mapping[str, bool] = {
        f"{category}.{name}": field.identifies
        for category, held in notice.data.items() for name, field in held.fields.items()
    }  # fmt: skip
    return next(
        (
            name for name, said in notice.messages.items()
            if said.when and said.when.event == "record.created" and not said.when.offset and said.channel == "email"
            and said.for_ in point.for_ and any(addresses[path] for path in said.fields & point.collects)
        ),
        "",
    )  # fmt: skip
