"""Room flows: an agreement with a recipient is written down (UU PDP Art. 51, 55): before it nothing is handed over."""

import contextlib
import hashlib
import re

from tepati.errors import BadInput, Tampered
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.registers import agreements as register
from tepati.registers.agreements import Agreement

DIGEST = re.compile(r"[0-9a-f]{64}")


async def agreements(desk: Desk, actor: Actor, recipient: str, term: tuple[int, int], document: bytes) -> Agreement:
    """Write down an agreement in force from ``term[0]`` up to and without ``term[1]`` (microseconds).

    Of the document only its SHA-256 is kept. An earlier agreement with the same recipient is replaced. Raises BadInput
    (an empty term or document), Refused (this member may not), NotFound (the notice asks for no such agreement).
    """
    if not document:
        raise BadInput("agreement_empty")
    return await record(desk, actor, recipient, term, hashlib.sha256(document).hexdigest())


async def record(desk: Desk, actor: Actor, recipient: str, term: tuple[int, int], digest: str) -> Agreement:
    """Write down an agreement by the SHA-256 (64 hex digits) of its paper. Raises as ``agreements``."""
    since, until = term
    if until <= since or not DIGEST.fullmatch(digest):
        raise BadInput("agreement_empty")
    made = Agreement(desk.org, recipient, since, until, f"sha256:{digest}")

    async def act(sheet: Sheet) -> Agreement:
        promise = f"recipients.{recipient}.agreement"
        steward(sheet, actor, "conclude", promise)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "recipient": recipient, "until": until})
        line = await sheet.line("conclude", promise=promise, purpose="proof", answer="in_force", told=[told])
        await _replace(sheet, made)
        await register.put(sheet.tx, desk.mac, made, line)
        return made

    return await desk.write(act)


async def _replace(sheet: Sheet, made: Agreement) -> None:
    """Let the agreement before this one be in force no more, whoever writes its row again; a forged one never was."""
    desk, now = sheet.desk, register.mark(sheet.desk.mac, made)
    with contextlib.suppress(Tampered):
        old = await register.last(sheet.tx, desk.mac, desk.org, made.recipient)
        if old and old != made and old.until > sheet.at:
            desk.vault.end_row(sheet.tx, "agreement", register.mark(desk.mac, old), old.until)
    desk.vault.renew_row(sheet.tx, "agreement", now)


async def listed(desk: Desk) -> list[Agreement]:
    """List the agreements of the organisation, in force or not. Raises Tampered when one does not verify."""
    return await desk.read(lambda sheet: register.all_of(sheet.tx, desk.mac, desk.org))
