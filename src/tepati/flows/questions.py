"""Room flows: the exact words of a consent's question, one place for the page that shows and the record that proves."""

from tepati.notice.model import Notice
from tepati.notice.words import words


def question(notice: Notice, consent: str, lang: str) -> str:
    """Give the question as people read it: the notice's own words, or the sentence for its channel."""
    asked = notice.consents[consent]
    return asked.question.of(lang) if asked.question else words(lang, "site").say(f"ask.{asked.channel}")


def shown(notice: Notice, consent: str, lang: str) -> dict[str, str]:
    """Give all words that stand beside the answer, by language: in English the Indonesian too, which prevails.

    UU 24/2009 Art. 31; PM 20/2016 Art. 6: consent is asked in Indonesian.
    """
    return {each: question(notice, consent, each) for each in dict.fromkeys((lang, "id"))}
