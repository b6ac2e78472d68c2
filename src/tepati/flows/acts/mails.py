"""Room flows: what waits to leave, what was given up, what was refused at the last moment; and another try. Counts."""

from dataclasses import dataclass

from tepati.flows import post
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import entitled
from tepati.registers import outbox

WATCH = frozenset({"send", "handle_requests", "approve_notice"})  # whose roles look after what leaves
PROMISE = "endpoints.mail_relay"
MOST = 500  # mails put back in one transaction
EVENING = 3_600_000_000  # an hour before its seal ends a mail is not tried again


@dataclass(frozen=True, slots=True)
class Kind:
    """The mails of one kind that are here: by state, and the earliest instant due of those waiting (0: none)."""

    kind: str
    waiting: int
    failed: int
    sent: int
    refused: int
    stopped: int
    oldest: int


async def mails(desk: Desk, actor: Actor) -> list[Kind]:
    """Count the mails of the last week by kind. Raises Refused (a role that looks after nothing that leaves)."""

    async def look(sheet: Sheet) -> list[Kind]:
        entitled(sheet, actor, "send", WATCH, "requests")
        found = await outbox.standings(sheet.tx, desk.org)
        return [_kind(kind, [one for one in found if one.kind == kind]) for kind in sorted({o.kind for o in found})]

    return await desk.write(look)


def _kind(kind: str, found: list[outbox.Standing]) -> Kind:
    by = {one.state: one for one in found}
    n = {state: one.n for state, one in by.items()}
    oldest = by["open"].oldest if "open" in by else 0
    return Kind(kind, n.get("open", 0), n.get("failed", 0), n.get("sent", 0), n.get("refused", 0),
                n.get("stopped", 0), oldest)  # fmt: skip


async def retry(desk: Desk, actor: Actor) -> int:
    """Let mails that were given up try again at once; return how many. Raises Refused."""

    async def act(sheet: Sheet) -> int:
        entitled(sheet, actor, "send", WATCH, "requests")
        n = await outbox.again(sheet.tx, desk.org, sheet.at, sheet.at - post.KEEP + EVENING, MOST)
        if n:
            told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "mails tried again"})
            await sheet.line("retry", promise=PROMISE, purpose="requests", answer="asked", told=[told], n=n)
        return n

    return await desk.write(act)
