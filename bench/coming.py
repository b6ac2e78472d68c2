"""Whoever comes in: what a page behind a session costs the server, what a sign-in costs, what a flood of tries does.

Pages: CPU of server and database above a bare handler on the same stack that returns the same bytes. Sign-in: a right
password and code through the console's door, beside argon2 alone with the same parameters. Flood: wrong tries from
many addresses of many networks, as fast as they are answered, while other pages are asked for one after the other.
"""

import asyncio
import contextlib
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pyotp

from bench import company
from bench.engines import Place, run
from bench.http import ROOT as ROOT_OF
from bench.meter import Meter
from bench.pages import TIMES, _bare, _sent, _server
from bench.result import Result
from tepati.flows import passwords
from tepati.flows.acts import enter
from tepati.flows.acts.staff import Newcomer, undertake, welcome

WORD = "kata sandi panjang sekali"
MEMBERS = 24  # each signs in once: a code works once
ABOVE, BESIDE, SLOW = 1.5, 1.1, 50.0  # ms of CPU above the page's floor; of argon2's cost; ms of another page
FLOOD, SECONDS, LASTS = 64, 6.0, 10.0  # connections that try; seconds of looking, within those of the flood
ROOT = f"/{company.ORG}"
PEOPLE = {"requests": f"{ROOT}/pusat-privasi/permohonan", "consents": f"{ROOT}/pusat-privasi/persetujuan",
          "own data": f"{ROOT}/pusat-privasi/data"}  # fmt: skip
STAFF = {"console, own record": f"{ROOT}/konsol/catatan-saya", "console, today": f"{ROOT}/konsol",
         "console, bookings": f"{ROOT}/konsol/pesanan"}  # fmt: skip
LISTS = {"console, today", "console, bookings"}  # they open four people and commit a line: no bare page is their floor
DOOR = f"{ROOT}/konsol/masuk"


def measure(place: Place, people: int) -> Iterator[Result]:
    """Serve a real organisation; come in, look around, and be flooded."""
    keys = place.folder / "keys"
    for name in ("one", "two"):
        (keys / name).mkdir(parents=True, mode=0o700)
    url = place.url()
    about = run(_prepared(url, keys, min(people, 500)))
    with _server(["-m", "bench.real", url, str(keys)]) as (port, pid):
        meter = Meter(pid, *place.roots, own=False)
        yield from _sign_ins(port, meter, about, place.engine)
        asked = _requests(about)
        answers = {name: run(_answer(port, request)) for name, request in asked.items()}
        ours = {name: _cost(port, request, meter) for name, request in asked.items()}
        yield _flood(port, asked["consents"], place.engine)
    bodies = place.folder / "bodies"
    paths = PEOPLE | STAFF
    bodies.write_bytes(msgspec.msgpack.encode({paths[name]: body for name, body in answers.items()}))
    with _server(_bare(), BENCH_BODIES=str(bodies)) as (port, pid):
        floor = {name: _cost(port, request, Meter(pid, own=False)) for name, request in asked.items()}
    for name in paths:
        note = f"{ours[name]:.2f} against {floor[name]:.2f} of a bare handler, same bytes"
        note += "; opens four people, commits a line" if name in LISTS else ""
        bar = None if name in LISTS else ABOVE
        yield Result(f"signed in: {name}, above its floor", place.engine, ours[name] - floor[name], "ms CPU", bar,
                     note=note)  # fmt: skip


async def _prepared(url: str, keys: Path, people: int) -> dict[str, list[str]]:
    """Bring customers in, a session and device for one, and members of staff who have not signed in yet."""
    desk = await company.open_desk(url, keys)
    await company.prepare(desk, 4, people)
    tokens = company._overheard()
    await enter.ask(desk, "ratna0@contoh.example", "id")
    entered = await enter.enter(desk, tokens[-1], "", "other")
    factors = []
    for n in range(MEMBERS):
        new = Newcomer(f"Dimas {n}", f"dimas{n}@fineclean.example", f"0812 5551 {n:04}", WORD, ("dispatcher",))
        member = await welcome(desk, new)
        await undertake(desk, member.person)
        factors.append(member.factor)
    await company.close_desk(desk)
    return {"session": [entered.session, entered.device], "factors": factors}


