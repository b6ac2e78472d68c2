"""Room rules: what may enter at a collection point: the declared fields, by a declared channel, and nothing else.

1. The point is declared and open; the channel is its own, and the notice covers it (``points``, ``notice.covers``).
2. Only declared fields, only questions the point asks, only from its declared sender or role (``points.<p>``).
   What is known of somebody in their own privacy centre is not taken again.
3. Each value is of its type, a place no finer than its declared precision; what is required is there; the terms are
   accepted where the point has terms, apart from every consent. All faults of a form are told at once.
4. Age is answered where it is asked, and asked nowhere else (``minors.asked_at``, ``points.<p>.age``).
5. Many rows enter where the point says ``rows``, as a table that ``rules.tables`` judged, and nowhere else.
"""

from collections.abc import Mapping

import msgspec

from tepati.errors import BadInput, Refused
from tepati.notice.model import Field, Point
from tepati.rules import ages, tables
from tepati.rules.facts import Dealing
from tepati.rules.policy import Policy
from tepati.rules.taking import taken
from tepati.rules.types import derive
from tepati.rules.windows import is_open

# Ways by which nobody speaks to the organisation: a notice need not cover them (language.md, notice.covers).
_UNSPOKEN = frozenset({"device", "upload", "import", "api", "sign_in", "camera"})


class Submission(msgspec.Struct, frozen=True):
    """What was sent to a point: ``category.field`` to raw value, the questions ticked, the terms accepted, the age.

    ``age``: years, a band (``under_18``), or a month of birth; empty where the point does not ask. ``sender`` is the
    recipient that sends (``sent_by``) or the role that types (``entered_by``). ``known``: the sender is in their own
    privacy centre, so what tells who they are is not asked for again, and not taken. ``attested``: staff confirm it
    with somebody who has no e-mail address, which is then not asked for. ``table``: many rows at once, as a file.
    """

    point: str
    channel: str
    fields: Mapping[str, object]
    ticks: frozenset[str] = frozenset()
    terms: bool = False
    at: int = 0
    age: str = ""
    sender: str = ""
    known: bool = False
    attested: bool = False
    table: bool = False


class Admission(msgspec.Struct, frozen=True):
    """What may be written down. ``transient`` was used in the moment and is stored nowhere."""

    point: str
    population: str
    purpose: str  # the one the record came for
    fields: dict[str, str]
    values: dict[str, dict[str, str]]  # category -> field -> clean value
    transient: dict[str, str]
    identifies: dict[str, str]
    questions: tuple[str, ...]  # ticked: requested, given only when confirmed
    opens: str  # the kind of case to open, or ""
    terms: str  # the terms accepted, or ""
    outcome: ages.Outcome
    minor_until: int


def admit(policy: Policy, sent: Submission, dealing: Dealing | None = None) -> Admission:
    """Admit a submission; ``dealing`` is the case a point with a window belongs to.

    Raises Refused (what the notice does not admit), BadInput ``faulty_form`` with a code for each faulty field.
    """
    point = _point(policy, sent, dealing)
    _check_closed_lists(policy, sent, point)
    faults: dict[str, str] = {}
    fields = _cleaned(policy, sent, point, faults)
    age = _age(policy, sent, point, fields, faults)
    if point.terms and not sent.terms:
        faults["terms"] = "terms_not_accepted"
    if faults:
        raise BadInput("faulty_form", faults)
    outcome = ages.outcome(point.age, age) if age else ""
    if outcome == "refuse":
        raise Refused("too_young", f"points.{sent.point}.age")
    return _admission(policy, sent, point, fields, (outcome, _minor_until(policy, sent, point, age)))


def open_table(policy: Policy, sent: Submission) -> tuple[tuple[str, Field], ...]:
    """Ask whether a table may enter, before it is read; return the point's fields. Raises Refused."""
    point = _point(policy, sent, None)
    _check_closed_lists(policy, sent, point)
    if not tables.fits(point, dict(policy.collects[sent.point])):
        raise Refused("table_not_taken", f"points.{sent.point}")
    return policy.collects[sent.point]


def admit_table(policy: Policy, sent: Submission, columns: Mapping[str, str]) -> Admission:
    """Admit a table that ``tables.read`` judged: each field's column as one value. Raises Refused."""
    open_table(policy, sent)
    return _admission(policy, sent, policy.points[sent.point], dict(columns), ("", 0))


def _point(policy: Policy, sent: Submission, dealing: Dealing | None) -> Point:
    point = policy.points.get(sent.point)
    if point is None:
        raise Refused("unknown_point", "points")
    if sent.channel not in point.channels:
        raise Refused("channel_closed", f"points.{sent.point}")
    if sent.channel not in policy.covers and sent.channel not in _UNSPOKEN:
        raise Refused("channel_not_covered", "notice.covers")
    if 0 < policy.over.get(point.opens, 0) <= sent.at:
        raise Refused("case_over", f"cases.{point.opens}")
    window = policy.windows.get(sent.point)
    if window is not None and (dealing is None or not is_open(window, dealing, sent.at)):
        raise Refused("window_closed", f"points.{sent.point}")
    if point.proposal is not None:
        raise Refused("not_yet", f"points.{sent.point}")
    if sent.table == (point.rows == "one"):
        raise Refused("table_not_taken" if sent.table else "table_only", f"points.{sent.point}")
    return point


