"""How the tests call a register inside a transaction."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from tepati.store.port import Tx

P = ParamSpec("P")
T = TypeVar("T")


def then(
    verb: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **named: P.kwargs
) -> Callable[[Tx], Awaitable[T]]:
    """Return the work that calls ``verb`` with these arguments, bound now."""
    return lambda tx: verb(tx, *args, **named)
