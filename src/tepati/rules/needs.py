"""Room rules: what a yes taken back leaves without a purpose, field by field and record by record (UU PDP Art. 40, 43).

A field of a record stays where another purpose may still use it there, or another law keeps it; the rest must go.
"""

from tepati.rules.aims import Aim, Fields
from tepati.rules.facts import Facts, Row
from tepati.rules.policy import Policy


def released(policy: Policy, purpose: str, facts: Facts) -> dict[str, Fields]:
    """Name the fields of each record (hex) that only ``purpose`` used; ``facts`` are those after the yes was taken."""
    aim = policy.aims[purpose]
    found = {name: _released(policy, aim, row, facts) for name, row in facts.rows.items()}
    return {name: fields for name, fields in found.items() if fields}


def needed(policy: Policy, purpose: str, facts: Facts) -> dict[str, tuple[str, ...]]:
    """Name, for each field that ``purpose`` used and that stays, the other purposes or rules that need it."""
    reasons: dict[str, dict[str, None]] = {}
    for row in facts.rows.values():
        for path in _of(policy.aims[purpose], row):
            reasons.setdefault(path, {}).update(dict.fromkeys(_reasons(policy, purpose, path, row, facts)))
    return {path: tuple(found) for path, found in sorted(reasons.items()) if found}


def _released(policy: Policy, aim: Aim, row: Row, facts: Facts) -> Fields:
    return frozenset(path for path in _of(aim, row) if not _reasons(policy, aim.name, path, row, facts))


def _of(aim: Aim, row: Row) -> Fields:
    """Give the fields of a record that a purpose could use: by its point, or by a question asked there."""
    pools = [aim.points, *aim.pools.values()]
    own = row.ends.keys() - row.held.keys()  # what only a hold keeps serves its rule and nothing else
    return frozenset(p for pool in pools for p in pool.get(row.point, ()) if p.partition(".")[0] in own)


def _reasons(policy: Policy, purpose: str, path: str, row: Row, facts: Facts) -> list[str]:
    others = [a for a in policy.aims.values() if not a.built_in and a.name != purpose and a.name not in facts.objected]
    found = [aim.name for aim in others if _uses(aim, path, row, facts)]
    if own := _uses(policy.aims[purpose], path, row, facts):
        found += [purpose] * own
    held = policy.holds.get(path.partition(".")[0])
    return found + ([held.rule] if held and path in held.fields and _holds(policy, held.rule, facts) else [])


def _uses(aim: Aim, path: str, row: Row, facts: Facts) -> bool:
    """Say whether a purpose may use a field of a record: its point's, or one that a question in force opened."""
    if not aim.consent and path in aim.points.get(row.point, ()):
        return True
    return any(path in aim.pools[q].get(row.point, ()) for q in aim.pools if q in facts.consents)


def _holds(policy: Policy, rule: str, facts: Facts) -> bool:
    """A hold speaks of whoever has data in all that its purpose works with (as ``retention.holds``)."""
    has = {category for row in facts.rows.values() for category in row.ends}
    uses = [aim.uses for aim in policy.aims.values() if aim.because == rule]
    return all({path.partition(".")[0] for path in fields} <= has for fields in uses)
