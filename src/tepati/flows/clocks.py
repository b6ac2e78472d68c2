"""Room flows: until when a case is answered: a question by ``questions.within``, any other by ``cases.<c>.within``.

Whether somebody asks or complains is their own word, sealed with the rest. What the facts keep of it is the instant
that was promised: ``question`` among the moments of the case.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Notice
from tepati.rules.facts import Dealing, Facts

QUESTION = "question"  # the moment, and the option by which somebody says that they ask


def tells(notice: Notice, opens: str) -> str:
    """Name the field of a case by which somebody says whether they ask; "" where the notice promises nothing apart."""
    held = notice.data.get(opens)
    if notice.questions is None or held is None:
        return ""
    return next((f"{opens}.{name}" for name, field in held.fields.items() if QUESTION in field.options), "")


def opening(desk: Desk, opens: str, said: str, at: int) -> Dealing:
    """Make a case that opens now; ``said`` is the option that tells."""
    questions = desk.notice.questions
    asked = questions is not None and said == QUESTION and bool(tells(desk.notice, opens))
    return Dealing(opens, at, moments={QUESTION: desk.after(at, questions.within)} if asked and questions else {})


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
    return with_case(facts, row.dealing, opening(sheet.desk, point.opens, said, sheet.at))


def with_case(facts: Facts, name: str, case: Dealing) -> Facts:
    """Put a case into facts."""
    return replace(facts, dealings={**facts.dealings, name: case})


def due(desk: Desk, kind: str, opened_at: int, moments: Mapping[str, int]) -> int:
    """Say until when a case is answered, or 0 where nothing is promised."""
    case = desk.notice.cases.get(kind)
    within = case.within if case else None
    return moments.get(QUESTION, 0) or (desk.after(opened_at, within) if within else 0)


def promise(kind: str, moments: Mapping[str, int]) -> str:
    """Name the promise that the clock of a case is counted under."""
    return "questions.within" if QUESTION in moments else f"cases.{kind}.within"
