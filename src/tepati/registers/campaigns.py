"""Room registers: campaigns, and to whom each was queued. The row's person is the member of staff who confirmed it.

States: *running* (persons are being queued, in the order of their ids, up to ``cursor``), *queued* (all are; letters
leave), *stopping* (what has not left is being taken back), *over*. ``cursor`` moves in the transaction that queues, so
that a killed campaign goes on where it stood; the key of ``sending`` lets nobody be queued twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Store, Tx, Value

RUNNING, QUEUED, STOPPING, OVER = "running", "queued", "stopping", "over"
FIRST = bytes(16)  # before every id


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign. ``sent`` and ``unsent`` are final sums, 0 until it is over (``over``: an instant, 0 before)."""

    person: bytes
    campaign: bytes
    message: str
    state: str
    made: int
    cursor: bytes
    queued: int
    refused: int
    sent: int
    unsent: int
    over: int


_COLUMNS = "person, campaign, message, state, made, cursor, queued, refused, sent, unsent, over"


async def add(tx: Tx, org: str, campaign: Campaign, ledger_id: bytes) -> None:
    """Write down a campaign that was confirmed. Raises Conflict when it was confirmed before."""
    await tx.run(
        "INSERT INTO campaign (person, campaign, org, message, state, made, cursor, queued, refused, sent, unsent,"
        " over, ledger_id) VALUES ($1, $2, $3, $4, 'running', $5, $6, 0, 0, 0, 0, NULL, $7)",
        campaign.person, campaign.campaign, org, campaign.message, campaign.made, FIRST, ledger_id,
    )  # fmt: skip


async def get(tx: Tx, org: str, campaign: bytes) -> Campaign | None:
    """Return a campaign of an organisation, whoever confirmed it, or None."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM campaign WHERE campaign = $1 AND org = $2 LIMIT 1", campaign, org)
    return _read(rows[0]) if rows else None


async def locked(tx: Tx, campaign: Campaign) -> Campaign | None:
    """Read a campaign again and keep others from moving it until this transaction ends."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM campaign WHERE person = $1 AND campaign = $2 FOR UPDATE",
        campaign.person,
        campaign.campaign,
    )
    return _read(row) if row else None


async def listed(tx: Tx, org: str, limit: int = 50) -> list[Campaign]:
    """List the newest campaigns, newest first."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM campaign WHERE org = $1 ORDER BY made DESC LIMIT $2", org, limit)
    return [_read(row) for row in rows]


async def alive(tx: Tx, org: str) -> list[Campaign]:
    """List the campaigns that are not over, oldest first."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM campaign WHERE org = $1 AND over IS NULL ORDER BY made", org)
    return [_read(row) for row in rows]


async def move(tx: Tx, campaign: Campaign, queued: int, refused: int) -> None:
    """Note how far a campaign has come; ``queued`` and ``refused`` are added."""
    await tx.run(
        "UPDATE campaign SET cursor = $3, state = $4, queued = queued + $5, refused = refused + $6"
        " WHERE person = $1 AND campaign = $2",
        campaign.person, campaign.campaign, campaign.cursor, campaign.state, queued, refused,
    )  # fmt: skip


