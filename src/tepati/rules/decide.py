"""Room rules: the door: may these fields of this person be used for this purpose, now, by this asker.

The rules, in the order they are asked; the first that fails refuses and names the promise that is kept by it:

1. The purpose is declared, and what it needs is enforced already (``purposes``).
2. The person: of a declared population, told the version the purpose needs, not restricted, not objecting,
   of age or answered for (``notice.announce``, ``rights.restriction``, ``rights.objection``, ``minors.guardian``).
3. The asker: a declared role that is for the purpose, may do the act and sees every field; the person themselves for
   requests and proofs; the system (``roles.<r>``, ``purposes.<p>``, ``data``).
4. The way out: a declared message with its own fields, a declared recipient with what it gets, a channel of the
   purpose (``messages.<m>``, ``recipients.<r>``, ``purposes.<p>``).
5. The yes: where the basis is consent, or the recipient needs one: given for this channel or recipient, and unexpired
   (``consents.<c>``).
6. The window: a case of this person is open for the role or recipient, and mine where ``whose: assigned``. A case that
   a member of staff made opens nothing to them until its person or a second member confirmed it (``roles.<r>``).
7. The category has not ended; what is held serves only a purpose whose ``because`` is the same rule
   (``retention.<c>``). So with each part of a record that is past its own end and held; its person sees that too.
8. The records: each field stands in a record whose point is for the purpose, or asks a consent for it that was given.
   A record of a case of the window's kind is used in that case only. An unjoined record serves the purposes it came
   for, and only when it is named, by itself or by its case, or is all there is (``points``); the person sees it masked.

A purpose under ``enforce: observe`` answers with an empty permit instead of refusing. No clock, no I/O, no memory:
the same question has the same answer. Who was not told of what widened a purpose, or said yes to less than its question
stands for now, gets only what the version before allows as well (``reached``). Raises nothing but Refused.
"""

from collections.abc import Collection
from typing import NoReturn

from tepati.errors import Refused
from tepati.rules.aims import Aim, Fields, Gate, Pool, Seat, strictest
from tepati.rules.asking import check_gate, check_sending, questions, refuse_asker, sends
from tepati.rules.facts import Facts, Permit, Row, Use, vouched
from tepati.rules.policy import Policy
from tepati.rules.reached import agreed_to_less, outgrown, told_less
from tepati.rules.resting import rested
from tepati.rules.windows import Window

# A pilot observes promises; what no promise speaks of is refused there too.
_NEVER_PILOTED = frozenset(
    {"undeclared_field", "unknown_role", "unknown_population", "unknown_dealing", "unknown_record", "not_yet"}
)
_NONE: Fields = frozenset()
_NOBODY = "nobody"  # whom no case is given to
Scope = tuple[Fields, Collection[str]]  # records of points that open a case of a kind are used in these cases only


def decide(policy: Policy, use: Use, facts: Facts) -> Permit:  # noqa: C901 - the hot path: a call costs 50 ns
    """Answer one use with a permit. Raises Refused, citing the promise that refuses."""
    aim = policy.aims.get(use.purpose)
    if aim is None:
        raise Refused("unknown_purpose", "purposes")
    try:
        at, fields, role = use.at, use.fields, use.role
        if (
            facts.told < aim.told
            or facts.restricted
            or facts.objected
            or facts.minor_until > at
            or facts.population not in policy.populations
        ):
            if facts.told < aim.told and policy.before is not None and not aim.later:
                return told_less(decide, policy, aim, use, facts)
            check_person(policy, aim, use, facts)
        seat = aim.seats.get(role)
        if seat is None or not fields <= seat.fields or (seat.acts is not None and use.act not in seat.acts):
            refuse_asker(policy, aim, use)
        scope, pool, promise = None, aim.points, seat.promise
        if seat.window is not None or use.dealing:
            scope = _scope(policy, seat.window, seat, use, facts)
        if aim.asks or use.channel or use.recipient or use.message or use.act == "send":
            if aim.renewed and (stale := outgrown(aim, facts)):
                return agreed_to_less(decide, policy, use, facts, stale)
            pool, scope, promise = _way(policy, aim, use, facts, scope, promise)
        if facts.ended:
            _check_ended(policy, aim, use, facts)
        records, how = _records(aim, use, facts, pool, scope), seat.how
        if seat.ways:
            how = strictest(seat, fields)
        elif role == "person" and _unjoined(facts, records):
            how = "masked"
        return Permit(use.person, use.purpose, fields, records, how, promise, at, use.tx, "", seat.keeps or aim.keeps)
    except Refused as no:
        if not aim.observe or no.code in _NEVER_PILOTED:
            raise
        return Permit(use.person, use.purpose, _NONE, _NONE, "hidden", no.promise, use.at, use.tx, no.code)


