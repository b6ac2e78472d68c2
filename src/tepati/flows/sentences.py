"""Room flows: what a receipt says in words, in Indonesian and English, for who holds it and whoever they show it to.

Every sentence is made of the notice's own words, of instants and of numbers; never of a value of a field.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tepati.flows.desk import Desk
from tepati.flows.questions import question as asked_as
from tepati.notice import speech
from tepati.notice.labels import Labels, labels
from tepati.notice.words import Words, words
from tepati.rules.facts import FOREVER

LANGUAGES = ("id", "en")
ALL = "*"  # of a restriction: every purpose
InWords = dict[str, list[str]]  # language -> sentences


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of a right: the act and its effect as the line's opening has them, and when (microseconds).

    ``due`` is the end of the clock, ``done`` when it stopped, 0 while it runs; ``role`` is of staff who wrote it down.
    """

    right: str
    act: str
    effect: str
    at: int
    channel: str
    number: str
    due: int = 0
    done: int = 0
    fields: Collection[str] = ()
    purposes: Sequence[str] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Went:
    """What a withdrawal did: its number, both lists (as ``releasing.Lists``), and until when backups hold the first."""

    number: str
    gone: Collection[str]
    stays: Mapping[str, tuple[str, ...]]
    copies: int


@dataclass(frozen=True, slots=True)
class _Speaker:
    """One language of one organisation."""

    desk: Desk
    lang: str
    said: Labels
    words: Words

    def say(self, key: str, **values: str | int) -> str:
        return self.words.say(key, **values)

    def when(self, at: int) -> str:
        return speech.instant(at, self.desk.notice.organisation.timezone, self.lang)

    def by(self, at: int) -> str:
        return speech.deadline(at, self.desk.notice.organisation.timezone, self.lang)


def _both(desk: Desk, told: Callable[[_Speaker], Iterator[str]]) -> InWords:
    return {
        lang: list(told(_Speaker(desk, lang, labels(desk.notice, lang), words(lang, "receipt")))) for lang in LANGUAGES
    }


def consent(
    desk: Desk, question: str, said: tuple[str, int], fields: Collection[str], recipients: Collection[str],
    went: Went | None = None,
) -> InWords:  # fmt: skip
    """Say a consent given, refused or taken back (state, instant): the words asked, what they open, what follows."""
    state, at = said
    declared = desk.notice.consents[question]
    key = state.removeprefix("dpv:Consent").lower()

    def told(one: _Speaker) -> Iterator[str]:
        yield one.say(f"consent.{key}", at=one.when(at), words=asked_as(desk.notice, question, one.lang))
        yield one.say("purpose", purposes=one.said.purpose(declared.for_), fields=one.said.fields(fields))
        if key == "given":
            until = desk.after(at, declared.valid) if declared.valid else FOREVER
            yield one.say("until", until=one.when(until)) if until < FOREVER else one.say("until_withdrawn")
            yield from _recipients(one, recipients)
            yield one.say("way_out", contact=desk.notice.organisation.contact.email)
        if went:
            yield from _went(one, went)
        yield from _under(one)

    return _both(desk, told)


def booking(
    desk: Desk, point: str, at: int, wanted: Sequence[tuple[str, Collection[str]]], recipients: Collection[str]
) -> InWords:  # fmt: skip
    """Say what came by a point: for each purpose its fields, who receives it, and how long each category is kept."""
    kept = dict.fromkeys(path.partition(".")[0] for _, fields in wanted for path in sorted(fields))

    def told(one: _Speaker) -> Iterator[str]:
        yield one.say("confirmed", at=one.when(at), point=one.said.point(point))
        for purpose, fields in wanted:
            yield one.say("purpose", purposes=one.said.purpose(purpose), fields=one.said.fields(fields))
        yield from _recipients(one, recipients)
        for category in kept:
            yield from _kept(one, category)
        yield from _under(one)

    return _both(desk, told)


def right(desk: Desk, happened: Happened) -> InWords:
    """Say what became of a request: what was asked, how it came, its number, its clock."""

    def told(one: _Speaker) -> Iterator[str]:
        yield one.say(_key(one, happened), at=one.when(happened.at), **_what(one, happened))
        yield one.say("number", kind=words(one.lang, "centre").say(f"kind.{happened.right}"), number=happened.number)
        if happened.role:
            channel = one.said.channels([happened.channel])
            yield one.say("on_behalf", role=one.said.role(happened.role), channel=channel)
        if happened.done:
            yield one.say("done", at=one.when(happened.done), due=one.by(happened.due))
        elif happened.due:
            yield one.say("due", due=one.by(happened.due))
        yield from _under(one)

    return _both(desk, told)


def _key(one: _Speaker, happened: Happened) -> str:
    """Name the closest sentence there is: for act and effect, for the effect, for the act."""
    effect = happened.effect.replace(" ", "_")
    keys = (f"right.{happened.act}_{effect}", f"right.{effect}", f"right.{happened.act}")
    return next(key for key in keys if key in one.words)


def _what(one: _Speaker, happened: Happened) -> dict[str, str]:
    purposes = one.say("every_purpose") if ALL in happened.purposes else one.said.purposes(happened.purposes)
    form = happened.effect.upper()
    return {"purposes": purposes, "fields": one.said.fields(happened.fields), "form": form}


def _went(one: _Speaker, went: Went) -> Iterator[str]:
    yield one.say("gone", fields=one.said.fields(went.gone)) if went.gone else one.say("gone_none")
    if went.copies:
        yield one.say("copies", until=one.when(went.copies))
    if went.stays:
        reasons = dict.fromkeys(name for names in went.stays.values() for name in names)
        needs = [one.said.purpose(name) if name in one.desk.notice.purposes else name for name in reasons]
        yield one.say("stays", fields=one.said.fields(went.stays.keys()), needs=one.said.join(needs))
    yield one.say("number_only", number=went.number)


def _recipients(one: _Speaker, names: Collection[str]) -> Iterator[str]:
    found = [f"{one.said.recipient(n)} ({one.said.country(one.desk.notice.recipients[n].country)})" for n in names]
    yield one.say("recipients", names=one.said.join(found)) if found else one.say("no_recipients")


def _kept(one: _Speaker, category: str) -> Iterator[str]:
    life = one.desk.notice.retention.get(category)
    if life is None or life.not_stored:
        return
    values = {"category": one.said.category(category), "length": one.said.duration(life.for_)}
    yield one.say("kept", event=one.said.event(life.from_.event), **values)
    if life.hold:
        length, fields = one.said.duration(life.hold.for_), one.said.fields(life.hold.fields)
        yield one.say("held", fields=fields, length=length, rule=one.said.rule(life.hold.rule))


def _under(one: _Speaker) -> Iterator[str]:
    """Say who answers for it, and under which version of the notice."""
    speaker = one.desk.notice.organisation
    yield one.say("controller", who=speaker.legal_name or speaker.name, contact=speaker.contact.email)
    yield one.say("notice", version=one.desk.notice.notice.version, digest=one.desk.digest.hex())
