"""Room web: the page where somebody asks or complains, with a photo where they like; a mailed link confirms it.

Who is in their privacy centre writes as themselves: nothing of who they are is asked, and no link is needed. What
fails is shown again with the typed words; a photo has to be chosen again, for nothing of one is kept until it is taken.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.visitors import new_device
from tepati.web import addresses, cookies, forms, tokens, uploads
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.house import Away
from tepati.web.ports import Booked, Sent
from tepati.web.site import inputs, journey
from tepati.web.site.asking import STATUS, Wrong, uses
from tepati.web.site.fitting import field_of
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inputs import Input
from tepati.web.site.inside import Inside, inside
from tepati.web.site.shop import Read

WHO = frozenset({"name", "email", "phone"})
LONGEST = 2_000  # characters of what is written; the type takes more, nobody reads more


@dataclass(frozen=True, slots=True)
class Desk:
    """The page for one visit: who stands before it, and what it asks of them."""

    at: Visit
    here: Inside | None  # whoever came in to their privacy centre
    read: Read
    session: str  # what the browser brought, in force or not

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are asked for: nobody who came in is asked who they are."""
        return tuple(path for path in self.read.fields if not (self.here and path in self.who))

    @property
    def who(self) -> frozenset[str]:
        """The fields that say who writes."""
        return frozenset(path for path in self.read.fields if field_of(self.at.org.notice, path).type in WHO)

    def token(self) -> str:
        """Make the form's token: of the session, where there is one."""
        if self.here:
            return self.here.token("contact")
        config = self.at.house.config
        return tokens.issue(config.key, self.at.org.slug, "contact", self.at.org.digest, self.at.now, config.random(16))

    def check(self, form: Form) -> tokens.Shown:
        """Return what the form's token says. Raises BadInput (forged), Expired (the session ended meanwhile)."""
        config, org, now = self.at.house.config, self.at.org.slug, self.at.now
        behind = tokens.bound("centre:contact", self.session)
        if self.here:
            return tokens.check(config.key, one(form, "_token"), org, behind, now)
        try:
            return tokens.check(config.key, one(form, "_token"), org, "contact", now)
        except BadInput:
            tokens.check(config.key, one(form, "_token"), org, behind, now)
            raise Expired("session") from None


async def _desk(request: Asked, org: str) -> Desk:
    """Place a request. Raises NotFound where an organisation has no such page."""
    at, session = visit(request, org, "contact"), cookies.read(request, org, "session")
    read = at.read.contact
    if read is None:
        raise NotFound("page")
    here = None
    if session and _known(at, read):
        try:
            here = await inside(request, org, "contact")
        except Away:
            here = None
    return Desk(here.at if here else at, here, read, session)


def _known(at: Visit, read: Read) -> bool:
    """Say whether the privacy centre knows all that tells who writes: those parts of the form hold nothing else."""
    data = at.org.notice.data
    telling = {name for name, held in data.items() if any(each.identifies for each in held.fields.values())}
    own = [path for path in read.fields if path.partition(".")[0] in telling]
    return at.org.desk.address in own and all(field_of(at.org.notice, path).type in WHO for path in own)


@get(addresses.both("contact"))
async def form(request: Asked, org: FromPath[str]) -> Page:
    """Show the empty form; nothing is read from an address."""
    return await _show(await _desk(request, org), {}, Wrong())


@post(addresses.both("contact"), status_code=303)
async def send(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take the form: refuse, show again, or write it down and redirect to the answer."""
    desk = await _desk(request, org)
    at, photo = desk.at, desk.read.shop.contact.photo if desk.read.shop.contact else ""
    typed, files = uploads.parse(await request.body(), request.headers.get("content-type", ""), {photo})
    device = cookies.read(request, org, "device") or new_device(at.house.config.random)
    try:
        got = await _written(desk, typed, files, device)
    except (BadInput, Conflict, Expired, Refused, Unavailable) as error:
        return await _again(desk, typed, error)
    said = {"number": got.number, "mailed": "yes" if got.mailed else "", "answer": str(got.answer)}
    carried = tokens.ticket(at.house.config.key, org, "written", said, at.now)
    answer = Redirect(at.url("written", carried), status_code=303)
    if got.mailed:
        cookies.keep(answer, request, org, "device", device)
    return answer


async def _written(desk: Desk, typed: Form, files: Mapping[str, bytes], device: str) -> Booked:
    at, shown = desk.at, desk.check(typed)
    if shown.digest != at.org.digest:
        raise Conflict("notice_changed")
    if forms.unasked(typed, desk.fields):
        at.org.stray(desk.read.point)
    forms.only(typed, desk.fields, f"points.{desk.read.point}")
    long = {path: "too_long" for path in desk.fields if len(one(typed, path)) > _input(desk, path).longest}
    if long:
        raise BadInput("fields", long)
    given = {name: value[0] for name, value in typed.items() if name not in forms.OWN and value[0]}
    given |= {name: base64.b64encode(raw).decode("ascii") for name, raw in files.items()}
    sent = Sent(at.lang, shown.digest, shown.form_id, device)
    return await at.org.write_in(desk.read.point, given, sent, desk.here.who if desk.here else None)


@get([f"{path}/{{ticket:str}}" for path in addresses.both("written")])
async def written(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show the answer: the number, and what happens next. Raises NotFound or Expired."""
    at = visit(request, org, "written")
    said = tokens.open_ticket(at.house.config.key, ticket, org, "written", at.now)
    return await at.draw("site/written.html", tail=ticket, said=said, answer=int(said["answer"]))


async def _again(desk: Desk, typed: Form, error: TepatiError) -> Page:
    """Show the form with what was typed and what is wrong. A forged token gets none back."""
    if error.code == "form_forged":
        raise error
    faults = error.faults if isinstance(error, BadInput) else {}
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    promise = error.promise if isinstance(error, Refused) else ""
    general = "" if faults else desk.at.spoken(told(error, desk.at.lang))
    return await _show(desk, typed, Wrong(status, faults, general, promise))


def _input(desk: Desk, path: str) -> Input:
    at = desk.at
    made = inputs.build(at.org.notice, desk.read, path, at.lang, at.say)
    return replace(made, longest=LONGEST) if made.widget == "textarea" else made


def _filled(desk: Desk, path: str, typed: Form, faults: Mapping[str, str]) -> Input:
    made, code, value = _input(desk, path), faults.get(path, ""), one(typed, path)
    code = "missing_choice" if code == "missing" and made.widget == "choices" else code
    wrong = desk.at.spoken(fault(code, desk.at.lang, made.label)) if code else ""
    choices = tuple(replace(each, chosen=each.value == value) for each in made.choices)
    return replace(made, value="" if made.widget == "file" else value, wrong=wrong, choices=choices)


async def _show(desk: Desk, typed: Form, wrong: Wrong) -> Page:
    at, contact = desk.at, desk.read.shop.contact
    fields = [_filled(desk, path, typed, wrong.faults) for path in desk.fields]
    return await at.draw(
        "site/contact.html",
        wrong.status,
        headers={"retry-after": "30"} if wrong.status == 503 else {},
        contact=contact,
        fields=fields,
        who=desk.who,
        wrong=[(each.id, each.label, each.wrong) for each in fields if each.wrong],
        general=wrong.general,
        promise=wrong.promise,
        inside=desk.here is not None,
        again=bool(typed),
        steps=journey.Teller(at.org.notice, desk.read, at.lang, at.say, "journey.now_write").steps(),
        uses=uses(at, desk.read.point),
        token=desk.token(),
    )
