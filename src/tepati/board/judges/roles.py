"""Room board: what a role sees, and when: opened while its reason lived, refused without one, disputed by its owner."""

from dataclasses import replace

from tepati.board.judges.door import door
from tepati.board.verdict import Case, Evidence, Verdict, used


def role(case: Case) -> Verdict:
    """Judge one role as the door does; where its access rests on a case, say so, and which is the oldest that is open.

    That none was opened without the case is no count: the door opens nothing then, and the figure is what it refused.
    """
    verdict, declared = door(case), case.notice.roles.get(case.name)
    looked = used(case.seen, (case.path,), "look").allowed
    figures: Evidence = {
        **verdict.evidence, "looked": looked, "disputed": case.seen.reveals.disputed.get(case.path, 0)
    }  # fmt: skip
    if declared is None or verdict.state == "unused":
        return replace(verdict, evidence=figures)
    if declared.while_ in case.notice.cases:
        figures |= {"without": 0, "oldest_at": case.seen.reveals.oldest.get(declared.while_ or "", 0)}
        return replace(verdict, says="role_while", evidence=figures)
    return replace(verdict, says="role", evidence=figures)


def purpose(case: Case) -> Verdict:
    """Judge one purpose as the door does, and say how often somebody's data was read for it, row by row."""
    verdict = door(case)
    read = sum(used(case.seen, (case.path,), act).allowed for act in ("look", "read"))
    if not read or verdict.says != "door":
        return verdict
    return replace(verdict, says="purpose", evidence={**verdict.evidence, "read": read})
