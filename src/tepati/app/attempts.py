"""Composition root: promises that a visitor of the demo may try to break, through the real door; all are refused."""

from tepati.app.compose import Org, random
from tepati.app.seed import Staff
from tepati.errors import NotFound, Refused
from tepati.flows import members
from tepati.flows.actor import Actor
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.look import Wish, look
from tepati.flows.desk import Desk

# which -> role that tries, purpose, field, and the address of the person it is tried on
LOOKS = {
    "offers": ("dispatcher", "offers", "identity.phone", "bima@contoh.example"),
    "payment": ("editor", "bookkeeping", "payment.reference", "sri@contoh.example"),
}


async def attempt(org: Org, staff: tuple[Staff, ...], which: str) -> Refused:
    """Try to break a promise and return the refusal. Raises NotFound (no such attempt, or it was not refused)."""
    try:
        if which == "more":
            await collect(org.desk, _more(org.desk))
        elif which in LOOKS:
            role, purpose, field, email = LOOKS[which]
            actor = await _actor(org.desk, next(one for one in staff if role in one.roles))
            await look(org.desk, actor, Wish("", purpose, frozenset({field}), email=email))
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
