"""Room registers: how long work has been waiting that nobody has taken: where no worker lives it shows in seconds."""

from tepati.store.port import Tx


async def behind(tx: Tx, org: str, now: int) -> int:
    """Return for how long (microseconds) the oldest line waits for its number, or a duty for a worker; 0: none does.

    A duty that failed, or waits for something else, is somebody's until its pause is over.
    """
    line = await tx.one("SELECT min(at) FROM log_pending WHERE org = $1", org)
    duty = await tx.one(
        "SELECT min(CASE WHEN taken > due THEN taken ELSE due END) FROM duty"
        " WHERE org = $1 AND state = 'open' AND due <= $2 AND taken <= $2",
        org, now,
    )  # fmt: skip
    since = [int(row[0]) for row in (line, duty) if row is not None and row[0] is not None]
    return max(0, now - min(since, default=now))
