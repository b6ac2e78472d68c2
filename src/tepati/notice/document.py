"""Room notice: a notice as people read it: title, summary on one screen, numbered sections.

Every promise of the notice has one place here; every sentence names the promises it says or rests on. Whoever renders
escapes everything.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from tepati.notice import closing, life, outward, parts
from tepati.notice.audience import Audience, readers
from tepati.notice.blocks import Block, Items, Said, Section
from tepati.notice.citing import articles
from tepati.notice.labels import labels
from tepati.notice.model import Notice
from tepati.notice.promises import promises
from tepati.notice.sayings.guarded import given
from tepati.notice.speech import date
from tepati.notice.summary import summary

# The section's part, and the promise whose sentence opens it.
PARTS = {
    "who": (parts.who, ""),
    "data": (parts.data, "data"),
    "purposes": (parts.purposes, "purposes"),
    "consents": (parts.consents, "consents"),
    "access": (outward.access, "roles"),
    "recipients": (outward.recipients, "recipients"),
    "retention": (life.retention, "retention"),
    "rights": (closing.rights, ""),
    "minors": (closing.minors, ""),
    "cookies": (closing.cookies, "cookies"),
    "security": (closing.security, ""),
    "changes": (closing.changes, ""),
    "contact": (closing.contact, ""),
}
# Where a promise is told that no part above tells: by the section of the file it stands in.
ELSEWHERE = {
    "points": "data", "statistics": "purposes", "decisions": "purposes", "messages": "consents", "terms": "consents",
    "roles": "access", "endpoints": "recipients", "never": "recipients", "disclosure": "recipients",
    "business_transfer": "recipients", "systems": "retention", "cases": "retention", "mailboxes": "rights",
    "visits": "cookies", "breach": "security", "accountability": "security", "notice": "changes",
    "populations": "who", "questions": "contact",
}  # fmt: skip


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

    def places(self) -> dict[str, str]:
        """Tell in which section each promise has its place."""
        return {path: section.id for section in self.sections for path in section.promises}

    def heads(self) -> frozenset[str]:
        """Name the anchors that headings have: a promise of that name needs none of its own."""
        return frozenset(section.id for section in self.sections)


def document(notice: Notice, lang: str, population: str = "", since: dt.date | None = None) -> Document:
    """Write the notice for one kind of people; left empty: for all, the controller's own staff in a part of their own.

    ``since``: the day from which it holds, where that is not the day it declares (published later).
    """
    texts = {promise.id: promise.text.of(lang) for promise in promises(notice)}
    for_ = Audience(labels(notice, lang), readers(notice, population), texts)
    made = {name: _section(for_, name) for name in PARTS}
    told = {path for section in made.values() for path in section.promises}
    others = [] if population else [path for path in texts if path not in told and _strange(for_, path)]
    left = [path for path in texts if path not in told and not _strange(for_, path)]
    for name, section in made.items():
        mine = [path for path in left if _elsewhere(path) == name]
        made[name] = _more(section, for_.items(for_.sentences(*mine)))
    apart = [_apart(for_, others)] if others else []
    apart += [_informed(for_)] if any(clause.information for clause in notice.clauses.values()) else []
    effective, said = since or notice.notice.effective, for_.said
    return Document(
        lang=lang,
        title=said.say("doc.title"),
        organisation=notice.organisation.name,
        version=notice.notice.version,
        effective=effective,
        subtitle=said.say("doc.effective", version=notice.notice.version, date=date(effective, lang)),
        contents=said.say("doc.contents"),
        summary=Section("summary", said.say("doc.summary"), said.say("doc.summary_lead"), summary(for_)),
        sections=(*(one for name, one in made.items() if name != "contact"), *apart, made["contact"]),
    )


def _section(for_: Audience, name: str) -> Section:
    make, opening = PARTS[name]
    lead = for_.texts.get(opening, "") or (for_.say(f"{name}_lead") if f"doc.{name}_lead" in for_.said.said else "")
    title = for_.say(name, age=for_.said.notice.minors.under)
    return Section(name, title, lead, make(for_), (opening,) if for_.texts.get(opening) else ())


def _more(section: Section, blocks: Iterable[Block]) -> Section:
    return msgspec.structs.replace(section, blocks=(*section.blocks, *blocks))


def _elsewhere(path: str) -> str:
    section = path.partition(".")[0]
    return ELSEWHERE.get(section, section)


def _apart(for_: Audience, paths: list[str]) -> Section:
    """Write the part on people whom the document does not speak to."""
    said = for_.said
    names = said.join(said.population(name) for name in said.notice.populations if name not in for_.people)
    blocks = (Items((*for_.sentences(*paths), *_given(for_, paths))),)
    return Section("others", for_.say("others", people=names), for_.say("others_lead", people=names), blocks)


def _given(for_: Audience, told: Collection[str]) -> Iterator[Said]:
    """Say of those who get data of both what they get of the people this part is about."""
    said = for_.said
    for name, one in said.notice.recipients.items():
        theirs = one.gets - for_.own(one.gets)
        if theirs and f"recipients.{name}" not in told:
            purposes = [purpose for purpose in one.for_ if said.notice.purposes[purpose].uses & theirs]
            yield Said(given(said, name, said.belonging(theirs), purposes), also=(f"recipients.{name}",))


def _informed(for_: Audience) -> Section:
    """Write down what the notice tells without promising or waiving anything."""
    texts = [clause.information for clause in for_.said.notice.clauses.values() if clause.information]
    blocks = (Items(tuple(Said(text.of(for_.said.lang)) for text in texts)),)
    return Section("information", for_.say("information"), for_.say("information_lead"), blocks)


def _strange(for_: Audience, path: str) -> bool:
    """Tell whether a promise is about other people's data only."""
    section, _, rest = path.partition(".")
    ask = _OURS.get(section)
    return bool(rest) and ask is not None and not ask(for_, rest.partition(".")[0])


def _seen(for_: Audience, fields: frozenset[str]) -> bool:
    return not fields or for_.touches(fields)


# Whether a named thing of a section is a matter of these people; all other sections always are.
_OURS: dict[str, Callable[[Audience, str], bool]] = {
    "populations": lambda for_, name: name in for_.people,
    "data": lambda for_, name: name in for_.categories(),
    "retention": lambda for_, name: name in for_.categories(),
    "purposes": lambda for_, name: for_.meets(name),
    "messages": lambda for_, name: for_.meets(for_.said.notice.messages[name].for_),
    "consents": lambda for_, name: for_.meets(for_.said.notice.consents[name].for_),
    "points": lambda for_, name: for_.said.notice.points[name].who in for_.people,
    "cases": lambda for_, name: for_.said.notice.cases[name].of in for_.people,
    "roles": lambda for_, name: _seen(for_, for_.said.notice.roles[name].sees),
    "recipients": lambda for_, name: _seen(for_, for_.said.notice.recipients[name].gets),
}


__all__ = ["Document", "articles", "document"]
