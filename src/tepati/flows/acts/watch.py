"""Room flows: the decoys are looked at from outside: what came to their mailboxes, and whether the door refuses.

What the ledger says of sends proves nothing by itself: these observations come from the mailbox and from an attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tepati.errors import Refused
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.registers import decoys, observations
from tepati.registers.observations import Observation
from tepati.rules.facts import Use


@dataclass(frozen=True, slots=True)
class Came:
    """One mail in a decoy's mailbox: whether we sent it, and whether it is promotion (it carries a way out)."""

    at: int  # microseconds since 1970 UTC
    ours: bool
    promotion: bool


class Mailboxes(Protocol):
    """The decoys' own mailboxes, seen as anybody would see them."""

    async def came(self, address: str) -> Sequence[Came]:
        """List what came to an address."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch found: decoys looked at, mails that should not have come, attempts that were not refused."""

    decoys: int
    unwanted: int
    let_by: int


async def watch(desk: Desk, mailboxes: Mailboxes) -> Watched:
    """Look into every decoy's mailbox, and ask the door for what it must refuse. Writes what was seen."""
    listed = await desk.read(lambda sheet: decoys.listed(sheet.tx, desk.org))
    unwanted = let_by = 0
    for person, kind, since in listed:
        address = await desk.write(lambda sheet, person=person: _address(sheet, person))  # type: ignore[misc]
        came = await mailboxes.came(address)
        bad = [m for m in came if m.at > since and (not m.ours or m.promotion)]
        unwanted += len(bad)
        passed = await _attempts(desk, person)
        let_by += passed
        await desk.write(lambda sheet, bad=bool(bad), passed=passed, kind=kind: _say(sheet, kind, bad, passed))  # type: ignore[misc]
    return Watched(len(listed), unwanted, let_by)


async def _address(sheet: Sheet, person: bytes) -> str:
    facts, _ = await sheet.facts(person)
    use = Use(act="watch", purpose="proof", fields=frozenset({sheet.desk.address}), at=0, role="system", person=person)
    permit = await sheet.ask(use, facts)
    values = await opened(sheet, permit, facts)
    told = sheet.told_of(use, known=True)
    await sheet.line("watch", promise="security.decoys", purpose="proof", answer="allowed", told=told)
    return values[sheet.desk.address]


async def _attempts(desk: Desk, person: bytes) -> int:
    """Ask for every promotion as a campaign would; each must be refused. Return how many were let by."""
    passed = 0
    for name, message in desk.notice.messages.items():
        if message.kind != "promotion":
            continue
        use = Use(act="send", purpose=message.for_, fields=message.fields, at=0, role="system",
                  channel=message.channel, message=name, person=person)  # fmt: skip
        try:
            await desk.write(lambda sheet, use=use: _try(sheet, use))  # type: ignore[misc]
            passed += 1
        except Refused:
            continue
    return passed


async def _try(sheet: Sheet, use: Use) -> None:
    facts, _ = await sheet.facts(use.person)
    await sheet.ask(use, facts)


async def _say(sheet: Sheet, kind: str, bad: bool, passed: int) -> None:
    line = await sheet.line("watch", promise="security.decoys", purpose="proof", answer="seen")
    outcome = observations.BROKEN if bad or passed else observations.OK
    detail = f"{kind}: mail that should not come" if bad else f"{kind}: attempt let by" if passed else kind
    promises = [
        "security.decoys",
        *(f"messages.{n}" for n, m in sheet.desk.notice.messages.items() if m.kind == "promotion"),
    ]
    for promise in promises:
        seen = Observation(promise, sheet.at, outcome, detail)
        await observations.add(sheet.tx, sheet.desk.org, sheet.new_id(), seen, line)
