"""Room board: guardians: what was asked of them, how each yes was heard, and what a want of one refused."""

from tepati.board.verdict import Case, Coverage, Evidence, Grade, Verdict, used

_HEARD = ("link", "recorded_call", "document", "signature")


def guardian(case: Case) -> Verdict:
    """Judge the guardian's yes: counted by method; whatever had none was refused at the door or is gone."""
    total = used(case.seen, (case.path,))
    figures: Evidence = {name: _answers(case, f"given_{name}") for name in _HEARD}
    figures |= {
        "asked": _answers(case, "asked"), "waiting": case.seen.guardians.open, "refused": total.refused,
        "declined": _answers(case, "declined"), "silent": _answers(case, "silence"),
        "taken_back": _answers(case, "taken_back"), "turned": _answers(case, "age_changed"),
    }  # fmt: skip
    if not (figures["asked"] or total.refused):
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1), figures)
    grades: tuple[Grade, ...] = ("enforced", "observed") if case.fresh() else ("enforced",)
    return Verdict("kept", "guardian", grades, Coverage(1, 1), figures, total.lines)


def _answers(case: Case, answer: str) -> int:
    return case.seen.count(case.path, f"guardian.{answer}").n
