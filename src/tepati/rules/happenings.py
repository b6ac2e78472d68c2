"""Room rules: what is written down of a case when it happens: a recorded moment that something of its data waits for.

Who writes it down works with what waits for it: a role that sees, for a purpose of its own, a category whose life
begins with the moment, or what a recipient gets whose window hangs on it.
"""

from tepati.notice.model import Notice, Recipient
from tepati.rules.facts import ATTESTED

OURS = frozenset({"called_off", "answered", ATTESTED})  # moments that acts of their own write down


def moments(notice: Notice, roles: tuple[str, ...]) -> dict[tuple[str, str], tuple[str, str]]:
    """Map each moment (case, moment) that one of ``roles`` may write down to the role and the purpose it serves."""
    found = {}
    for case, declared in notice.cases.items():
        for moment, kind in declared.moments.items():
            if kind == "recorded" and moment not in OURS and (who := _who(notice, roles, f"{case}.{moment}")):
                found[case, moment] = who
    return found


def _who(notice: Notice, roles: tuple[str, ...], event: str) -> tuple[str, str] | None:
    lives = {name for name, life in notice.retention.items() if life.from_.event == event}
    gets = [each for each in notice.recipients.values() if event in _edges(each)]
    for name in roles:
        role = notice.roles.get(name)
        for purpose in (each for each in (role.for_ if role else ()) if each in notice.purposes):
            seen = notice.roles[name].sees & notice.purposes[purpose].uses
            handed = any(purpose in each.for_ and seen & each.gets for each in gets)
            if handed or any(field.partition(".")[0] in lives for field in seen):
                return name, purpose
    return None


def _edges(recipient: Recipient) -> set[str]:
    return {edge.event for edge in (recipient.from_, recipient.until) if edge is not None}
