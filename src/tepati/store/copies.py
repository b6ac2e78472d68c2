"""Room store: copies that the database server itself makes of what it holds: an archive of its log, standby servers.

Tepati can name them and can not end them. SQLite makes none.
"""

from typing import Final

from tepati.store.port import Tx

_ARCHIVE: Final = "SELECT setting FROM pg_settings WHERE name = 'archive_mode'"
_STANDBYS: Final = "SELECT count(*) FROM pg_stat_replication"


async def copies(tx: Tx) -> tuple[str, ...]:
    """Name the kinds of copies there are now: ``archive``, ``replicas``."""
    if tx.engine == "sqlite":
        return ()
    archive, standbys = await tx.one(_ARCHIVE), await tx.one(_STANDBYS)
    found = [("archive", archive is not None and archive[0] != "off"), ("replicas", bool(standbys and standbys[0]))]
    return tuple(name for name, there in found if there)
