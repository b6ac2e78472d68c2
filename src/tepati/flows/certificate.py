"""Room flows: what an erasure's certificate says. It names nobody, and grows until no copy is left."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

import msgspec

from tepati.errors import Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.registers import certificates, observations
from tepati.registers.certificates import Certificate as Kept
from tepati.registers.macs import Mac, canonical, verify
from tepati.registers.observations import Observation
from tepati.rules.retention import Hold
from tepati.store.copies import copies as store_copies

Keep = Mapping[tuple[bytes, str], Hold]  # (record, category) -> what other law keeps of it
UNKNOWN = 0  # the last day of a copy that nobody can say
CAPABILITY = 90 * 24 * 3_600_000_000  # how long the certificate's link opens, or as long as law keeps something


class Certificate(msgspec.Struct, frozen=True):
    """What a certificate says. Counts are of rows read back, instants in microseconds since 1970 UTC."""

    number: str
    organisation: str
    requested: int
    promised: int
    erased: int = 0
    keys: int = 0
    values: int = 0
    openings: int = 0
    left: int = 0  # rows and keys found when read back, beyond what is held: 0, or the erasure did not happen
    held: dict[str, str] = {}  # category -> the rule that keeps a part of it
    held_fields: dict[str, tuple[str, ...]] = {}  # category -> the fields kept
    held_until: dict[str, int] = {}  # category -> the last instant of that
    told: str = "waiting"  # waiting | told | paper | untold
    grade: str = ""
    ends: int = 0  # when the root above the destroyed key ends, as its keeper says; 0: not scheduled
    epoch: int = 0
    destroyed: int = 0
    copies: dict[str, int] = {}  # copies outside Tepati's control -> their last day (0: nobody can say)
    line: str = ""


def encode(body: Certificate) -> str:
    """Write a certificate's facts as JSON, keys sorted."""
    return msgspec.json.encode(body, order="sorted").decode()


def decode(body: str) -> Certificate:
    """Read a certificate's facts."""
    return msgspec.json.decode(body, type=Certificate)


def sealed(mac: Mac, org: str, kept: Kept) -> Kept:
    """Put the MAC on what is to be kept, so that SQL without keys can neither write nor grow a certificate."""
    return replace(kept, mac=mac(_row(org, kept)))


def verified(mac: Mac, org: str, kept: Kept) -> Certificate:
    """Read a certificate that was kept. Raises Tampered when anybody but us wrote it."""
    verify(mac, _row(org, kept), kept.mac, "certificate_mac")
    return decode(kept.body)


def _row(org: str, kept: Kept) -> bytes:
    parts = (kept.certificate, kept.capability, kept.number, kept.body, kept.requested, kept.erased, kept.until)
    return canonical("certificate 1", org, *parts, kept.complete)


async def begin(sheet: Sheet, number: str, due: int, line: bytes) -> str:
    """Make the certificate that grows, and the capability that opens it; only the capability's hash is kept."""
    capability = sheet.desk.random(24).hex()
    body = Certificate(number, sheet.desk.notice.organisation.name, sheet.at, due, line=line.hex())
    secret = hashlib.sha256(capability.encode()).digest()
    kept = Kept(
        sheet.new_id(), secret, number, encode(body), sheet.at, 0, sheet.at + CAPABILITY
    )  # fmt: skip
    await certificates.create(sheet.tx, sheet.desk.org, sealed(sheet.desk.mac, sheet.desk.org, kept), line)
    return capability


async def grow(sheet: Sheet, found: Kept, body: Certificate, erased: int) -> None:
    """Let a certificate say more. ``erased`` is the instant of the erasure, 0 before it.

    What a hold keeps of somebody who is gone can be read here alone, so it opens until the last hold ends.
    """
    desk, until = sheet.desk, max([found.until, *body.held_until.values()])
    kept = sealed(desk.mac, desk.org, replace(found, body=encode(body), erased=erased, until=until))
    await certificates.change(sheet.tx, desk.org, kept)


async def waiting(
    sheet: Sheet, bad: list[Tampered]
) -> list[tuple[Kept, Certificate]]:  # fmt: skip
    """Read the certificates that are not complete; one that does not verify holds up no other."""
    found, sound = await certificates.waiting(sheet.tx, sheet.desk.org), []
    for kept in found:
        try:
            sound.append((kept, verified(sheet.desk.mac, sheet.desk.org, kept)))
        except Tampered as tampered:
            bad[:] = [tampered]
    return sound


async def alarmed(desk: Desk, bad: list[Tampered]) -> None:
    """Alarm once for those that ``waiting`` left out."""
    for tampered in bad:
        await desk.alarm(tampered)


def holding(body: Certificate, keep: Keep, kept: Collection[str]) -> Certificate:
    """Say of each category kept its rule, its fields, and the end of what ends last."""
    longest: dict[str, Hold] = {}
    for (_, category), hold in sorted(keep.items()):
        if category in kept and hold.until > (longest[category].until if category in longest else 0):
            longest[category] = hold
    return msgspec.structs.replace(
        body,
        held={c: hold.rule for c, hold in longest.items()},
        held_fields={c: tuple(sorted(hold.fields)) for c, hold in longest.items()},
        held_until={c: hold.until for c, hold in longest.items()},
    )


def beyond(rows: Mapping[str, int], kept: Mapping[str, int], keep: Keep) -> int:
    """Count the rows that neither the erasure nor a hold explains: a held person is a handful of rows."""
    parts, keys = sum(kept.values()), len({(c, hold.until) for (_, c), hold in keep.items() if c in kept})
    allowed = {"person": 1, "state": 1, "record": parts, "sealed": parts, "dek": keys} if kept else {}
    return sum(max(0, n - allowed.get(table, 0)) for table, n in rows.items())


async def copies(sheet: Sheet) -> dict[str, int]:
    """Name the copies that Tepati does not control, with the last day of each; 0 where nobody can say it.

    Backups, whose day the notice says; the archive and standbys of the database server; snapshots of the file system;
    the log of the mail server, which carried letters to this person (design section 5).
    """
    desk = sheet.desk
    backups = desk.notice.security.backups
    known = {"backups": desk.after(sheet.at, backups.keep)} if backups else {}
    carried = ("mail_log",) if desk.notice.endpoints.get("mail_relay", "none") != "none" else ()
    unknown = (*await store_copies(sheet.tx), *desk.beside, *carried)
    return {**known, **dict.fromkeys(unknown, UNKNOWN)}


async def untold(sheet: Sheet) -> None:
    """Let the board show that somebody was erased whom the letter did not reach (UU PDP Art. 45); nobody is named."""
    line = await sheet.line("alarm", promise="rights.erasure", purpose="requests", answer="broken")
    seen = Observation("rights.erasure", sheet.at, observations.BROKEN, "untold")
    await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)


async def limit(desk: Desk) -> int:
    """Give the first limit of an erasure whose key is not destroyed yet; 0 where there is none.

    The clock of an erasure stops with the roll: one that comes close before the limit needs a roll of its own.
    """
    bad: list[Tampered] = []
    found = await desk.read(lambda sheet: waiting(sheet, bad))
    return min((body.promised for _, body in found if body.erased and not body.destroyed), default=0)
