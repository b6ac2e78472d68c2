"""Every way in which Tepati says no. The code and the values stand here, the words in the wording files.

No error carries a personal value: ``values`` holds names of fields, promises, counts and instants only.
"""

from collections.abc import Mapping
from types import MappingProxyType


class TepatiError(Exception):
    """The root. ``code`` names the wording entry ``errors.<code>``; ``values`` fill its placeholders."""

    def __init__(self, code: str, **values: str | int) -> None:
        self.code = code
        self.values: Mapping[str, str | int] = MappingProxyType(values)
        shown = " ".join(f"{k}={v}" for k, v in values.items())
        super().__init__(f"{code} {shown}".strip())


class Refused(TepatiError):
    """The door says no. ``promise`` is the path in the notice that refuses, such as ``purposes.offers``."""

    def __init__(self, code: str, promise: str, **values: str | int) -> None:
        super().__init__(code, promise=promise, **values)
        self.promise = promise


class BadInput(TepatiError):
    """What was given cannot be taken. ``faults`` maps the name of a field to the code of its fault."""

    def __init__(self, code: str, faults: Mapping[str, str] | None = None, **values: str | int) -> None:
        super().__init__(code, **values)
        self.faults: Mapping[str, str] = MappingProxyType(dict(faults or {}))


class NotFound(TepatiError):
    """Unknown, erased and not allowed look alike: all are this."""


class Expired(TepatiError):
    """A link or session whose time is over, or that was used already."""


class Conflict(TepatiError):
    """Somebody else was first; reading again and repeating is safe."""


class Tampered(TepatiError):
    """A stored fact does not verify. The use is refused, the alarm raised, the board shows a gap."""


class Unavailable(TepatiError):
    """Too busy, disk full, or a neighbour is down: nothing was done, try again."""


class Misconfigured(TepatiError):
    """The installation is not set up for this; ``values`` say what to set."""


class BadNotice(TepatiError):
    """A declaration with faults cannot be run; ``tepati check`` lists all of them."""
