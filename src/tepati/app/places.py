"""Composition root: the two places of the key store, from what the configuration says of them."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

from tepati.errors import Misconfigured
from tepati.ports.config import SERVED, Config
from tepati.vault.folder import FolderMirror
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import Mirror
from tepati.vault.root import Root

Random = Callable[[int], bytes]


def keystore_of(config: Config, root: Root, dicer: Random, clock: Callable[[], int]) -> KeyStore:
    """Open the key store: two folders of this host, or two PostgreSQL databases. Raises Misconfigured, Unavailable."""
    return KeyStore(_places(config.keys, dicer), root, dicer, clock)


def mirrors_of(keys: tuple[str, str], dicer: Random) -> tuple[Mirror, Mirror]:
    """Open two places as they are, whatever is in them. Raises Misconfigured, Unavailable."""
    first, second = _places(keys, dicer)
    if isinstance(first, Path) and isinstance(second, Path):
        return FolderMirror(first), FolderMirror(second)
    return cast("tuple[Mirror, Mirror]", (first, second))


def _places(keys: tuple[str, str], dicer: Random) -> tuple[Path | Mirror, Path | Mirror]:
    served = [key.startswith(SERVED) for key in keys]
    if any(served) != all(served):
        raise Misconfigured("keystore_places")
    if not any(served):
        return Path(keys[0]), Path(keys[1])
    if any(_password(key) for key in keys):
        raise Misconfigured("keystore_password")
    opened = import_module("tepati.vault.served").both  # its driver costs 0.1 s, for those alone who use it
    return cast("tuple[Mirror, Mirror]", opened(keys, int.from_bytes(dicer(4)) >> 1))


def _password(address: str) -> bool:
    at = urlsplit(address)
    return bool(at.password) or "password" in parse_qs(at.query)
