"""Room rules: the door for a set of people, as one SQL predicate over the covering rows of ``standing``.

It only prefilters: ``decide`` runs again per person in the transaction that opens. For the uses it accepts, rows and
predicate say exactly what ``decide`` says (property-tested); a use it cannot say exactly it refuses as ``one_by_one``.

A row stands for one purpose and one question ("" where none is needed) that could be served today. ``until`` is the
end of the yes, ``told`` the notice told, and ``blocked`` has a bit for everything missing: bit 1 a guardian (until the
row ``@minor`` ends), bits 2 and up one per class of fields: those of one category that enter at the same points.
A clear person, whole, has ``blocked`` 0.
"""

import msgspec

from tepati.errors import Refused
from tepati.rules.aims import Aim, Fields, Pool
from tepati.rules.asking import check_gate, check_sending, questions, refuse_asker, sends
from tepati.rules.facts import FOREVER, Facts, Row, Use
from tepati.rules.policy import Policy

MINOR = "@minor"  # no purpose can have this name
_MINOR_BIT = 2
_FIRST_CLASS = 2
_CLASSES = 60  # bits of a bigint above the first two


class Standing(msgspec.Struct, frozen=True):
    """One covering row of one person."""

    purpose: str
    question: str
    until: int
    blocked: int
    told: int


def standing(policy: Policy, facts: Facts) -> list[Standing]:
    """Derive the rows of one person from their facts; a purpose that cannot serve them has none."""
    if facts.population not in policy.populations:
        return []
    minor = _MINOR_BIT if facts.minor_until and not facts.guardian else 0
    rows = [row for aim in policy.aims.values() if _serves(aim, facts) for row in _of_aim(aim, facts, minor)]
    return [*rows, Standing(MINOR, "", facts.minor_until, 0, 0)] if rows and minor else rows


def _serves(aim: Aim, facts: Facts) -> bool:
    if (
        aim.built_in
        or aim.later
        or len(aim.classes) > _CLASSES
        or aim.name in facts.objected
        or aim.name in facts.restricted
    ):
        return False
    return aim.exempt or "*" not in facts.restricted


def _of_aim(aim: Aim, facts: Facts, minor: int) -> list[Standing]:
    rows = []
    asked = [] if aim.consent else [("", FOREVER, aim.points)]
    asked += [(q, until, aim.pools[q]) for q, until in facts.consents.items() if q in aim.pools and aim.consent]
    stale = aim.outgrown(facts) if aim.renewed else ()
    for question, until, pool in asked:
        if question in stale:
            continue  # of sets they are none until they are asked again; the door alone still knows what they said yes to
        missing = _missing(aim, facts, pool)
        if missing is not None:
            rows.append(Standing(aim.name, question, until, minor | missing, facts.told))
    return rows


def _missing(aim: Aim, facts: Facts, pool: Pool) -> int | None:
    """Give the bits of the classes this person has no usable record for; None when there is no class at all."""
    parts = [
        _live(row, pool.get(row.point, frozenset()))
        for row in facts.rows.values()
        if row.joined or (len(facts.rows) == 1 and row.point in aim.unproven)
    ]
    there: Fields = frozenset().union(*parts)
    gone = 0
    for place, fields in enumerate(aim.classes):
        category = next(iter(fields)).partition(".")[0]
        if category in facts.ended or not fields <= there:
            gone |= 1 << (place + _FIRST_CLASS)
    return None if gone == ((1 << len(aim.classes)) - 1) << _FIRST_CLASS else gone


def _live(row: Row, fields: Fields) -> Fields:
    """Leave out what only a hold still keeps: uses that rest on its rule are asked one by one."""
    return frozenset(f for f in fields if f.partition(".")[0] not in row.held) if row.held else fields


def predicate(policy: Policy, use: Use) -> tuple[str, tuple[str | int, ...]]:
    """Give the SQL condition over ``standing``, with ``$1`` placeholders, that holds for whom ``decide`` would permit.

    For the system's uses of sets: messages, recipients without a window, statistics. At most one row a person holds.
    Raises Refused as ``decide`` would for everybody, and ``one_by_one`` where rows cannot say it.
    """
    aim = policy.aims.get(use.purpose)
    if aim is None:
        raise Refused("unknown_purpose", "purposes")
    question = _question(policy, aim, use)
    # Bits are asked by "< 1": of "= 0" PostgreSQL's planner expects one row in two hundred, and sorts all it finds.
    # "OFFSET 0" has it look a minor up by key: else it may read the whole table for each page to hash all minors.
    sql = (
        "purpose = $1 AND question = $2 AND until > $3 AND told >= $4 AND (blocked & $5) < 1"
        " AND ((blocked & 2) < 1 OR NOT EXISTS (SELECT 1 FROM standing AS minor WHERE minor.person = standing.person"
        " AND minor.purpose = '@minor' AND minor.question = '' AND minor.until > $6 LIMIT 1 OFFSET 0))"
    )
    return sql, (aim.name, question, use.at, aim.told, _mask(aim, use.fields), use.at)


def _question(policy: Policy, aim: Aim, use: Use) -> str:
    """Check what needs no person, as ``decide`` does, and name the one question the use rests on ("" for none)."""
    if aim.later:
        raise Refused("not_yet", aim.promise)
    seat = aim.seats.get(use.role)
    if seat is None or not use.fields <= seat.fields:
        refuse_asker(policy, aim, use)
    if use.role != "system" or use.record or use.dealing or aim.built_in or not use.fields:
        raise Refused("one_by_one", aim.promise)
    sending = check_sending(policy, aim, use) if sends(aim, use) else None
    if use.channel and use.channel not in aim.channels:
        raise Refused("channel_not_declared", aim.promise)
    asked = questions(aim, use, sending)
    if use.recipient:
        gate = check_gate(policy, aim, use)
        asked = gate.questions or asked
        if gate.window is not None or not set(gate.questions) <= set(aim.pools if aim.consent else ()):
            raise Refused("one_by_one", gate.promise)
    return _only(policy, aim, use, asked)


def _only(policy: Policy, aim: Aim, use: Use, asked: tuple[str, ...]) -> str:
    kept = any(aim.because and hold.rule == aim.because and hold.fields & use.fields for hold in policy.holds.values())
    if kept or (not aim.consent and _asked_too(aim, use.fields)) or len(aim.classes) > _CLASSES:
        raise Refused("one_by_one", aim.promise)
    if not aim.consent:
        return ""
    if not asked:
        raise Refused("consent_missing", aim.promise)
    if len(asked) > 1:
        raise Refused("one_by_one", aim.promise)
    return asked[0]


def _asked_too(aim: Aim, fields: Fields) -> bool:
    """Say whether a yes could bring further records in, which one row without a question cannot know."""
    return any(held & fields for pool in aim.pools.values() for point, held in pool.items() if point not in aim.points)


def _mask(aim: Aim, fields: Fields) -> int:
    """Give the bits that must be clear for these fields."""
    return sum(1 << (place + _FIRST_CLASS) for place, kind in enumerate(aim.classes) if kind & fields)