# --- 2. the person


def check_person(policy: Policy, aim: Aim, use: Use, facts: Facts) -> None:
    """Refuse what the state of the person forbids; the order is that of the rules."""
    if aim.later:
        raise Refused("not_yet", aim.promise)
    if facts.population not in policy.populations:
        raise Refused("unknown_population", "populations")
    if facts.told < aim.told:
        raise Refused("untold", "notice.announce", version=aim.told)
    if aim.built_in:
        return
    if aim.name in facts.restricted or ("*" in facts.restricted and not aim.exempt):
        raise Refused("restricted", "rights.restriction")
    if aim.name in facts.objected:
        raise Refused("objected", "rights.objection")
    if facts.minor_until > use.at and not facts.guardian:
        raise Refused("guardian_missing", "minors.guardian")


# --- 4. and 5. the way out, and the yes it needs


def _way(
    policy: Policy, aim: Aim, use: Use, facts: Facts, scope: Scope | None, promise: str
) -> tuple[Pool, Scope | None, str]:
    sending = None
    if use.message or sends(aim, use):
        sending = check_sending(policy, aim, use)
        if sending.question and not use.recipient and facts.consents.get(sending.question, 0) > use.at:
            return sending.pool, scope, sending.promise  # the common letter: one question, answered with yes
    if use.channel and use.channel not in aim.channels and not aim.built_in:
        raise Refused("channel_not_declared", aim.promise)
    asked = questions(aim, use, sending)
    promise = sending.promise if sending is not None else promise
    if use.recipient:
        gate = check_gate(policy, aim, use)
        asked, promise = gate.questions or asked, gate.promise
        scope = _through(policy, gate, use, facts, scope)
    if not aim.consent:
        return _pool(aim, _given(tuple(aim.pools), facts, use.at)), scope, promise
    given = _given(asked, facts, use.at)
    if not given:
        _refuse_consent(asked, aim.promise)
    return _pool(aim, given), scope, promise


def _through(policy: Policy, gate: Gate, use: Use, facts: Facts, scope: Scope | None) -> Scope | None:
    """Ask the window and the yes of one recipient."""
    if gate.window is not None:
        scope = _narrower(scope, _scope(policy, gate.window, None, use, facts))
    if gate.questions and not _given(gate.questions, facts, use.at):
        _refuse_consent(gate.questions, gate.promise)
    return scope


def _given(asked: tuple[str, ...], facts: Facts, at: int) -> tuple[str, ...]:
    consents = facts.consents
    if len(asked) == 1:
        return asked if consents.get(asked[0], 0) > at else ()
    return tuple(q for q in asked if consents.get(q, 0) > at)


def _refuse_consent(asked: tuple[str, ...], promise: str) -> NoReturn:
    raise Refused("consent_missing", f"consents.{asked[0]}" if asked else promise)


def _pool(aim: Aim, given: tuple[str, ...]) -> Pool:
    """Give the points whose records may be used: for the purpose, or asking a question that was given."""
    if not given:
        return aim.points
    if len(given) == 1:
        return aim.pools.get(given[0], aim.points)
    merged = dict(aim.points)
    for question in given:
        merged.update(aim.pools.get(question, {}))
    return merged


# --- 6. the window


def _scope(  # noqa: C901 - the hot path: a call costs 50 ns
    policy: Policy, window: Window | None, seat: Seat | None, use: Use, facts: Facts
) -> Scope:
    found, claimed = facts.dealings, False
    if use.dealing:
        named = found.get(use.dealing)
        if named is None:
            raise Refused("unknown_dealing", "cases")
        if window is None:
            return policy.openers.get(named.kind, _NONE), rested([use.dealing], seat, use, facts)
        found, claimed = {use.dealing: named}, named.part != ""
    assert window is not None  # noqa: S101 - the caller names a dealing or has a window
    kind, at, running, inside, opened = window.kind, use.at, window.running, window.inside, []
    mine = None if seat is None or not seat.assigned else use.actor or _NOBODY
    for name, dealing in found.items():
        if dealing.by:
            claimed = True
        if dealing.kind != kind or (mine is not None and dealing.assigned != mine) or dealing.opened > at:
            continue
        if running:
            if 0 < dealing.closed <= at:
                continue
        elif not inside(dealing, at):
            continue
        opened.append(name)
        if dealing.opens:
            claimed = True
    if not opened:
        raise Refused("window_closed", seat.promise if seat is not None else f"recipients.{use.recipient}")
    return policy.openers.get(kind, _NONE), rested(opened, seat, use, facts) if claimed else opened


