"""Room web: a booking told on the phone is typed in, its hour held; who called confirms it by a letter.

Of somebody without an e-mail address staff confirm it themselves, and hand its number over on paper.
"""

from dataclasses import replace

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.collect import Form as Submitted
from tepati.flows.acts.collect import collect
from tepati.flows.acts.vouch import attested, vouch
from tepati.flows.entrance import entered, ways
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.said import Said
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.site import asking
from tepati.web.site.files import PLAIN
from tepati.web.site.fitting import field_of
from tepati.web.site.frame import Asked, Page
from tepati.web.site.inputs import Input

PAGE = "booking_new"


@get(addresses.both(PAGE))
async def form(request: Asked, org: FromPath[str]) -> Page:
    """Show the form. Raises Away, NotFound, Refused (no role of the member may type bookings in)."""
    return await _form(await seat(request, org, PAGE), {})


@post(addresses.both(PAGE), status_code=303)
async def take(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take what was told, or show the hours of another day. Raises Away, BadInput (forged), NotFound, Refused."""
    here, typed, once = await posted(request, org, PAGE)
    fields = here.at.read.fields
    forms.only(typed, (*fields, "channel", "terms", "attested", "_show"), f"points.{here.at.read.point}")
    if "_show" in typed:
        return await _form(here, typed)
    try:
        asking.lengths(here.at, typed)
        number = await _collected(here, typed, once)
    except (BadInput, Refused) as fault:
        return await _form(here, typed, fault)
    return here.to("booking_taken", number)


@get([f"{path}/{{number:str}}" for path in addresses.both("booking_taken")])
async def taken(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show the number to tell, and what happens next. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "booking_taken")
    if not PLAIN.fullmatch(number):
        raise NotFound("page")
    case = await attested(here.desk, here.actor, number)
    return await here.draw(
        "booking_taken.html", part="bookings", tail=number, number=number, case=case,
        contact=here.at.org.notice.organisation.contact, site=here.desk.url("notice", here.at.lang, ""),
    )  # fmt: skip


async def _collected(here: Seat, typed: Form, once: bytes) -> str:
    values = {path: one(typed, path) for path in here.at.read.fields if one(typed, path)}
    sent = Submitted(
        here.at.read.point, one(typed, "channel"), values, frozenset(), terms="terms" in typed,
        language=here.at.lang, shown=here.at.org.digest, once=once,
    )  # fmt: skip
    (entry,) = await entered(here.desk, here.actor, [sent])
    notice = here.at.org.notice
    by_word = "attested" in typed and not any(field_of(notice, path).identifies for path in values)
    return (await (vouch if by_word else collect)(here.desk, entry)).number


def _spoken(here: Seat, each: Input) -> Input:
    """Turn an input that a customer fills into one for whoever listens to them: no hint, no word to them."""
    aged = field_of(here.at.org.notice, each.name).type == "age_band"
    choices = tuple(replace(c, note="") for c in each.choices) if aged else each.choices
    optional = each.optional or field_of(here.at.org.notice, each.name).identifies
    label = Said(here.at).field(each.name)
    return replace(each, autocomplete="off", hint="", label=label, choices=choices, optional=optional)


async def _form(here: Seat, typed: Form, fault: BadInput | Refused | None = None) -> Page:
    """Draw the form around what was typed; a full hour names the next free ones. Raises Refused."""
    point = here.at.read.point
    channels, called = ways(here.desk, here.actor, point), labels(here.at.org.notice, here.at.lang)
    if not channels:
        raise Refused("role_may_not_enter", f"roles.{next(iter(here.actor.roles), 'none')}")
    faults = fault.faults if isinstance(fault, BadInput) else {}
    day, filled = await asking.filled(here.at, typed, faults)
    fields = {each.name: _spoken(here, each) for each in filled}
    general = asking.rest(here.at, faults) if faults else told(fault, here.at.lang) if fault else ""
    return await here.draw(
        "booking_new.html", 422 if fault else 200, part="bookings", fields=fields, day=day, days=asking.days(here.at),
        wrong=[(each.id, each.wrong) for each in fields.values() if each.wrong], general=general,
        channels={c: speech.capital(called.channels([c])) for c in channels}, channel=one(typed, "channel"),
        form=here.at.read.page,
        terms=here.at.org.notice.terms.get(here.at.org.notice.points[point].terms), heard="terms" in typed,
        by_word="attested" in typed,
        free=Said(here.at).free(fault.values.get("free") if fault else ""), uses=asking.uses(here.at, point),
        site={page: here.desk.url(page, here.at.lang, "") for page in ("terms", "notice")},
    )  # fmt: skip
