"""Room web: complaints by deadline; one is opened for its task, answered and closed. Each look is a line."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput
from tepati.flows.acts.complaints import complaint as known
from tepati.flows.acts.complaints import complaints as waiting
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.acts.settle import LONGEST, Said, settle
from tepati.flows.answering import CASE, mine
from tepati.flows.opening import in_words
from tepati.notice.labels import labels
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = f"cases.{CASE}"
FIELDS = ("number", "text", "way")
CONTACT = ("name", "email", "phone")


@get(addresses.both("complaints"))
async def complaints(request: Asked, org: FromPath[str]) -> Page:
    """List what waits for an answer, the next due first. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "complaints")
    return await here.draw("complaints.html", waiting=await waiting(here.desk, here.actor))


@get([f"{path}/{{number:str}}" for path in addresses.both("complaint")])
async def complaint(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one complaint, closed up. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "complaint"), number)


@post(addresses.both("complaint_open"))
async def reveal(request: Asked, org: FromPath[str]) -> Page:
    """Open what the answer needs: a look with its line. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "complaint_open")
    forms.only(form, ("number",), PROMISE)
    number = one(form, "number")
    await known(here.desk, here.actor, number)
    return await _page(here, number, await _opened(here, number))


@post(addresses.both("complaint"), status_code=303)
async def answer(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Answer a complaint and close it. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "complaint")
    forms.only(form, FIELDS, PROMISE)
    number, text = one(form, "number"), one(form, "text")
    try:
        await settle(here.desk, here.actor, number, Said(text, "phone" if one(form, "way") == "phone" else "email"))
    except BadInput as bad:
        return await _page(here, number, None, text, told(bad, here.at.lang))
    return here.to("complaints")


async def _opened(here: Seat, number: str) -> Seen:
    """Open what came with the complaint and this member's role sees: its text, and how its person is reached."""
    notice = here.at.org.notice
    said = notice.roles[next(iter(mine(here.desk, here.actor)))]
    contact = {f"{c}.{f}" for c, held in notice.data.items() for f, kind in held.fields.items() if kind.type in CONTACT}
    must = {f"{CASE}.{f}" for f, kind in notice.data[CASE].fields.items() if not kind.optional and kind.type != "image"}
    wish = frozenset(said.sees & (contact | must) & notice.points[CASE].collects)
    return await look(here.desk, here.actor, Wish(number, said.for_[0], wish))


async def _page(here: Seat, number: str, seen: Seen | None = None, typed: str = "", wrong: str = "") -> Page:
    found = await known(here.desk, here.actor, number)
    called = labels(here.at.org.notice, here.at.lang)
    values = in_words(here.at.org.notice, seen.values, here.at.lang) if seen else {}
    return await here.draw(
        "complaint.html", 422 if wrong else 200, part="complaints", tail=number, found=found, seen=seen, values=values,
        called=called, typed=typed, wrong=wrong, longest=LONGEST,
    )  # fmt: skip
