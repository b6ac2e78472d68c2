"""Room registers: the covering row per person, purpose and question that a set of people is filtered by.

It is derived from the MACed state row and rewritten with it; it only *pre*-filters: ``decide`` runs again per person.
"""

from collections.abc import Sequence

from tepati.registers.cells import raw
from tepati.store.port import Tx, Value


async def replace(
    tx: Tx, org: str, person: bytes, rows: Sequence[tuple[str, str, int, int, int]], *, fresh: bool = False
) -> None:
    """Rewrite the rows (purpose, question, until, blocked, told) of one person; ``fresh`` has none yet."""
    if not fresh:
        kept = "".join(f"|{purpose}/{question}|" for purpose, question, *_ in rows)  # names hold neither | nor /
        await tx.later(
            "DELETE FROM standing WHERE person = $1 AND replace($2, '|' || purpose || '/' || question || '|', '') = $2",
            [(person, kept)],
        )
    await tx.later(
        "INSERT INTO standing (person, org, purpose, question, until, blocked, told)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, purpose, question) DO UPDATE SET org = excluded.org,"
        " until = excluded.until, blocked = excluded.blocked, told = excluded.told",
        [(person, org, *row) for row in rows],
        apart=True,  # from the rows that go
    )


async def audience(tx: Tx, org: str, where: str, args: Sequence[Value], after: bytes, limit: int) -> list[bytes]:
    """List up to ``limit`` persons after an id (16 zero bytes: from the first) for whom the predicate holds.

    ``where`` is made by the rules alone.
    """
    return [raw(row[0]) for row in await tx.all(page(where, len(args)), *args, org, after, limit)]


def page(where: str, n: int) -> str:
    """Return the statement of one page; ``where`` has n arguments, org, the last person and a limit follow.

    The index of ``standing`` holds purpose and question, then the person: a page is read from it and nothing is sorted.
    """
    return (
        f"SELECT person FROM standing WHERE org = ${n + 1} AND person > ${n + 2} AND {where}"
        f" ORDER BY person LIMIT ${n + 3}"
    )
