"""Room registers: which notice a person was shown, which terms they accepted. Neither is a consent (Art. 23)."""

import msgspec

from tepati.registers.cells import whole
from tepati.store.port import Tx


class Acceptance(msgspec.Struct, frozen=True):
    """``kind`` (shown | accepted) of ``thing`` (notice, or terms.<name>) in one version; ``digest`` is the notice's."""

    thing: str
    version: int
    kind: str
    language: str
    at: int
    digest: bytes


_ONCE = (
    "INSERT INTO acceptance (person, thing, version, org, kind, language, at, digest, ledger_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (person, thing, version) DO NOTHING"
)
_FIRST = (
    "INSERT INTO acceptance (person, thing, version, org, kind, language, at, digest, ledger_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)


_NEWEST = _FIRST + (
    " ON CONFLICT (person, thing, version) DO UPDATE SET kind = excluded.kind, language = excluded.language,"
    " at = excluded.at, digest = excluded.digest, ledger_id = excluded.ledger_id"
)


async def add(  # noqa: PLR0913 - a row and how it meets one of the same version
    tx: Tx, org: str, person: bytes, said: Acceptance, ledger_id: bytes, *, fresh: bool = False, newest: bool = False
) -> None:
    """Write down that somebody was shown or accepted something, once for each version.

    ``fresh``: the person has none yet; ``newest``: this one, proven, stands in the place of an earlier one.
    """
    row = person, said.thing, said.version, org, said.kind, said.language, said.at, said.digest, ledger_id
    await tx.later(_FIRST if fresh else _NEWEST if newest else _ONCE, [row])


async def language(tx: Tx, person: bytes) -> str:
    """Return the language in which this person was last shown the notice; Indonesian when never."""
    row = await tx.one("SELECT language FROM acceptance WHERE person = $1 ORDER BY at DESC, thing LIMIT 1", person)
    return str(row[0]) if row else "id"


async def of_person(tx: Tx, person: bytes) -> list[tuple[str, int, str, int]]:
    """List (thing, version, kind, at) for one person."""
    rows = await tx.all("SELECT thing, version, kind, at FROM acceptance WHERE person = $1 ORDER BY at, thing", person)
    return [(str(r[0]), whole(r[1]), str(r[2]), whole(r[3])) for r in rows]
