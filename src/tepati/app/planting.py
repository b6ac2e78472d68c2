"""Composition root: decoys are planted as customers come: by the form, the mailed link, a yes taken back (F5).

Nobody waits here: each call takes a decoy one step further, and the next call begins where the mailbox is by then.
docs/decisions/0025-decoys-by-the-operators-mailbox.md.
"""

import datetime as dt

from tepati.app.compose import Installation, Org, random
from tepati.app.mailboxes import Boxes
from tepati.errors import BadInput, Expired, Misconfigured, NotFound, Refused
from tepati.flows.acts import decoys as act
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.follow import follow
from tepati.flows.acts.withdraw import take_back
from tepati.flows.desk import Desk
from tepati.notice.model import Notice
from tepati.ports.config import DecoyConfig, DecoysConfig
from tepati.ports.mailbox import mailbox
from tepati.registers.decoys import WITHDRAWN

AHEAD = dt.timedelta(days=120)  # of a date that a form asks for
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PLAIN = {"age_band": "18_or_over", "time": "09:00", "number": "1", "yes_no": "yes", "gender": "female"}


def boxes(installation: Installation, org: Org) -> Boxes | None:
    """Give the decoys' mailbox as it is configured, None where it is not. Raises Misconfigured."""
    said = installation.place.config.orgs[org.slug].decoys
    if not said.read:
        return None
    addresses = frozenset(one.email.lower() for one in said.people.values())
    return Boxes(mailbox(said.read), org.desk.sender, org.desk.host, addresses)


async def plant(installation: Installation, org: Org, read: Boxes) -> int:
    """Take every decoy that does not live here yet one step further; return how many were placed now.

    Raises Misconfigured (``decoy_values``: what the form asks and nobody said), Unavailable (the mailbox).
    """
    said = installation.place.config.orgs[org.slug].decoys
    waiting = await act.missing(org.desk, frozenset(said.people))
    return sum([await _step(org.desk, kind, said, read) for kind in sorted(waiting)])


async def _step(desk: Desk, kind: str, said: DecoysConfig, read: Boxes) -> int:
    one = next(each for name, each in said.people.items() if name == kind)
    found = await act.grown(desk, one.email)
    if found is None:
        await _enter(desk, kind, one, said.point)
        return 0
    if found.marked:
        return 0
    if not found.joined:
        return await _confirm(desk, one, read)
    if kind == WITHDRAWN:
        for question in found.consents:
            await take_back(desk, found.visitor, question, _language(desk, one))
    await act.place(desk, found.person, kind)
    return 1


async def _enter(desk: Desk, kind: str, one: DecoyConfig, point: str) -> None:
    """Send the form. Who is to withdraw ticks what is asked by e-mail; nobody else ticks anything."""
    name = point or _point(desk.notice, frozenset(desk.policy.addresses))
    asks = desk.notice.points[name].asks if name in desk.notice.points else ()
    mailed = frozenset(q for q in asks if desk.notice.consents[q].channel == "email")
    form = Form(
        point=name, channel="site", values=filled(desk, name, one), ticks=mailed if kind == WITHDRAWN else frozenset(),
        terms=True, language=_language(desk, one), shown=desk.digest, once=random(16),
    )  # fmt: skip
    try:
        await collect(desk, form)
    except (BadInput, Refused) as fault:
        fields = ", ".join(sorted(getattr(fault, "faults", {}))) or fault.code
        raise Misconfigured("decoy_values", kind=kind, fields=fields) from None


async def _confirm(desk: Desk, one: DecoyConfig, read: Boxes) -> int:
    """Press the button of the letter, if it is there by now; the link of an earlier try may be over."""
    token = await read.link(one.email)
    try:
        if token:
            await agree(desk, token, frozenset((await follow(desk, token)).questions), _language(desk, one))
    except (NotFound, Expired):
        return 0
    return 0


def _language(desk: Desk, one: DecoyConfig) -> str:
    return one.language or desk.notice.organisation.languages[0]


def _point(notice: Notice, addresses: frozenset[str]) -> str:
    """Choose the form of the site by which customers come: one that asks for their address, and for a yes if any."""
    open_ = [
        name for name, point in notice.points.items()
        if "site" in point.channels and addresses & point.collects and not (point.sent_by or point.entered_by)
    ]  # fmt: skip
    if not open_:
        raise Misconfigured("decoy_point")
    return max(open_, key=lambda name: bool(notice.points[name].asks))


def filled(desk: Desk, point: str, one: DecoyConfig) -> dict[str, str]:
    """Fill in what a form asks: what the operator said, else by the kind of the field; the rest stays empty."""
    own = {"name": one.name, "phone": one.phone, "address": one.address, "date": _day(desk)}
    values = {}
    for path, field in desk.policy.collects.get(point, ()):
        if path in desk.policy.addresses:
            values[path] = one.email
        elif path in one.values:
            values[path] = one.values[path]
        elif field.options and not field.optional:
            values[path] = next(iter(field.options))
        elif not field.optional:
            values[path] = own.get(field.type, PLAIN.get(field.type, ""))
    return {path: value for path, value in values.items() if value}


def _day(desk: Desk) -> str:
    """Name a working day some months ahead."""
    day = (EPOCH + dt.timedelta(microseconds=desk.now()) + AHEAD).date()
    while day.weekday() not in desk.notice.organisation.working_days:
        day += dt.timedelta(days=1)
    return day.isoformat()
