"""FINECLEAN.ID of examples/home-cleaning at an address and a key store: a real desk, and the acts that are measured."""

import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.world import now
from tepati.flows import links
from tepati.flows.actor import Actor
from tepati.flows.acts import agree, collect, look, withdraw
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.log import Log
from tepati.ledger.note import signer
from tepati.notice.load import load
from tepati.rules.policy import compile as compiled
from tepati.store.open import open_store
from tepati.vault.keystore import KeyStore
from tepati.vault.root import FileRoot
from tepati.vault.vault import Vault

NOTICE = Path(__file__).resolve().parents[1] / "examples/home-cleaning/notice.yaml"
ORG, ORIGIN = "home-cleaning", "fineclean.example"
STAFF = bytes(16)
LOOKED = frozenset({"identity.name", "identity.phone", "location.address"})
ACTS = ("create", "confirm", "read", "withdraw")


async def open_desk(url: str, keys: Path, wrap: Callable[[Any], Any] = lambda store: store) -> Desk:
    """Open a desk whose store ``wrap`` may listen to."""
    loaded = load(NOTICE.read_bytes())
    notice = loaded.sound()
    keystore = KeyStore((keys / "one", keys / "two"), FileRoot(keys / "root", os.urandom, create=True), os.urandom, now)
    store = await open_store(url, jitter=random.random)
    said: dict[str, Any] = dict(  # noqa: C408 - reads as the call it becomes
        org=ORG, notice=notice, digest=loaded.digest, policy=compiled(notice), store=wrap(store),
        vault=Vault(ORG, keystore, os.urandom), log=Log(ORG, ORIGIN, signer(ORIGIN, bytes(32))), now=now,
        random=os.urandom, origin=f"https://{ORIGIN}", sender="halo@fineclean.example",
    )  # fmt: skip
    return Desk(**said)


async def close_desk(desk: Desk) -> None:
    """Close store and key store."""
    await desk.store.close()
    desk.vault.room.keystore.close()


def form(desk: Desk, i: int) -> collect.Form:
    """Fill in the booking form."""
    values = {
        "identity.name": f"Ratna Dewi {i}", "identity.email": f"ratna{i}@contoh.example",
        "identity.phone": f"0812{i:08d}", "identity.age": "18_or_over", "location.address": f"Jalan Kenanga {i}, Depok",
        "booking.service": "routine", "booking.date": "2026-11-25", "booking.slot": "s1330", "booking.method": "online",
        "booking.wish": "",
    }  # fmt: skip
    return collect.Form(
        point="booking", channel="site", values=values, ticks=frozenset({"offers_by_email"}), terms=True, language="id",
        shown=desk.digest, once=i.to_bytes(16, "big"),
    )  # fmt: skip


async def act(desk: Desk, kind: str, about: str) -> str:
    """Run one act: ``about`` is a number of a form, a link's secret, or the number of an order."""
    if kind == "create":
        return (await collect.collect(desk, form(desk, int(about)))).number
    if kind == "confirm":
        return (await agree.agree(desk, about, frozenset({"offers_by_email"}), "id")).number
    if kind == "read":
        actor = Actor(STAFF, ("dispatcher",), 2**62)
        seen = await look.look(desk, actor, look.Wish(about, "orders", LOOKED))
        return seen.promise
    return await withdraw.withdraw(desk, about, "id")


async def prepare(desk: Desk, n: int) -> dict[str, list[str]]:
    """Bring n people to each act's beginning; return what each act is about."""
    tokens = _overheard()
    about: dict[str, list[str]] = {kind: [] for kind in ACTS}
    for i in range(n):
        await act(desk, "create", str(i))
        about["confirm"].append(tokens.pop())
    for i in range(n, 2 * n):
        number = await act(desk, "create", str(i))
        token = tokens.pop()
        await act(desk, "confirm", token)
        about["read"].append(number)
        about["withdraw"].append(await _stop_link(desk, token))
        tokens.clear()
    about["create"] = [str(i) for i in range(2 * n, 3 * n)]
    return about


def _overheard() -> list[str]:
    """Hear the secrets of links as they are made: they stand nowhere in clear."""
    tokens: list[str] = []
    mint = links.mint

    async def heard(*args: Any, **named: Any) -> str:
        tokens.append(await mint(*args, **named))
        return tokens[-1]

    links.mint = heard  # type: ignore[assignment]
    return tokens


async def _stop_link(desk: Desk, confirmed: str) -> str:
    async def work(sheet: Sheet) -> str:
        link = await links.find(sheet, confirmed)
        line = await sheet.line("promotion", promise="consents.offers_by_email", purpose="offers")
        return await links.mint(sheet, link.person, "stop", "offers_by_email", now() + 10**15, line)

    return await desk.write(work)


Work = Callable[[str, str], Awaitable[str]]
