"""Room registers: people counted whole, for who weighs a new version of the notice: slow on purpose, asked rarely."""

from tepati.registers.cells import whole
from tepati.registers.consents import GIVEN
from tepati.store.port import Tx


async def given(tx: Tx, org: str, at: int) -> dict[str, int]:
    """Count, for each question, the persons whose yes carries a use at an instant (microseconds since 1970 UTC)."""
    rows = await tx.all(
        "SELECT question, count(*) FROM consent WHERE org = $1 AND state = $2 AND until > $3 GROUP BY question",
        org, GIVEN, at,
    )  # fmt: skip
    return {str(row[0]): whole(row[1]) for row in rows}


async def held(tx: Tx, org: str) -> frozenset[str]:
    """Name what rows of people still stand under: ``data.<category>``, ``points.<point>``, ``cases.<kind>``."""
    found = [
        (section, str(row[0]))
        for section, sql in (
            ("data", "SELECT DISTINCT category FROM sealed WHERE org = $1"),
            ("points", "SELECT DISTINCT point FROM record WHERE org = $1"),
            ("cases", "SELECT DISTINCT kind FROM dealing WHERE org = $1"),
        )
        for row in await tx.all(sql, org)
    ]
    return frozenset(f"{section}.{name}" for section, name in found)


async def by_population(tx: Tx, org: str) -> dict[str, int]:
    """Count the persons of each population whom a letter reaches: those with a proven address, and present staff."""
    rows = await tx.all(
        "SELECT population, count(*) FROM person WHERE org = $1 AND (status = 'joined'"
        " OR person IN (SELECT person FROM staff WHERE org = $1 AND gone IS NULL)) GROUP BY population",
        org,
    )
    return {str(row[0]): whole(row[1]) for row in rows}
