"""Room web: the next version of the notice, its text and a form of it side by side, judged before anybody proposes it.

Nothing is stored: the draft stands in the page, and is taken home or proposed. Without a script the buttons judge it;
with one it is judged while it is typed, by the same answer as data.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, Misconfigured, Refused
from tepati.flows.acts import publish as act
from tepati.flows.stewards import STEWARDS
from tepati.notice.edit import Leaf, changed, leaves
from tepati.notice.fields import Group, Help, groups, grown, opened
from tepati.notice.finding import Finding
from tepati.notice.graft import removed
from tepati.notice.load import Loaded, load
from tepati.notice.revision import Revision, revision
from tepati.notice.speech import capital
from tepati.notice.tree import MOST_BYTES
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.step import impact
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.ports import File
from tepati.web.site.files import download
from tepati.web.site.fitting import shop
from tepati.web.site.frame import Asked, Page

T = TypeVar("T")
JUDGE = ThreadPoolExecutor(1, "judge")
PROMISE = "notice.approvals"
FIRST = "notice"  # the part that is open at first
GRAFTS = ("add", "drop", "open")  # what a button does with an entry; its choice has the button's name
LONG = 60  # characters: a longer value gets more than one line
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
FIELDS, TEXT = 2_000, MOST_BYTES  # of one part there are at most some hundred values, each with what it was


class Told(msgspec.Struct, frozen=True):
    """The judgement of a draft as the script reads it: ``values`` are those of the open part, by path."""

    text: str
    values: Mapping[str, str]
    findings: Sequence[Mapping[str, str | int]]
    verdict: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text with what is open of it, and how it was judged. ``step`` is None where it cannot be compared.

    ``sections``: the whole, with the sections it may be given; ``groups``: the open one; ``fresh``: what came just now.
    """

    text: str
    part: str
    sections: Sequence[Group]
    groups: Sequence[Group]
    fresh: str
    leaves: Sequence[Leaf]
    loaded: Loaded
    step: Revision | None

    @property
    def findings(self) -> Sequence[Finding]:
        """List the findings, faults first, then in the order of the text."""
        return sorted(self.loaded.findings, key=lambda found: found.level != "error")

    @property
    def parts(self) -> Sequence[str]:
        """Name the sections of the text, in its order."""
        return tuple(dict.fromkeys(leaf.path.partition(".")[0] for leaf in self.leaves))

    @property
    def open(self) -> Sequence[Leaf]:
        """List the values of the open part."""
        return [leaf for leaf in self.leaves if leaf.path.partition(".")[0] == self.part]


@get(addresses.both("draft"))
async def begin(request: Asked, org: FromPath[str]) -> Page:
    """Begin with the version in force. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "draft")
    here.need(*STEWARDS)
    running = [each.source for each in await here.at.org.versions() if each.digest == here.at.org.digest]
    return await _page(here, await _aside(partial(_judged, here, running[0] if running else "", FIRST)))


@post(addresses.both("draft"), status_code=200)
async def judge(request: Asked, org: FromPath[str]) -> Page | Redirect | Response[Told] | Response[bytes]:
    """Judge a draft, open another part of it, take it home, or propose it. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "draft", parse=_parse)
    here.need(*STEWARDS)
    press = one(form, "press")
    draft, unable = await _aside(partial(_read, here, form, press))
    text = draft.text
    if unable:
        return await _page(here, draft, here.at.say("draft.unable"))
    match press:
        case "told":
            return Response(_told(here, draft), media_type="application/json")
        case "take":
            return download(File(f"{here.at.org.slug}.yaml", text.encode()))
        case "propose" if draft.loaded.notice:
            try:
                shop(here.at.org.site, draft.loaded.notice)
                await act.propose(here.desk, here.actor, text)
            except (BadInput, Conflict, Misconfigured, Refused) as no:
                return await _page(here, draft, told(no, here.at.lang))
            return here.to("notices")
        case _:
            return await _page(here, draft)


async def _aside(work: Callable[[], T]) -> T:
    """Read and judge a text beside the loop, one at a time: half a megabyte of nonsense takes seconds."""
    return await asyncio.get_running_loop().run_in_executor(JUDGE, work)


