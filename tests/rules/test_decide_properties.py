"""What the door promises of every notice: nothing opens by accident, and nothing but Refused comes out."""

import collections

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tepati.errors import Refused
from tepati.rules.decide import decide
from tepati.rules.facts import FOREVER
from tepati.rules.policy import compile
from tests.rules import worlds as w

replace = msgspec.structs.replace
many = w.many


def answer(policy, use, facts):
    """The permit, or None; an observed refusal opens nothing and counts as none."""
    try:
        permit = decide(policy, use, facts)
    except Refused:
        return None
    if permit.observed:
        assert not permit.fields
        assert not permit.records
        return None
    return permit


def asked(seed):
    """A notice, a person, a question, and the chance left over."""
    dice = w.Dice(seed)
    notice = w.notice(dice)
    return notice, w.person(dice, notice), w.use(dice, notice), dice


# --- an oracle that reads the notice itself, rule by rule, knowing nothing of the compiled look-ups


def may_serve(notice, use, facts, record):
    point = notice.points[facts.rows[record].point]
    if use.purpose in notice.purposes:
        given = [q for q in point.asks if notice.consents[q].for_ == use.purpose and facts.consents.get(q, 0) > use.at]
        return use.purpose in point.for_ or bool(given)
    return True


@many
@given(w.seeds)
def test_every_permit_rests_on_the_notice(seed):
    """Idea 3 of the language, read back from the permit: point, purpose, field, role, yes."""
    notice, facts, use, _ = asked(seed)
    permit = answer(compile(notice), use, facts)
    if permit is None:
        return
    assert (permit.person, permit.purpose, permit.fields, permit.tx) == (use.person, use.purpose, use.fields, use.tx)
    assert permit.records <= ({use.record} if use.record else set(facts.rows))
    assert all(may_serve(notice, use, facts, record) for record in permit.records)
    collected = [notice.points[facts.rows[r].point].collects for r in permit.records]
    assert use.fields <= frozenset().union(*collected)
    if use.purpose in notice.purposes:
        the_person_allows(notice, use, facts)
        the_yes_is_there(notice, use, facts)
        the_asker_may(notice, use, facts)
        nothing_ended(notice, use, facts)
        what_is_held_serves_its_rule(notice, use, facts, permit)
        unproven_records_are_named(notice, use, facts, permit)


def the_person_allows(notice, use, facts):
    assert facts.population in notice.populations
    assert use.purpose not in facts.restricted
    assert "*" not in facts.restricted or notice.purposes[use.purpose].basis == "legal_obligation"
    assert use.purpose not in facts.objected
    assert facts.told >= 1
    assert facts.minor_until <= use.at or facts.guardian


def the_yes_is_there(notice, use, facts):
    valid = {q for q, until in facts.consents.items() if until > use.at and notice.consents[q].for_ == use.purpose}
    if use.recipient and (needed := notice.recipients[use.recipient].consent):
        assert facts.consents.get(needed, 0) > use.at
    elif notice.purposes[use.purpose].basis == "consent":
        assert valid
        assert not use.channel or use.recipient or any(notice.consents[q].channel == use.channel for q in valid)


def the_asker_may(notice, use, facts):
    assert use.fields <= notice.purposes[use.purpose].uses
    assert not use.channel or use.channel in notice.purposes[use.purpose].channels
    assert not use.message or notice.messages[use.message].for_ == use.purpose
    assert not use.recipient or use.fields <= notice.recipients[use.recipient].gets
    if use.role not in notice.roles:
        assert use.role == "system"
        return
    role = notice.roles[use.role]
    assert use.fields <= role.sees
    assert use.purpose in role.for_
    running = [
        d
        for d in facts.dealings.values()
        if d.kind == role.while_ and d.opened <= use.at and not 0 < d.closed <= use.at
    ]
    assert not role.while_ or any(role.whose == "all" or d.assigned == use.actor for d in running)


def nothing_ended(notice, use, facts):
    for category in facts.ended:
        touched = {f for f in use.fields if f.startswith(f"{category}.")}
        hold = notice.retention[category].hold
        if touched:
            assert touched <= hold.fields
            assert facts.holds[category] > use.at
            assert notice.purposes[use.purpose].because == hold.rule