def _check_closed_lists(policy: Policy, sent: Submission, point: Point) -> None:
    """A name that was not declared is a stranger's text: it is counted, never repeated."""
    made = {path for path, field in policy.collects[sent.point] if field.derived_from}  # ours to make, nobody's to send
    unknown = sum(name not in point.collects or name not in policy.fields or name in made for name in sent.fields)
    if unknown:
        raise Refused("undeclared_field", f"points.{sent.point}", n=unknown)
    if not sent.ticks <= set(point.asks):
        raise Refused("question_not_asked", f"points.{sent.point}")
    if (point.sent_by and sent.sender != point.sent_by) or (point.entered_by and sent.sender != point.entered_by):
        raise Refused("sender_not_declared", f"points.{sent.point}")
    if sent.known and any(sent.fields.get(name) for name in _who(policy, point)):
        raise Refused("already_known", f"points.{sent.point}")
    if sent.age and not point.age:
        raise Refused("age_not_asked", "minors.asked_at")


def _who(policy: Policy, point: Point) -> set[str]:
    """Give the fields of a point that stand in a category by which people are told apart."""
    telling = {name for name, held in policy.data.items() if any(field.identifies for field in held.fields.values())}
    return {path for path in point.collects if path.partition(".")[0] in telling}


def _cleaned(policy: Policy, sent: Submission, point: Point, faults: dict[str, str]) -> dict[str, str]:
    fields = {}
    for path, field in policy.collects[sent.point]:
        try:
            fields[path] = taken(field, sent.fields.get(path, ""))
        except BadInput as bad:
            if bad.code != "missing" or _required(policy, sent, point, path):
                faults[path] = bad.code
    return fields | _derived(policy, sent, fields)


def _derived(policy: Policy, sent: Submission, fields: Mapping[str, str]) -> dict[str, str]:
    """Make the values that are declared as derived from what came in."""
    made = {}
    for path, field in policy.collects[sent.point]:
        if field.derived_from in fields:
            category, _, name = field.derived_from.partition(".")
            made[path] = derive(policy.data[category].fields[name].type, fields[field.derived_from])
    return {path: value for path, value in made.items() if value}


def _required(policy: Policy, sent: Submission, point: Point, path: str) -> bool:
    category, _, name = path.partition(".")
    field = policy.data[category].fields[name]
    told = field.type == "age_band" and bool(sent.age and point.age)  # filled from the answer below
    instead = bool(field.instead and sent.fields.get(field.instead))
    known = (sent.known and path in _who(policy, point)) or (sent.attested and field.identifies)
    return not (field.optional or told or instead or known or field.derived_from or point.automatic)


def _age(
    policy: Policy, sent: Submission, point: Point, fields: dict[str, str], faults: dict[str, str]
) -> ages.Age | None:
    """Read the age where it is asked: from the answer, the point's own band or birth date; fill the band coarsely."""
    if not point.age:
        return None
    paths = [path for path, field in policy.collects[sent.point] if field.type == "age_band"]
    born = [path for path, field in policy.collects[sent.point] if field.type == "birth_date"]
    answer = sent.age or next((fields[path] for path in (*paths, *born) if path in fields), "")
    if not answer:
        if not faults.keys() & {*paths, *born}:  # else the field itself says what is wrong
            faults["age"] = "missing"
        return None
    try:
        age = ages.read(answer, sent.at, policy.days)
    except BadInput as bad:
        faults["age"] = bad.code
        return None
    fields.update({path: ages.band(point, age) for path in paths})
    return age


def _minor_until(policy: Policy, sent: Submission, point: Point, age: ages.Age | None) -> int:
    """Say until when a guardian answers for the person: of age, and past the point's own limit for a guardian."""
    if age is None:
        return 0
    guarded = [limit for limit, outcome in point.age.items() if outcome == "guardian"]
    adult = max([policy.adult, *guarded]) if ages.outcome(point.age, age) == "guardian" else policy.adult
    return ages.minor_until(age, adult, sent.at, policy.days)


def _whom(policy: Policy, point: Point, identifies: Mapping[str, str]) -> str:
    """Say whose record it is: of whoever is told apart by it, who may be somebody the point is about."""
    people = [policy.data[path.partition(".")[0]].of for path in identifies]
    return point.who if not people or point.who in people else people[0]


def _admission(
    policy: Policy, sent: Submission, point: Point, fields: dict[str, str], age: tuple[ages.Outcome, int]
) -> Admission:
    values: dict[str, dict[str, str]] = {}
    transient, identifies = {}, {}
    for path, field in policy.collects[sent.point]:
        category, _, name = path.partition(".")
        if path not in fields:
            continue
        if policy.lives[category].not_stored or not field.stored:
            transient[path] = fields[path]
            continue
        values.setdefault(category, {})[name] = fields[path]
        if field.identifies:
            identifies[path] = fields[path]
    return Admission(
        point=sent.point,
        population=_whom(policy, point, identifies),
        purpose=policy.came_for[sent.point],
        fields={path: value for path, value in fields.items() if path not in transient},
        values=values,
        transient=transient,
        identifies=identifies,
        questions=tuple(q for q in point.asks if q in sent.ticks),
        opens=point.opens,
        terms=point.terms,
        outcome=age[0],
        minor_until=age[1],
    )
