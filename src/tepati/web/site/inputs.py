"""Room web: a point of the notice becomes form inputs; what is not declared there has no input."""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.flows.opening import band_in_words
from tepati.notice.model import Notice
from tepati.rules.ages import bands
from tepati.web.site import placing
from tepati.web.site.fitting import field_of
from tepati.web.site.shop import Read
from tepati.web.words import Say

Widget = tuple[str, str, str, int]  # element or input type, autocomplete (HTML 4.10.18.7), inputmode, longest value
WIDGETS: Mapping[str, Widget] = {
    "name": ("text", "name", "", 120),
    "email": ("email", "email", "email", 254),
    "phone": ("tel", "tel", "tel", 24),
    "address": ("textarea", "street-address", "", 400),
    "date": ("date", "", "", 10),
    "text": ("textarea", "", "", 500),
    "choice": ("choices", "", "", 40),
    "age_band": ("choices", "", "", 40),
    "number": ("text", "", "numeric", 20),
    "image": ("file", "", "", 0),
    "birth_date": ("date", "bday", "", 10),
    "time": ("datetime-local", "", "", 25),
    "url": ("url", "", "url", 2048),
    "username": ("text", "username", "", 64),
    "password": ("password", "new-password", "", 200),
    "card_number": ("text", "cc-number", "numeric", 24),
    "card_security_code": ("password", "cc-csc", "numeric", 4),
    "postcode": ("text", "postal-code", "numeric", 8),
    "money": ("text", "", "numeric", 32),
}
PLAIN: Widget = ("text", "", "", 200)
UNSHOWN = frozenset({"password", "card_number", "card_security_code"})  # never sent back to a page


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button."""

    value: str
    label: str
    note: str = ""
    price: str = ""
    chosen: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """One field as the page shows it; ``name`` is its path in the notice, ``id`` its name in the page."""

    name: str
    id: str
    widget: str
    autocomplete: str
    inputmode: str
    longest: int
    label: str
    hint: str
    optional: bool
    choices: tuple[Choice, ...]
    value: str = ""
    wrong: str = ""
    either: bool = False  # empty, another answer of the form stands in its place
    digits: str = ""  # of a place that the browser may be asked for


def ages(notice: Notice, point: str) -> tuple[str, ...]:
    """Return the age bands that a point asks for, oldest first: only what the notice acts on is asked."""
    return bands(notice.points[point])[::-1]


def named(notice: Notice, read: Read, path: str, lang: str, say: Say) -> str:
    """Name a field: the shop's word, the notice's, or the type's."""
    declared = field_of(notice, path)
    label = read.shop.labels.get(path) or declared.label
    return label.of(lang) if label else say(f"field.{declared.type}")


def build(notice: Notice, read: Read, path: str, lang: str, say: Say) -> Input:
    """Make the empty input of one declared field."""
    declared = field_of(notice, path)
    widget, autocomplete, inputmode, longest = PLAIN if path in read.shop.short else WIDGETS.get(declared.type, PLAIN)
    hint = read.shop.hints.get(path)
    return Input(
        name=path,
        id=path.replace(".", "-"),
        widget=widget,
        autocomplete=read.shop.purpose.get(path, autocomplete),
        inputmode=inputmode,
        longest=longest,
        label=named(notice, read, path, lang, say),
        hint=hint.of(lang) if hint else _follows(notice, read, declared.type, say),
        optional=declared.optional,
        choices=_choices(notice, read, path, lang, say),
        digits=placing.digits(notice, path),
    )


def _choices(notice: Notice, read: Read, path: str, lang: str, say: Say) -> tuple[Choice, ...]:
    declared, beside = field_of(notice, path), read.shop.options.get(path, {})
    if declared.type == "age_band":
        return tuple(_band(notice, read, band, say) for band in ages(notice, read.point))
    made = []
    for key, text in declared.options.items():
        extra = beside.get(key)
        note, price = (extra.note, extra.price) if extra else (None, None)
        made.append(
            Choice(
                key,
                text.of(lang),
                note.of(lang) if note else "",
                price.of(lang) if price else "",
                chosen=bool(extra and extra.first),
            )
        )
    return tuple(made)


def _band(notice: Notice, read: Read, band: str, say: Say) -> Choice:
    """Say a band and what the notice does about it: the outcome of the limit that it ends below."""
    outcomes = dict(zip(bands(notice.points[read.point]), _outcomes(notice, read), strict=False))
    return Choice(band, band_in_words(band, say), say(f"age.{outcomes[band]}") if band in outcomes else "")


def _outcomes(notice: Notice, read: Read) -> tuple[str, ...]:
    """Give what follows below each limit of a point, youngest first."""
    limits = notice.points[read.point].age
    return tuple(limits[limit] for limit in sorted(limits))


def _follows(notice: Notice, read: Read, type_: str, say: Say) -> str:
    """Say beside a date of birth what follows from it, before it is answered; "" where nothing does."""
    if type_ != "birth_date":
        return ""
    told = zip(bands(notice.points[read.point]), _outcomes(notice, read), strict=False)
    return " ".join(f"{band_in_words(band, say)}: {say(f'age.{outcome}')}" for band, outcome in told)
