"""Room vault: a root that never leaves a PKCS#11 token (a hardware module, a smart card, SoftHSM): AES-256-GCM in it.

Each version is a secret key object of the token: label as configured, ``CKA_ID`` the version in 4 bytes, made inside,
sensitive and not extractable; one that could leave is refused. Wrapped form: as of a root file (docs/spec/vault.md).

Order of durable steps: ``rotate`` makes a key object and finds it again before anything is wrapped by it; ``destroy``
ends the object and looks for it again. A crash in between leaves a version that wraps nothing, or one to destroy again.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.vault.root import Grade, Random

_SOFTWARE = "SoftHSM"  # a token that is a file: destroying in it is overwriting, if that


@dataclass(frozen=True, slots=True)
class Where:
    """What a PKCS#11 URI names (RFC 7512): the module's file, the token, the key's label, and the PIN's file."""

    module: str
    token: str
    label: str
    pin_file: str


def where(uri: str) -> Where:
    """Read ``pkcs11:token=T;object=L?module-path=FILE&pin-source=file:FILE``. All four are needed: Misconfigured.

    A ``pin-value`` is refused: a secret stands in a file of its own, never in the configuration.
    """
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    said = {**_parts(path, ";"), **_parts(query, "&")}
    pin = said.get("pin-source", "").removeprefix("file:")
    found = Where(said.get("module-path", ""), said.get("token", ""), said.get("object", ""), pin)
    if not all((found.module, found.token, found.label, found.pin_file)) or "pin-value" in said:
        raise Misconfigured("root_form", wanted="pkcs11:token=T;object=L?module-path=FILE&pin-source=file:FILE")
    return found


def _parts(text: str, between: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(between) if part)
    return {name: unquote(value) for name, _, value in pairs}


class TokenRoot:
    """A root inside a token. Raises Misconfigured (no library, no token, wrong PIN), Unavailable (it does not answer).

    One session, one thread at a time: a PKCS#11 session has one operation.
    """

    def __init__(self, at: Where, pin: str, random: Random, *, create: bool = False) -> None:
        self._at, self._pin, self._random = at, pin, random
        self._lock = threading.Lock()
        self._p11 = _library()
        self._session = self._opened()
        if create and not self._found():
            self._make(1)
        self.grade = self._grade()

    @property
    def version(self) -> int:
        versions = self._found()
        if not versions:
            raise Misconfigured("root_missing")
        return max(versions)

    def wrap(self, plain: bytes, aad: bytes) -> bytes:
        """Wrap under the token's newest version: another process may have rotated."""
        keys = self._found()
        if not keys:
            raise Misconfigured("root_missing")
        head, nonce = max(keys).to_bytes(4), self._random(12)
        return head + nonce + self._gcm(keys[max(keys)].encrypt, plain, nonce, head + aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        key = self._found().get(int.from_bytes(wrapped[:4]))
        if key is None:
            raise Misconfigured("root_version", version=int.from_bytes(wrapped[:4]))
        try:
            return self._gcm(key.decrypt, wrapped[16:], wrapped[4:16], wrapped[:4] + aad)
        except Unavailable:
            probe = self._random(12)
            self._gcm(key.encrypt, b"", probe, b"")  # raises where the token does not work at all
        raise Tampered("keystore_entry")

    def rotate(self) -> int:
        after = self.version + 1
        self._make(after)
        return after

    def destroy(self, version: int) -> Grade:
        """End a version in the token, and look for it again. Raises Misconfigured (the newest), Unavailable."""
        keys = self._found()
        if keys and version == max(keys):
            raise Misconfigured("root_newest", version=version)
        if version in keys:
            self._ask(keys[version].destroy)
        if version in self._found():
            raise Unavailable("root_unreachable")
        return self.grade

    def fates(self) -> dict[int, Grade | None]:
        keys = self._found()
        return {n: None for n in sorted(keys) if n < max(keys)}

    def _opened(self) -> Any:
        try:
            token = self._p11.lib(self._at.module).get_token(token_label=self._at.token)
            try:
                return token.open(rw=True, user_pin=self._pin)
            except self._p11.exceptions.UserAlreadyLoggedIn:  # a second root in this process: the login is shared
                return token.open(rw=True)
        except self._p11.exceptions.PKCS11Error as fault:
            kind = type(fault).__name__  # never its text
        raise Misconfigured("root_token", what=kind)

    def _found(self) -> dict[int, Any]:
        """Find the versions in the token; a session that ended meanwhile (a module restarted) is opened anew, once."""
        try:
            return self._searched()
        except Unavailable:
            pass
        try:
            self._session = self._opened()
        except Misconfigured:
            raise Unavailable("root_unreachable") from None
        return self._searched()

    def _searched(self) -> dict[int, Any]:
        """Search by label and class; the id says which version."""
        of = self._p11.Attribute
        named = {of.CLASS: self._p11.ObjectClass.SECRET_KEY, of.LABEL: self._at.label}
        found = self._ask(lambda: [(bytes(key[of.ID]), key) for key in self._session.get_objects(named)])
        return {int.from_bytes(number): key for number, key in found}

    def _make(self, version: int) -> None:
        of = self._p11.Attribute
        template: Mapping[Any, bool] = {of.SENSITIVE: True, of.EXTRACTABLE: False}
        self._ask(
            lambda: self._session.generate_key(
                self._p11.KeyType.AES, 256, label=self._at.label, id=version.to_bytes(4), store=True, template=template
            )
        )
        if version not in self._found():
            raise Unavailable("root_unreachable")

    def _grade(self) -> Grade:
        """Say what destroying is worth: attested by a device whose keys were made inside and never left.

        Raises Misconfigured where a key can leave: destroying it here would be worth nothing.
        """
        keys = self._found()
        if not keys:
            raise Misconfigured("root_missing")
        said = self._ask(lambda: {n: [bool(key[each]) for each in self._asked_of()] for n, key in keys.items()})
        for version, (extractable, sensitive, _, _) in said.items():
            if extractable or not sensitive:
                raise Misconfigured("root_exportable", version=version)
        inside = all(local and never for _, _, local, never in said.values())
        token = self._session.token
        software = _SOFTWARE in f"{_text(token.manufacturer_id)} {_text(token.model)}"
        return Grade("attested" if inside and not software else "overwritten")

    def _asked_of(self) -> tuple[Any, ...]:
        of = self._p11.Attribute
        return of.EXTRACTABLE, of.SENSITIVE, of.LOCAL, of.NEVER_EXTRACTABLE

    def _gcm(self, operate: Callable[..., Any], data: bytes, nonce: bytes, aad: bytes) -> bytes:
        params = self._p11.GCMParams(nonce, aad, 128)
        mechanism = self._p11.Mechanism.AES_GCM
        return bytes(self._ask(lambda: operate(data, mechanism=mechanism, mechanism_param=params)))

    def _ask(self, work: Callable[[], Any]) -> Any:
        """Ask the token; its own words are not passed on. Raises Unavailable."""
        try:
            with self._lock:
                return work()
        except self._p11.exceptions.PKCS11Error:
            pass
        raise Unavailable("root_unreachable")


def _text(said: str | bytes) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _library() -> Any:
    """Import the library of the extra, where a token is configured and nowhere else. Raises Misconfigured."""
    try:
        return import_module("pkcs11")
    except ImportError:
        pass
    raise Misconfigured("root_extra", extra="hsm")
