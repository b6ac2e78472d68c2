"""Room notice: checks on what a notice claims: clauses, named promises, figures in own words, what comes later."""

import re
from collections.abc import Callable, Iterator

from tepati.notice.checks.judge import Judge
from tepati.notice.finding import nearest
from tepati.notice.later import later
from tepati.notice.model import Notice
from tepati.notice.promises import paths
from tepati.notice.scope import words_of
from tepati.notice.tree import Mapping, Node, Scalar

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def language(judge: Judge) -> None:
    """This is version 1 of the language."""
    if judge.notice.tepati != 1:
        judge.fault("tepati", "wrong-value", value=judge.notice.tepati, wanted="1")


def clauses(judge: Judge) -> None:
    """Every sentence of the old notice has exactly one fate."""
    for name, clause in judge.notice.clauses.items():
        fates = [bool(clause.kept_by), clause.not_carried is not None, clause.information is not None]
        if sum(fates) != 1:
            judge.fault(f"clauses.{name}", "clause-fate", clause=name)


def references(judge: Judge) -> None:
    """A promise that is named exists, and is a promise."""
    known = paths(judge.notice)
    for path, mark, at in judge.reader.promised:
        if path in known:
            continue
        if judge.written(path):
            judge.reader.findings.fault(mark, "not-a-promise", at, value=path, above=_above(path, known))
            continue
        near = nearest(path, known)
        judge.reader.findings.fault(
            mark, "unknown-promise", at, "near" if near else "", value=path, near=near, known="-"
        )


def _above(path: str, known: frozenset[str]) -> str:
    while path and path not in known:
        path = path.rpartition(".")[0]
    return path or "-"


def own_words(judge: Judge) -> None:
    """A number in a company's own sentence stands in the declaration it speaks of."""
    for path, node in _speaking(judge.reader.scope.root, ""):
        said = node.items["says"]
        declared = {key: item for key, item in node.items.items() if key not in ("says", "label", "balance")}
        figures = {number for item in declared.values() for text in words_of(item) for number in _figures(text)}
        for lang, sentence in said.items.items() if isinstance(said, Mapping) else ():
            _judge_figures(judge, f"{path}.says.{lang}", path, sentence, figures)


def _judge_figures(judge: Judge, path: str, thing: str, sentence: Node, figures: set[str]) -> None:
    for number in _NUMBER.findall(sentence.text if isinstance(sentence, Scalar) else ""):
        if not set(_figures(number)) <= figures:
            judge.fault(path, "digit-unbacked", number=number, thing=thing)


def _figures(text: str) -> Iterator[str]:
    for number in _NUMBER.findall(text):
        yield from (part.lstrip("0") or "0" for part in re.split(r"[.,]", number))


def _speaking(node: Mapping, path: str) -> Iterator[tuple[str, Mapping]]:
    if path and "says" in node.items:
        yield path, node
    for key, item in node.items.items():
        if isinstance(item, Mapping):
            yield from _speaking(item, f"{path}.{key}" if path else key)


def not_yet(judge: Judge) -> None:
    """What this version does not enforce is told, and refused at the door."""
    for path in judge.reader.marks:
        if later(path) == path:
            judge.remark(path, "not-yet")
    for path in _unmet(judge.notice):
        if judge.written(path):
            judge.remark(path, "not-yet")


def _unmet(notice: Notice) -> Iterator[str]:
    """Name the keys of which some values are enforced and the declared one is not: such a question is never asked."""
    sign_in, security = notice.endpoints.get("sign_in"), notice.security
    proven = {("link", "email"), ("code", "sms"), ("code", "whatsapp")}  # by a mailed link, or a texted code
    asked = {
        n for n, one in notice.consents.items() if (one.confirm, one.channel) in proven or one.recipient == sign_in
    }
    yield from (f"consents.{name}" for name in notice.consents if name not in asked)
    yield from (f"points.{name}.sign_in" for name, point in notice.points.items() if point.sign_in != "optional")
    yield from (f"rights.{name}.reason" for name, right in notice.rights.items() if right.reason == "optional")
    yield from (f"cookies.set.{name}.party" for name, one in notice.cookies.set.items() if one.party != "own")
    yield from ["security.second_factor.people"] if security.second_factor.people != "offered" else []
    yield from ["minors.guardian.confirm"] if "code" in notice.minors.guardian.confirm else []


CHECKS: tuple[Callable[[Judge], None], ...] = (language, clauses, references, own_words, not_yet)
