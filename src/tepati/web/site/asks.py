"""Room web: a copy, a correction, another address, an erasure: what needs a device that is known, or a day's wait."""

from dataclasses import replace

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict
from tepati.flows.acts import move as moving
from tepati.flows.acts.correct import correct as corrected
from tepati.flows.acts.erase import request_own
from tepati.flows.acts.export import Form, export
from tepati.flows.acts.foresee import foresee
from tepati.flows.acts.show import Mine, show
from tepati.flows.rewriting import correctable
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import one
from tepati.web.ports import File
from tepati.web.site.enter import fresh
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inputs import Input, build
from tepati.web.site.inside import SURFACE, Inside, inside, posted
from tepati.web.site.mine import held

FORMS: dict[str, Form] = {"json": "json", "csv": "csv"}


@get(addresses.both("copy"))
async def copy(request: Asked, org: FromPath[str]) -> Page:
    """Offer the copy in both forms, or say what is missing. Raises Away."""
    here = await inside(request, org, "copy")
    return await here.at.draw("site/copy.html", here=here)


@post(addresses.both("copy"), status_code=200)
async def copied(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Hand out the copy as a file. Raises Away, BadInput, Refused (a mailed link alone)."""
    here, form, _ = await posted(request, org, "copy")
    forms.only(form, ("form",), "rights.access")
    kind = FORMS.get(one(form, "form"))
    if kind is None:
        raise BadInput("faulty_form", {"form": "not_an_option"})
    made = await export(here.at.org.desk, here.who, kind, here.at.lang)
    return download(File(made.name, made.body))


async def _fields(here: Inside, typed: dict[str, str], wrong: dict[str, str], found: Mine | None = None) -> list[Input]:
    """Make an input for each field that can be corrected and is held: what is held, or what was just typed."""
    at = here.at
    found = found or await show(at.org.desk, here.who, at.lang)
    paths = [path for path in correctable(at.org.desk) if path in found.values]
    inputs = [build(at.org.notice, at.read, path, at.lang, at.say) for path in paths]
    return [
        replace(
            each, value=typed.get(each.name, found.values[each.name][0]), optional=False, hint="",
            wrong=fault(wrong[each.name], at.lang, each.label) if each.name in wrong else "",
        )
        for each in inputs
    ]  # fmt: skip


async def _form(
    here: Inside, typed: dict[str, str], wrong: dict[str, str], email: str = "", email_wrong: str = ""
) -> Page:  # fmt: skip
    mine = await show(here.at.org.desk, here.who, here.at.lang) if here.who.known else None
    fields = await _fields(here, typed, wrong, mine) if mine else []
    bad = any(each.wrong for each in fields) or bool(email_wrong)
    return await here.at.draw(
        "site/correct.html",
        422 if bad else 200,
        here=here,
        fields=fields,
        mine=mine,
        email=email,
        email_wrong=email_wrong,
    )


@get(addresses.both("correct"))
async def correct(request: Asked, org: FromPath[str]) -> Page:
    """Show the form with what is held. Raises Away."""
    return await _form(await inside(request, org, "correct"), {}, {})


@post(addresses.both("correct"), status_code=303)
async def take(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Write what was changed. Raises Away, BadInput, Refused."""
    here, form, _ = await posted(request, org, "correct")
    desk = here.at.org.desk
    forms.only(form, correctable(desk), "rights.correction")
    here.who.proven("rights.correction")
    known = {each.name: each.value for each in await _fields(here, {}, {})}
    typed = {path: one(form, path) for path in form if path in known}
    changes = {path: value for path, value in typed.items() if value != known[path]}
    if not changes:
        return here.to("mine")
    try:
        done = await corrected(desk, here.who, changes)
    except BadInput as bad:
        return await _form(here, typed, dict(bad.faults))
    return here.to("requests", done.number)


@post(addresses.both("address"), status_code=303)
async def address(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Ask that another address lead here; the answer is the same whoever has it. Raises Away, Refused."""
    here, form, _ = await posted(request, org, "address")
    forms.only(form, ("email",), "rights.correction")
    try:
        done = await moving.ask(here.at.org.desk, here.who, one(form, "email"), here.at.lang)
    except BadInput as bad:
        wrong = fault(next(iter(bad.faults.values())), here.at.lang, here.at.say("field.email"))
        return await _form(here, {}, {}, one(form, "email"), wrong)
    return here.to("requests", done.number)


@get([f"{path}/{{token:str}}" for path in addresses.both("move")])
async def moved(request: Asked, org: FromPath[str], token: FromPath[str]) -> Page:
    """Show the button behind the letter to a new address, changing nothing. Raises NotFound, Expired."""
    at = visit(request, org, "move", SURFACE)
    return await _behind(at, token, await moving.look_at(at.org.desk, token))


async def _behind(at: Visit, link: str, window: moving.Window, typed: str = "", wrong: str = "") -> Page:
    return await at.draw(
        "site/move.html", 422 if wrong else 200, tail=link, token=fresh(at, "move"), link=link, window=window,
        typed=typed, wrong=wrong,
    )  # fmt: skip


@post(addresses.both("move"), status_code=303)
async def move(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Carry out the change of address, typed once more. Raises BadInput (forged), NotFound, Expired."""
    at = visit(request, org, "move", SURFACE)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "move", at.now)
    forms.only(form, ("email", "link"), "rights.correction")
    link, typed = one(form, "link"), one(form, "email")
    window = await moving.look_at(at.org.desk, link)
    try:
        await moving.move(at.org.desk, link, typed)
    except (BadInput, Conflict) as bad:
        code = next(iter(bad.faults.values()), bad.code) if isinstance(bad, BadInput) else bad.code
        code = "address_taken" if code == "claimed" else code
        ours = code in {"other_address", "address_taken", "address_taken_begun", "link_not_yet"}
        wrong = told(BadInput(code), at.lang) if ours else fault(code, at.lang, at.say("field.email"))
        return await _behind(at, link, window, typed, wrong)
    return Redirect(at.url("centre"), status_code=303)


@get(addresses.both("erase"))
async def erase(request: Asked, org: FromPath[str]) -> Page:
    """Say what an erasure does before anything is pressed. Raises Away."""
    here = await inside(request, org, "erase")
    at = here.at
    found = await foresee(at.org.desk, here.who)
    goes = held(at, [one for one in found.goes if not one.lawful], {})
    laws = [one for one in held(at, found.goes, {}) if one.held]
    return await at.draw(
        "site/erase.html", here=here, found=found, goes=goes, laws=laws, called=labels(at.org.notice, at.lang),
        running=found.running, within=speech.duration(at.org.notice.rights["erasure"].within, at.lang)
        if "erasure" in at.org.notice.rights and at.org.notice.rights["erasure"].within else "",
    )  # fmt: skip


@post(addresses.both("erase"), status_code=303)
async def erased(request: Asked, org: FromPath[str]) -> Redirect:
    """Take the request: at once on a known device, a day later otherwise. Raises Away, BadInput, Refused."""
    here, form, _ = await posted(request, org, "erase")
    forms.only(form, (), "rights.erasure")
    done = await request_own(here.at.org.desk, here.who)
    if (here.who.known or done.paper) and done.capability:
        return here.to("certificate", done.capability)
    return here.to("requests", done.number)
