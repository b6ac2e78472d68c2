"""Room registers: news, what an organisation announces on its site: public words in both languages, of no person.

A row's id is the MAC of what it says, cut to 16 bytes: whoever can write SQL but has no key announces nothing.
"""

import hmac
from dataclasses import dataclass

from tepati.notice.values import Text
from tepati.registers.cells import raw, whole
from tepati.registers.macs import Mac, canonical
from tepati.store.port import Tx


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news; ``at`` in microseconds since 1970 UTC."""

    id: bytes
    at: int
    title: Text
    text: Text


def name(mac: Mac, org: str, at: int, title: Text, text: Text) -> bytes:
    """Give the id of a piece of news, under the key kept outside the database."""
    return mac(canonical("news 1", org, at, title.id, title.en, text.id, text.en))[:16]


def sound(mac: Mac, org: str, one: News) -> bool:
    """Say whether a row is as it was announced."""
    return hmac.compare_digest(one.id, name(mac, org, one.at, one.title, one.text))


async def add(tx: Tx, org: str, told: News, ledger_id: bytes) -> None:
    """Publish a piece of news."""
    await tx.run(
        "INSERT INTO news (org, news, at, title_id, title_en, text_id, text_en, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        org, told.id, told.at, told.title.id, told.title.en, told.text.id, told.text.en, ledger_id,
    )  # fmt: skip


async def newest(tx: Tx, org: str, limit: int) -> list[News]:
    """List the newest, at most ``limit``."""
    rows = await tx.all(
        "SELECT news, at, title_id, title_en, text_id, text_en FROM news WHERE org = $1 ORDER BY at DESC, news DESC"
        " LIMIT $2",
        org, limit,
    )  # fmt: skip
    return [
        News(raw(one), whole(at), Text(str(title_id), str(title_en)), Text(str(text_id), str(text_en)))
        for one, at, title_id, title_en, text_id, text_en in rows
    ]
