"""Room flows: what an erasure's certificate says. It names nobody, and grows until no copy is left."""

import msgspec


class Certificate(msgspec.Struct, frozen=True):
    """What a certificate says. Counts are of rows read back, instants in microseconds since 1970 UTC."""

    number: str
    organisation: str
    requested: int
    promised: int
    erased: int = 0
    keys: int = 0
    values: int = 0
    openings: int = 0
    left: int = 0  # rows and keys found when read back, beyond what is held: 0, or the erasure did not happen
    held: dict[str, str] = {}  # category -> the rule that keeps a part of it
    held_fields: dict[str, tuple[str, ...]] = {}  # category -> the fields kept
    held_until: dict[str, int] = {}  # category -> the last instant of that
    told: str = "waiting"  # waiting | told | untold
    grade: str = ""
    epoch: int = 0
    destroyed: int = 0
    copies: dict[str, int] = {}  # copies outside Tepati's control -> their last day
    line: str = ""


def encode(body: Certificate) -> str:
    """Write a certificate's facts as JSON, keys sorted."""
    return msgspec.json.encode(body, order="sorted").decode()


def decode(body: str) -> Certificate:
    """Read a certificate's facts."""
    return msgspec.json.decode(body, type=Certificate)
