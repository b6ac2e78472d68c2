"""Room web: how the console says a line of the ledger: the act, its answer, promise and purpose, in the notice's words.

What nobody has words for yet is said by its own name: a line is never hidden because a word is missing.
"""

import re
from dataclasses import dataclass

from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.promises import sentences
from tepati.notice.words import Words, words
from tepati.web.site.frame import Visit

MORE = re.compile(r"(?<=[a-z]{3})\. [A-Z].*", re.DOTALL)  # what follows a first sentence
ACT, ANSWER = "ledger.acts.", "ledger.answers."


@dataclass(frozen=True, slots=True)
class Telling:
    """Lines in the words of one organisation and language."""

    at: Visit

    def act(self, name: str) -> str:
        """Say what was done."""
        return self._words.either(ACT + name, name)

    def answer(self, name: str) -> str:
        """Say what came of it; an answer that names how it was given is said without that."""
        return self._words.either(ANSWER + name, self._words.either(ANSWER + name.partition("_")[0], name))

    def promise(self, name: str) -> str:
        """Say a promise by its first sentence; one of an earlier version by its name."""
        return MORE.sub(".", sentences(self.at.org.notice, {name}, self.at.lang).get(name, name))

    def purpose(self, name: str) -> str:
        """Say a purpose as the notice does, with a capital."""
        return speech.capital(labels(self.at.org.notice, self.at.lang).purpose(name)) if name else ""

    def choices(self, kind: str, chosen: str) -> list[tuple[str, str]]:
        """List what a filter offers, by its words: name and words; what was asked for is always among them."""
        start, say = (ACT, self.act) if kind == "act" else (ANSWER, self.answer)
        known = {key.removeprefix(start) for key in self._words.entries if key.startswith(start)}
        return sorted(((name, say(name)) for name in known | {chosen} - {""}), key=lambda one: one[1])

    @property
    def _words(self) -> Words:
        return words(self.at.lang, "console")
