"""Composition root: the demo's organisations whose people send forms: who comes, what they type, and what is done."""

import base64
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import pyotp

from tepati.app.cast import Deed, Person
from tepati.app.children import answers
from tepati.app.compose import do_due, random
from tepati.app.daily import daily
from tepati.app.drawing import drawn
from tepati.app.planting import PLAIN
from tepati.app.seed import Staff, World, link
from tepati.errors import Refused
from tepati.flows.acts.agree import agree
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.check import check
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.complain import complain
from tepati.flows.acts.decoys import Grown, grown, place
from tepati.flows.acts.erase import request_own
from tepati.flows.acts.follow import follow
from tepati.flows.acts.guard import choose_password, state
from tepati.flows.acts.guard import guard as enrol
from tepati.flows.acts.happen import happen
from tepati.flows.acts.inquire import close_inquiry
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.opinions import opinions
from tepati.flows.acts.post_news import post_news
from tepati.flows.acts.receive import receive
from tepati.flows.acts.recheck import recheck, waiting
from tepati.flows.acts.settle import Said, settle
from tepati.flows.acts.suspect import Suspicion, suspect
from tepati.flows.acts.upload import CHANNEL, upload, upload_for
from tepati.flows.acts.withdraw import take_back
from tepati.flows.acts.write_back import write_back
from tepati.flows.entrance import entered
from tepati.flows.onetime import spelt
from tepati.flows.stewards import STEWARDS
from tepati.notice.values import Text
from tepati.registers.decoys import WITHDRAWN
from tepati.rules.tables import write

ROUNDS = 14  # days before today in which the daily round is made
LOOKED_EVERY = 5  # days: sooner than what was drawn is due
QUARTER = 0.25  # of an hour between two people


