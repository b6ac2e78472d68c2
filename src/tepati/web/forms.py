"""Room web: reads a posted form strictly: urlencoded, UTF-8, few fields, no control characters, nothing twice."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from tepati.errors import BadInput, Refused

FIELDS = 64  # a booking has about twelve
NAME, VALUE = 64, 8_000  # characters; rules.types knows the closer limits of each type
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
OWN = ("_token", "_show")  # of the page itself, never of a person

Form = dict[str, list[str]]


def parse(body: bytes, content_type: str, fields: int = FIELDS, longest: int = VALUE) -> Form:
    """Return the fields of an urlencoded body: so many at most, of so many characters each.

    Raises BadInput (``form_...``) naming no value.
    """
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise BadInput("form_type")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=fields
        )
    except UnicodeDecodeError:
        raise BadInput("form_spelling") from None
    except ValueError:
        raise BadInput("form_shape") from None
    form: Form = {}
    for name, value in pairs:
        take(form, name, value, longest)
    return form


def take(form: Form, name: str, value: str, longest: int = VALUE) -> None:
    """Put one field into the form. Raises BadInput: twice, too long, or spelt so that nobody can read it."""
    if len(name) > NAME or len(value) > longest:
        raise BadInput("form_long")
    if CONTROL.search(name) or CONTROL.search(value):
        raise BadInput("form_spelling")
    if name in form:
        raise BadInput("form_twice")
    form[name] = [value.replace("\r\n", "\n")]


def only(form: Mapping[str, list[str]], declared: Iterable[str], promise: str) -> None:
    """Refuse what was not asked for. Raises Refused."""
    if names := unasked(form, declared):
        raise Refused("undeclared_field", promise, n=len(names))


def unasked(form: Mapping[str, list[str]], declared: Iterable[str]) -> list[str]:
    """Return the names that were not asked for."""
    return sorted(set(form) - set(declared) - set(OWN))


def one(form: Mapping[str, list[str]], name: str) -> str:
    """Return the value of a field, or nothing."""
    return form.get(name, [""])[0]
