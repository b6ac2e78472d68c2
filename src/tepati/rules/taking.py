"""Room rules: one value as its field declares it: its type, options, precision, and what free text must not hold.

What a field with ``screen`` refuses is told by its kind, and never repeated: a number of a payment card (15 or 16
digits with the Luhn sum, ISO/IEC 7812-1) and an Indonesian identity number (16 digits around a date of birth).
"""

import re
from collections.abc import Callable
from itertools import accumulate

from tepati.errors import BadInput
from tepati.notice.model import Field
from tepati.rules import forms
from tepati.rules.types import clean

_RUN = re.compile(r"\d(?:[ .\-]?\d){14,}")
_LENGTHS = frozenset({15, 16})
_CARDS = "3456"  # the first digit of the cards people pay with


def taken(field: Field, raw: object) -> str:
    """Clean one value. Raises BadInput as ``types.clean`` does, or ``number_in_text``."""
    value = clean(field.type, raw, field.options, field.precision)
    if field.screen and any(_telling(number) for number in _numbers(value)):
        raise BadInput("number_in_text")
    return value


def _numbers(text: str) -> list[str]:
    """List what may be a number of 15 or 16 digits, however it is spaced: groups that stand together, joined."""
    runs = (re.split(r"[ .\-]", run) for run in _RUN.findall(text))
    joined = (whole for groups in runs for first in range(len(groups)) for whole in accumulate(groups[first:]))
    return [whole for whole in joined if len(whole) in _LENGTHS]


def _telling(number: str) -> bool:
    return (number[0] in _CARDS and _fits(forms.card, number)) or (len(number) == 16 and _fits(forms.nik, number))


def _fits(form: Callable[[str], str], number: str) -> bool:
    try:
        form(number)
    except BadInput:
        return False
    return True
