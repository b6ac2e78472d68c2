"""Room web: what an organisation's pages say beside its notice (offers, prices, hints), read from its site.toml.

It promises nothing: names of fields, options and consents come from the notice; a name the notice lacks is a fault.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tepati.errors import Misconfigured
from tepati.notice.model import Notice
from tepati.notice.values import Text


class Option(msgspec.Struct, frozen=True):
    """What stands beside one option of a choice: a second line, a price, and whether it is chosen at first."""

    note: Text | None = None
    price: Text | None = None
    first: bool = False


class Group(msgspec.Struct, frozen=True):
    """One fieldset of the form, in order."""

    title: Text
    fields: tuple[str, ...]


class Terms(msgspec.Struct, frozen=True):
    """The terms of service: accepted apart from the notice, and no consent."""

    title: Text
    clauses: tuple[Text, ...]


class Contact(msgspec.Struct, frozen=True):
    """The page where people ask and complain: its point, and which of the point's fields come in which order.

    ``kind`` is the choice between the two, ``photo`` the picture that may be sent along, or empty.
    """

    point: str
    fields: tuple[str, ...]
    title: Text
    lead: Text
    press: Text
    kind: str
    photo: str = ""


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """The whole site.toml. ``date`` and ``slot`` name the fields of the hours, ``offer`` that of the chosen service."""

    point: str
    date: str
    slot: str
    offer: str
    earliest: int = 1  # days from today
    latest: int = 30
    title: Text
    lead: Text
    press: Text
    after: tuple[Text, ...] = ()
    groups: tuple[Group, ...] = ()
    labels: Mapping[str, Text] = {}
    hints: Mapping[str, Text] = {}
    options: Mapping[str, Mapping[str, Option]] = {}
    terms: Terms | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A shop that fits its notice."""

    shop: Shop
    fields: tuple[str, ...]  # every field of the point, in the order of the page

    @property
    def contact(self) -> "Read | None":
        """The same shop at the point of its contact page; None where it has none."""
        made = self.shop.contact
        return Read(msgspec.structs.replace(self.shop, point=made.point), made.fields) if made else None


def shop(source: bytes, notice: Notice) -> Read:
    """Read a site.toml against its notice. Raises Misconfigured naming the first thing that does not fit."""
    try:
        raw: dict[str, Any] = tomllib.loads(source.decode("utf-8"))
        found = msgspec.convert(raw, Shop)
    except (ValueError, msgspec.ValidationError) as error:
        raise Misconfigured("site_toml", what=str(error)) from None
    if found.point not in notice.points:
        raise Misconfigured("site_toml", what=f"points.{found.point}")
    collects = notice.points[found.point].collects
    grouped = [name for group in found.groups for name in group.fields]
    named = {found.date, found.slot, found.offer, *grouped, *found.options}
    if unknown := sorted(named - set(collects)):
        raise Misconfigured("site_toml", what=unknown[0])
    _fits(found.contact, notice)
    return Read(found, (*grouped, *sorted(set(collects) - set(grouped))))


def _fits(contact: Contact | None, notice: Notice) -> None:
    """Check that the contact page asks for just what its point collects. Raises Misconfigured."""
    if contact is None:
        return
    if contact.point not in notice.points:
        raise Misconfigured("site_toml", what=f"points.{contact.point}")
    asked = {*contact.fields, contact.kind, *filter(None, (contact.photo,))}
    if wrong := sorted(asked ^ set(notice.points[contact.point].collects)):
        raise Misconfigured("site_toml", what=wrong[0])