async def finish(tx: Tx, campaign: Campaign, at: int, sent: int, unsent: int) -> None:
    """Note that a campaign is over, with its sums."""
    await tx.run(
        "UPDATE campaign SET state = 'over', over = $3, sent = $4, unsent = $5 WHERE person = $1 AND campaign = $2",
        campaign.person, campaign.campaign, at, sent, unsent,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sending:
    """One person of a campaign, and the mail that waits for them."""

    person: bytes
    campaign: bytes
    message: str
    mail: bytes
    at: int


async def note(tx: Tx, org: str, sending: Sending, ledger_id: bytes) -> None:
    """Write down that a message was queued for a person. Raises Conflict when this campaign had them already."""
    await tx.later(
        "INSERT INTO sending (person, campaign, org, message, mail, at, ledger_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [(sending.person, sending.campaign, org, sending.message, sending.mail, sending.at, ledger_id)],
    )


async def had(tx: Tx, person: bytes, message: str, since: int) -> int:
    """Count how often a message was queued for a person after an instant."""
    row = await tx.one(
        "SELECT count(*) FROM sending WHERE person = $1 AND message = $2 AND at > $3", person, message, since
    )
    return whole(row[0]) if row else 0


async def states(tx: Tx, org: str, campaign: bytes) -> dict[str, int]:
    """Count the mails of a campaign by state, as long as they are kept."""
    rows = await tx.all(
        "SELECT o.state, count(*) FROM sending s JOIN outbox o ON o.person = s.person AND o.mail = s.mail"
        " WHERE s.org = $1 AND s.campaign = $2 GROUP BY o.state",
        org, campaign,
    )  # fmt: skip
    return {str(state): whole(n) for state, n in rows}


async def take_back(tx: Tx, org: str, campaign: bytes, now: int, limit: int) -> int:
    """Stop at most ``limit`` mails of a campaign that nobody is sending now; return how many.

    Their bodies go, and who was to get them counts as not written to.
    """
    rows = await tx.all(
        "SELECT o.person, o.mail FROM sending s JOIN outbox o ON o.person = s.person AND o.mail = s.mail"
        " WHERE s.org = $1 AND s.campaign = $2 AND o.taken <= $3 AND o.state IN ('open', 'failed') LIMIT $4",
        org, campaign, now, limit,
    )  # fmt: skip
    taken = 0
    for person, mail in rows:
        taken += await tx.run(
            "UPDATE outbox SET state = 'stopped', blob = $3 WHERE person = $1 AND mail = $2 AND taken <= $4"
            " AND state IN ('open', 'failed')",
            person, mail, b"", now,
        )  # fmt: skip
    await tx.many(
        "DELETE FROM sending WHERE person = $1 AND campaign = $2 AND mail = $3 AND EXISTS (SELECT 1 FROM outbox o"
        " WHERE o.person = $1 AND o.mail = $3 AND o.state = 'stopped')",
        [(person, campaign, mail) for person, mail in rows],
    )
    return taken


async def forget(tx: Tx, org: str, before: int, limit: int) -> int:
    """Delete whom campaigns were queued for before an instant, at most ``limit``; what they got is in the ledger."""
    rows = await tx.all(
        "SELECT s.person, s.campaign FROM sending s JOIN campaign c ON c.campaign = s.campaign AND c.org = s.org"
        " WHERE s.org = $1 AND s.at < $2 AND c.over IS NOT NULL ORDER BY s.at LIMIT $3",
        org, before, limit,
    )  # fmt: skip
    await tx.many("DELETE FROM sending WHERE person = $1 AND campaign = $2", rows)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a message is asked about: people of a population, the predicate's words, the question of its consent."""

    population: str
    where: str
    args: Sequence[Value]
    question: str
    message: str
    most: int  # mails a window; 0: as many as one likes
    since: int  # the beginning of that window
    at: int


async def reasons(store: Store, org: str, asked: Audience) -> dict[str, int]:
    """Count the people of a population by what would become of them: one statement, off the loop on SQLite.

    ``gets``, ``limit``, ``unproven``, ``withdrawn``, ``expired``, ``declined``, ``never`` and ``other`` (restricted,
    under age, data missing). A preview alone rests on this: nobody is opened, and each is asked again when it counts.
    """
    n = len(asked.args)
    place = [f"${n + i}" for i in range(1, 9)]
    org_, population, question, message, most, since, at, none = place
    served = f"EXISTS (SELECT 1 FROM standing WHERE standing.person = p.person AND org = {org_} AND {asked.where})"
    had_ = f"(SELECT count(*) FROM sending s WHERE s.person = p.person AND s.message = {message} AND s.at > {since})"
    reason = (
        f"CASE WHEN {served} THEN CASE WHEN {most} > 0 AND {had_} >= {most} THEN 'limit' ELSE 'gets' END"
        " WHEN p.status = 'provisional' THEN 'unproven' WHEN c.state = 'ConsentWithdrawn' THEN 'withdrawn'"
        f" WHEN c.state = 'ConsentGiven' AND c.until <= {at} THEN 'expired' WHEN c.state = 'ConsentRefused' THEN"
        f" 'declined' WHEN c.state = 'ConsentGiven' OR {question} = {none} THEN 'other' ELSE 'never' END"
    )
    sql = (
        f"SELECT {reason} AS reason, count(*) FROM person p LEFT JOIN consent c ON c.person = p.person"
        f" AND c.question = {question} WHERE p.org = {org_} AND p.population = {population} AND p.status <> 'held'"
        " GROUP BY 1 ORDER BY 1"
    )
    values = (org, asked.population, asked.question, asked.message, asked.most, asked.since, asked.at, "")
    found: dict[str, int] = {}
    async for rows in store.scan(sql, *asked.args, *values):
        found |= {str(reason): whole(count) for reason, count in rows}
    return found


def _read(row: Row) -> Campaign:
    person, campaign, message, state, made, cursor, queued, refused, sent, unsent, over = row
    return Campaign(
        raw(person), raw(campaign), str(message), str(state), whole(made), raw(cursor), whole(queued), whole(refused),
        whole(sent), whole(unsent), whole(over),
    )  # fmt: skip
