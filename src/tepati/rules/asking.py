"""Room rules: the part of the door that needs no person: may this role, message or recipient ever have these fields.

The rules are those of ``decide`` (3 and 4); what is refused here is refused for everybody.
"""

from typing import NoReturn

from tepati.errors import Refused
from tepati.rules.aims import Aim, Gate, Sending
from tepati.rules.facts import Use
from tepati.rules.policy import Policy

_REACHING = frozenset({"email", "sms", "whatsapp", "phone", "post"})


def check_asker(policy: Policy, use: Use) -> None:
    """Refuse whoever may not have this of anybody, so that it is not told whether the person is known.

    A purpose under ``enforce: observe`` is let by: there the door only counts.
    """
    aim = policy.aims.get(use.purpose)
    if aim is None:
        raise Refused("unknown_purpose", "purposes")
    seat = aim.seats.get(use.role)
    given = seat is not None and use.fields <= seat.fields and (seat.acts is None or use.act in seat.acts)
    if not given and not aim.observe:
        refuse_asker(policy, aim, use)


def refuse_asker(policy: Policy, aim: Aim, use: Use) -> NoReturn:
    """Say why nobody in this role may have these fields for this purpose."""
    if not use.fields <= policy.fields:
        raise Refused("undeclared_field", "data")
    if not use.fields <= aim.uses:
        raise Refused("field_not_used", aim.promise)
    if use.role not in policy.roles and use.role not in {"person", "system"}:
        raise Refused("unknown_role", "roles")
    seat = aim.seats.get(use.role)
    if seat is None:
        raise Refused("role_not_for", "rights.access" if use.role == "person" else f"roles.{use.role}")
    if not use.fields <= seat.fields:
        raise Refused("field_not_seen", seat.promise)
    raise Refused("act_not_given", seat.promise)


def sends(aim: Aim, use: Use) -> bool:
    """Say whether the use leaves as a message: then it must be a declared one."""
    if use.message or (use.act == "send" and not aim.built_in):
        return True
    return use.role == "system" and use.channel in _REACHING and not use.recipient and not aim.built_in


def check_sending(policy: Policy, aim: Aim, use: Use) -> Sending:
    """Refuse a message that is not declared, not for this purpose, or not with these fields by this channel."""
    sending = aim.sendings.get(use.message)
    if sending is not None and sending.reaches and use.channel == sending.channel and use.fields <= sending.fields:
        return sending
    if sending is None:
        known = use.message in policy.messages
        raise Refused("message_not_declared", f"messages.{use.message}" if known else "messages")
    if use.channel not in {"", sending.channel}:
        raise Refused("channel_not_declared", sending.promise)
    if not use.fields <= sending.fields:
        raise Refused("field_not_sent", sending.carrier if use.fields <= sending.wanted else sending.promise)
    if not sending.reaches:
        raise Refused("channel_not_declared", aim.promise)
    return sending


def check_gate(policy: Policy, aim: Aim, use: Use) -> Gate:
    """Refuse a recipient that is not declared, not for this purpose, or gets fewer fields than asked."""
    gate = aim.gates.get(use.recipient)
    if gate is None:
        known = use.recipient in policy.recipients
        raise Refused("recipient_not_for", f"recipients.{use.recipient}" if known else "recipients")
    if gate.later:
        raise Refused("not_yet", gate.promise)
    if not use.fields <= gate.fields:
        raise Refused("field_not_given", gate.promise)
    return gate


def questions(aim: Aim, use: Use, sending: Sending | None) -> tuple[str, ...]:
    """List the questions any of which, answered with yes, carries this use."""
    if sending is not None:
        return sending.questions
    return aim.by_channel.get(use.channel, ())
