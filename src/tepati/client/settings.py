"""Room client, pure: where Tepati is, which organisation, and the key of each role that the program acts in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

URL, ORG, KEY = "TEPATI_URL", "TEPATI_ORG", "TEPATI_KEY"


@dataclass(frozen=True)
class Settings:
    """``keys`` maps a role to its API key; ``""`` is the key of whoever names no role. ``repr`` shows none of them."""

    url: str
    org: str
    keys: Mapping[str, str] = field(repr=False)


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read ``TEPATI_URL``, ``TEPATI_ORG``, and ``TEPATI_KEY`` or one ``TEPATI_KEY_<ROLE>`` a role.

    Raises ValueError naming what is missing.
    """
    keys = {
        name[len(KEY) :].removeprefix("_").lower(): value
        for name, value in environ.items()
        if value and (name == KEY or name.startswith(f"{KEY}_"))
    }
    missing = [name for name in (URL, ORG) if not environ.get(name)] + ([] if keys else [KEY])
    if missing:
        raise ValueError(f"not set: {', '.join(missing)}")
    return Settings(environ[URL], environ[ORG], keys)
