"""Room notice: checks on prohibitions, rights, the law's ceilings, announcements and mailboxes."""

from collections.abc import Callable

from tepati.notice import speech
from tepati.notice.checks.judge import Judge
from tepati.notice.law.pack import Ceiling, pack
from tepati.notice.model import Never, Notice
from tepati.notice.scalars import written_duration
from tepati.notice.values import Duration
from tepati.notice.vocabulary import Never as NeverWord

_KNOWN = frozenset(NeverWord.__args__)  # type: ignore[attr-defined] # the words of a Literal
_PROCESSORS = ("processor", "sub_processor")
_DESTROYS = ("erasure", "access", "any_request")
_DAY = 86_400


def law(judge: Judge) -> None:
    """No promise is weaker than the law; only what was read in the law's own words is an error."""
    for name in judge.notice.laws:
        facts = pack(name)
        for ceiling in facts.ceiling:
            _ceiling(judge, facts.law, ceiling)


def _ceiling(judge: Judge, law_name: str, ceiling: Ceiling) -> None:
    declared, most = _declared(judge.notice, ceiling.path), written_duration(ceiling.most)
    if declared is None or most is None or _at_worst(declared) <= _at_worst(most):
        return
    article = f"{law_name} Art. {ceiling.article}"
    said = {"declared": speech.duration(declared, "en"), "most": ceiling.most, "article": article}
    if ceiling.mark == "V":
        judge.fault(ceiling.path, "weaker-than-law", **said)
    else:
        judge.remark(ceiling.path, "weaker-than-law", "unverified", **said)


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


def rights(judge: Judge) -> None:
    """The law names no fee and no limit; objection is to purposes that are open to it."""
    for name, right in judge.notice.rights.items():
        path = f"rights.{name}"
        if right.fee:
            judge.fault(f"{path}.fee", "fee-on-right", right=name)
        if right.limit:
            judge.remark(f"{path}.limit", "limit-on-right", right=name)
        for purpose_name in right.to:
            purpose = judge.notice.purposes.get(purpose_name)
            if purpose and not purpose.objection:
                judge.fault(f"{path}.to", "objection-closed", "right", item=purpose_name, purpose=purpose_name)


def announcing(judge: Judge) -> None:
    """People are told before a change takes effect (UU PDP Art. 21(2)); versions are approved."""
    material = judge.notice.notice.announce.material
    if material.before is None or not material.by:
        judge.fault("notice.announce.material", "untold", article="UU PDP Art. 21(2)")
    rule = judge.notice.notice.approvals
    if rule.people < 2 and not rule.outside and rule.wait is None:
        judge.remark("notice.approvals", "one-approver", "notice", count=rule.people)


def never(judge: Judge) -> None:
    """Nothing in the file contradicts a prohibition."""
    for name, rule in judge.notice.never.items():
        if name not in _KNOWN and not (rule.of and (rule.for_ or rule.to)):
            judge.fault(f"never.{name}", "never-unknown", word=name, known=", ".join(sorted(_KNOWN)))
        for broken in _broken(judge.notice, name, rule):
            if broken not in rule.except_:
                judge.fault(f"never.{name}", "never-broken", word=name, broken=broken)


def _broken(notice: Notice, name: str, rule: Never) -> list[str]:
    purposes, cookies, sharing = notice.purposes.items(), notice.cookies.set.items(), notice.recipients.items()
    found = {
        "sharing": [f"recipients.{n}" for n, one in sharing if one.gets and one.kind not in _PROCESSORS],
        "marketing": [f"purposes.{n}" for n, purpose in purposes if purpose.kind == "marketing"],
        "ad_trackers": [f"cookies.set.{n}" for n, cookie in cookies if cookie.class_ == "marketing"],
        "optional_cookies": [f"cookies.set.{n}" for n, cookie in cookies if cookie.class_ != "necessary"],
        "automated_decisions": [f"decisions.{n}" for n in notice.decisions],
        "outside_analytics": ["visits"] if notice.visits and notice.visits.outside_calls != "none" else [],
    }.get(name, [])
    if rule.for_:
        found = [f"purposes.{n}" for n, purpose in purposes if purpose.kind == rule.for_ and purpose.uses & rule.of]
    if rule.to == "anyone":
        found = [f"recipients.{n}" for n, one in sharing if one.gets & rule.of]
    return found


def mailboxes(judge: Judge) -> None:
    """Mail opens a request; what destroys or shows data is confirmed by a link."""
    for name, box in judge.notice.mailboxes.items():
        if box.does in _DESTROYS and box.confirm != "link":
            judge.fault(f"mailboxes.{name}.confirm", "unconfirmed", mailbox=name, does=box.does)
        if box.does == "withdrawal" and not box.of:
            judge.fault(f"mailboxes.{name}", "withdraws-nothing", mailbox=name)


def officer(judge: Judge) -> None:
    """Whether an officer is due is the company's to decide, and to say (UU PDP Art. 53)."""
    named = judge.notice.accountability.officer
    if named is None:
        judge.remark("accountability", "officer-unsaid", article="UU PDP Art. 53")
    elif not named.due and not named.because:
        judge.remark("accountability.officer", "officer-unsaid", article="UU PDP Art. 53")


CHECKS: tuple[Callable[[Judge], None], ...] = (law, rights, announcing, never, mailboxes, officer)
