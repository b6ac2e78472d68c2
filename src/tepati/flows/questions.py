"""Room flows: the exact words of a consent's question, one place for the page that shows and the record that proves."""

from tepati.notice.labels import labels
from tepati.notice.model import Notice
from tepati.notice.words import words


def question(notice: Notice, consent: str, lang: str) -> str:
    """Give the question as people read it: its own words, those of offers by a channel, or its purpose."""
    asked, said = notice.consents[consent], words(lang, "site")
    if asked.question:
        return asked.question.of(lang)
    if notice.purposes[asked.for_].kind == "marketing" and f"ask.{asked.channel}" in said:
        return said.say(f"ask.{asked.channel}")
    return said.say("ask.purpose", purpose=labels(notice, lang).purpose(asked.for_))


def shown(notice: Notice, consent: str, lang: str) -> dict[str, str]:
    """Give all words that stand beside the answer, by language: in English the Indonesian too, which prevails.

    UU 24/2009 Art. 31; PM 20/2016 Art. 6: consent is asked in Indonesian.
    """
    return {each: question(notice, consent, each) for each in dict.fromkeys((lang, "id"))}
