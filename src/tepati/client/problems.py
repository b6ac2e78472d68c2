"""Room client: what Tepati refuses, as typed exceptions (RFC 9457). None of them carries a value of a person."""

from collections.abc import Mapping
from types import MappingProxyType


class Problem(Exception):
    """The root. ``code`` says what it is, ``status`` is HTTP's; what is no answer of Tepati's is ``not_tepati``."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Faulty(Problem):
    """What was given cannot be taken. ``faults`` maps a field (in a batch ``<row>.<field>``) to its fault's code."""

    def __init__(self, status: int, code: str, faults: Mapping[str, str], free: tuple[str, ...] = ()) -> None:
        super().__init__(status, code)
        self.faults: Mapping[str, str] = MappingProxyType(dict(faults))
        self.free = free  # where an hour is full: day and option of those that are not


class NotSignedIn(Problem):
    """No key or session stands behind the bearer, it is over, or it came from a network that is not its own."""


class Refusal(Problem):
    """The notice does not allow it. ``promise`` is the path of what refuses; empty: unknown, erased or not allowed."""

    def __init__(self, status: int, code: str, promise: str) -> None:
        super().__init__(status, code)
        self.promise = promise


class Changed(Problem):
    """Somebody else was first; reading again and repeating is safe."""


class Busy(Problem):
    """Nothing was done. ``after`` is how many seconds to wait before another try."""

    def __init__(self, status: int, code: str, after: int) -> None:
        super().__init__(status, code)
        self.after = after


class Unreached(Problem):
    """No answer came, and it is not known whether anything was done. The request, with its values, is not kept here."""

    def __init__(self) -> None:
        super().__init__(0, "unreached")
