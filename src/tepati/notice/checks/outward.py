"""Room notice: checks on prohibitions, rights, announcements and mailboxes."""

from collections.abc import Callable

from tepati.notice.checks.judge import Judge
from tepati.notice.model import Never, Notice
from tepati.notice.vocabulary import Never as NeverWord

_KNOWN = frozenset(NeverWord.__args__)  # type: ignore[attr-defined] # the words of a Literal
_PROCESSORS = ("processor", "sub_processor")
_DESTROYS = ("erasure", "access", "any_request")


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
        judge.fault("notice.announce.material", "untold")
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
    given = [f"recipients.{n}" for n, one in sharing if one.gets and one.kind not in _PROCESSORS]
    loose = ["disclosure.voluntary"] if notice.disclosure.voluntary and not _against(notice, name) else []
    found = {
        "sharing": [*given, *loose],
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


def _against(notice: Notice, word: str) -> bool:
    """Tell whether the file itself sets a sentence of the prohibition against one that discloses."""
    says = {c for c, one in notice.clauses.items() if f"never.{word}" in one.kept_by}
    loosens = {c for c, one in notice.clauses.items() if "disclosure.voluntary" in one.kept_by}
    clauses = notice.clauses.items()
    return any((c in says and loosens & {*o.against}) or (c in loosens and says & {*o.against}) for c, o in clauses)


def mailboxes(judge: Judge) -> None:
    """Mail opens a request; what destroys or shows data is confirmed by a link."""
    for name, box in judge.notice.mailboxes.items():
        if box.does in _DESTROYS and box.confirm != "link":
            judge.fault(f"mailboxes.{name}.confirm", "unconfirmed", mailbox=name, does=box.does)
        if box.does == "withdrawal" and not box.of:
            judge.fault(f"mailboxes.{name}", "withdraws-nothing", mailbox=name)


CHECKS: tuple[Callable[[Judge], None], ...] = (rights, announcing, never, mailboxes)
