"""Room flows: the copy of a person's data as a page for paper: one file, nothing fetched, every value as text."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from html import escape

import msgspec

from tepati.flows.opening import band_in_words
from tepati.flows.tables import cells, is_table
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.model import Notice
from tepati.notice.words import words

STYLE = (
    "body{font:11pt/1.5 sans-serif;max-width:48em;margin:2em auto;padding:0 1em}h2{margin:2em 0 .5em;font-size:1.1em}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3em .6em .3em 0;"
    "border-bottom:1px solid #ccc}td:first-child{min-width:9em}td:last-child{overflow-wrap:anywhere}img{max-width:100%}"
)
OWN = frozenset({"collect", "agree", "confirm", "withdraw"})  # what people do themselves, where no role is said
SHORT = 100  # characters: what a masked picture is at most


class Part(msgspec.Struct, frozen=True):
    """What one record holds of one category."""

    category: str
    record: str
    point: str
    channel: str
    given: str
    proven: bool
    values: dict[str, str]
    purposes: tuple[str, ...]
    ends: str
    kept_by_law: str


class Said(msgspec.Struct, frozen=True):
    """One answer to one question of consent."""

    question: str
    state: str
    at: str
    method: str
    language: str
    words_sha256: str


class Asked(msgspec.Struct, frozen=True):
    """One request."""

    number: str
    kind: str
    channel: str
    received: str
    due: str
    done: str
    state: str


class Used(msgspec.Struct, frozen=True):
    """One entry of the track record: what was done by which role, for what, and the line of the ledger it stands in."""

    at: str
    act: str
    answer: str
    role: str
    purpose: str
    fields: list[str]
    about: str
    promise: str
    line: int


class Guards(msgspec.Struct, frozen=True):
    """One thing that guards the account; never what is secret in it.

    ``what``: authenticator, passkey, recovery_codes, password, or unreadable where the row is not believed; ``about``:
    the kind of device, or how many are left.
    """

    what: str
    about: str = ""
    since: str = ""
    used: str = ""


class Whole(msgspec.Struct, frozen=True):
    """The copy."""

    organisation: str
    number: str
    made: str
    notice_version: int
    notice_sha256: str
    data: list[Part]
    consents: list[Said]
    shown_and_accepted: list[tuple[str, int, str, str]]
    requests: list[Asked]
    track_record: list[Used]
    account: list[Guards] = []

    @property
    def fields(self) -> list[str]:
        """Name the fields that stand in it."""
        return sorted({path for part in self.data for path in part.values})


class Page:
    """A copy being written out in one language."""

    def __init__(self, notice: Notice, made: Whole, language: str) -> None:
        self.notice, self.made, self.lang = notice, made, language
        self.called = labels(notice, language)

    def __bytes__(self) -> bytes:
        title = escape(self.say("copy.title", number=self.made.number))
        head = f'<!doctype html><html lang="{self.lang}"><meta charset="utf-8"><title>{title}</title>'
        intro = f"<h1>{title}</h1><p>{escape(self.made.organisation)}, {escape(self.at(self.made.made))}</p>"
        parts = "".join(self._part(part) for part in self.made.data)
        return f"{head}<style>{STYLE}</style>{intro}{parts}{''.join(self._lists())}</html>\n".encode()

    def say(self, key: str, **values: str) -> str:
        """Say a phrase of the copy."""
        return words(self.lang, "mail").say(key, **values)

    def at(self, when: str) -> str:
        """Say an instant (RFC 3339) in the organisation's zone; what is none stays as it is."""
        try:
            us = int(dt.datetime.fromisoformat(when).timestamp()) * 1_000_000
        except ValueError:
            return when
        return speech.instant(us, self.notice.organisation.timezone, self.lang)

    def _part(self, part: Part) -> str:
        table = is_table(self.notice, part.point)
        named = [
            (self.called.field(p), self._rows(v) if table else self._value(p, v)) for p, v in part.values.items()
        ]  # fmt: skip
        for_ = self.called.purposes(part.purposes) if part.purposes else part.kept_by_law
        end = self.say("copy.law", rule=part.kept_by_law) if part.kept_by_law else self.at(part.ends)
        said = {"copy.for": for_, "copy.given": self.at(part.given), "copy.until": end}
        rows = [(escape(speech.capital(name)), value) for name, value in named]
        rows += [(escape(self.say(key)), escape(value)) for key, value in said.items()]
        return _table(speech.capital(self.called.category(part.category)), (), rows)

    def _lists(self) -> Iterator[str]:
        asked = words(self.lang, "console")
        for name, rows in (
            ("consents", [(self.at(s.at), *self._answer(s)) for s in self.made.consents]),
            ("requests", [(self.at(r.received), asked.either(f"queue.kind.{r.kind}", r.kind), r.number)
                          for r in self.made.requests]),
            *([("guards", [self._guard(g) for g in self.made.account])] if self.made.account else []),
            ("uses", [(self.at(u.at), self._who(u), self._deed(u)) for u in self.made.track_record]),
        ):  # fmt: skip
            heads = [self.say(f"copy.{name}_{n}") for n in range(3)]
            yield _table(self.say(f"copy.{name}"), heads, [tuple(escape(cell) for cell in row) for row in rows])

    def _guard(self, one: Guards) -> tuple[str, str, str]:
        kind = words(self.lang, "site").either(f"passkey.{one.about}", one.about)
        return self.say(f"copy.guard_{one.what}"), kind, self.at(one.since)

    def _answer(self, said: Said) -> tuple[str, str]:
        key = f"consents.was_{said.state.removeprefix('Consent').lower()}"
        return self._question(said.question), words(self.lang, "centre").either(key, said.state, at=self.at(said.at))

    def _question(self, name: str) -> str:
        return self.called.consent(name) if name in self.notice.consents else name

    def _who(self, used: Used) -> str:
        if used.role in self.notice.roles:
            return speech.capital(self.called.role(used.role))
        mine = used.role == "person" or (not used.role and used.act in OWN)
        return words(self.lang, "centre").say("use.you" if mine else "use.system")

    def _deed(self, used: Used) -> str:
        """Take the closest words there are, as the privacy centre does, and what it was for."""
        centre, about = words(self.lang, "centre"), used.about
        said = dict.fromkeys(("message", "category"), about) | {"act": used.act, "question": self._question(about)}
        said["point"] = self.called.point(about) if about in self.notice.points else about
        said["fields"] = self.called.fields(used.fields) if used.fields else about
        staff = [f"use.{used.act}_staff"] if used.role in self.notice.roles else []
        keys = [*staff, f"use.{used.act}_{used.answer}", f"use.{used.act}", "use.other"]
        deed = centre.say(next(key for key in keys if key in centre), **said)
        known = used.purpose in self.notice.purposes
        return f"{deed} {centre.say('use.for', purpose=self.called.purpose(used.purpose))}" if known else deed

    def _rows(self, column: str) -> str:
        """Say how long a column is: the table itself is a file, in the copies for programs."""
        return escape(self.say("copy.rows", n=speech.number(len(cells(column)), self.lang)))

    def _value(self, path: str, value: str) -> str:
        """Write a value in words, as text; a picture as the picture."""
        category, _, name = path.partition(".")
        kind = self.notice.data[category].fields[name].type
        if kind == "image" and len(value) > SHORT:
            media = "png" if value.startswith("iVBOR") else "jpeg"  # base64 of how a PNG begins
            return f'<img alt="" src="data:image/{media};base64,{escape(value)}">'
        if kind == "age_band":
            return escape(band_in_words(value, words(self.lang, "site").say))
        return escape(speech.written(value, kind, self.notice.organisation.timezone, self.lang))


def page(notice: Notice, made: Whole, language: str) -> bytes:
    """Write the copy for somebody who reads it on paper."""
    return bytes(Page(notice, made, language))


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write rows whose cells are escaped already."""
    top = "<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>" if heads else ""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table>{top}{body}</table>"
