"""Room flows: the secret of a mailed link. 192 random bits in the link; only their blind index is kept.

What a link does stands in its row, and the row is under a MAC: SQL without keys cannot make a link that somebody
holds act for another person, do something else, or live longer. ``used`` is outside the MAC, for it changes: that a
link was used stands in the key store, or (what confirms a record) in the MACed facts.
"""

import base64
from collections.abc import Sequence

import msgspec

from tepati.errors import NotFound, Tampered
from tepati.flows.desk import Sheet
from tepati.registers import links
from tepati.registers.links import Link
from tepati.registers.macs import canonical, verify

FIELD = "link"  # the name under which secrets of links are indexed
CONFIRMS = frozenset({"booking", "complaint", "record"})  # kinds of link that prove an address, by what they confirm

ASKS = "consent"  # the kind of link that asks for a yes which its person gave on a page of the organisation's own


def confirms(opens: str) -> str:
    """Name the kind of link that confirms a record by the case that the record opens."""
    return opens if opens in CONFIRMS else "record"


class Booked(msgspec.Struct, frozen=True):
    """What the link of a record says, under its MAC: the form's language, versions shown and accepted, questions."""

    record: str  # hex
    language: str
    notice: int  # the version shown
    terms: int  # the version accepted, 0 where the point has none
    device: str  # hex: the keyed hash of the browser that sent the form, or ""
    questions: tuple[str, ...]

    @property
    def about(self) -> str:
        """Write it as the link keeps it."""
        return ",".join([self.record, self.language, str(self.notice), str(self.terms), self.device, *self.questions])


def booked(about: str) -> Booked:
    """Read what the link of a record says."""
    record, language, notice, terms, device, *questions = about.split(",")
    return Booked(record, language, int(notice), int(terms), device, tuple(questions))


class Asking(msgspec.Struct, frozen=True):
    """What a link that asks for consents says, under its MAC: the version of the notice that was read, questions."""

    notice: int
    questions: tuple[str, ...]

    @property
    def about(self) -> str:
        """Write it as the link keeps it."""
        return ",".join([str(self.notice), *self.questions])


def asked(about: str) -> Asking:
    """Read what a link that asks for consents says."""
    notice, *questions = about.split(",")
    return Asking(int(notice), tuple(questions))


async def mint(sheet: Sheet, person: bytes, kind: str, about: str, expires: int, ledger_id: bytes) -> str:
    """Make a link's secret for one person and purpose, keep its index, and return what goes into the address."""
    return (await mint_all(sheet, kind, [(person, about)], expires, ledger_id))[0]


async def mint_all(
    sheet: Sheet, kind: str, whom: Sequence[tuple[bytes, str]], expires: int, ledger_id: bytes
) -> list[str]:
    """Make a link for each (person, about) of one kind, as ``mint``."""
    desk, drawn = sheet.desk, sheet.desk.random(24 * len(whom))
    tokens = [base64.urlsafe_b64encode(drawn[24 * n : 24 * n + 24]).decode() for n in range(len(whom))]
    made = [
        Link(person, desk.vault.index(FIELD, token), kind, about, made=sheet.at, expires=expires, used=0)
        for (person, about), token in zip(whom, tokens, strict=True)
    ]
    await desk.vault.claim_new(sheet.tx, FIELD, [(link.secret, link.person) for link in made])
    sealed = [(link, f"{desk.mac(_encoded(sheet, link)).hex()}:{link.about}") for link in made]
    await links.add_all(sheet.tx, desk.org, sealed, ledger_id)
    return tokens


async def find(sheet: Sheet, token: str) -> Link:
    """Find the link of a secret, used or not. Raises NotFound for all that is no link of this organisation.

    Raises Tampered when its row was changed by anybody but us.
    """
    if not (len(token) == 32 and token.isascii()):
        raise NotFound("no_such_link")
    secret = sheet.desk.vault.index(FIELD, token)
    spent = sheet.desk.vault.ended("link", secret)  # asked before the first statement: it is never taken back
    person = await sheet.find(FIELD, token)
    link = await links.get(sheet.tx, sheet.desk.org, person, secret) if person else None
    if link is None:
        raise NotFound("no_such_link")
    if spent and not link.used:
        raise Tampered("link_tampered")
    return _verified(sheet, link)


def _verified(sheet: Sheet, link: Link) -> Link:
    """Return the link without the MAC before ``about``. Raises Tampered."""
    mac, _, about = link.about.partition(":")
    bare = msgspec.structs.replace(link, about=about)
    verify(lambda row: sheet.desk.mac(row).hex().encode(), _encoded(sheet, bare), mac.encode(), "link_tampered")
    return bare


def _encoded(sheet: Sheet, link: Link) -> bytes:
    parts = (link.person, link.secret, link.kind, link.about, link.made, link.expires)
    return canonical("link 1", sheet.desk.org, *parts)
