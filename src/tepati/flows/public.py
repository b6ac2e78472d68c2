"""Room flows: what anybody may read of the ledger: its head once a minute, and hash tiles. Lines go to auditors only.

Heads are shown on a fixed beat: whoever watched them grow by the moment would learn when somebody acted. Tiles end
where the head that is shown ends.
"""

import re
from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.tree import WIDTH
from tepati.registers import behind as waits
from tepati.registers import heads

_PATH = re.compile(r"(\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?")


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest head: its size, root (hex), when it was made, and how many witnesses cosigned the newest they saw."""

    size: int
    root: str
    at: int
    witnesses: tuple[str, ...]
    witnessed: int  # the size they cosigned


@dataclass(frozen=True, slots=True)
class Published:
    """What is shown for a minute: the signed note ("" before the first line), and what pages say of it."""

    minute: int
    note: str
    shown: Shown


BEAT = 60_000_000  # microseconds between two heads that are shown


async def behind(desk: Desk) -> int:
    """Return for how long (microseconds) work has been waiting that nobody took up."""
    return await desk.read(lambda sheet: waits.behind(sheet.tx, desk.org, sheet.at))


async def head(desk: Desk) -> Shown:
    """Return the head of this minute; an empty log has size 0."""
    return (await _published(desk)).shown


async def newest(desk: Desk) -> Shown:
    """Return the newest head, for those who may read the lines."""
    return (await desk.read(lambda sheet: _newest(sheet, 0))).shown


async def checkpoint(desk: Desk) -> str:
    """Return the head of this minute as a signed note (C2SP tlog-checkpoint). Raises NotFound before the first line."""
    note = (await _published(desk)).note
    if not note:
        raise NotFound("ledger_line")
    return note


async def _published(desk: Desk) -> Published:
    """Return what is shown in this minute; what came since waits for the next."""
    minute = desk.now() // BEAT
    found: Published | None = next(iter(desk.published), None)
    if found is None or found.minute != minute or not found.note:
        found = await desk.read(lambda sheet: _newest(sheet, minute))
        desk.published[:] = [found]
    return found


async def _newest(sheet: Sheet, minute: int) -> Published:
    tx, org = sheet.tx, sheet.desk.org
    found, note = await heads.newest(tx, org), await sheet.desk.log.head(tx)
    if found is None or note is None:
        return Published(minute, "", Shown(0, "", 0, (), 0))
    seen, (size, root, at) = await sheet.desk.log.cosigners(tx), found
    names = tuple(one.witness for one in seen)
    return Published(minute, note, Shown(size, root.hex(), at, names, seen[0].size if seen else 0))


async def tile(desk: Desk, path: str) -> bytes:
    """Return the hash tile at ``path`` (C2SP tlog-tiles: ``0/x001/234``, ``1/000.p/7``). Raises NotFound."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise NotFound("ledger_line")
    level, number = int(found[1]), int(found[2].replace("x", "").replace("/", ""))
    width = int(found[3] or WIDTH)
    if (number * WIDTH + width) * WIDTH**level > (await _published(desk)).shown.size:
        raise NotFound("ledger_line")

    async def look(sheet: Sheet) -> bytes:
        hashes = await heads.tile(sheet.tx, desk.org, level, number)
        if len(hashes) < width * 32:
            raise NotFound("ledger_line")
        return hashes[: width * 32]

    return await desk.read(look, single=True)