def _narrower(one: Scope | None, other: Scope) -> Scope:
    """Join two scopes of one kind; of two kinds the recipient's stays, the role's window was asked already."""
    if one is None or one[0] != other[0]:
        return other
    return one[0], [name for name in one[1] if name in other[1]]


# --- 7. what has ended


def _check_ended(policy: Policy, aim: Aim, use: Use, facts: Facts) -> None:
    for category in facts.ended:
        prefix = f"{category}."
        asked = [field for field in use.fields if field.startswith(prefix)]
        if asked and not _held(policy, aim, use, facts, category, asked):
            raise Refused("ended", f"retention.{category}")


def _held(policy: Policy, aim: Aim, use: Use, facts: Facts, category: str, asked: list[str]) -> bool:
    hold = policy.holds.get(category)
    if hold is None or facts.holds.get(category, 0) <= use.at:
        return False
    return bool(aim.because) and aim.because == hold.rule and hold.fields.issuperset(asked)


# --- 8. the records


def _records(  # noqa: C901 - the hot path: a call costs 50 ns
    aim: Aim, use: Use, facts: Facts, pool: Pool, scope: Scope | None
) -> frozenset[str]:
    """Choose the records. Raises Refused when one of the fields stands in none."""
    fields = missing = use.fields
    record, chosen = use.record, []
    openers, cases = scope if scope is not None else (_NONE, None)
    for name, row in facts.rows.items():
        held = pool.get(row.point)
        if held is None:
            continue
        if row.held:
            held = _left(aim.seats[use.role].keeps or aim.keeps, row, held, use.at)
        if cases is not None and row.point in openers and row.dealing not in cases:
            continue  # of another case of this kind
        if (record or not row.joined) and not _meant(aim, use, facts, name, row):
            continue
        if fields <= held:
            missing = _NONE
        elif held.isdisjoint(fields):
            continue
        else:
            missing = missing - held
        chosen.append(name)
    if missing:
        _refuse_records(aim, use, facts)
    return frozenset(chosen)


def _left(keeps: Fields, row: Row, fields: Fields, at: int) -> Fields:
    """Take from a record's fields those of parts past their own end, but for what a hold keeps for this purpose."""
    ended = {field: row.held[c] for field in fields if (c := field.partition(".")[0]) in row.held}
    return fields - {field for field, until in ended.items() if field not in keeps or until <= at}


def _meant(aim: Aim, use: Use, facts: Facts, name: str, row: Row) -> bool:
    """Say whether a record is the one asked for, where one is, and is proven or may be used unproven."""
    if use.record and name != use.record:
        return False
    return row.joined or _unproven(aim, use, facts, name, row)


def _unproven(aim: Aim, use: Use, facts: Facts, name: str, row: Row) -> bool:
    if row.point not in aim.unproven:
        return False
    if aim.built_in and not use.record:
        return not facts.joined  # a provisional person is answered as one; of a proven one the record is named
    return name == use.record or len(facts.rows) == 1 or (use.dealing != "" and use.dealing == row.dealing)


def _unjoined(facts: Facts, records: frozenset[str]) -> bool:
    return not all(vouched(facts, facts.rows[record]) for record in records)


def _refuse_records(aim: Aim, use: Use, facts: Facts) -> NoReturn:
    if use.record and use.record not in facts.rows:
        raise Refused("unknown_record", "data")
    over = {c for row in facts.rows.values() for c in row.held} & {field.partition(".")[0] for field in use.fields}
    if over:
        raise Refused("ended", f"retention.{min(over)}")
    if any(not row.joined for row in facts.rows.values()):
        raise Refused("unproven", "points")
    raise Refused("no_record", aim.promise)
