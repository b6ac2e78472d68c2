"""Room notice: the question of a consent: the default one, and what an own one leaves unsaid. Pure.

A question says all that its yes opens: which data, for what, by which channel or to whom, and in which country. So the
default is made from the declaration, and an own wording that names less is a fault.
"""

import re
from collections.abc import Iterator

from tepati.notice.derived import derived
from tepati.notice.labels import Labels, labels
from tepati.notice.model import Consent, Notice, Recipient
from tepati.notice.words import words

_PROMOTION = frozenset({"offers", "promotion", "promotions", "marketing"})
_REACHED = ("email", "whatsapp", "sms", "phone")
_WORD = re.compile(r"[^\W_]{3,}")


@derived
def question(notice: Notice, consent: str, lang: str) -> str:
    """Give the question as people read it: the notice's own words, or the default made from the declaration."""
    asked = notice.consents[consent]
    return asked.question.of(lang) if asked.question else _default(labels(notice, lang), asked)


def _default(said: Labels, asked: Consent) -> str:
    area, fields = words(said.lang, "asking"), said.fields(opened(said.notice, asked))
    if asked.for_ in _PROMOTION and asked.channel in _REACHED and not asked.recipient:
        return f"{words(said.lang, 'site').say(f'ask.{asked.channel}')} {area.say('with', fields=fields)}"
    purpose, by = said.purpose(asked.for_), ""
    if asked.channel in said.notice.notice.covers or asked.channel in _REACHED:
        by = area.say("by", channel=said.say(f"channel.{asked.channel}"))
    one = said.notice.recipients.get(asked.recipient)
    key = "plain" if one is None else "given" if one.gets else "returned" if one.returns else "behalf"
    to = _to(said, asked.recipient, one) if one else ""
    return f"{area.say(key, fields=fields, purpose=purpose, to=to, by=by)} {area.say('stop')}"


def _to(said: Labels, name: str, one: Recipient) -> str:
    country = f" ({said.country(one.country)})" if one.country != "ID" else ""
    return f"{said.recipient(name)}{country}"


def opened(notice: Notice, asked: Consent) -> frozenset[str]:
    """Give the fields a yes opens: what the recipient gets, or gives (a sign-in provider), or what the purpose uses."""
    one = notice.recipients.get(asked.recipient)
    purpose = notice.purposes.get(asked.for_)
    return ((one.gets or one.returns) if one else frozenset()) or (purpose.uses if purpose else frozenset())


def unsaid(notice: Notice, consent: str, lang: str) -> Iterator[tuple[str, str]]:
    """Tell what an own question leaves out: ``recipient``, ``country``, ``channel``, ``data``, with its word."""
    asked = notice.consents[consent]
    if asked.question is None:
        return
    said, text = labels(notice, lang), asked.question.of(lang)
    one = notice.recipients.get(asked.recipient)
    if one and not _says(text, said.recipient(asked.recipient)):
        yield "recipient", said.recipient(asked.recipient)
    if one and one.country != "ID" and not _says(text, said.country(one.country)):
        yield "country", said.country(one.country)
    if asked.channel in _REACHED and not _says(text, said.say(f"channel.{asked.channel}")):
        yield "channel", said.say(f"channel.{asked.channel}")
    for field in sorted(opened(notice, asked)):
        if not any(_says(text, way) for way in _ways(said, field)):
            yield "data", said.field(field)


def _ways(said: Labels, field: str) -> Iterator[str]:
    category, _, name = field.partition(".")
    yield said.field(field)
    yield said.category(category)
    yield said.own(None, name)
    yield said.said.either(f"type.{said.notice.data[category].fields[name].type}", said.field(field))


def _says(text: str, words_: str) -> bool:
    """Tell whether every word of ``words_`` stands in the text."""
    here = {word.casefold() for word in _WORD.findall(text.replace("-", ""))}
    wanted = [word.casefold() for word in _WORD.findall(words_.replace("-", ""))]
    return bool(wanted) and all(word in here for word in wanted)