def _read(here: Seat, form: Form, press: str) -> tuple[Draft, bool]:
    """Put what was typed and pressed into the text and judge it; say whether what a button named could not be done."""
    text = changed(one(form, "text"), _typed(form))
    part = press.removeprefix("part.") if press.startswith("part.") else one(form, "part")
    text, fresh, unable = _grafted(form, press, text)
    return _judged(here, text, fresh.partition(".")[0] or part, fresh), unable


def _parse(body: bytes, kind: str) -> Form:
    return forms.parse(body, kind, fields=FIELDS, longest=TEXT)


def _typed(form: Form) -> dict[str, str]:
    """Return the values that were changed in the form: those that are not what they were when it was drawn."""
    return {
        name[4:]: one(form, name)
        for name in form
        if name.startswith("set.") and one(form, name).strip() != one(form, f"was.{name[4:]}")
    }


def _grafted(form: Form, press: str, text: str) -> tuple[str, str, bool]:
    """Add, take out or open what a button names; give the text, the path of what is new, whether it could not be."""
    act, _, path = press.partition(".")
    new = one(form, f"{act}.{path}").strip()
    if act not in GRAFTS:
        return text, "", False
    at = f"{path}.{new}" if path else new
    after = grown(text, path, new) if act == "add" else (removed if act == "drop" else opened)(text, at)
    return after, at if act != "drop" and after != text else "", after == text


def _judged(here: Seat, text: str, part: str, fresh: str = "") -> Draft:
    loaded = load(text.encode(), "notice.yaml", here.at.lang, here.desk.laws)
    step = revision(here.desk.notice, loaded.notice) if loaded.notice else None
    lang = here.at.lang
    return Draft(text, part, groups(text, "", lang), groups(text, part, lang), fresh, leaves(text), loaded, step)


def _told(here: Seat, draft: Draft) -> Told:
    return Told(
        draft.text, {leaf.path: leaf.text for leaf in draft.open},
        [{"line": f.line, "level": f.level, "path": f.path, "says": _says(f.what, f.mend, f.article)}
         for f in draft.findings], _verdict(here, draft),
    )  # fmt: skip


def _says(what: str, mend: str, article: str) -> str:
    return " ".join(filter(None, (f"{capital(what)}.", mend, f"({article})" if article else "")))


def _explained(here: Seat, known: Help) -> str:
    """Say what a key means, which words it takes, and what holds without it."""
    told = [f"{capital(known.says).rstrip('.')}."]
    told += [here.at.say("draft.words", words=", ".join(known.words))] if known.words else []
    told += [here.at.say("draft.default", default=known.default)] if known.default else []
    return " ".join(told).replace("`", "")


def _verdict(here: Seat, draft: Draft) -> str:
    """Say in a line what the draft is worth."""
    say, step = here.at.say, draft.step
    if step is None:
        return say("draft.faulty", n=sum(f.level == "error" for f in draft.loaded.findings))
    if not step.changes:
        return say("draft.same")
    wider, narrower = len(step.of("wider")), len(step.of("narrower"))
    verdict = say("draft.material" if step.material else "draft.minor", wider=wider, narrower=narrower)
    was, new = here.desk.notice.notice.version, draft.loaded.notice
    higher = new is not None and new.notice.version > was
    return verdict if higher else f"{verdict} {say('draft.version', next=was + 1)}"


async def _page(here: Seat, draft: Draft, wrong: str = "") -> Page:
    new, step = draft.loaded.notice, draft.step
    meant = await impact(here, new, step) if new and step and step.changes else None
    return await here.draw(
        "draft.html", 409 if wrong else 200, headers={"content-security-policy": POLICY}, part="notices", draft=draft,
        verdict=_verdict(here, draft), wrong=wrong, says=_says, long=LONG, explains=partial(_explained, here),
        capital=capital,
        first=next((leaf.path for leaf in draft.open if draft.fresh and leaf.path.startswith(draft.fresh)), ""),
        script=f"/static/{here.at.house.assets['draft'].name}", impact=meant,
    )  # fmt: skip
