"""Room notice: checks against the rule packs: ceilings, content before a consent, officer, assessments, transfers."""

from collections.abc import Callable, Iterator

from tepati.notice import speech
from tepati.notice.checks.judge import Judge, named
from tepati.notice.law.pack import Ceiling, Pack, official, pack
from tepati.notice.model import Notice, Recipient
from tepati.notice.risk import risks, signs
from tepati.notice.scalars import written_duration
from tepati.notice.values import Duration
from tepati.notice.words import words

_DAY = 86_400
_RIGHTS = ("access", "correction", "erasure", "withdrawal")  # told before a consent


def ceilings(judge: Judge) -> None:
    """No promise is weaker than the law; only what was read in the law's own words is an error."""
    for name in judge.notice.laws:
        facts = pack(name).read(official(name, judge.laws))
        day = speech.date(facts.in_force, judge.lang)
        if text := facts.official:
            found = ", ".join(f"{path} ({article})" for path, article in text.rules)
            values = {"text": text.name, "dated": speech.date(text.date, judge.lang), "sha256": text.sha256, "day": day}
            judge.advise("laws", "law-read", item=name, name=name, rules=found, **values)
        elif facts.awaits_text:
            judge.advise("laws", "law-unread", item=name, name=name, law=facts.law, day=day)
        for ceiling in facts.ceiling:
            _ceiling(judge, facts, ceiling)


def _ceiling(judge: Judge, facts: Pack, ceiling: Ceiling) -> None:
    declared, most = _declared(judge.notice, ceiling.path), written_duration(ceiling.most)
    if declared is None or most is None or _at_worst(declared) <= _at_worst(most):
        return
    said = {
        "declared": speech.duration(declared, judge.lang), "most": ceiling.most,
        "article": f"{facts.law} Art. {ceiling.article}", "known_as": ceiling.mark,
        "day": speech.date(facts.in_force, judge.lang),
    }  # fmt: skip
    effective = judge.notice.notice.effective
    if facts.binds(ceiling.mark, effective):
        judge.fault(ceiling.path, "weaker-than-law", **said)
    else:
        judge.remark(ceiling.path, "weaker-than-law", "coming" if effective < facts.in_force else "unverified", **said)


def _declared(notice: Notice, path: str) -> Duration | None:
    section, _, rest = path.partition(".")
    if section == "breach":
        return notice.breach.within
    right = dict(notice.rights).get(rest.partition(".")[0])  # type: ignore[call-overload] # a name of the pack
    found: Duration | None = right.within if right else None
    return found


def _at_worst(value: Duration) -> int:
    """Seconds at most: days and longer end at midnight, so up to a day is added."""
    return value.rough_seconds() + (0 if value.unit in ("minute", "hour") else _DAY)


def content(judge: Judge) -> None:
    """Before a consent people are told seven things (UU PDP Art. 21(1)); a notice that lacks one asks nobody."""
    for name, purpose in judge.notice.purposes.items():
        if purpose.basis == "consent" and judge.clean("data", "purposes", "rights"):
            for lacking, at, thing in _lacking(judge.notice, name):
                judge.fault(at, "consent-incomplete", lacking, purpose=name, thing=thing)


def _lacking(notice: Notice, name: str) -> Iterator[tuple[str, str, str]]:
    purpose, path = notice.purposes[name], f"purposes.{name}"
    if purpose.label is None and purpose.says is None and not worded(f"name.{name}"):
        yield "purpose", path, name
    if not purpose.uses:
        yield "data", f"{path}.uses", name
    for field in sorted(purpose.uses):
        category, _, one = field.partition(".")
        found = notice.data[category].fields[one]
        if found.label is None and not worded(f"type.{found.type}") and not worded(f"name.{one}"):
            yield "details", f"data.{category}.fields.{one}", field
    if missing := [right for right in _RIGHTS if right not in notice.rights]:
        yield "rights", "laws", named(missing)


def worded(key: str) -> bool:
    """Tell whether the wording files have a word for a name or type, in both languages."""
    tables = dict.fromkeys((key, f"purpose.{key.partition('.')[2]}", f"role.{key.partition('.')[2]}"))
    return all(any(one in words(lang, "notice") for one in tables) for lang in ("id", "en"))


def assessments(judge: Judge) -> None:
    """High risk is assessed before publishing (UU PDP Art. 34(2)): (a)-(b) wait for it, of the rest somebody asks."""
    covered = {
        p
        for one in judge.notice.accountability.impact_assessments.values()
        for p in one.covers
        if one.result != "no_go"
    }
    for name in judge.notice.purposes:
        if name in covered or not judge.clean("accountability"):
            continue
        for reason in risks(judge.notice, name)[:1]:
            judge.fault(f"purposes.{name}", "assessment-missing", reason, purpose=name)
        for sign in signs(judge.notice, name)[:1]:
            judge.advise(f"purposes.{name}", "assessment-open", sign, purpose=name)


def officer(judge: Judge) -> None:
    """Whether an officer is due is the company's to decide, and to say: *large* has no number in the law (Art. 53)."""
    named_ = judge.notice.accountability.officer
    specific = sorted(n for n, one in judge.notice.data.items() if one.class_.startswith("specific:"))
    reason = named_.because if named_ else None
    if named_ is None or (not named_.due and reason is None):
        judge.remark("accountability.officer" if named_ else "accountability", "officer-unsaid")
    elif reason and not named_.due and specific:
        judge.advise("accountability.officer", "officer-due", because=reason.of(judge.lang), data=named(specific))


def transfers(judge: Judge) -> None:
    """Abroad leads one of three steps: equal protection, a binding instrument, or else consent (UU PDP Art. 56)."""
    for name, one in judge.notice.recipients.items():
        path = f"recipients.{name}"
        abroad = sorted({one.country, *one.countries} - {"ID"})
        if one.kind == "partner" or not abroad:
            continue
        if one.transfer is None:
            at = f"{path}.country" if one.country != "ID" else f"{path}.countries"
            judge.fault(at, "transfer-step-missing", recipient=name, country=named(abroad))
        else:
            _step(judge, path, name, one)


def _step(judge: Judge, path: str, name: str, one: Recipient) -> None:
    step = one.transfer
    if step is None:
        return
    if step.step == "consent" and not one.consent:
        asked = [c for c, q in judge.notice.consents.items() if q.recipient == name]
        if not asked:
            judge.fault(f"{path}.transfer", "transfer-unasked", recipient=name)
    if step.step == "binding" and not step.document:
        judge.fault(f"{path}.transfer", "transfer-undocumented", recipient=name)
    if step.assessed is None:
        judge.remark(f"{path}.transfer", "transfer-undocumented", "assessed", recipient=name)


CHECKS: tuple[Callable[[Judge], None], ...] = (ceilings, content, assessments, officer, transfers)
