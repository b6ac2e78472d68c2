"""Room web: what happens to the data of one form, step by step, told from the notice and from nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tepati.notice import speech
from tepati.notice.labels import Labels, labels
from tepati.notice.model import Hold, Life, Notice, Point, Recipient, Role
from tepati.notice.values import Moment
from tepati.web.site.inputs import named
from tepati.web.site.shop import Read
from tepati.web.words import Say

MOST = 3  # fields told one by one as missing


@dataclass(frozen=True, slots=True)
class Step:
    """One station of the data: when, what, and the promises that say so."""

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
    now: str = "journey.now"  # the word for the moment of sending

    def steps(self) -> tuple[Step, ...]:
        """Return the stations: now, the windows of roles, then the ends of each kind of data."""
        return (self._now(), *self._windows(), *self._ends())

    @property
    def point(self) -> Point:
        return self.notice.points[self.read.point]

    @property
    def served(self) -> frozenset[str]:
        """The purposes that the form serves: its point's, or those of its questions where it has none of its own."""
        asked = [self.notice.consents[name].for_ for name in self.point.asks]
        return frozenset(self.point.for_ or asked)

    @property
    def called(self) -> Labels:
        return labels(self.notice, self.lang)

    def _now(self) -> Step:
        opens = self.point.opens
        here = [(f"roles.{n}", self._sees(n, r)) for n, r in self._roles() if opens and r.while_ == opens]
        there = [(f"recipients.{n}", self._gets(n, r)) for n, r in self._recipients()]
        promises = tuple(promise for promise, _ in (*here, *there))
        sentences = [sentence for _, sentence in (*here, *there)]
        return Step(self.say(self.now), (*sentences, self.say("journey.nobody")), promises)

    def _roles(self) -> Iterator[tuple[str, Role]]:
        """Roles that see a field of this form for a purpose of this form."""
        for name, role in self.notice.roles.items():
            if role.sees & self.point.collects and set(role.for_) & self.served:
                yield name, role

    def _recipients(self) -> Iterator[tuple[str, Recipient]]:
        for name, recipient in self.notice.recipients.items():
            if recipient.gets & self.point.collects and set(recipient.for_) & self.served:
                yield name, recipient

    def _fields(self, fields: Iterable[str]) -> str:
        """List the fields of this form by name; nearly all of them are told by what is missing."""
        wanted = set(fields)
        missing = [path for path in self.read.fields if path not in wanted]
        if not missing:
            return self.say("journey.all")
        if len(missing) <= MOST and len(self.read.fields) - len(missing) > 2 * MOST:
            return self.say("journey.all_but", but=self._names(missing))
        return self._names(path for path in self.read.fields if path in wanted)

    def _names(self, fields: Iterable[str]) -> str:
        names = [named(self.notice, self.read, path, self.lang, self.say) for path in fields]
        return speech.listing([name[:1].lower() + name[1:] for name in names], self.lang)

    def _sees(self, name: str, role: Role) -> str:
        said = self.say(
            "journey.sees", who=self.called.role(name), what=self._fields(role.sees), case=self.called.case(role.while_)
        )
        return speech.capital(said)

    def _gets(self, name: str, recipient: Recipient) -> str:
        what = self._fields(recipient.gets & self.point.collects)
        return self.say("journey.gets", who=self.called.recipient(name), what=what)

    def _windows(self) -> Iterator[Step]:
        for name, role in self._roles():
            if role.from_ and role.until:
                who, promises = self.called.role(name), (f"roles.{name}",)
                key = "journey.opens_link" if role.by == "one_time_link" else "journey.opens"
                opened = speech.capital(self.say(key, who=who, what=self._fields(role.sees)))
                yield Step(self._when(role.from_), (opened,), promises)
                yield Step(self._when(role.until), (self.say("journey.closes", who=who),), promises)

    def _ends(self) -> Iterator[Step]:
        """Group the categories that end alike, the soonest first, so that the reader sees each date once."""
        lives = {path.partition(".")[0]: self.notice.retention[path.partition(".")[0]] for path in self.read.fields}
        ends: dict[tuple[str, str], list[str]] = {}
        for category, life in sorted(lives.items(), key=lambda item: item[1].for_.rough_seconds()):
            ends.setdefault((self._after(life), life.then), []).append(category)
        told = 0
        for (when, then), categories in ends.items():
            paths = [path for path in self.read.fields if path.partition(".")[0] in categories]
            rest = told and told + len(paths) == len(self.read.fields)
            what = self.say("journey.rest") if rest else speech.capital(self._fields(paths))
            told += len(paths)
            held = [self._held(hold) for category in categories if (hold := lives[category].hold)]
            promises = tuple(f"retention.{category}" for category in categories)
            yield Step(when, (self.say(f"journey.{then}", what=what), *held), promises, later=True)

    def _after(self, life: Life) -> str:
        return self._when(Moment(life.from_.event, 1, life.for_))

    def _held(self, hold: Hold) -> str:
        what, span = self.called.fields(hold.fields), speech.duration(hold.for_, self.lang)
        return self.say("journey.held", span=span, rule=self.called.rule(hold.rule), what=what)

    def _when(self, moment: Moment) -> str:
        return speech.capital(self.called.moment(moment))
