"""Room web: what an organisation's pages say beside its notice (forms, offers, prices, hints), read from its site.toml.

It promises nothing: names of fields, options and consents come from the notice; a name the notice lacks is a fault.
``site.fitting`` compares the two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from tepati.errors import NotFound
from tepati.notice.model import Notice
from tepati.notice.values import Text


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of every struct below: a key that nobody reads is a mistake."""


class Option(Part, frozen=True):
    """What stands beside one option of a choice: a second line, a price, and whether it is chosen at first."""

    note: Text | None = None
    price: Text | None = None
    first: bool = False


class Group(Part, frozen=True):
    """One fieldset of the form, in order."""

    title: Text
    fields: tuple[str, ...]


class Terms(Part, frozen=True):
    """The terms of service: accepted apart from the notice, and no consent."""

    title: Text
    clauses: tuple[Text, ...]


class Next(Part, frozen=True):
    """What comes once the mailed link was used, told on the page that answers a form."""

    title: Text
    soft: Text


class Contact(Part, frozen=True):
    """The page where people ask and complain: its point, and which of the point's fields come in which order.

    ``kind`` is the choice between the two where the point has it, ``photo`` the picture that may be sent along.
    """

    point: str
    fields: tuple[str, ...]
    title: Text
    lead: Text
    press: Text
    kind: str = ""
    photo: str = ""


class Asking(Part, frozen=True, kw_only=True):
    """One form page, of one collection point. ``title`` and ``lead`` stand above it, ``press`` on its button.

    ``date`` and ``slot`` name the fields of the hours, where hours with places are sold; ``moment`` that of a day and
    hour somebody may choose freely; ``offer`` that of the chosen goods or service. A field of the point in no group is
    not asked.
    """

    point: str
    title: Text
    lead: Text
    press: Text
    groups: tuple[Group, ...] = ()
    after: tuple[Text, ...] = ()
    next: Next | None = None
    date: str = ""
    slot: str = ""
    moment: str = ""
    offer: str = ""
    earliest: int = 1  # days from today, of ``date`` and ``moment``
    latest: int = 30


class Further(Asking, frozen=True, kw_only=True):
    """A form page beside the main one; ``path`` is the last segment of its address in each language."""

    path: Text


class Accent(Part, frozen=True):
    """The colour of what can be pressed, for light and for dark pages (``#rrggbb``)."""

    light: str
    dark: str


class Look(Part, frozen=True):
    """What makes the pages an organisation's own: its accent, and its mark as paths in a square of 24 units."""

    accent: Accent | None = None
    mark: tuple[str, ...] = ()


class Shop(Asking, frozen=True, kw_only=True):
    """The whole site.toml: the home page and the main form; ``heading`` and ``intro`` stand above that form.

    ``prices`` is the line beside the offers; ``nav`` what the menu calls the main form. ``short`` lists texts of one
    line, ``purpose`` what a browser may fill in (HTML 4.10.18.7).
    """

    heading: Text | None = None
    intro: Text | None = None
    nav: Text | None = None
    prices: Text | None = None
    labels: Mapping[str, Text] = {}
    hints: Mapping[str, Text] = {}
    short: tuple[str, ...] = ()
    purpose: Mapping[str, str] = {}
    options: Mapping[str, Mapping[str, Option]] = {}
    terms: Terms | None = None
    contact: Contact | None = None
    forms: Mapping[str, Further] = {}
    look: Look = Look()


@dataclass(frozen=True, slots=True)
class Read:
    """A shop that fits its notice, at one of its forms: ``key`` names a further one, and is empty at the main one."""

    shop: Shop
    page: Asking
    fields: tuple[str, ...]  # every field that the page asks for, in its order
    key: str = ""
    further: Mapping[str, "Read"] = field(default_factory=dict)

    @property
    def point(self) -> str:
        return self.page.point

    @property
    def contact(self) -> "Read | None":
        """The same shop at the point of its contact page; None where it has none."""
        made = self.shop.contact
        if made is None:
            return None
        asking = Asking(point=made.point, title=made.title, lead=made.lead, press=made.press)
        return Read(self.shop, asking, made.fields, further=self.further)

    @property
    def every(self) -> Iterable["Read"]:
        """Every form page, the main one first."""
        return (self, *self.further.values())

    def named(self, path: str, lang: str) -> str:
        """Return the key of the further form at an address. Raises NotFound."""
        for key, each in self.shop.forms.items():
            if each.path.of(lang) == path:
                return key
        raise NotFound("page")


def fields_of(page: Asking) -> tuple[str, ...]:
    """List the fields of a form page in their order."""
    return tuple(name for group in page.groups for name in group.fields)


def worded(read: Read, notice: Notice) -> tuple[tuple[str, bytes], ...]:
    """Give the terms that the forms of a site have accepted, with their words in both languages as exact bytes."""
    named = dict.fromkeys(notice.points[each.point].terms for each in read.every if notice.points[each.point].terms)
    words = msgspec.json.encode(read.shop.terms, order="sorted")
    return tuple((name, words) for name in named) if read.shop.terms else ()
