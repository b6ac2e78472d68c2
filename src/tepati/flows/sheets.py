"""Room flows: what each form of a version asks, and its cookie banner, in exact words: bytes that any reader can hash.

A sheet is JSON (UTF-8, keys sorted, both languages): fields with labels, options and whether they may be left empty,
purposes with their basis, questions word for word, cookies with their lives. Layout is not in it: that is the page's.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from tepati.flows.desk import Sheet
from tepati.flows.questions import question
from tepati.notice.labels import Labels, labels
from tepati.notice.model import Notice, Point
from tepati.notice.speech import duration
from tepati.notice.words import words
from tepati.registers import sheets

LANGUAGES = ("id", "en")
BANNER = "cookies"
_BANNER = ("banner", "banner_text", "refuse", "set", "accept")


def made(notice: Notice) -> Mapping[str, bytes]:
    """Write every sheet of a version, by the promise it is under: ``points.<p>``, ``cookies`` where some are set."""
    said = {lang: labels(notice, lang) for lang in LANGUAGES}
    written = {
        f"points.{name}": {lang: _form(notice, name, point, said[lang], lang) for lang in LANGUAGES}
        for name, point in notice.points.items()
        if not point.automatic
    }
    if notice.cookies.set:
        written[BANNER] = {lang: _cookies(notice, said[lang], lang) for lang in LANGUAGES}
    return {name: msgspec.json.encode(sheet, order="sorted") for name, sheet in written.items()}


async def keep(sheet: Sheet, notice: Notice, digest: bytes) -> None:
    """Keep the sheets of a version for good, each with a line that holds the SHA-256 of its bytes."""
    for name, body in made(notice).items():
        line = await sheet.line("publish", promise=name, purpose="proof", answer="shown",
                                notice=hashlib.sha256(body).digest())  # fmt: skip
        await sheets.add(sheet.tx, sheet.desk.org, digest, name, body, line)


def _form(notice: Notice, name: str, point: Point, said: Labels, lang: str) -> dict[str, Any]:
    return {
        "title": said.point(name),
        "fields": {path: _field(notice, path, said, lang) for path in sorted(point.collects)},
        "for": {one: {"says": said.purpose(one), "basis": notice.purposes[one].basis} for one in point.for_},
        "asks": {one: question(notice, one, lang) for one in point.asks},
        "age": {str(limit): outcome for limit, outcome in point.age.items()},
        "terms": point.terms,
    }


def _field(notice: Notice, path: str, said: Labels, lang: str) -> dict[str, Any]:
    category, _, name = path.partition(".")
    field = notice.data[category].fields[name]
    options = {key: text.of(lang) for key, text in field.options.items()}
    return {"label": said.field(path), "type": field.type, "optional": field.optional, "options": options}


def _cookies(notice: Notice, said: Labels, lang: str) -> dict[str, Any]:
    site = words(lang, "site", notice.organisation.form_of_address)
    return {
        "banner": {key: site.say(f"cookies.{key}") for key in _BANNER if f"cookies.{key}" in site},
        "set": {
            name: {"says": said.cookie(name), "class": one.class_, "life": duration(one.life, lang) if one.life else ""}
            for name, one in notice.cookies.set.items()
        },
    }