def _head(method: str, path: str, host: str, cookie: str = "", peer: str = "", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", "x-forwarded-proto: https", "accept-encoding: gzip"]
    lines += [f"cookie: {cookie}"] if cookie else []
    lines += [f"x-forwarded-for: {peer}"] if peer else []
    if method == "POST":
        lines += ["content-type: application/x-www-form-urlencoded", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _said(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send one request on a connection of its own; give status, headers and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        status, headers, body = await _read(reader)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return status, headers, body


async def _read(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split(" ")[1]), headers, body


async def _answer(port: int, request: bytes) -> bytes:
    status, _, body = await _said(port, request)
    if status != 200:
        raise RuntimeError(f"{status} to {request[:60]!r}")
    return body


def _door(port: int) -> str:
    """Read the token of the console's form: it is bound to no browser."""
    page = run(_said(port, _head("GET", DOOR, company.CONSOLE).replace(b"gzip", b"identity")))[2].decode()
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{DOOR}"' in f)
    return re.search(r'name="_token" value="([^"]+)"', form)[1]  # type: ignore[index]


def _try(token: str, email: str, code: str, peer: str = "", password: str = WORD) -> bytes:
    body = urlencode({"_token": token, "email": email, "password": password, "code": code}).encode()
    return _head("POST", DOOR, company.CONSOLE, peer=peer, body=body)


def _sign_ins(port: int, meter: Meter, about: dict[str, list[str]], engine: str) -> Iterator[Result]:
    """Sign each member in once; the first two warm the door. Argon2 alone is measured in this process."""
    token = _door(port)
    tries = [_try(token, f"dimas{n}@fineclean.example", pyotp.TOTP(f).now()) for n, f in enumerate(about["factors"])]
    for n, request in enumerate(tries):
        if n == 2:
            metered = meter.start()
        status, headers, _ = run(_said(port, request))
        if status != 303:
            raise RuntimeError(f"a sign-in was answered {status}")
        about["staff"] = [headers["set-cookie"].partition(";")[0]]
    spent = metered.stop(len(tries) - 2)
    cost = spent.ms - 1000 * _rest(meter) * spent.wall / spent.n
    hash_ = run(passwords.hashed(WORD, os.urandom(16)))
    alone = Meter().of(20, lambda: [run(passwords.verified(hash_, WORD)) for _ in range(20)]).ms
    note = f"{cost - alone:.1f} ms above it: both factors, two lines, a session; less what the server does at rest"
    yield Result("sign-in of staff", engine, cost, "ms CPU", floor=alone, ratio_bar=BESIDE, note=note,
                 floor_of="argon2 alone (64 MiB, 3 passes, 4 lanes)")  # fmt: skip


def _rest(meter: Meter) -> float:
    """What share of a core the server takes when nobody asks: sequencer and clock."""
    begun = meter.start()
    time.sleep(4)
    idle = begun.stop(1)
    return idle.cpu / idle.wall


def _requests(about: dict[str, list[str]]) -> dict[str, bytes]:
    session, device = about["session"]
    mine = f"__Host-{company.ORG}-session={session}; __Host-{company.ORG}-device={device}"
    asked = {name: _head("GET", path, company.ORIGIN, mine) for name, path in PEOPLE.items()}
    return asked | {name: _head("GET", path, company.CONSOLE, about["staff"][0]) for name, path in STAFF.items()}


def _cost(port: int, request: bytes, meter: Meter) -> float:
    run(_sent(port, request, TIMES // 4))
    metered = meter.start()
    run(_sent(port, request, TIMES))
    return metered.stop(TIMES).ms


def _flood(port: int, page: bytes, engine: str) -> Result:
    """Ask for other pages, without the flood and within it."""
    home = _head("GET", f"{ROOT}/", company.ORIGIN)
    calm = run(_looked(port, (home, page), SECONDS / 2))
    told = [sys.executable, "-m", "bench.coming", str(port), _door(port)]
    env = os.environ | {"PYTHONPATH": f"{ROOT_OF / 'src'}:{ROOT_OF}"}
    with subprocess.Popen(told, env=env, cwd=ROOT_OF, stdout=subprocess.PIPE) as flood:
        time.sleep(2)
        within = run(_looked(port, (home, page), SECONDS))
        tries = int(flood.communicate()[0])
    note = f"median {statistics.median(within):.0f}; without it {_most(calm):.0f} and {statistics.median(calm):.0f}"
    note += f"; {tries / LASTS:.0f} tries/s answered, from as many networks"
    return Result("another page while sign-ins are flooded, 95 of 100", engine, _most(within), "ms", SLOW,
                  floor=_most(calm), floor_of="the same without the flood", note=note)  # fmt: skip


def _most(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


async def _looked(port: int, pages: tuple[bytes, ...], seconds: float) -> list[float]:
    """Ask for pages by one connection, one after the other; milliseconds each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took, end = list[float](), time.perf_counter() + seconds
    while time.perf_counter() < end:
        for request in pages:
            started = time.perf_counter()
            writer.write(request)
            await _read(reader)
            took.append(1000 * (time.perf_counter() - started))
        await asyncio.sleep(0.02)
    writer.close()
    return took


async def _flooded(port: int, token: str) -> int:
    """Try wrong passwords on many connections, as fast as they are answered; how many were."""
    tries, end = 0, time.perf_counter() + LASTS

    async def trying(n: int) -> None:
        nonlocal tries
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            tries += 1
            peer = f"10.{n}.{tries // 250 % 250}.{tries % 250}"
            writer.write(_try(token, f"siapa{n}.{tries}@contoh.example", "000000", peer, "bukan sandi saya ini"))
            status, _, _ = await _read(reader)
            if status not in (403, 503):
                raise RuntimeError(f"a try was answered {status}")
        writer.close()

    await asyncio.gather(*(trying(n) for n in range(FLOOD)))
    return tries


if __name__ == "__main__":
    print(asyncio.run(_flooded(int(sys.argv[1]), sys.argv[2])))
