"""Composition root: promises that a visitor of the demo may try to break, through the real door; all are refused."""

from collections.abc import Mapping

from tepati.app.compose import Org, random
from tepati.app.seed import Staff
from tepati.errors import NotFound, Refused
from tepati.flows import members
from tepati.flows.actor import Actor
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.look import Wish, look
from tepati.flows.desk import Desk

# which -> organisation, role that tries, purpose, field, and the address of the person it is tried on
LOOKS = {
    "offers": ("home-cleaning", "dispatcher", "offers", "identity.phone", "bima@contoh.example"),
    "payment": ("home-cleaning", "editor", "bookkeeping", "payment.reference", "sri@contoh.example"),
    "newsletter": ("online-store", "editor", "newsletter", "buyer.email", "lina@pembeli.example"),
    "promotion": ("office-booking", "support", "promotion", "contact.email", "nadia@instansi.example"),
}
MORE = "more"  # a booking that gives more than the notice asks


def offered(orgs: Mapping[str, Org]) -> dict[str, str]:
    """Name the attempts that can be made at these organisations, each with its own."""
    of = {"offers": "home-cleaning", "payment": "home-cleaning", MORE: "home-cleaning"}
    of |= {which: slug for which, (slug, *_) in LOOKS.items()}
    return {which: slug for which, slug in of.items() if slug in orgs}


async def attempt(orgs: Mapping[str, Org], staff: tuple[Staff, ...], which: str) -> Refused:
    """Try to break a promise and return the refusal. Raises NotFound (no such attempt, or it was not refused)."""
    slug = offered(orgs).get(which, "")
    if not slug:
        raise NotFound("page")
    desk = orgs[slug].desk
    try:
        if which == MORE:
            await collect(desk, _more(desk))
        else:
            _, role, purpose, field, email = LOOKS[which]
            actor = await _actor(desk, next(one for one in staff if one.org == slug and role in one.roles))
            await look(desk, actor, Wish("", purpose, frozenset({field}), email=email))
    except Refused as refused:
        return refused
    raise NotFound("page")


def _more(desk: Desk) -> Form:
    """Write a booking that gives more than the notice asks: an identity number."""
    values = {"identity.name": "Tamu Coba", "identity.email": "tamu@contoh.example", "identity.nik": "3276010101900001"}
    return Form("booking", "site", values, frozenset(), terms=True, language="id", shown=desk.digest, once=random(16))


async def _actor(desk: Desk, staff: Staff) -> Actor:
    """Act as a member of the demo's staff, whose password and key the page shows anyway."""
    found = await desk.read(lambda sheet: desk.vault.find(sheet.tx, "staff.email", staff.email))
    if found is None:
        raise NotFound("staff")
    floor = members.floor(desk, found)
    member = await desk.read(lambda sheet: members.present(sheet, found, floor))
    return Actor(found, member.roles, member.undertaken)
