"""Room flows: what staff type in for somebody who stands before them and goes away with a letter: a receipt."""

from collections.abc import Mapping

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk
from tepati.flows.opening import in_words
from tepati.notice import speech
from tepati.notice.derived import derived
from tepati.notice.labels import labels
from tepati.notice.model import Notice
from tepati.rules.aims import type_of


def tills(desk: Desk, actor: Actor) -> dict[str, str]:
    """Name the points at which this member hands out letters, each with its channel."""
    return {
        name: point.channels[0] for name, point in desk.notice.points.items()
        if point.entered_by and point.entered_by in actor.roles and hands(desk.notice, name)
    }  # fmt: skip


@derived
def hands(notice: Notice, name: str) -> str:
    """Name the letter that what enters at a point is for, declared for its creation; else ""."""
    point = notice.points[name]
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


def rows(notice: Notice, values: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """Say the fields that a letter shows, in the order of the notice: what each is called, and its value in words."""
    said, spoken = labels(notice, language), in_words(notice, dict(values), language)
    order = [f"{category}.{name}" for category, held in notice.data.items() for name in held.fields]
    return [
        (speech.capital(said.field(path)), _money(spoken[path], language) if _priced(notice, path) else spoken[path])
        for path in order if path in spoken
    ]  # fmt: skip


def _priced(notice: Notice, path: str) -> bool:
    return type_of(notice.data, path) == "money"


def _money(value: str, language: str) -> str:
    """Say whole amounts; what has decimals, or no currency, stays as it is."""
    amount, _, currency = value.partition(" ")
    return speech.money(int(amount), language, currency) if amount.isdecimal() and currency else value
