"""Room rules: what a yes taken back leaves without a purpose, field by field and record by record (UU PDP Art. 40, 43).

A field of a record stays where another purpose may still use it there, or another law keeps it; the rest must go.
"""

from tepati.rules.aims import Aim, Fields
from tepati.rules.facts import Facts, Row
from tepati.rules.policy import Policy


def released(policy: Policy, purpose: str, facts: Facts) -> dict[str, Fields]:
    """Name the fields of each record (hex) that only ``purpose`` used; ``facts`` are those after the yes was taken."""
    return parted(policy, purpose, facts)[0]


def parted(policy: Policy, purpose: str, facts: Facts) -> tuple[dict[str, Fields], dict[str, tuple[str, ...]]]:
    """Part what ``purpose`` used: the fields of each record (hex) that go, and those that stay, each with its needs.

    A need is another purpose or a rule; ``facts`` are those after the yes was taken.
    """
    gone: dict[str, Fields] = {}
    stays: dict[str, dict[str, None]] = {}
    for name, row in facts.rows.items():
        needs = _needs(policy, purpose, row, facts)
        for path, found in needs.items():
            stays.setdefault(path, {}).update(dict.fromkeys(found))
        if free := frozenset(path for path, found in needs.items() if not found):
            gone[name] = free
    return gone, {path: tuple(found) for path, found in sorted(stays.items()) if found}


def _needs(policy: Policy, purpose: str, row: Row, facts: Facts) -> dict[str, list[str]]:
    """Say for each field of a record that ``purpose`` could use which others need it there: none is a field that goes.

    In the order of the notice, ``purpose`` itself by another question last but for the rule of a hold.
    """
    aims = policy.aims
    others = [a for a in aims.values() if not a.built_in and a.name != purpose and a.name not in facts.objected]
    users = [(aim.name, used) for aim in (*others, aims[purpose]) if (used := _usable(aim, row, facts))]
    needs = {path: [name for name, used in users if path in used] for path in _of(aims[purpose], row)}
    for path, found in needs.items():
        held = policy.holds.get(path.partition(".")[0])
        if held and path in held.fields and _holds(policy, held.rule, facts):
            found.append(held.rule)
    return needs


def _of(aim: Aim, row: Row) -> Fields:
    """Give the fields of a record that a purpose could use: by its point, or by a question asked there."""
    pools = [aim.points, *aim.pools.values()]
    own = row.ends.keys() - row.held.keys()  # what only a hold keeps serves its rule and nothing else
    return frozenset(p for pool in pools for p in pool.get(row.point, ()) if p.partition(".")[0] in own)


def _usable(aim: Aim, row: Row, facts: Facts) -> Fields:
    """Give the fields of a record that a purpose may use: its point's, and what questions in force opened."""
    own: Fields = frozenset() if aim.consent else aim.points.get(row.point, frozenset())
    opened = [pool.get(row.point, frozenset()) for question, pool in aim.pools.items() if question in facts.consents]
    return own.union(*opened)


def _holds(policy: Policy, rule: str, facts: Facts) -> bool:
    """A hold speaks of whoever has data in all that its purpose works with (as ``retention.holds``)."""
    has = {category for row in facts.rows.values() for category in row.ends}
    uses = [aim.uses for aim in policy.aims.values() if aim.because == rule]
    return all({path.partition(".")[0] for path in fields} <= has for fields in uses)
