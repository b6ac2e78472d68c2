"""Room web: the ways in by a sign-in provider, as the door and the account page offer them: told before the button."""

from dataclasses import dataclass

from tepati.flows.questions import shown
from tepati.flows.ways import Way, way
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web.site.frame import Visit


@dataclass(frozen=True, slots=True)
class Question:
    """One question that is answered before the browser leaves: its name, its words, the Indonesian ones beside."""

    name: str
    text: str
    also: str


@dataclass(frozen=True, slots=True)
class Offered:
    """One way in, as shown: its title, who it is, what the notice says of them, the fields that would be kept."""

    name: str
    title: str
    who: str
    told: str
    fields: str
    questions: tuple[Question, ...]


def offered(at: Visit) -> list[Offered]:
    """List the ways that are configured, and declared by the version in force."""
    found = [way(at.org.notice, name) for name in at.org.providers]
    return [_offered(at, one) for one in found if one]


def _offered(at: Visit, one: Way) -> Offered:
    notice, said = at.org.notice, labels(at.org.notice, at.lang)
    told = notice.recipients[one.name].says
    return Offered(
        one.name, speech.capital(said.point(one.point)), said.recipient(one.name), told.of(at.lang) if told else "",
        said.fields(sorted(one.claims)), tuple(_question(at, name) for name in one.questions),
    )  # fmt: skip


def _question(at: Visit, name: str) -> Question:
    words = shown(at.org.notice, name, at.lang)
    return Question(name, words[at.lang], "" if at.lang == "id" else words["id"])
