"""Room flows: letters. One layout, words from ``mail.toml``, fields filled as text and always escaped; pure.

A letter to an unproven address (``confirm_*``) has no field that its requester typed: number, link and end only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from jinja2 import BaseLoader, Environment, StrictUndefined, Template

from tepati.errors import Misconfigured
from tepati.notice import speech
from tepati.notice.words import Words, holes, words

INSTANTS = (
    "until",
    "at",
    "due",
    "asked",
    "known",
    "starts",
    "answer",
    "copies",
    "holds",
    "opens",
    "gone_by",
)  # microseconds as digits, said in the organisation's zone
ANSWER, ANSWERS = "reply", "message_answer"  # what fills a letter with an answer, and its words where it has none
HANDED, RECEIPTS = "handed_until", "handed_receipt"  # what fills a receipt that was asked for at a till, and its words
OVER, ENDED = "gone_by", "message_over"  # likewise where something that had a last day is over
WAITS, WAITING = "waits", "message_thread"  # likewise where the answer leaves its case open
UNSEEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to leave, in both forms; ``subject`` is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """Which fields a kind of letter shows as rows, and which of them are addresses to press (main one first)."""

    rows: tuple[str, ...] = ()
    presses: tuple[str, ...] = ()
    prose: str = ""  # a field of several lines that stands after the first sentence, each line a paragraph
    right: bool = False  # it tells what became of a right: its receipt is called so


KINDS: Mapping[str, _Kind] = {
    "confirm_booking": _Kind(("number", "until"), ("link",)),
    "confirm_complaint": _Kind(("number", "until"), ("link",)),
    "confirm_record": _Kind(("number", "until"), ("link",)),
    "confirm_consent": _Kind(("until",), ("link",)),
    "confirmed": _Kind(("number", "service"), ()),
    "visit_confirmed": _Kind(("number", "starts"), ()),
    "visit_called_off": _Kind(("number", "starts"), ()),
    "visit_link": _Kind((), ("link",)),
    "booked": _Kind(("number", "service"), ()),
    "consent_confirmed": _Kind(("consents",), ("centre",)),
    "complaint_reply": _Kind(("number", "answer"), ()),
    "complaint_answer": _Kind(("number", "until"), ("thread",), "reply"),
    "offer": _Kind((), ("site", "stop")),
    "erased": _Kind(("number", "at", "due"), ("certificate", "cancel")),
    "enter": _Kind(("until",), ("link",)),
    "device": _Kind(("asked", "known"), ("deny",)),
    "connected": _Kind((), ("centre",)),
    "factor_on": _Kind((), ("centre",)),
    "factor_off": _Kind((), ("centre",)),
    "factor_lost": _Kind((), ("keep",)),
    "passkey_copied": _Kind((), ("centre",)),
    "received": _Kind(("number", "asked_for", "due"), ("mine",), right=True),
    "assisted": _Kind(("number", "due"), ("centre",), right=True),
    "disputed": _Kind(("number", "due"), ("centre",), right=True),
    "withdrawn": _Kind(("number", "at", "consents", "gone", "copies", "stays", "needs"), ("centre",), right=True),
    "withdrawn_last": _Kind(("number", "at", "consents", "gone", "copies", "stays", "needs"), right=True),
    "objected": _Kind(("number", "at", "purposes"), ("centre",), right=True),
    "objection_lifted": _Kind(("number", "at"), ("centre",), right=True),
    "restricted": _Kind(("number", "at", "purposes"), ("centre",), right=True),
    "restriction_lifted": _Kind(("number", "at"), ("centre",), right=True),
    "corrected": _Kind(("number", "at", "corrected"), ("centre",), right=True),
    "copied": _Kind(("number", "at"), ("centre",), right=True),
    "handed": _Kind(("number", "at"), right=True),
    "answered": _Kind(("number", "at"), ("centre",), right=True),
    "investigated": _Kind(("number", "at"), ("link",)),
    "moving": _Kind(("until",), ("link",)),
    "moving_told": _Kind(("number", "asked"), ("deny",), right=True),
    "moving_later": _Kind(("opens", "until"), ("link",)),
    "moving_later_told": _Kind(("number", "asked", "opens"), ("deny",), right=True),
    "moved": _Kind(("number", "at")),
    "attached_here": _Kind(("number", "at"), ("centre",), right=True),
    "moved_here": _Kind(("number", "at"), ("centre",), right=True),
    "cancelled": _Kind(("number",)),
    "staff_welcome": _Kind(("roles",), ("link",)),
    "unveiled": _Kind(("at",), ("link",)),
    "staff_way_on": _Kind((), ("link",)),
    "staff_way_off": _Kind((), ("link",)),
    "staff_key_copied": _Kind((), ("link",)),
    "notice_changed": _Kind(("holds",), ("changes", "centre")),
    "notice_changed_staff": _Kind(("holds",), ("changes",)),
    "notice_outside": _Kind(("until",), ("link",)),
    "guardian_asked": _Kind(("until",), ("link",)),
    "guardian_agreed": _Kind(("at", "due"), right=True),
    "guardian_given": _Kind(("at",), ("back",), right=True),
    "guardian_again": _Kind(("at",), ("back",)),
    **{f"message_{kind}": _Kind(("number", "answer")) for kind in ("receipt", "service", "support")},
    "message_administrative": _Kind((), ("site",)),
    "message_reminder": _Kind((), ("site", "centre")),
    "handed_receipt": _Kind(("number",)),
    "message_answer": _Kind(("number", "until"), ("thread",), "reply"),
    "message_thread": _Kind(("number", "until"), ("thread",), "reply"),
    "message_over": _Kind(("number", OVER)),
    "message_promotion": _Kind((), ("site", "stop")),
}


def words_of(message: str, kind: str) -> str:
    """Name the words of a declared message: its own where there are any, else those of its kind."""
    return message if message in KINDS else f"message_{kind}"


def answering(fills: Mapping[str, str]) -> str:
    """Name the words of a letter that tells of an answer or an end, where its message has none; "" of any other."""
    return WAITING if WAITS in fills else ANSWERS if ANSWER in fills else ENDED if OVER in fills else ""


def letter(kind: str, lang: str, fields: Mapping[str, str], more: Sequence[tuple[str, str]] = ()) -> Letter:
    """Write a letter. ``fields`` are the house's (organisation, form of address, site), the act's, and opened ones;
    ``more`` are rows that a message without words of its own shows: (what it is called, value).

    Raises Misconfigured for a kind without words, or a field that its words need and nobody gave.
    """
    said = words(lang, "mail", fields.get("form", ""))
    if kind not in KINDS or f"{kind}.subject" not in said:
        raise Misconfigured("letter_unknown", kind=kind)
    known = _known(fields, lang)
    subject = UNSEEN.sub(" ", _say(said, f"{kind}.subject", known)).strip()
    parts = _parts(kind, said, known)
    return _written(subject, parts | {"rows": [*cast("list[tuple[str, str]]", parts["rows"]), *more]})


def rehearsal(kind: str, lang: str, fields: Mapping[str, str]) -> Letter:
    """Write a letter as its sender tries it on themselves: marked in its subject and in its first sentence."""
    said, known = words(lang, "mail", fields.get("form", "")), _known(fields, lang)
    lines = [said.say("rehearsal.note"), *_lines(kind, said, known)]
    subject = said.say("rehearsal.subject", subject=letter(kind, lang, fields).subject)
    return _written(subject, _parts(kind, said, known) | {"lines": lines})


def _written(subject: str, parts: Mapping[str, object]) -> Letter:
    text = re.sub(r"\n{3,}", "\n\n", _template("letter.txt").render(parts)).strip() + "\n"
    return Letter(subject, text, _template("letter.html").render(parts))


def text(kind: str, lang: str, fields: Mapping[str, str]) -> str:
    """Write a short message: one sentence or two of ``text.<kind>``, filled as text, on one line."""
    said = words(lang, "mail", fields.get("form", ""))
    return UNSEEN.sub(" ", _say(said, f"text.{kind}", _known(fields, lang))).strip()


def _known(fields: Mapping[str, str], lang: str) -> dict[str, str]:
    """Say instants in words; opened fields come as ``identity_name`` and are also known by their last word."""
    known = {"lang": lang, **{name.rpartition("_")[2]: value for name, value in fields.items()}, **fields}
    tz = fields.get("timezone", "Asia/Jakarta")
    said = {name: speech.deadline(int(known[name]), tz, lang) for name in INSTANTS if known.get(name, "").isdecimal()}
    return known | said


def _parts(kind: str, said: Words, known: Mapping[str, str]) -> dict[str, object]:
    shape = KINDS[kind]
    return {
        "lang": known["lang"],
        "organisation": known.get("organisation", ""),
        "title": _say(said, f"{kind}.title", known),
        "lines": _lines(kind, said, known),
        "rows": [(_own(said, kind, "row", name), known[name]) for name in shape.rows if known.get(name)],
        "presses": [(_own(said, kind, "press", name), known[name]) for name in shape.presses if known.get(name)],
        "after": [_say(said, _receipt(kind, said, known["receipt"]), known)] if "receipt" in known else [],
        "reason": _say(said, f"{kind}.reason", known),
        "contact": known.get("contact", ""),
        "foot": _say(said, "foot", known),
        "privacy": known.get("privacy", ""),
        "privacy_said": said.say("privacy"),
        "press_said": said.say("press_said"),
    }


def _own(said: Words, kind: str, part: str, name: str) -> str:
    """Call a row or an address as this kind of letter does, else as all do."""
    own = f"{kind}.{part}_{name}"
    return said.say(own if own in said else f"{part}.{name}")


def _lines(kind: str, said: Words, known: Mapping[str, str]) -> list[str]:
    keys = [f"{kind}.{name}" for name in ("lead", "more", "note") if f"{kind}.{name}" in said]
    ended = f"outcome.{known.get('outcome', '')}"  # of a right; a field of a notice may be called so too
    keys += [ended] if ended in said else []
    told = [_say(said, key, known) for key in keys]
    prose = [line for each in known.get(KINDS[kind].prose, "").split("\n") if (line := UNSEEN.sub(" ", each).strip())]
    return told[:1] + prose + told[1:]


def _receipt(kind: str, said: Words, how: str) -> str:
    """Name the sentence about a receipt, enclosed or missing: its own, that of a right, or of a booking's answers."""
    own = f"receipt.{kind}_{how}"
    return own if own in said else f"receipt.right_{how}" if KINDS[kind].right else f"receipt.{how}"


def _say(said: Words, key: str, known: Mapping[str, str]) -> str:
    wanted = holes(said.entries[key]) if key in said else frozenset()
    return said.say(key, **{name: known[name] for name in wanted if name in known})


@cache
def _template(name: str) -> Template:
    source = files("tepati.flows.letters").joinpath(name).read_text("utf-8")
    made = Environment(
        loader=BaseLoader(), autoescape=name.endswith(".html"), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return made.from_string(source)
