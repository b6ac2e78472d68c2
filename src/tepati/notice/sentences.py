"""Room notice: the default sentence of every promise, made from its declaration, in either language."""

from collections.abc import Callable

from tepati.notice.labels import Labels
from tepati.notice.sayings import guarded, held, used

Sentence = Callable[[Labels, str], str]


def sentence(said: Labels, path: str, kind: str) -> str:
    """Make the sentence of the promise at ``path``."""
    if kind == "closed_list":
        return said.say(f"promise.closed_{path}")
    return SENTENCES[kind](said, path.rpartition(".")[2] if kind in _BY_NAME else path)


# Kinds whose sentence needs only the thing's name; the others are given the whole path.
_BY_NAME = frozenset(
    {
        "population",
        "collection",
        "life",
        "system",
        "case",
        "purpose",
        "point",
        "consent",
        "message",
        "cookie",
        "release",
    }
    | {"decision", "access", "sharing", "endpoint", "prohibition", "right", "mailbox", "terms"}
)
SENTENCES: dict[str, Sentence] = {
    "announcing": held.announcing,
    "showing": held.showing,
    "scope": held.scope,
    "new_purpose": held.new_purpose,
    "approvals": held.approvals,
    "population": held.population,
    "guardian": held.guardian,
    "age_gate": held.age_gate,
    "collection": held.collection,
    "field": held.field,
    "life": held.life,
    "hold": held.hold,
    "system": held.system,
    "case": used.case,
    "purpose": used.purpose,
    "point": used.point,
    "consent": used.consent,
    "message": used.message,
    "cookie": used.cookie,
    "cookie_choice": used.cookie_choice,
    "visits": used.visits,
    "statistics": used.statistics,
    "release": used.release,
    "decision": used.decision,
    "access": guarded.access,
    "sharing": guarded.sharing,
    "agreement": guarded.agreement,
    "transfer": guarded.transfer,
    "endpoint": guarded.endpoint,
    "disclosure": guarded.disclosure,
    "business_transfer": guarded.business_transfer,
    "prohibition": guarded.prohibition,
    "right": guarded.right,
    "mailbox": guarded.mailbox,
    "questions": guarded.questions,
    "terms": guarded.terms,
    "clock": guarded.clock,
    "security": guarded.security,
    "breach": guarded.breach,
    "accountability": guarded.accountability,
    "assessment": guarded.assessment,
    "undertaking": guarded.undertaking,
}
