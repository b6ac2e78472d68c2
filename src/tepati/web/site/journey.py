"""Room web: what happens to the data of one form, step by step, told from the notice and from nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tepati.notice import speech
from tepati.notice.model import Hold, Life, Notice, Recipient, Role
from tepati.notice.values import Moment
from tepati.web.site.inputs import named
from tepati.web.site.shop import Read
from tepati.web.words import Say


@dataclass(frozen=True, slots=True)
class Step:
    """One station of the data: when, what, and the promise that says so."""

    when: str
    what: tuple[str, ...]
    promises: tuple[str, ...]
    later: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells one notice's journey in one language."""

    notice: Notice
    read: Read
    lang: str
    say: Say

    def steps(self) -> tuple[Step, ...]:
        """Return the stations: now, the windows of roles, then the ends of each kind of data."""
        return (self._now(), *self._windows(), *self._ends())

    def _now(self) -> Step:
        point = self.notice.points[self.read.shop.point]
        here = [(f"roles.{n}", self._sees(n, r)) for n, r in self._roles() if r.while_ == point.opens and point.opens]
        there = [(f"recipients.{n}", self._gets(r)) for n, r in self._recipients()]
        promises, sentences = zip(*here, *there, strict=True) if here or there else ((), ())
        return Step(self.say("journey.now"), (*sentences, self.say("journey.nobody")), promises)

    def _roles(self) -> Iterator[tuple[str, Role]]:
        """Roles that see a field of this form for a purpose of this form."""
        point = self.notice.points[self.read.shop.point]
        for name, role in self.notice.roles.items():
            if role.sees & point.collects and set(role.for_) & set(point.for_):
                yield name, role

    def _recipients(self) -> Iterator[tuple[str, Recipient]]:
        point = self.notice.points[self.read.shop.point]
        for name, recipient in self.notice.recipients.items():
            if recipient.gets & point.collects and set(recipient.for_) & set(point.for_):
                yield name, recipient

    def _fields(self, fields: Iterable[str]) -> str:
        """List the fields of this form by name, a whole category that is not of this form left out."""
        wanted = set(fields)
        names = [named(self.notice, self.read, f, self.lang, self.say) for f in self.read.fields if f in wanted]
        return speech.listing([name[:1].lower() + name[1:] for name in names], self.lang)

    def _role(self, name: str, role: Role) -> str:
        label = role.label or self.read.shop.labels.get(f"roles.{name}")
        return label.of(self.lang) if label else name.replace("_", " ")

    def _case(self, name: str) -> str:
        label = self.notice.cases[name].label if name in self.notice.cases else None
        return label.of(self.lang) if label else name.replace("_", " ")

    def _sees(self, name: str, role: Role) -> str:
        return self.say(
            "journey.sees", who=self._role(name, role), what=self._fields(role.sees), case=self._case(role.while_)
        )

    def _gets(self, recipient: Recipient) -> str:
        point = self.notice.points[self.read.shop.point]
        return self.say("journey.gets", who=recipient.name, what=self._fields(recipient.gets & point.collects))

    def _windows(self) -> Iterator[Step]:
        for name, role in self._roles():
            if role.from_ and role.until:
                who, what = self._role(name, role), self._fields(role.sees)
                key = "journey.opens_link" if role.by == "one_time_link" else "journey.opens"
                yield Step(self._moment(role.from_), (self.say(key, who=who, what=what),), (f"roles.{name}",))
                yield Step(self._moment(role.until), (self.say("journey.closes", who=who),), (f"roles.{name}",))

    def _ends(self) -> Iterator[Step]:
        """Group the categories that end alike, so that the reader sees each date once."""
        ends: dict[tuple[str, str], list[str]] = {}
        for category in dict.fromkeys(path.partition(".")[0] for path in self.read.fields):
            life = self.notice.retention[category]
            ends.setdefault((self._after(life), life.then), []).append(category)
        for (when, then), categories in ends.items():
            lives = [self.notice.retention[category] for category in categories]
            what = self._fields(path for path in self.read.fields if path.partition(".")[0] in categories)
            held = [self._held(life.hold) for life in lives if life.hold]
            sentence = speech.capital(self.say(f"journey.{then}", what=what))
            yield Step(when, (sentence, *held), tuple(f"retention.{c}" for c in categories), later=True)

    def _after(self, life: Life) -> str:
        start = self._event(life.from_.event)
        said = self.say("journey.after", span=speech.duration(life.for_, self.lang), event=start)
        return speech.capital(said)

    def _held(self, hold: Hold) -> str:
        return self.say("journey.held", span=speech.duration(hold.for_, self.lang), rule=hold.rule, what=hold.reading)

    def _event(self, event: str) -> str:
        case, _, name = event.partition(".")
        return self.say(f"event.{name}", case=self._case(case))

    def _moment(self, moment: Moment) -> str:
        event = self._event(moment.event)
        if moment.offset and moment.sign:
            key = "journey.before" if moment.sign < 0 else "journey.after"
            event = self.say(key, span=speech.duration(moment.offset, self.lang), event=event)
        if moment.at is not None:
            event = self.say("journey.at", clock=speech.clock(moment.at, self.lang), event=event)
        return speech.capital(event)
