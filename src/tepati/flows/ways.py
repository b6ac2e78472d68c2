"""Room flows: the ways in by a sign-in provider, as the notice declares them: what is told and asked, what is kept.

A provider is a recipient of the notice that sends to a point by the channel ``sign_in``. Of what it says only the
fields of that point that name a ``claim`` are kept; nothing else is asked for, and nothing else goes further.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.notice.model import Notice
from tepati.ports import openid
from tepati.ports.openid import Proven
from tepati.ports.provider import SignIn

CHANNEL = "sign_in"
Providers = Mapping[str, SignIn]  # of customers, by recipient of the notice
# What a token says of itself and of the sign-in, not of the person (OpenID Connect Core 1.0, section 2; RFC 7519).
_PROTOCOL = frozenset({
    "iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "jti", "sid", "acr", "amr", "auth_time", "at_hash",
    "c_hash", "s_hash",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A declared way in: the recipient, its point, the claim of each field, and the questions asked before."""

    name: str
    point: str
    claims: Mapping[str, str]
    questions: tuple[str, ...]

    def kept(self, who: Proven) -> dict[str, str]:
        """Return field to value for what is declared."""
        return openid.kept(who, self.claims)

    def dropped(self, who: Proven) -> int:
        """Count what the provider said of the person that nobody declared: it is kept nowhere."""
        return len(who.said.keys() - _PROTOCOL - set(self.claims.values()))


@dataclass(frozen=True, slots=True)
class Company:
    """The provider of the company's own staff, and what of its word stands for the second factor (RFC 8176)."""

    provider: SignIn
    mfa: bool = False
    acr: frozenset[str] = frozenset()

    def strong(self, who: Proven) -> bool:
        """Say whether the token says, in a way that the operator takes for it, that two factors were given."""
        amr, acr = who.said.get("amr"), who.said.get("acr")
        return (self.mfa and isinstance(amr, list) and "mfa" in amr) or (isinstance(acr, str) and acr in self.acr)


def way(notice: Notice, name: str) -> Way | None:
    """Return the way in by a recipient, None where the notice declares none."""
    for point, one in notice.points.items():
        if CHANNEL in one.channels and one.sent_by == name:
            asked = tuple(q for q in one.asks if notice.consents[q].recipient == name)
            return Way(name, point, _claims(notice, one.collects), asked)
    return None


def _claims(notice: Notice, collects: frozenset[str]) -> dict[str, str]:
    fields = {path: notice.data[path.partition(".")[0]].fields[path.partition(".")[2]] for path in sorted(collects)}
    return {path: field.claim for path, field in fields.items() if field.claim}


def carried(notice: Notice) -> bool:
    """Say whether the notice declares the cookie by which a browser is known when it comes back."""
    declared = notice.cookies.set.get(CHANNEL)
    return declared is not None and declared.class_ == "necessary"


def unfit(notice: Notice, name: str) -> str:
    """Say in one word why the notice lets nobody sign in by a provider; "" where it does."""
    found = way(notice, name)
    if found is None or name not in notice.recipients:
        return "point"
    if notice.endpoints.get("sign_in") != name:
        return "endpoint"
    if not carried(notice):
        return "cookie"
    fields = {path: notice.data[path.partition(".")[0]].fields[path.partition(".")[2]]
              for path in notice.points[found.point].collects}  # fmt: skip
    return "claim" if any(not field.claim and not field.optional for field in fields.values()) else ""
