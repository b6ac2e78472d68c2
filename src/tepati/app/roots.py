"""Composition root: the root of all keys, from what the configuration says of it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from tepati.errors import Misconfigured
from tepati.ports import aws, gcp, keyservice
from tepati.vault import token
from tepati.vault.awskms import AwsRoot
from tepati.vault.gcpkms import GcpRoot
from tepati.vault.root import EnvRoot, FileRoot, Root
from tepati.vault.transit import TransitRoot

Random = Callable[[int], bytes]
Now = Callable[[], int]


def root_of(said: str, dicer: Random, *, create: bool = False, clock: Now = lambda: time.time_ns() // 1000) -> Root:
    """Open the root: a file of mode 0600, or one of ``ports.config.ELSEWHERE``: ``env:NAME``, a token, a key service.

    ``create`` makes the first version where there is none. Raises Misconfigured, Unavailable.
    """
    kind = said.partition(":")[0]
    if kind in _KINDS:
        return _KINDS[kind](said, dicer, clock, create)
    return FileRoot(Path(said), dicer, create=create)


def _environment(said: str, dicer: Random, _clock: Now, _create: bool) -> Root:
    return EnvRoot(os.environ.get(said.removeprefix("env:"), ""), dicer)


def _token(said: str, dicer: Random, _clock: Now, create: bool) -> Root:
    at = token.where(said)
    return token.TokenRoot(at, _secret(at.pin_file), dicer, create=create)


def _transit(said: str, _dicer: Random, _clock: Now, create: bool) -> Root:
    at = keyservice.where(said)
    return TransitRoot(keyservice.HttpsService(at), at.name, create=create)


def _aws(said: str, _dicer: Random, clock: Now, create: bool) -> Root:
    at = aws.where(said)
    return AwsRoot(aws.KmsService(at, os.environ, clock), at.name, at.days, create=create)


def _gcp(said: str, _dicer: Random, clock: Now, create: bool) -> Root:
    at = gcp.where(said)
    return GcpRoot(gcp.GcpService(at, os.environ, clock), at, create=create)


_KINDS: dict[str, Callable[[str, Random, Now, bool], Root]] = {
    "env": _environment, "pkcs11": _token, "transit": _transit, "aws": _aws, "gcp": _gcp,
}  # fmt: skip


def _secret(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        pass
    raise Misconfigured("root_missing")
