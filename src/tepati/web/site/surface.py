"""Room web: one organisation as its customers meet it, over the flows: the pages' port, made of acts."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from tepati.board.board import board
from tepati.errors import BadInput, Expired
from tepati.flows import guardians, history, hours, public
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import Browser, agree
from tepati.flows.acts.choose import choose
from tepati.flows.acts.collect import collect
from tepati.flows.acts.collect_many import collect_many
from tepati.flows.acts.complain import complain
from tepati.flows.acts.enter import deny
from tepati.flows.acts.erase import cancel, read_certificate
from tepati.flows.acts.follow import follow
from tepati.flows.acts.give import give_by_link
from tepati.flows.acts.keyed import is_key, keyed
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.acts.lose import keep
from tepati.flows.acts.receipt import receipt
from tepati.flows.acts.recognise import recognise
from tepati.flows.acts.staff import signed_in
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.desk import Desk
from tepati.flows.entrance import entered
from tepati.flows.entry import Collected, Form
from tepati.flows.history import News, Picture, Version
from tepati.flows.visitors import Visitor
from tepati.flows.ways import Company
from tepati.notice.document import document
from tepati.notice.model import Notice
from tepati.ports.provider import SignIn
from tepati.web.ports import Board, BoardRow, Booked, Confirmed, File, Head, Preview, Sent, Slot

if TYPE_CHECKING:
    from tepati.notice.document import Document

SECONDS = 10_000_000  # microseconds that a board is shown before it is judged again (10 ms); it says when it was
BEAT = 0.1  # seconds: several times what a booking takes, known address or not; nobody waits for it in vain
PROVABLE = frozenset({"email"})  # channels whose consents this installation can confirm today


@dataclass(slots=True)
class DeskSurface:
    """The site of one organisation; ``site`` is its site.toml. Each act keeps the desk that it began with."""

    desk: Desk
    site: bytes
    providers: Mapping[str, SignIn] = field(default_factory=dict)
    company: Company | None = None
    effective: dt.date | None = None  # from when the notice holds, where it was published; else the day it declares
    held: dict[str, Board] = field(default_factory=dict, compare=False)  # the newest board shown
    ahead: tuple[int, tuple[int, int] | None] = field(default=(0, None), compare=False)  # when looked, what comes

    def follow(self, desk: Desk, version: Version | None) -> None:
        """Show the version that took over."""
        self.desk, self.effective = desk, version.since if version else None
        self.ahead = (0, None)
        self.held.clear()

    @property
    def slug(self) -> str:
        return self.desk.org

    @property
    def name(self) -> str:
        return self.desk.notice.organisation.name

    @property
    def languages(self) -> tuple[str, ...]:
        return self.desk.notice.organisation.languages

    @property
    def notice(self) -> Notice:
        return self.desk.notice

    @property
    def digest(self) -> bytes:
        return self.desk.digest

    @property
    def version(self) -> int:
        return self.desk.notice.notice.version

    @property
    def since(self) -> dt.date:
        return self.effective or self.notice.notice.effective

    @property
    def asks(self) -> tuple[str, ...]:
        """The consents that can be asked and proven today: those confirmed by a mailed link."""
        return tuple(name for name, c in self.notice.consents.items() if c.channel in PROVABLE and c.confirm == "link")

    def document(self, lang: str) -> "Document":
        """Return the notice as a document in one language."""
        return document(self.notice, lang, since=self.since)

    async def slots(self, day: dt.date) -> list[Slot]:
        """List the hours of a day; none on a day that is no working day."""
        offered = hours.hours(self.notice, day)
        full = await self.desk.read(lambda sheet: hours.full(sheet, offered)) if offered else frozenset()
        return [Slot(each.key, each.starts, each.ends, full=each.key in full) for each in offered]

    async def book(self, point: str, form: dict[str, list[str]], sent: Sent) -> Booked:
        """Take one form of the site, on a beat: the time does not tell whether the address is known.

        Raises BadInput, Refused, Conflict, Unavailable.
        """
        started = asyncio.get_running_loop().time()
        many = {name: "given_twice" for name, values in form.items() if len(values) > 1}
        if many:
            raise BadInput("faulty_form", many)
        one = {name: values[0] for name, values in form.items() if values}
        guardian, turned = one.pop(guardians.ADDRESS, None), bool(one.pop(guardians.ASKED_BEFORE, ""))
        ticks = frozenset(name.removeprefix("asks.") for name in one if name.startswith("asks."))
        values = {name: value for name, value in one.items() if not name.startswith("asks.") and name != "terms"}
        given = Form(
            point, "site", values, ticks, terms="terms" in one, language=sent.language, shown=sent.shown,
            once=sent.form_id, device=sent.device, guardian=guardian, turned=turned, holds=True,
        )  # fmt: skip
        got = await collect(self.desk, given)
        await on_the_beat(started)
        return Booked(got.number, mailed=bool(guardian) or not got.waits, waits=got.waits)

    def stray(self, point: str) -> None:
        """Count a form refused for a field that its point does not collect, as the door counts those of the API."""
        self.desk.refusals.count(self.desk.now(), "collect", f"points.{point}")

    async def write_in(self, point: str, form: dict[str, str], sent: Sent, who: Visitor | None) -> Booked:
        """Take a question or complaint: on a beat from whoever writes in, joined at once in the privacy centre.

        Raises BadInput, Refused, Conflict, Unavailable.
        """
        started = asyncio.get_running_loop().time()
        given = Form(
            point, "site", form, frozenset(), terms=False, language=sent.language, shown=sent.shown, once=sent.form_id,
            device=sent.device,
        )  # fmt: skip
        if who:
            got = await complain(self.desk, who, given)
            return Booked(got.number, mailed=False, answer=got.answer)
        got = await collect(self.desk, given)
        await on_the_beat(started)
        return Booked(got.number, mailed=True)

    async def choose(self, answer: str, kept: Mapping[str, bool], who: Visitor | None) -> None:
        """Count a choice of optional cookies; in the privacy centre it is a line of its person."""
        await choose(self.desk, answer, kept, who)

    async def versions(self) -> Sequence[Version]:
        """List every published version of the notice, the newest first."""
        return await history.versions(self.desk)

    async def coming(self) -> tuple[int, int] | None:
        """Return the version that comes and from when it holds (microseconds), or None."""
        return await history.coming(self.desk)

    async def soon(self) -> tuple[int, int] | None:
        """Return the same, looked up once in ten seconds: every page of the site asks."""
        now = self.desk.now()
        looked, found = self.ahead
        if not looked or not 0 <= now - looked < SECONDS:
            found = await self.coming()
            self.ahead = now, found
        return found if found and found[1] > now else None

    async def sheets(self, digest: bytes) -> Mapping[str, bytes]:
        """Return the exact bytes of the forms and the banner of a version, by name."""
        return await history.shown(self.desk, digest)

    async def pictures(self, digest: bytes) -> Sequence[Picture]:
        """List the dated pictures of a version's pages."""
        return await history.pictures(self.desk, digest)

    async def picture(self, digest: bytes, name: str) -> bytes:
        """Return one of them. Raises NotFound, Tampered."""
        return await history.picture(self.desk, digest, name)

    async def news(self) -> Sequence[News]:
        """List what was announced, the newest first."""
        return await history.told(self.desk)

    async def preview(self, token: str) -> Preview:
        """Say what a link would do. Raises NotFound, Expired."""
        link = await follow(self.desk, token)
        return Preview(link.kind, link.number, link.questions, link.until, link.gone, link.stays, link.rests)

    async def confirm(
        self, token: str, questions: frozenset[str], language: str, browser: Browser | None = None
    ) -> Confirmed:
        """Do what a link says, once. Raises NotFound, Expired, Conflict."""
        link = await follow(self.desk, token)
        if link.kind == "stop":
            return await self.stop(token, language)
        if link.kind == "cancel":
            return Confirmed("cancel", await cancel(self.desk, token), ())
        if link.kind == "deny":
            await deny(self.desk, token)
            return Confirmed("deny", "", ())
        if link.kind == "keep":
            await keep(self.desk, token)
            return Confirmed("keep", "", ())
        if link.kind == "reason":
            await recognise(self.desk, token)
            return Confirmed("reason", link.number, ())
        if link.kind == "consent":
            return Confirmed("consent", "", (await give_by_link(self.desk, token, questions, language)).questions)
        done = await agree(self.desk, token, questions, language, browser)
        return Confirmed(link.kind, done.number, done.questions, answer=done.answer)

    async def stop(self, token: str, language: str) -> Confirmed:
        """Withdraw the consent of a promotion's link. Raises NotFound for any other link, Expired, Conflict."""
        done = await withdraw(self.desk, token, language)
        return Confirmed("stop", done.question, (), withdrawn=done)

    async def caller(self, token: str, address: str) -> Actor:
        """Say who calls the API, by a session or a key. Raises Expired on a beat, whatever is wrong with it."""
        started = asyncio.get_running_loop().time()
        try:
            return await (keyed(self.desk, token, address) if is_key(token) else signed_in(self.desk, token))
        except Expired:
            await on_the_beat(started)
            raise

    async def look(self, actor: Actor, wish: Wish) -> Seen:
        """Open fields of one person, as staff or their program. Raises Refused, NotFound."""
        return await look(self.desk, actor, wish)

    async def submit(self, actor: Actor, form: Form) -> Collected:
        """Take what staff type in, for a person on the phone. Raises Refused, BadInput."""
        (typed,) = await entered(self.desk, actor, [form])
        return await collect(self.desk, typed)

    async def submit_many(self, actor: Actor, forms: Sequence[Form]) -> list[Collected]:
        """Take many submissions that staff bring, all or none. Raises Refused, BadInput."""
        return await collect_many(self.desk, await entered(self.desk, actor, forms))

    async def certificate(self, capability: str) -> Mapping[str, object]:
        """Open a certificate. Raises NotFound."""
        found: dict[str, object] = msgspec.to_builtins(await read_certificate(self.desk, capability))
        return found

    async def certificate_file(self, capability: str) -> File:
        """Write a certificate as a receipt of its line, named by its number. Raises NotFound, Unavailable."""
        made = await receipt(self.desk, capability)
        return File(made.number, made.body)

    async def board(self) -> Board:
        """Judge every promise, as strangers may see it; at most once in some seconds, however many look."""
        held = self.held.get("board")
        if held and 0 <= self.desk.now() - held.at < SECONDS:
            return held
        self.held["board"] = await self._judged()
        return self.held["board"]

    async def _judged(self) -> Board:
        made = await self.desk.read(
            lambda sheet: board(sheet.tx, self.notice, self.desk.org, sheet.at, public=True, desk=self.desk)
        )
        rows = tuple(
            BoardRow(
                id=row.promise.id, state=row.state, grades=tuple(row.grades), text=row.promise.text,
                sentence=row.sentence, covered=row.covered, default=row.promise.default,
                law=", ".join(row.promise.law), since=row.since, cause=row.cause, repair=row.repair,
            )
            for row in made.rows
        )  # fmt: skip
        return Board(made.at, rows, made.hidden)

    async def head(self) -> Head:
        """Return the newest head."""
        found = await public.head(self.desk)
        return Head(found.size, found.root, ", ".join(found.witnesses), found.at)

    async def behind(self) -> int:
        """Return for how long work has been waiting that nobody took up."""
        return await public.behind(self.desk)

    async def checkpoint(self) -> str:
        """Return the newest signed head."""
        return await public.checkpoint(self.desk)

    async def tile(self, path: str) -> bytes:
        """Return a hash tile. Raises NotFound."""
        return await public.tile(self.desk, path)


async def on_the_beat(started: float) -> None:
    """Wait until a whole number of beats has passed since ``started`` (seconds of the loop's clock)."""
    spent = asyncio.get_running_loop().time() - started
    await asyncio.sleep(BEAT - spent % BEAT)
