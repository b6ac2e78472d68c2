"""Room flows: the exact words of a consent's question, one place for the page that shows and the record that proves."""

from tepati.notice.model import Notice
from tepati.notice.words import words


def question(notice: Notice, consent: str, lang: str) -> str:
    """Give the question as people read it: the notice's own words, or the sentence for its channel."""
    asked = notice.consents[consent]
    return asked.question.of(lang) if asked.question else words(lang, "site").say(f"ask.{asked.channel}")
