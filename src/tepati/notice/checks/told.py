"""Room notice: what a reader of the file is told: contradictions, what is not carried, and what somebody confirms."""

from collections.abc import Callable, Iterator

from tepati.notice import speech
from tepati.notice.asking import unsaid
from tepati.notice.checks.judge import Judge, named
from tepati.notice.checks.lawful import worded
from tepati.notice.contradictions import contradictions, said
from tepati.notice.prose import claims
from tepati.notice.scope import node_at
from tepati.notice.tree import Scalar
from tepati.notice.values import Duration

_BOUND = ("access", "correction", "restriction", "withdrawal")  # clocks whose ceiling a law sets
_SHOWN = 200  # characters of a sentence that one finding quotes


def own_claims(judge: Judge) -> None:
    """An own sentence that speaks of the whole file says what the file does."""
    for path, text in _own(judge):
        for claim, words in claims(text):
            thing = path.partition(".says")[0]
            broken = _breaking(judge, claim.about, thing)
            if broken:
                note = judge.fault if claim.level == "error" else judge.remark
                note(path, "says-otherwise", "only" if claim.about == "only" else "", words=words, broken=named(broken))


def _own(judge: Judge) -> Iterator[tuple[str, str]]:
    """Give every own sentence in every language, with its path."""
    for path in judge.reader.marks:
        if path.endswith((".says.id", ".says.en", ".information.id", ".information.en")):
            node = node_at(judge.reader.scope.root, path)
            if isinstance(node, Scalar):
                yield path, node.text


def _breaking(judge: Judge, about: str, thing: str) -> list[str]:
    notice, fields = judge.notice, _fields(judge, thing)
    vow = notice.never.get(thing.removeprefix("never."))
    spared = set(vow.except_) if vow else set()
    purposes, recipients = notice.purposes.items(), notice.recipients.items()
    marketing = [f"purposes.{n}" for n, one in purposes if one.kind == "marketing" and one.uses & fields]
    found = {
        "sharing": [f"recipients.{n}" for n, one in recipients if one.gets & fields],
        "marketing": [path for path in marketing if path != thing],
        "only": [path for path in marketing if path != thing],
        "abroad": [f"recipients.{n}" for n, one in recipients if {one.country, *one.countries} - {"ID"}],
        "cookies": [f"cookies.set.{n}" for n in notice.cookies.set],
        "machines": [f"decisions.{n}" for n in notice.decisions],
    }
    return [path for path in found[about] if path not in spared]


def _fields(judge: Judge, thing: str) -> frozenset[str]:
    """Give the fields a thing is about; all of them where it is about none in particular."""
    section, _, rest = thing.partition(".")
    name, _, below = rest.partition(".")
    notice = judge.notice
    if section in ("data", "retention") and name in notice.data:
        one = below.removeprefix("fields.")
        return frozenset(f"{name}.{f}" for f in notice.data[name].fields if not below or f == one)
    if section == "points" and name in notice.points:
        return notice.points[name].collects
    if section == "purposes" and name in notice.purposes:
        return notice.purposes[name].uses
    return frozenset(f"{c}.{f}" for c, one in notice.data.items() for f in one.fields)


def own_questions(judge: Judge) -> None:
    """An own question says no less than its yes opens (UU PDP Art. 21(1), 22)."""
    for name in judge.notice.consents if judge.clean("consents", "purposes", "recipients", "data") else ():
        for lang in ("id", "en"):
            for kind, word in unsaid(judge.notice, name, lang):
                judge.fault(f"consents.{name}.question.{lang}", "question-says-less", kind, consent=name, word=word)


def names(judge: Judge) -> None:
    """What people read has a name in their language: a key of the file is none."""
    notice = judge.notice
    found = {
        **{f"purposes.{n}": one.label is not None or one.says is not None for n, one in notice.purposes.items()},
        **{f"roles.{n}": one.label is not None or not one.sees for n, one in notice.roles.items()},
        **{f"recipients.{n}": bool(one.name) or not one.gets for n, one in notice.recipients.items()},
    }
    for category, held in notice.data.items():
        typed = {n: one.label is not None or worded(f"type.{one.type}") for n, one in held.fields.items()}
        found |= {f"data.{category}.fields.{n}": called for n, called in typed.items()}
    for path, called in found.items():
        if not called and not worded(f"name.{path.rpartition('.')[2]}"):
            judge.remark(path, "nameless", thing=path.rpartition(".")[2])


def opposed(judge: Judge) -> None:
    """Sentences that contradict each other stand side by side, with the reading in force."""
    for pair in contradictions(judge.notice) if judge.clean(*judge.reader.scope.root.items) else ():
        values = {
            "one": pair.one, "says": _short(said(judge.notice, pair.one, judge.lang)),
            "other": pair.other, "answers": _short(said(judge.notice, pair.other, judge.lang)),
            "governs": pair.governs,
        }  # fmt: skip
        judge.advise(f"clauses.{pair.one}.against", "contradiction", item=pair.other, **values)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rpartition(' ')[0]} ..."


def carried(judge: Judge) -> None:
    """What a law forbids is not carried over, or is kept in the lawful way; both are explained."""
    for name, clause in judge.notice.clauses.items():
        if clause.not_carried:
            judge.advise(
                f"clauses.{name}.not_carried", "not-carried", clause=name, why=clause.not_carried.of(judge.lang)
            )
        if "notice.shown" in clause.kept_by:
            judge.advise(f"clauses.{name}", "lawful-way", clause=name)


def vows(judge: Judge) -> None:
    """``never.sharing`` is not true to the letter while somebody works with the data, or an order must be obeyed."""
    if "sharing" in judge.notice.never:
        given = [name for name, one in judge.notice.recipients.items() if one.gets]
        orders = ["disclosure.compelled", *(["disclosure.voluntary"] if judge.notice.disclosure.voluntary else [])]
        judge.advise("never.sharing", "never-to-the-letter", names=named([*given, *orders]))


def figures(judge: Judge) -> None:
    """Figures that no law sets are the company's own: somebody confirms them."""
    notice = judge.notice

    def length(value: Duration) -> str:
        return speech.duration(value, judge.lang)

    before = notice.notice.announce.material.before
    if before:
        judge.advise("notice.announce", "confirm", "announce", figures=length(before))
    judge.advise("notice.approvals", "confirm", "approvers", figures=notice.notice.approvals.people)
    lives = {n: life for n, life in notice.retention.items() if not (life.not_stored or life.at_least or life.because)}
    if lives:
        told = "; ".join(f"{name}: {length(life.for_)}" for name, life in lives.items())
        judge.advise("retention", "confirm", "retention", figures=told)
    clocks = "; ".join(f"{path}: {length(value)}" for path, value in _clocks(judge))
    if clocks:
        judge.advise("rights", "confirm", "clocks", figures=clocks)


def _clocks(judge: Judge) -> Iterator[tuple[str, Duration]]:
    notice = judge.notice
    found = {
        **{f"rights.{n}.within": one.within for n, one in notice.rights.items() if n not in _BOUND},
        **{f"cases.{n}.within": one.within for n, one in notice.cases.items()},
        "questions.within": notice.questions.within if notice.questions else None,
        "minors.guardian.within": notice.minors.guardian.within,
    }
    yield from ((path, value) for path, value in found.items() if value)


CHECKS: tuple[Callable[[Judge], None], ...] = (own_claims, own_questions, names, opposed, carried, vows, figures)
