"""Room flows: short messages: which letters leave by SMS or WhatsApp, to which number, in which words, through whom.

They wait in the outbox as letters do. A gateway learns the number, and what the message declares; nothing else.
"""

from collections.abc import Mapping
from itertools import product

from tepati.errors import NotFound, Refused
from tepati.flows import letters
from tepati.flows.callers import phones
from tepati.flows.desk import Desk, Sheet
from tepati.flows.signing import signed
from tepati.notice.words import words
from tepati.ports.gateway import CHANNELS, LONGEST, Channel, Texting
from tepati.registers import counters, outbox
from tepati.rules.facts import Facts, vouched

CODE, DEVICE = "code", "device"  # what the product itself sends so, under the built-in purpose of proofs
KINDS: Mapping[str, Channel] = {f"{kind}_{channel}": channel for kind, channel in product((CODE, DEVICE), CHANNELS)}
SENT = "texts"  # under the promise of the endpoint: how many messages left, day by day
NO_NUMBER = "no_number"


def channel_of(desk: Desk, kind: str) -> str:
    """Name the channel by which a letter leaves: its message's, or e-mail."""
    message = desk.notice.messages.get(kind)
    return KINDS.get(kind, "email") if message is None else message.channel


def texted(channel: str) -> Channel | None:
    """Return the channel where it is one of short messages."""
    return next((one for one in CHANNELS if one == channel), None)


def endpoint(channel: Channel) -> str:
    """Name the promise that says who carries the messages of a channel."""
    return f"endpoints.{channel}_gateway"


def carrier(desk: Desk, channel: Channel) -> str:
    """Name the recipient behind a channel; ``own`` or "" where nobody else is."""
    return desk.notice.endpoints.get("sms_gateway" if channel == "sms" else "whatsapp_gateway", "")


def number_field(desk: Desk, facts: Facts, purpose: str, record: str = "") -> str:
    """Name the field whose number a purpose may use of somebody: of this record, else of a proven one of theirs.

    Raises NotFound (they left none that it may use).
    """
    uses, points = desk.policy.aims[purpose].uses, desk.notice.points
    named = [facts.rows[record]] if record in facts.rows else [row for row in facts.rows.values() if row.joined]
    held = {path for row in named if row.point in points for path in points[row.point].collects}
    found = next((path for path in phones(desk.notice) if path in uses and path in held), "")
    if not found:
        raise NotFound(NO_NUMBER)
    return found


def number_for(desk: Desk, purpose: str) -> str:
    """Name the field whose number a purpose may use, whoever it is. Raises NotFound (none)."""
    uses = desk.policy.aims[purpose].uses
    found = next((path for path in phones(desk.notice) if path in uses), "")
    if not found:
        raise NotFound(NO_NUMBER)
    return found


def confirmed(desk: Desk, facts: Facts) -> str:
    """Name a record (hex) of theirs that came with a telephone number, and was confirmed; "" where none did."""
    points, numbers = desk.notice.points, set(phones(desk.notice))
    mine = [name for name, row in facts.rows.items() if row.point in points and vouched(facts, row)]
    return next((name for name in mine if points[facts.rows[name].point].collects & numbers), "")


def announces(desk: Desk, facts: Facts) -> tuple[str, str] | None:
    """Name letter and record by which somebody without mail is told of a device; None where no message can be sent."""
    record, channel = confirmed(desk, facts), next(iter(desk.texts.channels), "")
    return (f"{DEVICE}_{channel}", record) if record and channel else None


async def check(sheet: Sheet, channel: Channel, kind: str, number: str) -> None:
    """Check that who carries a channel may have this number: it signed, and the notice gives it. Raises Refused.

    What a declared message gives its relay the door knows itself; for our own codes it is asked here.
    """
    name = carrier(sheet.desk, channel)
    await signed(sheet, name)
    relay = sheet.desk.notice.recipients.get(name)
    if kind in KINDS and relay is not None and number not in relay.gets:
        raise Refused("field_not_sent", f"recipients.{name}")


def written(desk: Desk, waiting: outbox.Mail, kind: str, to: str, said: Mapping[str, str]) -> Texting:
    """Write a message in the words of its kind. Its key is the outbox row's, the same at every try."""
    channel, message = texted(channel_of(desk, kind)), desk.notice.messages.get(kind)
    assert channel is not None  # noqa: S101 - whoever writes a text asked for its channel
    text = letters.text(kind.rpartition("_")[0] if message is None else message.kind, said["lang"], said)
    return Texting(to, text[:LONGEST], waiting.mail.hex(), channel)


async def count(sheet: Sheet, channel: Channel) -> None:
    """Count a message that leaves, for the board and for what codes may cost."""
    counted = {(endpoint(channel), SENT, counters.day_of(sheet.at)): counters.Count(1, sheet.at)}
    await counters.add(sheet.tx, sheet.desk.org, counted)


def may(desk: Desk, channel: str) -> bool:
    """Say whether this installation can send by a channel."""
    return channel == "email" or channel in desk.texts.channels


def spoken(language: str, channel: Channel) -> str:
    """Name a channel as people say it."""
    return words(language, "notice").say(f"channel.{channel}")
