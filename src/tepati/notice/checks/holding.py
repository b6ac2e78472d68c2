"""Room notice: checks on what is held and how it ends: data, retention, holds, minors, populations."""

from collections.abc import Callable
from itertools import pairwise

from tepati.notice.checks.judge import Judge
from tepati.notice.model import Life

_CARDS = ("card_number", "card_security_code", "account_number")
_INSTRUCTED = (
    "service",
    "payment",
    "care",
    "education",
    "communication",
    "security",
    "legal",
    "staff",
    "identity_check",
)


def field_unused(judge: Judge) -> None:
    """A field that serves no purpose may not be collected (UU PDP Art. 27)."""
    used = {field for purpose in judge.notice.purposes.values() for field in purpose.uses}
    if not judge.clean("purposes"):
        return
    for name, category in judge.notice.data.items():
        for field, one in category.fields.items():
            if one.type != "unclear" and f"{name}.{field}" not in used:
                judge.fault(f"data.{name}.fields.{field}", "field-unused", field=f"{name}.{field}")


def field_types(judge: Judge) -> None:
    """A security code is never stored; an item that nobody can explain is told; card data is specific (Art. 4)."""
    for name, category in judge.notice.data.items():
        for field, one in category.fields.items():
            path = f"data.{name}.fields.{field}"
            if one.type == "unclear":
                judge.remark(path, "unclear", field=f"{name}.{field}")
            if one.type == "card_security_code" and one.stored:
                judge.fault(path, "security-code-stored", field=f"{name}.{field}")
            if one.precision and one.type != "location":
                judge.fault(f"{path}.precision", "precision-unkept", field=f"{name}.{field}", type=one.type)
            if one.type in _CARDS and not category.class_.startswith("specific:"):
                judge.fault(f"data.{name}.class", "class-too-low", field=f"{name}.{field}")


def no_end(judge: Judge) -> None:
    """Everything that is held has an end (UU PDP Art. 16(2)(g))."""
    taken = {path.partition(".")[0] for point in judge.notice.points.values() for path in point.collects}
    for name, category in judge.notice.data.items():
        if name not in judge.notice.retention and (category.class_ != "not_personal" or name in taken):
            judge.fault(f"data.{name}", "no-end", category=name)
    for name, life in judge.notice.retention.items():
        path = f"retention.{name}"
        if life.from_.event != "record.created" and life.longest is None and not life.not_stored:
            judge.fault(f"{path}.from", "no-end", "never", event=life.from_.event, category=name)
        if life.longest and life.longest.rough_seconds() < life.for_.rough_seconds():
            judge.fault(f"{path}.longest", "longest-too-short", category=name)
        if life.at_least and life.for_.rough_seconds() < life.at_least.for_.rough_seconds():
            judge.fault(f"{path}.for", "shorter-than-law", rule=life.at_least.rule, category=name)
        _hold(judge, name, life)


def _hold(judge: Judge, name: str, life: Life) -> None:
    hold = life.hold
    if hold is None:
        return
    for field in sorted(hold.fields):
        if field.partition(".")[0] != name:
            judge.fault(f"retention.{name}.hold.fields", "hold-elsewhere", item=field, field=field, category=name)
    served = {f for purpose in judge.notice.purposes.values() if purpose.because == hold.rule for f in purpose.uses}
    if not hold.fields & served and judge.clean("purposes"):
        judge.remark(f"retention.{name}.hold.rule", "hold-serves-nothing", rule=hold.rule)
    if hold.for_.rough_seconds() <= life.for_.rough_seconds():
        judge.remark(f"retention.{name}.hold.for", "hold-not-longer", category=name)


def populations(judge: Judge) -> None:
    """A processor acts on instructions only (Art. 51); third persons learn that their data is held (Art. 21)."""
    for name, people in judge.notice.populations.items():
        path = f"populations.{name}"
        if people.we_are == "processor" and not people.instructed_by:
            judge.fault(path, "instructions-missing", people=name)
        if people.met_through and people.told is None and people.we_are == "controller":
            judge.fault(path, "third-person-untold", people=name)
    for name, point in judge.notice.points.items():
        for people_name in point.about:
            about = judge.notice.populations.get(people_name)
            if about and about.we_are == "controller" and about.told is None and not about.met_through:
                judge.fault(f"points.{name}.about", "third-person-untold", item=people_name, people=people_name)


def instructions(judge: Judge) -> None:
    """What we do with data of somebody else's people, their controller decides."""
    processed = {n for n, people in judge.notice.populations.items() if people.we_are == "processor"}
    of = {name: category.of for name, category in judge.notice.data.items()}
    for name, purpose in judge.notice.purposes.items():
        for field in sorted(purpose.uses):
            whose = of.get(field.partition(".")[0], "")
            if whose in processed and purpose.kind not in _INSTRUCTED:
                values = {"purpose": name, "field": field, "people": whose}
                judge.fault(f"purposes.{name}.uses", "outside-instructions", item=field, **values)


def minors(judge: Judge) -> None:
    """Age is asked where the notice says, and nowhere else (UU PDP Art. 25)."""
    asked = judge.notice.minors.asked_at
    ages = {
        f"{c}.{f}"
        for c, k in judge.notice.data.items()
        for f, one in k.fields.items()
        if one.type in ("age_band", "birth_date")
    }
    for name in asked:
        point = judge.notice.points.get(name)
        if point is None:
            continue
        if not point.age:
            judge.fault("minors.asked_at", "age-not-asked", item=name, point=name)
        elif not point.collects & ages and judge.clean("points", "data"):
            judge.fault(f"points.{name}.age", "age-not-asked", "field", point=name)


def age_gap(judge: Judge) -> None:
    """Whoever the notice calls under age meets a guardian, or no, wherever age is asked (UU PDP Art. 25(2))."""
    under = judge.notice.minors.under
    for name, point in judge.notice.points.items():
        path, limits = f"points.{name}.age", sorted(point.age)
        if not limits or not judge.clean("minors"):
            continue
        if limits[-1] < under:
            judge.fault(path, "age-gap", point=name, top=limits[-1], under=under)
        for low, high in pairwise((0, *limits)):
            if low < under and point.age[high] == "warn":
                judge.fault(path, "age-gap", "mild", point=name, top=high, under=under)


def age_elsewhere(judge: Judge) -> None:
    """A point that minors.asked_at does not name neither asks for age nor acts by it."""
    asked = judge.notice.minors.asked_at
    bands = {f"{c}.{f}" for c, k in judge.notice.data.items() for f, one in k.fields.items() if one.type == "age_band"}
    for name, point in judge.notice.points.items():
        if name in asked or not judge.clean("minors"):
            continue
        if point.age:
            judge.fault(f"points.{name}.age", "age-asked-elsewhere", point=name)
        for field in sorted(point.collects & bands):
            judge.fault(f"points.{name}.collects", "age-asked-elsewhere", "field", item=field, point=name, field=field)


CHECKS: tuple[Callable[[Judge], None], ...] = (
    field_unused,
    field_types,
    no_end,
    populations,
    instructions,
    minors,
    age_gap,
    age_elsewhere,
)