def what_is_held_serves_its_rule(notice, use, facts, permit):
    """Each field stands in a record where it is not past its end, or is kept for the very rule of this purpose."""
    because = notice.purposes[use.purpose].because

    def open_in(field, row):
        category = field.partition(".")[0]
        hold = notice.retention[category].hold
        rests = bool(hold and because == hold.rule and field in hold.fields)
        return category not in row.held or (rests and row.held[category] > use.at and field in permit.keeps)

    for field in use.fields:
        rows = [facts.rows[record] for record in permit.records]
        assert any(field in notice.points[row.point].collects and open_in(field, row) for row in rows)
    for field in permit.keeps:
        hold = notice.retention[field.partition(".")[0]].hold
        assert hold
        assert field in hold.fields
        assert hold.rule == because


def unproven_records_are_named(notice, use, facts, permit):
    for record in permit.records:
        row = facts.rows[record]
        if not row.joined:
            assert notice.purposes[use.purpose].basis != "consent"
            assert use.purpose in notice.points[row.point].for_
            assert record == use.record or row.dealing == use.dealing != "" or len(facts.rows) == 1


@many
@given(w.seeds)
def test_adding_a_purpose_never_widens_another(seed):
    notice, facts, use, dice = asked(seed)
    before = answer(compile(notice), use, facts)
    points = {n: replace(p, for_=(*p.for_, "extra")) if dice.one_in(2) else p for n, p in notice.points.items()}
    roles = {n: replace(r, for_=(*r.for_, "extra")) if dice.one_in(2) else r for n, r in notice.roles.items()}
    wider = replace(notice, purposes={**notice.purposes, "extra": w.purpose(dice)}, points=points, roles=roles)
    assert answer(compile(wider), use, facts) == before


def narrowed(dice, notice):
    """One step narrower, anywhere."""
    section, change = dice.choice(STEPS)
    change = shorter if change == "shorter" else change
    return on(dice, notice, section, change) if change else without(dice, notice, section)


STEPS = (
    ("purposes", lambda dice, p: replace(p, uses=less(dice, p.uses))),
    ("purposes", lambda dice, p: replace(p, channels=less(dice, p.channels))),
    ("purposes", lambda _, p: replace(p, enforce="refuse")),
    ("roles", lambda dice, r: replace(r, sees=less(dice, r.sees))),
    ("roles", lambda dice, r: replace(r, for_=less(dice, r.for_))),
    ("roles", "shorter"),
    ("roles", lambda _, r: replace(r, whose="assigned")),
    ("points", lambda dice, p: replace(p, collects=less(dice, p.collects))),
    ("points", lambda dice, p: replace(p, for_=less(dice, p.for_))),
    ("points", lambda dice, p: replace(p, asks=less(dice, p.asks))),
    ("recipients", lambda dice, r: replace(r, gets=less(dice, r.gets))),
    ("recipients", "shorter"),
    ("messages", lambda dice, sent: replace(sent, fields=less(dice, sent.fields))),
    ("roles", None),
    ("messages", None),
    ("recipients", None),
)


def less(dice, names):
    gone = dice.choice(sorted(names)) if names else None
    return type(names)(n for n in names if n != gone)


def on(dice, notice, section, change):
    things = getattr(notice, section)
    if not things:
        return notice
    name = dice.choice(sorted(things))
    return replace(notice, **{section: {**things, name: change(dice, things[name])}})


def without(dice, notice, section):
    things = getattr(notice, section)
    gone = dice.choice(sorted(things)) if things else None
    return replace(notice, **{section: {n: t for n, t in things.items() if n != gone}})


def shorter(dice, role):
    """Later begin, earlier end, by hours; or a window where there was none."""
    if role.while_ or not (role.from_ or role.until):
        return replace(role, while_=role.while_ or dice.choice(w.KINDS))
    hours = dice.randint(1, 5)
    return replace(role, from_=_by(role.from_, hours), until=_by(role.until, -hours))


