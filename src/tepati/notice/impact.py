"""Room notice: the skeleton of an impact assessment (UU PDP Art. 34), written from the declaration. Pure.

What the file knows is filled in: triggers, the processing, its measures. What somebody has to judge is left as a blank
that says what belongs there. A purpose that shows no trigger is listed, so that nobody thinks it forgotten.
"""

from collections.abc import Iterator

from tepati.notice.activities import described, everybody, paper
from tepati.notice.audience import Audience
from tepati.notice.blocks import Block, Cell, Fact, Facts, Items, Paragraph, Row, Said, Section, Table
from tepati.notice.document import Document
from tepati.notice.model import Notice, Purpose
from tepati.notice.risk import risks, signs
from tepati.notice.speech import capital
from tepati.notice.words import words

_BLANKS = ("scale", "novelty", "hindrance", "benefit", "advice", "result")


def impact(notice: Notice, lang: str) -> Document:
    """Write the skeleton for one organisation: one section for each purpose that shows a trigger or a sign."""
    scope = everybody(notice, lang)
    weighed = [name for name in notice.purposes if risks(notice, name) or signs(notice, name)]
    rest = [name for name in notice.purposes if name not in weighed]
    summary = Section("summary", _say(scope, "about"), _say(scope, "lead"), (_rest(scope, rest),))
    sections = tuple(_weighed(scope, name, notice.purposes[name]) for name in weighed)
    return paper(scope, _say(scope, "title"), summary, sections)


def _say(scope: Audience, key: str, **values: str | int) -> str:
    return words(scope.said.lang, "impact").say(key, **values)


def _rest(scope: Audience, names: list[str]) -> Block:
    listed = "; ".join(capital(scope.said.purpose(name)) for name in names) or scope.said.say("list.none")
    return Facts((Fact(_say(scope, "without"), listed), Fact(_say(scope, "judge"), _say(scope, "judge_text"))))


def _weighed(scope: Audience, name: str, purpose: Purpose) -> Section:
    notice = scope.said.notice
    found = (*risks(notice, name), *signs(notice, name))
    why = scope.said.join(_say(scope, f"trigger.{one}") for one in found)
    blocks = (
        Facts((Fact(_say(scope, "triggers"), capital(why)), *described(scope, name, purpose).facts)),
        Paragraph((Said(_say(scope, "needed")),)),
        _needed(scope, purpose),
        Paragraph((Said(_say(scope, "risks")),)),
        _risks(scope, name),
        Paragraph((Said(_say(scope, "measures")),)),
        Items(scope.sentences(*_measures(scope, name, purpose))),
        Facts(tuple(_blanks(scope, name))),
    )
    return Section(f"purpose-{name}", capital(scope.said.purpose(name)), "", blocks)


def _needed(scope: Audience, purpose: Purpose) -> Table:
    """Give each datum a line where somebody says why the purpose cannot do without it."""
    head = (_say(scope, "datum"), _say(scope, "class"), _say(scope, "why_needed"))
    return Table(head, tuple(_datum(scope, field) for field in sorted(purpose.uses)))


def _datum(scope: Audience, field: str) -> Row:
    category = field.partition(".")[0]
    kind = scope.said.klass(scope.said.notice.data[category].class_)
    called = Cell(capital(scope.said.field(field)), scope.said.category(category))
    return Row((called, Cell(kind), Cell(_say(scope, "blank"))))


def _risks(scope: Audience, name: str) -> Table:
    """List what can go wrong, as far as the file shows it; how likely and how grave is a blank."""
    notice, blank = scope.said.notice, Cell(_say(scope, "blank"))
    given = [scope.said.recipient(r) for r, one in notice.recipients.items() if name in one.for_ and one.gets]
    seen = [scope.said.role(r) for r, one in notice.roles.items() if name in one.for_]
    here = {
        "leak": _say(scope, "risk_leak"),
        "inside": _say(scope, "risk_inside", roles=scope.said.join(seen)) if seen else "",
        "given": _say(scope, "risk_given", names=scope.said.join(given)) if given else "",
        "wrong": _say(scope, "risk_wrong") if "decisions" in risks(notice, name) else "",
        "watched": _say(scope, "risk_watched") if signs(notice, name) else "",
        "minors": _say(scope, "risk_minors") if notice.minors.asked_at else "",
    }
    head = (_say(scope, "risk"), _say(scope, "likely"), _say(scope, "grave"), _say(scope, "accepted"))
    return Table(head, tuple(Row((Cell(text), blank, blank, blank)) for text in here.values() if text))


def _measures(scope: Audience, name: str, purpose: Purpose) -> list[str]:
    """Name the promises that lessen these risks: safeguards, windows of access, ends, agreements."""
    notice = scope.said.notice
    held = sorted({field.partition(".")[0] for field in purpose.uses})
    return [
        *(path for path in scope.texts if path.startswith("security.")),
        *(f"roles.{role}" for role, one in notice.roles.items() if name in one.for_),
        *(f"recipients.{one}.agreement" for one, r in notice.recipients.items() if name in r.for_),
        *(f"retention.{category}" for category in held),
        "breach.within",
    ]


def _blanks(scope: Audience, name: str) -> Iterator[Fact]:
    done = [
        (title, one) for title, one in scope.said.notice.accountability.impact_assessments.items() if name in one.covers
    ]
    for title, one in done:
        result = scope.said.say(f"record.result_{one.result}")
        said = scope.said.say("record.assessed", by=scope.said.word(one.by), on=scope.said.date(one.on), result=result)
        yield Fact(_say(scope, "done", name=title), said, (f"accountability.impact_assessments.{title}",))
    for blank in _BLANKS:
        yield Fact(_say(scope, f"ask_{blank}"), _say(scope, "blank"))
