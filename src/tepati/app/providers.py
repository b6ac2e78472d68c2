"""Composition root: the sign-in providers that the operator configured, held to what the notice declares."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tepati.errors import Misconfigured
from tepati.flows.ways import Company, carried, unfit
from tepati.notice.model import Notice
from tepati.ports import openid
from tepati.ports.config import OrgConfig, Place, ProviderConfig, StaffProviderConfig
from tepati.ports.https import trusted
from tepati.ports.provider import Client, SignIn

ISSUERS: Mapping[str, str] = {"google": openid.GOOGLE}


def providers(place: Place, slug: str, notice: Notice, clock: Callable[[], int]) -> dict[str, SignIn]:
    """Make the providers by which customers of an organisation sign in, by recipient. Raises Misconfigured."""
    made = {}
    for name, said in _of(place, slug).sign_in.items():
        if why := unfit(notice, name):
            raise Misconfigured(f"sign_in_no_{why}", where=f"orgs.{slug}.sign_in.{name}", name=name)
        made[name] = _made(place, f"orgs.{slug}.sign_in.{name}", said, clock)
    return made


def of_staff(place: Place, slug: str, notice: Notice, clock: Callable[[], int]) -> Company | None:
    """Make the provider by which staff sign in, where there is one. Raises Misconfigured."""
    said, where = _of(place, slug).staff_sign_in, f"orgs.{slug}.staff_sign_in"
    if said == StaffProviderConfig():
        return None
    if not carried(notice):
        raise Misconfigured("sign_in_no_cookie", where=where, name=slug)
    return Company(_made(place, where, said, clock), said.mfa, frozenset(said.acr))


def _of(place: Place, slug: str) -> OrgConfig:
    return place.config.orgs[slug]


def _made(place: Place, where: str, said: ProviderConfig, clock: Callable[[], int]) -> SignIn:
    issuer = ISSUERS.get(said.preset, said.issuer)
    if (said.preset and said.issuer) or not _https(issuer):
        raise Misconfigured("sign_in_issuer", where=where)
    if not said.client:
        raise Misconfigured("sign_in_client", where=where)
    client = Client(issuer, said.client, secret_of(place.folder, where, said.secret), said.private)
    return SignIn(client, trusted(str(place.folder / said.authority) if said.authority else ""), clock)


def _https(issuer: str) -> bool:
    at = urlsplit(issuer)
    return at.scheme == "https" and bool(at.hostname) and not (at.query or at.fragment or at.username)


def secret_of(folder: Path, where: str, said: str, code: str = "sign_in_secret") -> str:
    """Read a secret from the environment (``env:NAME``) or a file. Raises Misconfigured: there is none."""
    found = os.environ.get(said.removeprefix("env:"), "") if said.startswith("env:") else _file(folder, said)
    if not found.strip():
        raise Misconfigured(code, where=where)
    return found.strip()


def _file(folder: Path, said: str) -> str:
    try:
        return (folder / said).read_text("utf-8") if said else ""
    except (OSError, UnicodeDecodeError):
        return ""