def _by(moment, hours):
    if moment is None or moment.at is not None or (moment.offset and moment.offset.unit != "hour"):
        return moment
    total = hours + moment.sign * (moment.offset.count if moment.offset else 0)
    return replace(moment, sign=(total > 0) - (total < 0), offset=w.Duration(abs(total), "hour") if total else None)


@many
@given(w.seeds)
def test_narrowing_never_opens(seed):
    notice, facts, use, dice = asked(seed)
    tight = narrowed(dice, notice)
    permit = answer(compile(tight), use, facts)
    if permit is not None:
        before = answer(compile(notice), use, facts)
        assert before is not None
        assert permit.records <= before.records
        assert permit.fields <= before.fields


@many
@given(w.seeds)
def test_a_person_saying_no_never_opens(seed):
    """Restriction, objection, withdrawal, an end, an older notice: each can only close."""
    notice, facts, use, dice = asked(seed)
    policy = compile(notice)
    quieter = dice.choice(
        [
            replace(facts, restricted=(*facts.restricted, dice.choice((*notice.purposes, "*")))),
            replace(facts, objected=(*facts.objected, dice.choice(tuple(notice.purposes)))),
            replace(facts, consents=dict(list(facts.consents.items())[1:])),
            replace(facts, ended=(*facts.ended, dice.choice(("a", "b", "c")))),
            replace(facts, told=0),
            replace(facts, minor_until=FOREVER, guardian=False),
            replace(facts, holds={}),
        ]
    )
    if answer(policy, use, quieter) is not None:
        assert answer(policy, use, facts) is not None


@many
@given(w.seeds, st.sampled_from(("purpose", "role", "channel", "recipient", "message", "dealing", "record", "fields")))
def test_an_unknown_name_refuses(seed, part):
    notice, facts, use, _ = asked(seed)
    strange = frozenset({*use.fields, "a.ghost"}) if part == "fields" else "no such"
    if part == "channel" and use.purpose not in notice.purposes:
        return  # people are answered by the channel they used
    if part == "message" and use.role != "system" and use.purpose not in notice.purposes:
        return
    if part == "record":
        use = replace(use, fields=use.fields or frozenset({"a.name"}))
    if part == "message" and use.purpose in ("requests", "proof"):
        return
    assert answer(compile(notice), replace(use, **{part: strange}), facts) is None


@many
@given(w.seeds)
def test_the_same_question_has_the_same_answer(seed):
    notice, facts, use, _ = asked(seed)
    policy = compile(notice)
    frozen = msgspec.json.encode(facts)
    assert answer(policy, use, facts) == answer(compile(notice), use, facts)
    assert msgspec.json.encode(facts) == frozen


def test_the_generator_meets_permits_and_refusals():
    """A property over refusals alone would prove little: each way in must be allowed often enough."""
    seen = collections.Counter()

    @settings(
        max_examples=1000, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(w.seeds)
    def look(seed):
        notice, facts, use, _ = asked(seed)
        way = (
            "message"
            if use.message
            else "recipient"
            if use.recipient
            else use.role
            if use.role in {"person", "system"}
            else "role"
        )
        try:
            seen[way, "observed" if decide(compile(notice), use, facts).observed else "yes"] += 1
        except Refused as no:
            seen[way, "no"] += 1
            seen[no.code] += 1

    look()
    print(seen)
    for way in ("role", "message", "system", "person"):
        assert seen[way, "yes"] >= 3, way
        assert seen[way, "no"] >= 3, way
    assert len([code for code in seen if isinstance(code, str)]) >= 12


@pytest.mark.parametrize("value", ["", "\ud800", "x" * 10_000, "\x00", "purposes.p0", "@minor"])
def test_garbage_refuses_and_never_breaks(value):
    """Whatever stands in a name: the answer is Refused, and nothing else is raised."""
    notice = w.frame({}, {}, {})
    for part in ("purpose", "role", "channel", "recipient", "message", "dealing", "record", "act"):
        with pytest.raises(Refused):
            decide(
                compile(notice),
                replace(w.Use("look", "p0", frozenset({"a.name"}), w.NOW), **{part: value}),
                w.Facts("customer"),
            )
