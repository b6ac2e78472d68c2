"""Room notice: checks on who sees and who receives: roles, recipients, disclosure, business transfer."""

from collections.abc import Callable

from tepati.notice.checks.judge import Judge, named
from tepati.notice.model import Message, Notice, Recipient
from tepati.notice.vocabulary import BUILT_IN_PURPOSES, CARRIED_BY, REACHED_BY

_HELPERS = ("processor", "sub_processor", "controller", "joint_controller")


def roles(judge: Judge) -> None:
    """Staff see what their purposes use, and no more."""
    for name, role in judge.notice.roles.items():
        path = f"roles.{name}"
        if role.sees and not role.for_:
            judge.fault(path, "role-without-purpose", role=name)
        for field in sorted(role.sees - _uses(judge, role.for_)) if role.for_ else ():
            values = {"role": name, "field": field, "purposes": named(role.for_)}
            judge.fault(f"{path}.sees", "role-sees-too-much", item=field, **values)
        for shown_path, field in list(judge.reader.items):
            if shown_path == f"{path}.how" and field not in role.sees:
                judge.fault(shown_path, "role-how-unseen", item=field, role=name, field=field)


def _uses(judge: Judge, purposes: tuple[str, ...]) -> frozenset[str]:
    if set(purposes) & set(BUILT_IN_PURPOSES):
        return frozenset(f"{c}.{f}" for c, category in judge.notice.data.items() for f in category.fields)
    known = (judge.notice.purposes[name] for name in purposes if name in judge.notice.purposes)
    return frozenset(field for purpose in known for field in purpose.uses)


def recipients(judge: Judge) -> None:
    """A recipient gets what its purposes use, and works under an agreement."""
    for name, one in judge.notice.recipients.items():
        path = f"recipients.{name}"
        for field in sorted(one.gets - _uses(judge, one.for_)):
            values = {"recipient": name, "field": field, "purposes": named(one.for_)}
            judge.fault(f"{path}.gets", "recipient-gets-too-much", item=field, **values)
        if one.agreement is None and one.kind in _HELPERS:
            judge.fault(path, "agreement-missing", recipient=name)
        if one.agreement is not None and not one.agreement.confidential:
            judge.fault(f"{path}.agreement.confidential", "agreement-open", recipient=name)
        _kind(judge, name, one)


def _kind(judge: Judge, name: str, one: Recipient) -> None:
    path = f"recipients.{name}"
    if one.function == "by_consent" and not one.consent:
        judge.fault(path, "recipient-unasked", recipient=name)
    if one.kind == "partner" and one.gets:
        judge.fault(f"{path}.gets", "partner-gets-data", recipient=name)
    if one.kind == "sub_processor" and not one.under:
        judge.fault(path, "under-missing", recipient=name)
    if one.kind == "authority" and one.gets and not one.because:
        judge.fault(path, "authority-without-rule", recipient=name)


def relays(judge: Judge) -> None:
    """Who carries a message out works for its purpose, and gets what it holds and the address it goes to."""
    for name, message in judge.notice.messages.items() if judge.clean("purposes", "data") else ():
        party = judge.notice.endpoints.get(CARRIED_BY[message.channel], "") if message.channel in CARRIED_BY else ""
        carrier, path = judge.notice.recipients.get(party), f"recipients.{party}"
        if carrier is None:
            continue
        if message.for_ not in carrier.for_:
            judge.fault(f"{path}.for", "relay-not-for", message=name, recipient=party, purpose=message.for_)
            continue
        for field in sorted(_carried(judge.notice, message) - carrier.gets):
            judge.fault(f"{path}.gets", "relay-gets-less", message=name, recipient=party, field=field)


def _carried(notice: Notice, message: Message) -> frozenset[str]:
    """Give the fields that leave with a message: what it holds, and where it goes (an address that tells who it is)."""
    uses = notice.purposes[message.for_].uses if message.for_ in notice.purposes else frozenset()
    fields = {f"{c}.{f}": one for c, category in notice.data.items() for f, one in category.fields.items()}
    reached = {f for f in uses if f in fields and fields[f].type in REACHED_BY[message.channel]}
    return message.fields | ({f for f in reached if fields[f].identifies} or reached)


def disclosure(judge: Judge) -> None:
    """Orders are checked by two; in a takeover people are told before and after (UU PDP Art. 48)."""
    rule = judge.notice.disclosure
    if rule.compelled.approvers < 2:
        judge.remark("disclosure.compelled.approvers", "one-approver", count=rule.compelled.approvers)
    if rule.voluntary and rule.voluntary.approvers < 2:
        judge.remark("disclosure.voluntary.approvers", "one-approver", count=rule.voluntary.approvers)
    told = judge.notice.business_transfer.tell
    if told.before is None or told.after is None:
        judge.fault("business_transfer.tell", "told-once")


CHECKS: tuple[Callable[[Judge], None], ...] = (roles, recipients, relays, disclosure)
