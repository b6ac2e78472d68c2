"""Room rules: when what is held ends, under which key, and what another law keeps. An end is always known.

Source: language.md, retention; UU PDP Art. 43-44. Instants are microseconds since 1970 UTC.
"""

from collections.abc import Mapping, Sequence

import msgspec

from tepati.notice.model import Life
from tepati.rules.aims import Fields
from tepati.rules.calendar import known, local
from tepati.rules.deadlines import after, shifted
from tepati.rules.facts import FOREVER, OVER, Dealing, Facts, Row, vouched
from tepati.rules.policy import Policy

_RECORD = "record.created"


class Hold(msgspec.Struct, frozen=True):
    """What is kept past its end: these fields, for this rule, until then.

    ``needs``: categories the purpose of that rule works with; a person without data in all of them has nothing that
    the rule speaks of, and nothing is held.
    """

    rule: str
    fields: Fields
    until: int
    needs: frozenset[str]


def ending(policy: Policy, category: str, record_created: int, dealing: str, told: int = FOREVER) -> str:
    """Name the end a key is made for: a day (``2028-12-01``), a case (``case:<hex>``), or ``person``.

    All of a person's values of one category with the same name end together, backups included (design section 5).
    """
    life = policy.lives[category]
    kind = life.from_.event.partition(".")[0]
    if kind in {"person", "staff", "consent", "notice"}:
        return "person"
    if kind != "record" and dealing:
        return f"case:{dealing}"
    end = due(policy, category, record_created, None, told)
    return local(end - 1, policy.days).date().isoformat() if known(end) else "person"


def due(policy: Policy, category: str, created: int, dealing: Dealing | None, told: int = FOREVER) -> int:
    """Give the instant at which a value must be gone: never none.

    The earliest end counts of the versions that hold for whoever was ``told`` that one. While the event has not come
    it is ``longest`` from the record's creation, for it may never come. ``while`` lets the end wait,
    ``at_least`` puts it off, and ``longest`` caps both.
    """
    return min(
        _due(each, then, created, _then(policy, each, dealing)) for each, then in _versions(policy, category, told)
    )


def _versions(policy: Policy, category: str, told: int) -> list[tuple[Policy, str]]:
    """List the versions that hold for somebody and know a category, each with its name then.

    The newest speaks of it in any case; one that was renamed since has the length of its former name too.
    """
    newest, *older = policy.called("data", category, told)
    return [newest, *((each, then) for each, then in older if then in each.lives)]


def _then(policy: Policy, each: Policy, dealing: Dealing | None) -> Dealing | None:
    """Give a dealing under the name its kind had in an older version."""
    if dealing is None or each is policy:
        return dealing
    kind = policy.called("cases", dealing.kind, each.version)[-1][1]
    return dealing if kind == dealing.kind else msgspec.structs.replace(dealing, kind=kind)


def _due(policy: Policy, category: str, created: int, dealing: Dealing | None) -> int:
    life = policy.lives[category]
    if life.not_stored:
        return created
    last = after(created, life.longest, policy.days) if life.longest else FOREVER
    start = _start(policy, life, created, dealing)
    if start is None:
        return last if life.longest else after(created, life.for_, policy.days)
    end = after(start, life.for_, policy.days)
    if life.at_least:
        end = max(end, after(start, life.at_least.for_, policy.days))
    if _waits(life, dealing):
        end = last
    return min(end, last)


def last(policy: Policy, category: str, created: int, dealings: Sequence[Dealing], told: int = FOREVER) -> int:
    """Give the instant at which a value must be gone that several dealings speak of: a booking and its visits.

    The latest end counts of those that the life begins with, or waits for; where none has come, as in ``due``.
    """
    return min(
        _last(each, then, created, [one for d in dealings if (one := _then(policy, each, d))])
        for each, then in _versions(policy, category, told)
    )


def _last(policy: Policy, category: str, created: int, dealings: Sequence[Dealing]) -> int:
    life = policy.lives[category]
    begins = life.from_.event.partition(".")[0]
    ends = [
        _due(policy, category, created, each)
        for each in dealings if each.kind == begins or (each.kind == life.while_ and not each.closed)
    ]  # fmt: skip
    return max(ends) if ends else _due(policy, category, created, None)


def _start(policy: Policy, life: Life, created: int, dealing: Dealing | None) -> int | None:
    if life.from_.event == _RECORD:
        return shifted(created, life.from_, policy.days)
    kind, _, event = life.from_.event.partition(".")
    if dealing is None or dealing.kind != kind:
        return None
    closed = dealing.closed or dealing.moments.get(OVER, 0)  # an end that is declared is known before it comes
    happened = {**dealing.moments, "opened": dealing.opened, "closed": closed}.get(event, 0)
    return shifted(happened, life.from_, policy.days) if happened else None


def _waits(life: Life, dealing: Dealing | None) -> bool:
    return bool(life.while_) and dealing is not None and dealing.kind == life.while_ and not dealing.closed


def kept(policy: Policy, facts: Facts, at: int) -> dict[tuple[bytes, str], Hold]:
    """Say which parts (record, category) of a person other law keeps after ``at``, by verified facts alone.

    A hold counts where the person has proven data in all that its purpose needs; its time runs from each record's own
    beginning. What a hold keeps already stays until the end that was said then, whatever has ended beside it.
    """
    rows = {bytes.fromhex(name): row for name, row in facts.rows.items() if vouched(facts, row)}
    there = {category for row in rows.values() for category in row.ends}
    return {
        (record, category): hold
        for record, row in rows.items()
        for category in row.ends
        for hold in _holding(policy, row, category, facts.told)
        if hold.until > at and hold.needs <= there
    }


def _holding(policy: Policy, row: Row, category: str, told: int) -> list[Hold]:
    found = holds(policy, category, row.created, told)
    if category not in row.held:
        return found
    return [msgspec.structs.replace(hold, until=row.held[category], needs=frozenset()) for hold in found]


def holds(policy: Policy, category: str, created: int, told: int = FOREVER) -> list[Hold]:
    """List what other law keeps of a category for a record made at ``created``; [] where nothing is held.

    Whom a version has not reached it keeps nothing of that the version before did not keep, and no longer.
    """
    found = [_holds(each, then, created, _names(policy, each)) for each, then in _versions(policy, category, told)]
    if not all(found):
        return []
    holding = [hold for each in found for hold in each]
    fields = frozenset[str].intersection(*(hold.fields for hold in holding))
    needs = frozenset[str]().union(*(hold.needs for hold in holding))
    return [Hold(holding[0].rule, fields, min(hold.until for hold in holding), needs)]


def _names(policy: Policy, each: Policy) -> dict[str, str]:
    """Give the names that categories of an older version have in the newest, where they are others."""
    if each is policy:
        return {}
    then = {name: policy.called("data", name, each.version)[-1][1] for name in policy.data}
    return {old: name for name, old in then.items() if old != name}


def _holds(policy: Policy, category: str, created: int, names: Mapping[str, str]) -> list[Hold]:
    """Say what a version holds of a category; ``names``: what the newest calls those that it calls otherwise."""
    held = policy.holds.get(category)
    if held is None:
        return []
    needs = {category}
    for aim in policy.aims.values():
        if aim.because == held.rule and aim.uses & held.fields:
            needs |= {field.partition(".")[0] for field in aim.uses}
    fields = frozenset(f"{names.get(category, category)}.{field.partition('.')[2]}" for field in held.fields)
    needed = frozenset(names.get(name, name) for name in needs)
    return [Hold(held.rule, fields, after(created, held.for_, policy.days), needed)]
