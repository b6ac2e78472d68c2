"""Room web: what people wrote, by deadline; one is opened for its task, answered and closed. Each look is a line."""

import base64
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.complaints import Complaint
from tepati.flows.acts.complaints import complaint as known
from tepati.flows.acts.complaints import complaints as waiting
from tepati.flows.acts.hear import Heard, hear
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.settle import LONGEST, Said, settle
from tepati.flows.answering import Answering, mine, opens, sees, ways
from tepati.flows.corresponding import waits
from tepati.flows.entrance import SPOKEN
from tepati.flows.opening import in_words
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.rules import pictures
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.edge import CSP
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page

PROMISE = "cases"
FIELDS = ("number", "text", "way", "then")
PICTURE = "image"
WAYS = ("page", "file")
MEDIA = {"jpg": "image/jpeg", "png": "image/png"}
# The picture stands in the page itself: no other picture, from nowhere, and no address to open it at.
SHOWN = {"content-security-policy": CSP.replace("img-src 'self'", "img-src data:")}


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that came with a complaint: its field, its kind and its size as the page says them."""

    path: str
    kind: str
    size: str


@get(addresses.both("complaints"))
async def complaints(request: Asked, org: FromPath[str]) -> Page:
    """List what waits for an answer, the next due first. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "complaints")
    return await here.draw(
        "complaints.html", waiting=await waiting(here.desk, here.actor), points=spoken(here),
        called=labels(here.at.org.notice, here.at.lang),
    )  # fmt: skip


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
    return await _page(here, number, await hear(here.desk, here.actor, number))


@post(addresses.both("complaint_photo"), status_code=200)
async def photo(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Show a photo in the page, or hand it out as a file: a look of its own, with its line.

    The console serves no upload under an address of its own (design section 8): what is shown lies in the answer to
    this one form, as a picture of the type that we read off its first bytes, on a page that allows nothing else.
    Raises Away, BadInput, NotFound, Refused.
    """
    here, form, _ = await posted(request, org, "complaint_photo")
    forms.only(form, ("number", "field", "how"), PROMISE)
    way = one(form, "how")
    if way not in WAYS:
        raise BadInput("form_shape")
    number, path = one(form, "number"), one(form, "field")
    found = await known(here.desk, here.actor, number)
    how, seen = _mine(here, found)
    if path not in seen or not _is_picture(here, path):
        raise NotFound("page")
    opened = await look(here.desk, here.actor, Wish(number, how.purpose, frozenset({path})))
    if path not in opened.values:
        raise NotFound("page")
    raw = base64.b64decode(opened.values[path])
    if way == "file":
        return download(File(f"{number}.{pictures.kind(raw)}", raw))
    picture = f"data:{MEDIA[pictures.kind(raw)]};base64,{opened.values[path]}"
    called = labels(here.at.org.notice, here.at.lang)
    return await here.draw(
        "photo.html", part="complaints", tail=number, number=number, picture=picture, headers=SHOWN,
        kind=called.case(found.kind),
        name=speech.capital(called.field(path)), role=called.role(opened.role), promise=opened.promise,
    )  # fmt: skip


@post(addresses.both("complaint"), status_code=303)
async def answer(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Answer a case, and close it or wait for its writer. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "complaint")
    forms.only(form, FIELDS, PROMISE)
    number, text = one(form, "number"), one(form, "text")
    try:
        said = Said(text, one(form, "way"), closes=one(form, "then") != "wait")
        await settle(here.desk, here.actor, number, said)
    except BadInput as bad:
        return await _page(here, number, None, (text, one(form, "way")), told(bad, here.at.lang))
    return here.to("complaints")


def _mine(here: Seat, case: Complaint) -> tuple[Answering, frozenset[str]]:
    """Say how this member answers, and which fields that came with the case their role sees: those of its points."""
    how = mine(here.desk, here.actor)[case.kind]
    return how, sees(here.at.org.notice, how)


def spoken(here: Seat) -> dict[str, str]:
    """Name the points at which this member takes down what somebody tells, with the word for what is taken down."""
    notice, called = here.at.org.notice, labels(here.at.org.notice, here.at.lang)
    return {
        point: called.case(kind)
        for kind in mine(here.desk, here.actor) for point in opens(notice, kind)
        if set(notice.points[point].channels) & set(SPOKEN)
    }  # fmt: skip


def _is_picture(here: Seat, path: str) -> bool:
    category, _, name = path.partition(".")
    return here.at.org.notice.data[category].fields[name].type == PICTURE


def _photos(here: Seat, seen: Heard) -> list[Photo]:
    """Say what pictures came; what they show leaves as a file only (design section 11)."""
    found = []
    for path in (p for p in seen.values if _is_picture(here, p)):
        raw = base64.b64decode(seen.values[path])
        kind = {"jpg": "JPEG", "png": "PNG"}[pictures.kind(raw)]
        found.append(Photo(path, kind, speech.number(-(-len(raw) // 1000), here.at.lang)))
    return found


async def _page(
    here: Seat, number: str, seen: Heard | None = None, typed: tuple[str, str] = ("", ""), wrong: str = ""
) -> Page:
    found = await known(here.desk, here.actor, number)
    called = labels(here.at.org.notice, here.at.lang)
    photos = _photos(here, seen) if seen else []
    plain = {p: v for p, v in seen.values.items() if not _is_picture(here, p)} if seen else {}
    values = in_words(here.at.org.notice, plain, here.at.lang)
    return await here.draw(
        "complaint.html", 422 if wrong else 200, part="complaints", tail=number, found=found, seen=seen, values=values,
        photos=photos, called=called, kind=called.case(found.kind),
        ways=ways(here.at.org.notice, mailless=found.mailless), typed=typed[0], way=typed[1], wrong=wrong,
        longest=LONGEST, waits=waits(here.desk, found.kind),
    )  # fmt: skip
