"""Room flows: until when a case is answered: a question by ``questions.within``, any other by ``cases.<c>.within``.

Whether somebody asks or complains is their own word where the form has a choice for it, sealed with the rest; where it
has none, what came as a ``question`` is one. What the facts keep of it is the instant that was promised: ``question``
or ``answer`` among the moments of the case. No later version moves it.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Notice
from tepati.rules import promised
from tepati.rules.facts import OVER, Dealing, Facts

ANSWER = "answer"  # the moment by which a case is answered, as it was promised when it opened
QUESTION = "question"  # the moment; the option, the field or the category by which somebody asks


def tells(notice: Notice, opens: str) -> str:
    """Name the field of a case by which somebody says whether they ask; "" where the notice promises nothing apart."""
    held = notice.data.get(opens)
    if notice.questions is None or held is None:
        return ""
    return next((f"{opens}.{name}" for name, field in held.fields.items() if QUESTION in field.options), "")


def asked(notice: Notice) -> tuple[str, ...]:
    """Name the kinds of case in which people may be asking."""
    kinds = [point.opens for point in notice.points.values() if point.opens]
    return tuple(kind for kind in dict.fromkeys(kinds) if tells(notice, kind) or _asks(notice, kind))


def _asks(notice: Notice, opens: str, point: str = "") -> bool:
    """Say whether a case is a question without its writer's word: a point that opens it collects one."""
    points = (one for name, one in notice.points.items() if one.opens == opens and point in {"", name})
    return notice.questions is not None and any(QUESTION in f.split(".") for one in points for f in one.collects)


def opening(desk: Desk, point: str, said: str, at: int, told: int) -> Dealing:
    """Make the case that a point opens now for somebody ``told`` that version; ``said`` is the option that tells."""
    notice, opens = desk.notice, desk.notice.points[point].opens
    asking = said == QUESTION if tells(notice, opens) else _asks(notice, opens, point)
    path, moment = ("questions.within", QUESTION) if asking else (f"cases.{opens}.within", ANSWER)
    until = promised.by(desk.policy, path, at, told)
    over = desk.policy.over.get(opens, 0)
    return Dealing(opens, at, moments=({moment: until} if until else {}) | ({OVER: over} if over else {}))


async def opened(sheet: Sheet, person: bytes, record: str, facts: Facts) -> Facts:
    """Put the case that a record opens into the facts as read in this act, with what its writer said they do.

    What is opened here leaves in no answer.
    """
    row, notice = facts.rows[record], sheet.desk.notice
    point = notice.points[row.point]
    path, said = tells(notice, point.opens), ""
    if not row.dealing:
        return facts
    if path in point.collects:
        permit = sheet.entering(person, frozenset({record}), frozenset({path}), point.for_[0], f"points.{row.point}")
        parts = await sheet.desk.vault.open(sheet.tx, permit, facts)
        said = next((value.show() for part in parts for value in part.values.values()), "")
    return with_case(facts, row.dealing, opening(sheet.desk, row.point, said, sheet.at, facts.told))


def with_case(facts: Facts, name: str, case: Dealing) -> Facts:
    """Put a case into facts."""
    return replace(facts, dealings={**facts.dealings, name: case})


def due(desk: Desk, kind: str, opened_at: int, moments: Mapping[str, int]) -> int:
    """Say until when a case is answered, or 0 where nothing is promised."""
    case = desk.notice.cases.get(kind)
    within = case.within if case else None
    return moments.get(QUESTION, 0) or moments.get(ANSWER, 0) or (desk.after(opened_at, within) if within else 0)


def promise(kind: str, moments: Mapping[str, int]) -> str:
    """Name the promise that the clock of a case is counted under."""
    return "questions.within" if QUESTION in moments else f"cases.{kind}.within"
