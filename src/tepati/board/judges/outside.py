"""Room board: promises whose only witness stands outside, those no occasion has tried yet, and the published notice."""

from tepati.board.judges.clocks import again
from tepati.board.say import coarse
from tepati.board.verdict import Case, Coverage, Evidence, Verdict, used
from tepati.registers import decoys as register
from tepati.registers.observations import OK


def observed(case: Case) -> Verdict:
    """Judge what only an outside look can show: unproven until one was taken, and again when it is old."""
    if not case.fresh():
        return Verdict("unproven", "unwatched", (), Coverage(0, 1, "checks"), case.looks())
    return Verdict("kept", "seen", ("observed",), Coverage(1, 1, "checks"), case.looks())


def cookies(case: Case) -> Verdict:
    """Judge cookies: the site writes only declared ones, and a look from outside at all its pages saw no other.

    A cookie that needs an occasion of its own (signing in) is covered by the look at the closed list.
    """
    if not (case.fresh() or case.fresh(path="cookies")):
        return Verdict("unproven", "unwatched", ("enforced",), Coverage(0, 1, "checks"), case.looks())
    own = case.looks()
    if not case.fresh():
        own["last_at"] = case.newest(OK, "cookies")
    return Verdict("kept", "seen", ("enforced", "observed"), Coverage(1, 1, "checks"), own)


def occasion(case: Case) -> Verdict:
    """Judge what waits for its occasion (a merger, an order, a breach): unused while none is recorded."""
    total = used(case.seen, (case.path,))
    figures: Evidence = {"allowed": total.allowed, "refused": total.refused}
    if not (total.allowed or total.refused):
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1), figures)
    return Verdict("kept", "door", ("enforced",), Coverage(1, 1), figures, total.lines)


def transport(case: Case) -> Verdict:
    """Judge sealing in transit: the surface refuses plain requests, and doctor saw the addresses from outside."""
    verdict = observed(case)
    grades = ("enforced", *verdict.grades) if verdict.state == "kept" else ("enforced",)
    return Verdict(verdict.state, verdict.says, grades, verdict.coverage, verdict.evidence)


def decoys(case: Case) -> Verdict:
    """Judge the decoys: all four kinds live here, their mailboxes and records are watched at the promised rhythm."""
    present = sum(1 for kind in register.KINDS if case.seen.decoys.get(kind))
    watch = again(case)
    figures = watch.evidence | {"decoys": sum(case.seen.decoys.values()), "kinds": present}
    coverage = Coverage(present, len(register.KINDS), "kinds")
    state, says = watch.state, "decoys"
    if present < len(register.KINDS) and watch.state == "kept":
        state = "unproven"
    if watch.state == "unused":
        says = "unused"
    return Verdict(state, says, watch.grades, coverage, figures, since=watch.since, cause=watch.cause)


def published(case: Case) -> Verdict:
    """Judge what is shown: the version in force was published here, at its permanent address, with its history."""
    versions = case.seen.published
    version = case.notice.notice.version
    figures: Evidence = {"version": version, "versions": len(versions), "published_at": versions.get(version, 0)}
    if not versions:
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1, "versions"), figures)
    held = Coverage(len([v for v in range(1, version + 1) if v in versions]), version, "versions")
    if version not in versions:
        return Verdict("gap", "published", ("enforced",), held, figures, cause="unpublished")
    return Verdict("kept", "published", ("enforced",), held, figures)


_REACHED = ("on_the_site", "told", "bounced", "no_channel", "seen")


def announced(case: Case) -> Verdict:
    """Judge the telling of changes: the first version changes nothing, so there was no occasion yet.

    How many letters were taken, came back or found no address is told coarsely everywhere: few are somebody.
    """
    if len(case.seen.published) < 2:
        return Verdict("unused", "unused", ("enforced",), Coverage(0, 1), {"versions": len(case.seen.published)})
    told = used(case.seen, tuple(dict.fromkeys((case.path, "notice.announce"))))
    counted = {answer: case.seen.count("notice.announce", f"announce.{answer}").n for answer in _REACHED}
    figures: Evidence = {"announced": counted.pop("on_the_site"), **{key: coarse(n) for key, n in counted.items()}}
    state = "unproven" if not told.allowed else "kept"
    return Verdict(state, "announced", ("enforced",), Coverage(1, 1), figures, told.lines)  # type: ignore[arg-type]
