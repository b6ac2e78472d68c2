"""Room web: both lists of a withdrawal in sentences: what is erased, and what stays and for what."""

from collections.abc import Mapping

from tepati.flows.acts.withdraw import Withdrawn
from tepati.notice.labels import labels
from tepati.web.site.frame import Visit
from tepati.web.site.uses import consent

MOST = 375  # characters of one sentence that a ticket carries over a redirect


def gone(at: Visit, fields: tuple[str, ...]) -> str:
    """Say what is erased."""
    return labels(at.org.notice, at.lang).fields(fields) + "." if fields else at.say("released.gone_none")


def stays(at: Visit, reasons: Mapping[str, tuple[str, ...]]) -> str:
    """Say what stays, for which purposes and by which rules; "" where nothing does."""
    if not reasons:
        return ""
    said = labels(at.org.notice, at.lang)
    names = list(dict.fromkeys(name for each in reasons.values() for name in each))
    purposes = [said.purpose(name) for name in names if name in at.org.notice.purposes]
    rules = [said.rule(name) for name in names if name not in at.org.notice.purposes]
    values = {"fields": said.fields(tuple(reasons)), "purposes": said.join(purposes), "rule": said.join(rules)}
    key = {(True, False): "for", (False, True): "law", (True, True): "both"}[bool(purposes), bool(rules)]
    return at.say(f"released.stays_{key}", **values)


def told(at: Visit, done: Withdrawn) -> dict[str, str]:
    """Write what a withdrawal did for a ticket: names of fields and purposes, numbers, instants; no value."""
    name = consent(at, done.question)
    went = "" if done.again else gone(at, done.gone)
    said = {"question": name, "gone": went, "stays": stays(at, done.stays), "number": done.answer.number}
    instants = {"at": str(done.answer.done), "copies": str(done.copies)}
    return {key: value[:MOST] for key, value in said.items()} | instants
