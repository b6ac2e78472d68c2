"""Room flows: the exact words of a consent's question, one place for the page that shows and the record that proves."""

from tepati.notice import asking
from tepati.notice.model import Notice


def question(notice: Notice, consent: str, lang: str) -> str:
    """Give the question as people read it: the notice's own words, or those made from the declaration."""
    return asking.question(notice, consent, lang)
