"""Room notice: what declared things are called: their own label, the usual word for the name, or the name."""

import re
from collections.abc import Collection, Iterable

import msgspec

from tepati.notice import speech
from tepati.notice.derived import derived
from tepati.notice.model import Field, Notice, Windowed
from tepati.notice.values import Duration, Moment, Telling, Text
from tepati.notice.words import Words, words

# Types too wide to name a field by: the field's own name says more.
_WIDE = frozenset({"text", "choice", "number", "date", "time", "yes_no", "money", "reference", "unclear", "file"})
_BEGUN = re.compile(r"([.?!] [(“]?)Anda")  # where a further sentence begins
_RULE = re.compile(r"(.+?) (\d+[A-Za-z]?)(?:\((\d+)\))?")


class Labels(msgspec.Struct, frozen=True):
    """Names and phrases of one notice in one language."""

    notice: Notice
    lang: str
    said: Words

    def say(self, key: str, /, **values: str | int) -> str:
        """Say a sentence of the wording file in the notice's form of address."""
        sentence = self._addressed(self.said.say(key, **values))
        return speech.capital(sentence) if key.startswith(("promise.", "doc.")) else sentence

    def _addressed(self, sentence: str) -> str:
        """Speak to the reader in the notice's form of address."""
        if self.lang != "id" or self.notice.organisation.form_of_address == "Anda" or "Anda" not in sentence:
            return sentence
        return _BEGUN.sub(r"\1Kamu", sentence).replace("Anda", "kamu")

    def _named(self, name: str, *areas: str) -> str:
        """Give the usual word for a name in the first area that has one, or the name with spaces."""
        key = next((f"{area}.{name}" for area in (*areas, "name") if f"{area}.{name}" in self.said), "")
        return self._addressed(self.said.say(key)) if key else name.replace("_", " ")

    def own(self, text: Text | None, name: str) -> str:
        """Give a thing's label, the usual word for its name, or the name with spaces."""
        if text is not None:
            return text.of(self.lang)
        return self._named(name)

    def word(self, written: str | Text) -> str:
        """Give a word of the file (who decided, apart from what): in this language, where it is known or written."""
        said = written.of(self.lang) if isinstance(written, Text) else written
        return self.said.either(f"name.{said.lower().replace(' ', '_')}", said)

    def quoted(self, written: Text) -> str:
        """Give words of the file; those that stand there in one language are marked where the other one is spoken."""
        said = written.of(self.lang)
        return self.say("doc.quoted", text=said) if self.lang == "en" and written.id == written.en else said

    def rule(self, cited: str) -> str:
        """Cite a rule as people do: ``UU KUP 28(11)`` is ``UU KUP Pasal 28 ayat (11)``."""
        found = _RULE.fullmatch(cited)
        if found is None:
            return cited
        key = "rule.part" if found[3] else "rule.article"
        return self.say(key, law=found[1], article=found[2], part=found[3] or "")

    def category(self, name: str) -> str:
        found = self.notice.data.get(name)
        return found.label.of(self.lang) if found and found.label else self._named(name, "category")

    def field(self, path: str) -> str:
        category, _, name = path.partition(".")
        found = self.notice.data[category].fields[name] if category in self.notice.data else None
        if found is None:
            return name
        return self._field(found, name)

    def _field(self, field: Field, name: str) -> str:
        if field.label is not None or field.type in _WIDE:
            return self.own(field.label, name)
        return self.said.either(f"type.{field.type}", self._named(name))

    def fields(self, paths: Collection[str]) -> str:
        """Join fields as a sentence does, in the order of the file, each name once."""
        return _fields(self.notice, self.lang, frozenset(paths))

    def groups(self, paths: Collection[str]) -> str:
        """Join fields, and whole categories of several fields by their own name, each once."""
        names: list[str] = []
        for name, category in self.notice.data.items():
            fields = [f for f, one in category.fields.items() if one.type != "unclear"]
            mine = [f for f in category.fields if f"{name}.{f}" in paths]
            whole = len(fields) > 1 and set(fields) <= set(mine)
            names += [self.category(name)] if whole else [self._field(category.fields[f], f) for f in mine]
        return self.join(names)

    def belonging(self, paths: Collection[str]) -> str:
        """Join fields with the category they are of: ``e-mail pada data pembeli``."""
        parts = []
        for name, category in self.notice.data.items():
            mine = [f"{name}.{f}" for f in category.fields if f"{name}.{f}" in paths]
            if len(mine) == len(category.fields):
                parts.append(self.category(name))
            elif mine:
                parts.append(self.say("list.part", fields=self.fields(mine), category=self.category(name)))
        return self.join(parts)

    def purpose(self, name: str) -> str:
        found = self.notice.purposes.get(name)
        return found.label.of(self.lang) if found and found.label else self._named(name, "purpose")

    def point(self, name: str) -> str:
        return self.own(self.notice.points[name].label, name)

    def consent(self, name: str) -> str:
        """Name a consent: what it is for, and by which channel, or for whom where it has none."""
        asked = self.notice.consents[name]
        way = self.channels([asked.channel]) if asked.channel else ""
        way = way or (self.recipient(asked.recipient) if asked.recipient else "")
        return f"{self.purpose(asked.for_)}, {way}" if way else self.purpose(asked.for_)

    def entry(self, name: str) -> str:
        """Name a way in as a sentence does: ``formulir keluhan``, ``the complaint form``."""
        label = self.notice.points[name].label
        return label.of(self.lang) if label else self._named(name, "entry")

    def role(self, name: str) -> str:
        found = self.notice.roles.get(name)
        return found.label.of(self.lang) if found and found.label else self._named(name, "role")

    def case(self, name: str) -> str:
        found = self.notice.cases.get(name)
        return self.own(found.label if found else None, name)

    def cookie(self, name: str) -> str:
        """Say what a cookie is for: its label, the purpose it serves, or what its class does."""
        found = self.notice.cookies.set[name]
        if found.label is not None or not found.for_:
            return found.label.of(self.lang) if found.label else self.say(f"cookie.use_{found.class_}")
        return self.purpose(found.for_)

    def cookie_name(self, name: str) -> str:
        """Give the name a browser shows: ours begin with the organisation's (web/cookies.py)."""
        return f"…-{name}" if self.notice.cookies.set[name].party == "own" else name

    def recipient(self, name: str) -> str:
        return self.notice.recipients[name].name or self.own(None, name)

    def population(self, name: str) -> str:
        label = self.notice.populations[name].label
        return label.of(self.lang) if label else self._named(name, "population")

    def source(self, name: str) -> str:
        if f"source.{name}" in self.said:
            return self.say(f"source.{name}")
        return self.recipient(name) if name in self.notice.recipients else self.population(name)

    def sources(self, name: str) -> tuple[str, str]:
        """Name the source of a category, and what of it comes from elsewhere: ``nomor faktur: dibuat oleh kami``."""
        category = self.notice.data[name]
        apart: dict[str, list[str]] = {}
        for field in category.fields:
            apart.setdefault(category.source_of(field), []).append(f"{name}.{field}")
        own = apart.pop(category.source, [])
        told = "; ".join(f"{self.fields(fields)}: {self.source(source)}" for source, fields in apart.items())
        return (self.source(category.source), told) if own else (told, "")

    def held(self, name: str) -> str:
        """Name a category as it is stored: without the fields that never are."""
        fields = self.notice.data[name].fields if name in self.notice.data else {}
        passing = [f"{name}.{field}" for field, one in fields.items() if not one.stored]
        if not passing or len(passing) == len(fields):
            return self.category(name)
        return self.say("life.without", category=self.category(name), fields=self.fields(passing))

    def klass(self, name: str) -> str:
        general, _, kind = name.partition(":")
        return self.say("class.specific", kind=self.say(f"class.{kind}")) if kind else self.say(f"class.{general}")

    def country(self, code: str) -> str:
        return self.said.either(f"country.{code}", code)

    def join(self, items: Iterable[str]) -> str:
        return speech.listing(list(dict.fromkeys(items)), self.lang) or self.say("list.none")

    def either(self, items: Iterable[str]) -> str:
        """Join what one of is enough."""
        return speech.listing(list(dict.fromkeys(items)), self.lang, "or") or self.say("list.none")

    def purposes(self, names: Iterable[str]) -> str:
        return self.join(self.purpose(name) for name in names)

    def channels(self, names: Iterable[str]) -> str:
        return self.join(self.say(f"channel.{name}") for name in names)

    def each(self, area: str, names: Iterable[str]) -> str:
        return self.join(self.said.either(f"{area}.{name}", name) for name in names)

    def any_of(self, area: str, names: Iterable[str]) -> str:
        return self.either(self.said.either(f"{area}.{name}", name) for name in names)

    def duration(self, value: Duration) -> str:
        return speech.duration(value, self.lang)

    def every(self, value: Duration) -> str:
        """Say a rhythm: ``tiap 30 hari``, ``every day`` (the word for *every* stands in the sentence)."""
        if value.count == 1:
            return speech.unit(value, self.lang)
        return self.duration(value)

    def event(self, name: str) -> str:
        """Name an event as a clause: ``kunjungan berakhir``, ``the visit ends``."""
        key, (case, _, moment) = f"event.{name.replace('.', '_')}", name.partition(".")
        if key in self.said:
            return self.say(key, case=self.case(case))
        if f"event.{moment}" in self.said:
            return self.say(f"event.{moment}", case=self.case(case))
        return self.say("event.own", moment=self.own(None, moment), case=self.case(case))

    def moment(self, value: Moment) -> str:
        """Say a moment, its offset and its hour."""
        event = self.event(value.event)
        side = {1: "after", -1: "before"}.get(value.sign, "")
        key = {(False, False): "plain", (False, True): "at", (True, False): side, (True, True): f"{side}_at"}
        offset = self._offset(value.offset) if value.offset else ""
        clock = speech.clock(value.at, self.lang) if value.at is not None else ""
        chosen = key[bool(side), value.at is not None]
        return self.say(f"moment.{chosen}", event=event, offset=offset, clock=clock)

    def at(self, value: Moment) -> str:
        """Say a moment at which something is done: ``saat pesanan dibuka``, ``when the booking is opened``."""
        if value.offset is None and value.at is None:
            return self.say("moment.when", event=self.event(value.event))
        return self.moment(value)

    def _offset(self, value: Duration) -> str:
        one_day = value == Duration(1, "day")
        return self.say("moment.one_day") if one_day else self.duration(value)

    def window(self, thing: Windowed) -> str:
        """Say when something is open."""
        if thing.while_:
            return self.say("window.while", case=self.case(thing.while_))
        if thing.from_ and thing.until:
            return self.say("window.between", **{"from": self.moment(thing.from_), "until": self._end(thing.until)})
        if thing.from_:
            return self.say("window.from", **{"from": self.moment(thing.from_)})
        if thing.until:
            return self.say("window.until", until=self._end(thing.until))
        return self.say("window.always")

    def _end(self, value: Moment) -> str:
        return self.moment(value) if value.offset or value.at is not None else self.event(value.event)

    def telling(self, told: Telling) -> str:
        """Say when people are told."""
        for side in ("before", "after", "within"):
            length: Duration | None = getattr(told, side)
            if length is not None:
                return self.say(f"tell.{side}", within=self.duration(length))
        return self.say("tell.plain")

    def by(self, told: Telling) -> str:
        """Say by which channels people are told, to stand behind a verb; empty where none is named."""
        return self.say("tell.by", channels=self.channels(told.by)) if told.by else ""

    def date(self, value: object) -> str:
        return speech.date(value, self.lang)  # type: ignore[arg-type] # dates of the model


@derived
def _fields(notice: Notice, lang: str, paths: frozenset[str]) -> str:
    said = labels(notice, lang)
    order = [f"{c}.{f}" for c, category in notice.data.items() for f in category.fields]
    return said.join(said.field(path) for path in order if path in paths)


def labels(notice: Notice, lang: str) -> Labels:
    """Make the names of one notice in ``id`` or ``en``."""
    return Labels(notice, lang, words(lang, "notice"))
