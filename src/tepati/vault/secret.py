"""Room vault: a personal value in memory, which shows itself only where ``show()`` is written."""

import hmac
from typing import NoReturn, final


@final
class Secret:
    """A value opened from the vault. Printing, formatting, logging and pickling it give nothing away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def show(self) -> str:
        """Return the value in clear; every call is a place to review."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return "…"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]  # a set or dict of secrets would order them by their value

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret does not leave the process")

    def __copy__(self) -> NoReturn:
        raise TypeError("a secret is not copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a secret is not copied")
