"""FINECLEAN.ID of examples/home-cleaning at an address and a key store: a real desk, and the acts that are measured."""

import base64
import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyotp

from bench.world import now
from tepati.app.compose import opened, sequence
from tepati.app.daily import daily
from tepati.board.tally import tally
from tepati.flows import history, links
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.collect_many import MOST, collect_many
from tepati.flows.acts.look import Wish
from tepati.flows.acts.publish import publish
from tepati.flows.acts.staff import Newcomer, sign_in, undertake, welcome
from tepati.flows.desk import Desk, Sheet
from tepati.ports import config
from tepati.vault.root import FileRoot
from tepati.web.site.surface import DeskSurface

NOTICE = Path(__file__).resolve().parents[1] / "examples/home-cleaning/notice.yaml"
ORG, ORIGIN, CONSOLE = "home-cleaning", "fineclean.example", "konsol.fineclean.example"
LOOKED = frozenset({"identity.name", "identity.phone", "location.address"})
ACTS = ("read", "withdraw", "create", "batch")
BATCH = 100
CREATED = 10**6  # from this number on people are typed in one by one
SLOTS = ("s0800", "s1030", "s1330", "s1600")


class Nowhere:
    """Takes mail and forgets it: letters are not measured here."""

    async def send(self, outgoing: object) -> None:
        del outgoing


def place(url: str, keys: Path, listen: str = "127.0.0.1:8000") -> config.Place:
    """Write the configuration of an installation behind a proxy, as an operator would, and read it."""
    FileRoot(keys / "root", os.urandom, create=True)
    said = config.Config(
        database=url, keys=(str(keys / "one"), str(keys / "two")), root=str(keys / "root"),
        orgs={ORG: config.OrgConfig(str(NOTICE), f"https://{ORIGIN}", str(NOTICE.with_name("site.toml")), f"https://{CONSOLE}")},
        listen=listen, proxies=("127.0.0.1/32",),
    )  # fmt: skip
    config.write(keys / "installation", said)
    return config.read(keys / "installation")


async def open_desk(url: str, keys: Path, wrap: Callable[[Any], Any] = lambda store: store) -> Desk:
    """Open the installation's desk, whose store ``wrap`` may listen to."""
    installation = await opened(place(url, keys), mail=Nowhere())  # type: ignore[arg-type]
    desk = installation.org(ORG).desk
    return replace(desk, store=wrap(desk.store))


async def close_desk(desk: Desk) -> None:
    """Close store and key store."""
    await desk.store.close()
    desk.vault.room.keystore.close()


