"""Room web: how the console says declared things: options by their labels, people by their masks, cleaners by name."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from tepati.flows.hours import hour_of
from tepati.flows.opening import in_words
from tepati.notice import speech
from tepati.notice.labels import Labels, labels
from tepati.web.site.frame import Visit


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one organisation in one language."""

    at: Visit

    @property
    def labels(self) -> Labels:
        return labels(self.at.org.notice, self.at.lang)

    def value(self, path: str, value: str) -> str:
        """Say one value: a chosen option by its label, a date as people write it."""
        said = in_words(self.at.org.notice, {path: value}, self.at.lang)[path]
        return said if said != value or path.partition(".")[2] != "date" else day(value, self.at.lang)

    def field(self, path: str) -> str:
        """Call a field by its name, with a capital."""
        return speech.capital(self.labels.field(path))

    def category(self, name: str) -> str:
        """Call a category by its name, with a capital."""
        return speech.capital(self.labels.category(name))

    def case(self, name: str) -> str:
        """Call a case, or a request, by its name, with a capital."""
        kind, _, asked = name.partition(":")
        if kind == "request" and asked:
            return speech.capital(self.at.say(f"queue.kind.{asked}"))
        return speech.capital(self.labels.case(name))

    def purpose(self, name: str) -> str:
        """Call a purpose as the notice does."""
        return self.labels.purpose(name)

    def role(self, name: str) -> str:
        """Call a role as the notice does, with a capital."""
        return speech.capital(self.labels.role(name))

    def recipient(self, name: str) -> str:
        """Call a recipient as the notice does, with a capital."""
        return speech.capital(self.labels.recipient(name))

    def last_day(self, end: int) -> str:
        """Say the last day before something ends: an end at midnight is the day before."""
        return speech.day(end - 1, self.at.tz, self.at.lang)

    def free(self, named: object) -> list[tuple[str, str, int]]:
        """Read hours that are free, as the act names them (``day/key,...``): day, option, and when it begins."""
        pairs = [each.partition("/") for each in str(named or "").split(",") if each]
        known = [(day, key, hour_of(self.at.org.notice, day, key)) for day, _, key in pairs]
        return [(day, key, hour.starts) for day, key, hour in known if hour]

    def crew(self, names: Mapping[str, str], member: str) -> str:
        """Call a cleaner by name; by a short sign where the viewer's role sees no names."""
        return names.get(member) or self.at.say("crew.nameless", sign=member[:6]) if member else ""

    def grouped(self, values: Mapping[str, object]) -> dict[str, list[str]]:
        """Group paths by category, in the order of the notice."""
        order = [f"{c}.{f}" for c, held in self.at.org.notice.data.items() for f in held.fields]
        out: dict[str, list[str]] = {}
        for path in order:
            if path in values:
                out.setdefault(path.partition(".")[0], []).append(path)
        return out


def day(value: str, lang: str) -> str:
    """Say a date as sent by a form in full; what is none stays as it is."""
    try:
        return speech.date(dt.date.fromisoformat(value), lang)
    except ValueError:
        return value
