"""Room web: the board as staff see it: every promise by section of the notice, bad news first, with its lines.

One promise has a page: what was seen, which lines, and where its cause is written off or attested to.
"""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.board.board import Board, Judged, board
from tepati.errors import BadInput, NotFound
from tepati.flows.acts.attest import attest as testify
from tepati.flows.acts.evidence import evidence
from tepati.flows.acts.repair import repair as mend
from tepati.flows.stewards import STEWARDS
from tepati.notice.document import articles
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import fault
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page
from tepati.web.site.home import ORDER

BAD = frozenset({"broken", "gap"})
LOUD = BAD | {"due", "unproven"}  # never folded


@get(addresses.both("promises"))
async def promises(request: Asked, org: FromPath[str]) -> Page:
    """Show every promise. Raises Away, NotFound."""
    here = await seat(request, org, "promises")
    made = await judged(here)
    ordered = sorted(made.rows, key=lambda row: ORDER.index(row.state))
    sums = [(state, made.summary[state]) for state in ORDER if made.summary[state]]
    doc = here.at.house.document(org, here.at.lang)
    places = doc.places()
    rows = {one.id: [row for row in made.rows if places.get(row.promise.id) == one.id] for one in doc.sections}
    groups = [
        (
            f"{number}. {one.title}",
            one.id,
            [r for r in rows[one.id] if r.state in LOUD],
            [r for r in rows[one.id] if r.state not in LOUD],
        )
        for number, one in enumerate(doc.sections, 1)
        if rows[one.id]
    ]
    return await here.draw("promises.html", made=made, ordered=ordered, sums=sums, groups=groups, bad=made.first())


@get([f"{path}/{{promise:str}}" for path in addresses.both("promise")])
async def promise(request: Asked, org: FromPath[str], promise: FromPath[str]) -> Page:
    """Show one promise with all its evidence. Raises Away, NotFound."""
    return await _page(await seat(request, org, "promise"), promise)


@post(addresses.both("repair"), status_code=303)
async def repair(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Write down how a cause was mended. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "repair")
    return await _said(here, form, "repair")


@post(addresses.both("attest"), status_code=303)
async def attest(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Write down who says that a promise is kept. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "attest")
    return await _said(here, form, "attest")


async def _said(here: Seat, form: forms.Form, kind: str) -> Page | Redirect:
    forms.only(form, ("promise", "words"), "accountability")
    act = mend if kind == "repair" else testify
    try:
        await act(here.desk, here.actor, one(form, "promise"), one(form, "words"))
    except BadInput as bad:
        code = str(bad.values.get("words", bad.code))
        label = here.at.say(f"promise.{kind}_label")
        return await _page(here, one(form, "promise"), kind, one(form, "words"), fault(code, here.at.lang, label))
    return here.to("promise", one(form, "promise"))


async def _page(here: Seat, promise: str, kind: str = "", typed: str = "", wrong: str = "") -> Page:
    made = await judged(here)
    row = next((row for row in made.rows if row.promise.id == promise), None)
    if row is None:
        raise NotFound("no_such_promise")
    looks = await evidence(here.desk, promise)
    return await here.draw(
        "promise.html", 422 if wrong else 200, part="promises", tail=promise, row=row, looks=looks,
        bad=row.state in BAD, law=articles(row.promise.law, here.at.lang),
        steward=here.may(*STEWARDS), kind=kind, typed=typed, wrong=wrong,
    )  # fmt: skip


async def judged(here: Seat) -> Board:
    """Judge every promise now."""
    desk = here.desk
    return await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))


__all__ = ["Judged", "attest", "judged", "promise", "promises", "repair"]
