"""Room flows: a version that keeps for less does so for what lies here already: the ends of somebody's records move.

Only ever earlier: what a version keeps for longer waits for whom it reaches, and for records that come from then on.
An end that is past by then is carried out by the next sweep. What other law holds keeps the end that was said of it.
"""

import msgspec

from tepati.flows.desk import Sheet
from tepati.registers import records
from tepati.rules import retention
from tepati.rules.facts import Facts
from tepati.rules.facts import Row as Record
from tepati.rules.policy import Policy


def shorter(policy: Policy) -> frozenset[str]:
    """Name the categories whose life is another than in the version before."""
    if policy.before is None:
        return frozenset()
    before, was = policy.before.lives, policy.was
    return frozenset(name for name, life in policy.lives.items() if before.get(was.get(f"data.{name}", name)) != life)


async def redate(sheet: Sheet, person: bytes, facts: Facts, changed: frozenset[str]) -> tuple[Facts, list[str]]:
    """Move ends of these categories that the version in force promises earlier; give the facts, and what moved."""
    rows, moved = dict(facts.rows), dict[str, None]()
    for name, row in facts.rows.items():
        ends = dict(row.ends)
        for category in sorted(changed & row.ends.keys() - row.held.keys()):
            due = _due(sheet.desk.policy, category, facts, row)
            if due < ends[category]:
                ends[category], moved[category] = due, None
                await records.set_due(sheet.tx, person, bytes.fromhex(name), category, due)
        rows[name] = msgspec.structs.replace(row, ends=ends)
    return msgspec.structs.replace(facts, rows=rows), list(moved)


def _due(policy: Policy, category: str, facts: Facts, row: Record) -> int:
    """Give the end as an act would give it now: by the case the record belongs to, and the visits of that case."""
    spoken = [one for name, one in facts.dealings.items() if row.dealing and row.dealing in {name, one.part}]
    opened = facts.dealings[row.dealing].opened if row.dealing in facts.dealings else 0
    begun = max(row.created, opened)
    return retention.last(policy, category, begun, spoken, facts.told) if begun else row.ends[category]
