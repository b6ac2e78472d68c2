"""Room flows: the exact words of a consent's question, one place for the page that shows and the record that proves."""

import hashlib

from tepati.notice import asking
from tepati.notice.derived import derived
from tepati.notice.model import Notice


def question(notice: Notice, consent: str, lang: str) -> str:
    """Give the question as people read it: the notice's own words, or those made from the declaration."""
    return asking.question(notice, consent, lang)


def shown(notice: Notice, consent: str, lang: str) -> dict[str, str]:
    """Give all words that stand beside the answer, by language: in English the Indonesian too, which prevails.

    UU 24/2009 Art. 31; PM 20/2016 Art. 6: consent is asked in Indonesian.
    """
    return {each: question(notice, consent, each) for each in dict.fromkeys((lang, "id"))}


@derived
def bound(notice: Notice, consent: str, lang: str) -> bytes:
    """Give the SHA-256 of these words, joined by line feeds (docs/spec/ledger.md, Words of a consent)."""
    return hashlib.sha256("\n".join(shown(notice, consent, lang).values()).encode()).digest()
