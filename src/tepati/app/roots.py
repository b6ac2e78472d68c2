"""Composition root: the root of all keys, from what the configuration says of it."""

import os
from collections.abc import Callable
from pathlib import Path

from tepati.errors import Misconfigured
from tepati.ports import keyservice
from tepati.vault import token
from tepati.vault.root import EnvRoot, FileRoot, Root
from tepati.vault.transit import TransitRoot


def root_of(said: str, dicer: Callable[[int], bytes], *, create: bool = False) -> Root:
    """Open the root: ``env:NAME``, ``pkcs11:...`` (RFC 7512), ``transit:https://...``, or a file of mode 0600.

    ``create`` makes the first version where there is none. Raises Misconfigured, Unavailable.
    """
    if said.startswith("env:"):
        return EnvRoot(os.environ.get(said.removeprefix("env:"), ""), dicer)
    if said.startswith("pkcs11:"):
        at = token.where(said)
        return token.TokenRoot(at, _secret(at.pin_file), dicer, create=create)
    if said.startswith("transit:"):
        there = keyservice.where(said)
        return TransitRoot(keyservice.HttpsService(there), there.name, create=create)
    return FileRoot(Path(said), dicer, create=create)


def _secret(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        pass
    raise Misconfigured("root_missing")