class Company:
    """The days of an organisation as its ``people.toml`` tells them."""

    def __init__(self, world: World) -> None:
        self.world, self.numbers, self.turn = world, dict[str, str](), 0
        self.cases = dict[str, str]()
        self.does: dict[str, Callable[[Deed], Coroutine[Any, Any, object]]] = {
            "look": self._look, "erase": self._erase, "ask": self._ask, "withdraw": self._withdraw,
            "send": self._send, "news": self._news, "answer": self._answer, "write": self._write, "read": self._read,
            "suspect": self._suspect, "investigate": self._investigate,
            "upload": self._upload, "happens": self._happens,
            "proof": self._proof, "till": self._till,
        }  # fmt: skip

    async def day(self, left: int) -> None:
        """Live one day: who comes, what is done, and the daily round of the last ones."""
        world, cast = self.world, self.world.cast
        come = [one for one in cast.persons if one.days == left]
        for step in zip_longest(*(one.sends for one in come)):
            await self._sent(
                [(one, point) for one, point in zip(come, step, strict=True) if point and self._open(point)]
            )
        for one in come:
            await self._placed(one)
            await self._guarded(one)
        for deed in (each for each in cast.deeds if each.days == left):
            world.clock.reach(left, deed.hour)
            await self.does[deed.does](deed)
            world.clock.forward(QUARTER)
        if left % LOOKED_EVERY == 0:
            await self._looked_again()
        if left <= ROUNDS:
            await do_due(world.installation, world.org)
            await daily(world.installation, world.org, world.boxes)
        if left == 1:
            await world.post()

    async def _looked_again(self) -> None:
        """Have what was drawn for a second look judged by somebody who did not act: the last days' draws still wait."""
        desk = self.world.org.desk
        if not desk.notice.security.second_look:
            return
        for role, actor in self.world.actors.items():
            if not STEWARDS.isdisjoint(desk.notice.roles[role].may):
                for drawn in await waiting(desk, actor):
                    await recheck(desk, actor, drawn.line, "in_order")

    async def _sent(self, forms: Sequence[tuple[Person, str]]) -> None:
        """Have people send forms, take the letters out of their mailboxes, and press the buttons."""
        desk = self.world.org.desk
        for one, point in forms:
            form = self._form(one, point)
            number = (await collect(desk, form)).number
            if desk.notice.points[point].opens or one.email not in self.numbers:
                self.numbers[one.email] = number
            self.world.clock.forward(QUARTER)
        await self.world.post()
        world, numbers = self.world, self.numbers
        grown = [one for one, _ in forms if not one.guardian or await answers(world, one, numbers[one.email])]
        for one in grown:
            token = link(self.world.sink, one.email)
            await agree(desk, token, frozenset((await follow(desk, token)).questions), one.language)
        await self.world.post()

    def _open(self, point: str) -> bool:
        """Say whether a point still takes anything: a contest may have ended before the demonstration began."""
        desk = self.world.org.desk
        return not 0 < desk.policy.over.get(desk.notice.points[point].opens, 0) <= desk.now()

    def _form(self, one: Person, point: str) -> Form:
        desk = self.world.org.desk
        ticks = frozenset(one.yes) & frozenset(desk.notice.points[point].asks)
        return Form(
            point=point, channel="site", values=self._typed(one, point), ticks=ticks,
            terms=bool(desk.notice.points[point].terms), language=one.language, shown=desk.digest, once=random(16),
            guardian=one.guardian or None,
        )  # fmt: skip

    def _typed(self, one: Person, point: str) -> dict[str, str]:
        """Type what the form asks: their own words, else in turn what the example offers, else what the field is."""
        desk, said = self.world.org.desk, dict[str, str]()
        own = {"name": one.name, "email": one.email, "phone": one.phone, "address": one.address, "birth_date": one.born}
        self.turn += 1
        for path, field in desk.policy.collects[point]:
            offered = self.world.cast.types.get(path, tuple(field.options))
            if field.derived_from:
                continue
            if path in one.says:
                said[path] = one.says[path]
            elif offered:
                said[path] = offered[self.turn % len(offered)]
            elif not field.optional:
                said[path] = own.get(field.type, PLAIN.get(field.type, ""))
        return {path: value for path, value in said.items() if value}

    async def _placed(self, one: Person) -> None:
        """Mark a decoy; who is to withdraw takes back what they said yes to."""
        if not one.decoy:
            return
        desk, found = self.world.org.desk, await self._found(one.email)
        for question in found.consents if one.decoy == WITHDRAWN else ():
            await take_back(desk, found.visitor, question, one.language)
        await place(desk, found.person, one.decoy)

    async def _found(self, email: str) -> Grown:
        found = await grown(self.world.org.desk, email)
        if found is None:
            raise LookupError(email)
        return found

    async def _guarded(self, one: Person) -> None:
        """Have somebody enrol an authenticator and choose a password, as on a device that is known."""
        if not one.guarded:
            return
        desk, password = self.world.org.desk, random(9).hex()
        who = replace((await self._found(one.email)).visitor, known=True, guarded=True)
        secret = spelt((await state(desk, who)).secret)
        await enrol(desk, who, pyotp.TOTP(secret).at(desk.now() // 1_000_000), "android")
        await choose_password(desk, who, password)
        self.world.guarded.append(Staff(desk.org, one.name, one.email, (), password, secret))

    # --- what is done

    async def _look(self, deed: Deed) -> None:
        wish = Wish("", deed.about, frozenset(deed.fields), deed.reason, email=deed.of)
        try:
            await look(self.world.org.desk, self.world.actors[deed.by], wish)
        except Refused:
            if not deed.refused:
                raise

    async def _erase(self, deed: Deed) -> None:
        await request_own(self.world.org.desk, (await self._found(deed.of)).visitor)

    async def _ask(self, deed: Deed) -> None:
        actor, number = self.world.actors[deed.by], self.numbers[deed.of]
        await receive(self.world.org.desk, actor, number, deed.about, deed.channel, "link")

    async def _withdraw(self, deed: Deed) -> None:
        await take_back(self.world.org.desk, (await self._found(deed.of)).visitor, deed.about)

    async def _happens(self, deed: Deed) -> None:
        await happen(self.world.org.desk, self.world.actors[deed.by], self.numbers[deed.of], deed.about)

    async def _upload(self, deed: Deed) -> None:
        desk, heads = self.world.org.desk, deed.rows[0]
        form = Form(deed.about, CHANNEL, {}, frozenset(), terms=False, language="id", shown=desk.digest,
                    once=random(16), known=True)  # fmt: skip
        columns = {head: [row[place] for row in deed.rows[1:]] for place, head in enumerate(heads)}
        if deed.by:
            await upload_for(desk, self.world.actors[deed.by], form, deed.of, write(columns))
            return
        mailed = (await self._found(deed.of)).visitor
        await upload(desk, replace(mailed, known=True), form, write(columns))  # at the phone they registered with

    async def _proof(self, deed: Deed) -> None:
        """Send a picture at the point ``about``; whoever does it ``by`` role says the outcome."""
        desk, found = self.world.org.desk, await self._found(deed.of)
        (path,) = desk.notice.points[deed.about].collects
        form = Form(deed.about, "site", {path: base64.b64encode(drawn()).decode()}, frozenset(), terms=False,
                    language="id", shown=desk.digest, once=random(16))  # fmt: skip
        number = (await complain(desk, replace(found.visitor, known=True), form)).number
        if deed.by:
            self.world.clock.forward(QUARTER)
            await check(desk, self.world.actors[deed.by], number, deed.says, random(16))
        await self.world.post()

    async def _till(self, deed: Deed) -> None:
        desk = self.world.org.desk
        sent = Form(deed.about, desk.notice.points[deed.about].channels[0], deed.says, frozenset(), terms=False,
                    language="id", shown=desk.digest, once=random(16))  # fmt: skip
        (typed,) = await entered(desk, self.world.actors[deed.by], [sent])
        await collect(desk, typed)
        await self.world.post()

    async def _send(self, deed: Deed) -> None:
        await campaign(self.world.org.desk, self.world.actors[deed.by], deed.about)
        await self.world.post()

    async def _answer(self, deed: Deed) -> None:
        said, number = Said(deed.words, "email", closes=deed.closes), self.numbers[deed.of]
        await settle(self.world.org.desk, self.world.actors[deed.by], number, said)
        await self.world.post()

    async def _write(self, deed: Deed) -> None:
        visitor = (await self._found(deed.of)).visitor
        await write_back(self.world.org.desk, visitor, deed.words, self.numbers[deed.of])

    async def _read(self, deed: Deed) -> None:
        await opinions(self.world.org.desk, self.world.actors[deed.by], deed.reason)

    async def _suspect(self, deed: Deed) -> None:
        said = Suspicion(deed.of, deed.reason, frozenset(deed.fields))
        self.cases[deed.of] = await suspect(self.world.org.desk, self.world.actors[deed.by], said)

    async def _investigate(self, deed: Deed) -> None:
        desk, actor, number = self.world.org.desk, self.world.actors[deed.by], self.cases[deed.of]
        if deed.fields:
            await look(desk, actor, Wish(number, deed.about, frozenset(deed.fields)))
        if deed.closes:
            await close_inquiry(desk, actor, number, "unfounded")

    async def _news(self, deed: Deed) -> None:
        title, text = (Text(said["id"], said["en"]) for said in (deed.title, deed.text))
        await post_news(self.world.org.desk, self.world.actors[deed.by], title, text)
