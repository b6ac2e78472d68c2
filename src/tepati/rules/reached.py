"""Room rules: a change of the notice reaches people one by one; until then the older version holds for them too.

1. A version allows somebody who was told of it, or of all that widened the purpose, what it says.
2. Somebody told less gets what this version *and* the one before allow, and so back to the version they were told:
   what narrows holds for everybody at once, what widens for nobody who was not reached (``notice.announce``).
3. A yes covers what its question stood for. Widened since, it counts for what the version before allows as well.
"""

from collections.abc import Callable, Collection

import msgspec

from tepati.errors import Refused
from tepati.notice.values import STRICTNESS
from tepati.rules.aims import Aim
from tepati.rules.facts import Facts, Permit, Use
from tepati.rules.policy import Policy

Door = Callable[[Policy, Use, Facts], Permit]
_OWN = frozenset({"person", "system"})  # what people ask for themselves is answered, whatever they were told
replace = msgspec.structs.replace


def outgrown(aim: Aim, facts: Facts) -> frozenset[str]:
    """Name the questions of a purpose whose yes was given to less than they stand for now."""
    known = aim.renewed.items()
    return frozenset(q for q, at in known if q in facts.consents and facts.agreed.get(q, 1) < at)


def told_less(door: Door, policy: Policy, aim: Aim, use: Use, facts: Facts) -> Permit:
    """Answer somebody who was not told of what widened this purpose. Raises Refused."""
    now = door(policy, use, replace(facts, told=aim.told))
    if aim.built_in and use.role in _OWN:
        return now
    return _both(door, policy, use, facts, now, Refused("untold", "notice.announce", version=aim.told))


def agreed_to_less(door: Door, policy: Policy, use: Use, facts: Facts, stale: Collection[str]) -> Permit:
    """Answer somebody whose yes was given before its question was widened. Raises Refused."""
    fresh = {question: until for question, until in facts.consents.items() if question not in stale}
    try:
        permit = door(policy, use, replace(facts, consents=fresh))
        if not permit.observed:
            return permit  # other questions are enough
    except Refused:
        pass
    now = door(policy, use, replace(facts, agreed={**facts.agreed, **dict.fromkeys(stale, policy.version)}))
    missing = Refused("consent_missing", f"consents.{min(stale)}")
    return _both(door, policy, use, facts, now, missing)


def _both(door: Door, policy: Policy, use: Use, facts: Facts, now: Permit, otherwise: Refused) -> Permit:
    """Give what two versions in a row allow. Raises ``otherwise`` where the older one does not."""
    if now.observed:
        return now
    try:
        then = door(policy.before, use, facts) if policy.before is not None else None
    except Refused:
        then = None
    if then is None or then.observed:
        raise otherwise
    records = now.records & then.records
    if records not in (now.records, then.records):  # each alone was whole; a part of both need not be
        raise otherwise
    how = max(now.how, then.how, key=STRICTNESS.__getitem__)
    return replace(now, records=records, how=how, keeps=now.keeps & then.keeps)
