"""Room notice: what follows from a notice alone is worked out once, and goes when the notice goes."""

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from tepati.notice.model import Notice

P = ParamSpec("P")
T = TypeVar("T")
MOST = 4096  # answers kept of one notice and one question; what people's own records ask has no other bound


def derived(work: Callable[Concatenate[Notice, P], T]) -> Callable[Concatenate[Notice, P], T]:
    """Keep the answers of a pure function of a notice, by the further arguments, as long as that very notice lives.

    An answer must not hold the notice: it would never go.
    """
    held: dict[int, dict[Hashable, object]] = {}

    @wraps(work)
    def found(notice: Notice, /, *args: P.args, **named: P.kwargs) -> T:
        known = held.get(id(notice))
        if known is None:
            known = held[id(notice)] = {}
            weakref.finalize(notice, held.pop, id(notice)).atexit = False
        about = (args, *named.items()) if named else args
        try:
            return cast("T", known[about])
        except KeyError:
            if len(known) >= MOST:
                known.clear()
            known[about] = made = work(notice, *args, **named)
            return made

    return found
