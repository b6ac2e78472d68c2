"""Room notice: a notice as people read it: title, summary on one screen, numbered sections.

Every block names the promises it rests on; whoever renders escapes everything.
"""

import datetime as dt

import msgspec

from tepati.notice import closing, parts
from tepati.notice.blocks import Block, Paragraph, Section
from tepati.notice.labels import Labels, labels
from tepati.notice.model import Notice
from tepati.notice.promises import promises
from tepati.notice.speech import date


class Document(msgspec.Struct, frozen=True):
    """One notice in one language. ``summary`` stands before the contents, ``sections`` are numbered from 1."""

    lang: str
    title: str
    organisation: str
    version: int
    effective: dt.date
    subtitle: str
    contents: str
    summary: Section
    sections: tuple[Section, ...]


def document(notice: Notice, lang: str, population: str = "", since: dt.date | None = None) -> Document:
    """Write the notice for one kind of people; left empty: for all but the controller's own staff.

    ``since``: the day from which it holds, where that is not the day it declares (published later).
    """
    scope = parts.Audience(labels(notice, lang), parts.readers(notice, population), _texts(notice, lang))
    said = scope.said
    sections = [
        _section(said, "data", parts.data(scope)),
        _section(said, "purposes", parts.purposes(scope)),
        _section(said, "access", parts.access(scope)),
        _section(said, "recipients", parts.recipients(scope)),
        _section(said, "retention", parts.retention(scope)),
        _section(said, "rights", parts.rights(scope)),
        _section(said, "minors", closing.minors(scope)),
        _section(said, "cookies", closing.cookies(scope)),
        _section(said, "security", closing.security(scope)),
        _section(said, "changes", closing.changes(scope)),
        _section(said, "contact", closing.contact(scope)),
    ]
    effective = since or notice.notice.effective
    return Document(
        lang=lang,
        title=said.say("doc.title"),
        organisation=notice.organisation.name,
        version=notice.notice.version,
        effective=effective,
        subtitle=said.say("doc.effective", version=notice.notice.version, date=date(effective, lang)),
        contents=said.say("doc.contents"),
        summary=Section("summary", said.say("doc.summary"), said.say("doc.summary_lead"), parts.summary(scope)),
        sections=tuple(section for section in sections if section.blocks),
    )


def articles(law: tuple[str, ...], lang: str) -> str:
    """Say articles as people cite them: ``UU PDP Pasal 30``, ``UU PDP Art. 30``."""
    word = " Pasal " if lang == "id" else " Art. "
    by_law: dict[str, list[str]] = {}
    for cited in law:
        name, _, article = cited.rpartition(" ")
        by_law.setdefault(name, []).append(article)
    return "; ".join(f"{name}{word}{', '.join(several)}" for name, several in by_law.items())


def _texts(notice: Notice, lang: str) -> dict[str, str]:
    return {promise.id: promise.text.of(lang) for promise in promises(notice)}


def _section(said: Labels, name: str, blocks: tuple[Block, ...]) -> Section:
    key = f"doc.{name}"
    lead = said.say(f"{key}_lead") if f"{key}_lead" in said.said else ""
    told = tuple(block for block in blocks if not (isinstance(block, Paragraph) and not block.text))
    return Section(name, said.say(key, age=said.notice.minors.under), lead, told)


__all__ = ["Document", "articles", "document"]