def hour(i: int) -> tuple[str, str]:
    """Name the i-th hour from tomorrow on: what staff type holds one, and each of these has a place."""
    weeks, day = divmod(i // len(SLOTS), 6)
    today = dt.datetime.now(dt.UTC).date()
    monday = today + dt.timedelta(days=7 - today.weekday(), weeks=weeks)
    return (monday + dt.timedelta(days=day)).isoformat(), SLOTS[i % len(SLOTS)]


def form(desk: Desk | None, i: int, at: tuple[str, str] = ("2025-11-25", "s1330")) -> Form:
    """Fill in the booking form; without ``at`` for an hour that is over, which holds no place."""
    values = {
        "identity.name": f"Ratna Dewi {i}", "identity.email": f"ratna{i}@contoh.example",
        "identity.phone": f"0812{i:08d}", "identity.age": "18_or_over", "location.address": f"Jalan Kenanga {i}, Depok",
        "booking.service": "routine", "booking.date": at[0], "booking.slot": at[1], "booking.method": "online",
        "booking.wish": "",
    }  # fmt: skip
    return Form(
        point="booking", channel="phone", values=values, ticks=frozenset({"offers_by_email"}), terms=True,
        language="id",
        shown=desk.digest if desk else b"", once=i.to_bytes(16, "big"),
    )  # fmt: skip


async def act(desk: Desk, kind: str, about: str, token: str = "") -> object:
    """Run one act as its page does: ``about`` is a number of a form, a link's secret, or an address."""
    pages = DeskSurface(desk, b"")
    if kind == "withdraw":
        return await pages.stop(about, "id")
    who = await pages.caller(token, "127.0.0.1")
    if kind == "create":
        return await pages.submit(who, form(desk, int(about), hour(int(about) - CREATED)))
    if kind == "batch":
        return await pages.submit_many(who, [form(desk, i) for i in batch(about)])
    return await pages.look(who, Wish("", "orders", LOOKED, email=about))


def batch(about: str) -> range:
    """Give the numbers of the forms of a batch."""
    return range(int(about), int(about) + BATCH)


def request(kind: str, about: str, token: str) -> bytes:
    """Write the HTTP request of an act."""
    if kind == "withdraw":
        path, how, body = f"/{ORG}/k/{about}", "application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"
    else:
        path = {"create": "collect", "batch": "collect/batch", "read": "look"}[kind]
        path, how, body = f"/v1/{ORG}/{path}", "application/json", msgspec.json.encode(_body(kind, about))
    head = f"POST {path} HTTP/1.1\r\nHost: {ORIGIN}\r\nX-Forwarded-Proto: https\r\nContent-Type: {how}\r\n"
    head += f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _body(kind: str, about: str) -> dict[str, object]:
    if kind == "read":
        return {"purpose": "orders", "fields": sorted(LOOKED), "email": about}
    if kind == "batch":
        return {"submissions": [_body("create", str(i)) for i in batch(about)]}
    i = int(about)
    one = form(None, i, hour(i - CREATED)) if CREATED <= i < 2 * CREATED else form(None, i)
    return {
        "point": one.point, "channel": one.channel, "values": dict(one.values), "once": one.once.hex(),
        "ticks": sorted(one.ticks), "terms": one.terms, "language": one.language,
    }  # fmt: skip


async def prepare(desk: Desk, n: int, people: int = 0) -> dict[str, list[str]]:
    """Publish the notice, sign a dispatcher in, bring n people to the beginning of each act, ``people`` more beside.

    Return what each act is about, and the session's token.
    """
    if await history.running(desk) is None:
        await publish(desk, NOTICE.read_text("utf-8"))
    tokens = _overheard()
    about: dict[str, list[str]] = {"token": [await _signed_in(desk)], "read": [], "withdraw": []}
    for i in range(n):
        await collect(desk, form(desk, i))
        token = tokens[-1]
        await agree(desk, token, frozenset({"offers_by_email"}), "id")
        about["read"].append(f"ratna{i}@contoh.example")
        about["withdraw"].append(await _stop_link(desk, token))
        tokens.clear()
    for start in range(10**7, 10**7 + people, MOST):
        await collect_many(desk, [form(desk, i) for i in range(start, min(start + MOST, 10**7 + people))])
    about["create"] = [str(CREATED + i) for i in range(n)]
    about["batch"] = [str(2 * CREATED + BATCH * i) for i in range(max(1, n // 20))]
    while await sequence(desk):
        pass
    return about


async def rest(url: str, keys: Path) -> None:
    """Do what is due but the letters, which are not measured, so that a server that starts now finds nothing to do."""
    installation = await opened(place(url, keys), mail=Nowhere())  # type: ignore[arg-type]
    org = installation.org(ORG)
    try:
        await org.desk.store.write(lambda tx: tx.run("UPDATE outbox SET state = 'sent' WHERE state = 'open'"))
        await daily(installation, org)
        while await sequence(org.desk) or await org.desk.store.write(lambda tx: tally(tx, ORG, now())):
            pass
        await org.desk.store.checkpoint()
    finally:
        await installation.close()


async def _signed_in(desk: Desk) -> str:
    """Let a dispatcher in, have the undertaking signed, and return a session of both factors."""
    word = base64.urlsafe_b64encode(os.urandom(18)).decode()
    new = Newcomer("Bima Bench", "bima@fineclean.example", "0812 5550 0101", word, ("dispatcher",))
    welcomed = await welcome(desk, new)
    await undertake(desk, welcomed.person)
    return await sign_in(desk, new.email, word, pyotp.TOTP(welcomed.factor).now())


def _overheard() -> list[str]:
    """Hear the secrets of links as they are made: they stand nowhere in clear."""
    tokens: list[str] = []
    mint_all = links.mint_all

    async def heard(*args: Any, **named: Any) -> list[str]:
        minted = await mint_all(*args, **named)
        tokens.extend(minted)
        return minted

    links.mint_all = heard  # type: ignore[assignment]
    return tokens


async def _stop_link(desk: Desk, confirmed: str) -> str:
    async def work(sheet: Sheet) -> str:
        link = await links.find(sheet, confirmed)
        line = await sheet.line("promotion", promise="consents.offers_by_email", purpose="offers")
        return await links.mint(sheet, link.person, "stop", "offers_by_email", now() + 10**15, line)

    return await desk.write(work)
