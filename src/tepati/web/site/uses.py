"""Room web: a line of a person's trail in words: who, what, for what; a refusal with the promise that refused."""

from dataclasses import dataclass, replace

from tepati.flows.trail import Trace
from tepati.notice import speech
from tepati.notice.labels import Labels, labels
from tepati.notice.promises import promises
from tepati.notice.words import words
from tepati.web.site.frame import Visit

OWN = "show"
PERSON = frozenset({"confirm", "enter", "guard", "agree", "withdraw", "collect"})  # theirs, where no role is told


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as shown. ``promise`` is the sentence of the promise that refused, "" where nothing was refused.

    ``again`` counts the same just before it: a person's own views, one after the other.
    """

    line: str
    index: int
    at: int
    who: str
    what: str
    why: str
    number: str
    promise: str
    refused: bool
    dispute: str
    again: int = 0


def entries(at: Visit, traces: list[Trace]) -> list[Entry]:
    """Say each line of a page of the trail."""
    said = labels(at.org.notice, at.lang)
    refusing = {one.promise for one in traces if one.answer == "refused"}
    known = {p.id: p.text.of(at.lang) for p in promises(at.org.notice)} if refusing else {}
    shown: list[Entry] = []
    for one in traces:
        entry = _entry(at, said, one, known.get(one.promise, one.promise))
        if one.act == OWN and shown and (shown[-1].who, shown[-1].what) == (entry.who, entry.what):
            shown[-1] = replace(shown[-1], again=shown[-1].again + 1)  # one's own views do not bury what others did
        else:
            shown.append(entry)
    return shown


def _entry(at: Visit, said: Labels, one: Trace, promise: str) -> Entry:
    refused = one.answer == "refused"
    return Entry(
        line=one.line, index=one.index, at=one.says.at, who=_who(at, said, one),
        what=at.say("use.refused", fields=_fields(said, one)) if refused else _what(at, said, one),
        why=_why(at, said, one), number=one.number, promise=promise if refused else "", refused=refused,
        dispute=one.dispute,
    )  # fmt: skip


def _who(at: Visit, said: Labels, one: Trace) -> str:
    role = one.says.role
    if role in at.org.notice.roles:
        return speech.capital(said.role(role))
    if role == "guardian":
        return at.say("use.guardian_who")
    mine = role == "person" or (not role and one.act in PERSON)
    return at.say("use.you" if mine else "use.system")


def _fields(said: Labels, one: Trace) -> str:
    return said.fields(one.says.fields)


def _what(at: Visit, said: Labels, one: Trace) -> str:
    """Take the closest words there are: for act and effect, for act and answer, for the act."""
    says = one.says
    effect = "_".join(says.effect.split()[:2]).lower()
    staff = [f"use.{one.act}_staff"] if says.role in at.org.notice.roles else []
    keys = [*staff, f"use.{one.act}_{effect}", f"use.{one.act}_{one.answer}", f"use.{one.act}"]
    values = {
        "fields": _fields(said, one),
        "point": said.point(says.point) if says.point in at.org.notice.points else "",
        "question": consent(at, says.question) if says.question in at.org.notice.consents else says.question,
        "message": said.own(None, says.message) if says.message else "",
        "category": said.category(says.category) if says.category else "",
        "act": one.act,
        "recipient": said.recipient(says.recipient) if says.recipient in at.org.notice.recipients else "",
    }
    known = words(at.lang, "centre")
    return at.say(next((key for key in keys if key in known), "use.other"), **values)


def _why(at: Visit, said: Labels, one: Trace) -> str:
    if not one.purpose or (one.purpose == "proof" and not one.number):
        return ""  # a letter that proves an address, a sign-in: what it was for is what it was
    return at.say("use.for", purpose=said.purpose(one.purpose))


def consent(at: Visit, question: str) -> str:
    """Name a consent: what it is for, and by which channel."""
    declared, said = at.org.notice.consents[question], labels(at.org.notice, at.lang)
    purpose = speech.capital(said.purpose(declared.for_))
    if not declared.channel:
        return purpose
    return at.say("consents.by", purpose=purpose, channel=said.channels([declared.channel]))
