"""Composition root: the sites are served, sequencer and clock on the same loop (one process owns a SQLite file)."""

import asyncio
import contextlib
import gc
import hashlib
import ipaddress
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server

from tepati.app.alone import Serving
from tepati.app.compose import LOG, Installation, Org, now, open_installation, random, running
from tepati.app.crawl import crawling
from tepati.app.daily import daily
from tepati.app.providers import of_staff, providers
from tepati.app.publication import in_force, objections, terms
from tepati.errors import Misconfigured
from tepati.flows import history
from tepati.flows.acts.watch import Mailboxes
from tepati.ports import press
from tepati.web.config import WebConfig
from tepati.web.ports import DemoSurface
from tepati.web.server import build
from tepati.web.site.fitting import shop
from tepati.web.site.shop import worded
from tepati.web.site.surface import DeskSurface

COLLECT = (20_000, 20, 20)  # new objects before the youngest are looked at, and how often the older ones
GRACE = 10.0  # seconds that running requests have to end after a signal
HEADERS_WITHIN = 10_000  # milliseconds a client may take for its request line and headers
CONNECTIONS = 800  # at once, silent ones too; below the 1,024 files that a process may have open where nobody said more


def serve(folder: Path) -> int:
    """Serve an installation until stopped. Raises Misconfigured."""
    return asyncio.run(_serve(folder))


async def _serve(folder: Path) -> int:
    installation = await open_installation(folder)
    try:
        _refuse_unsafe(installation)
        for org in installation.orgs.values():
            await in_force(org)
            for found in await objections(org):
                LOG.warning("%s: published before this rule: %s", org.slug, found)
        await until_stopped(installation, None)
    finally:
        await installation.close()
    return 0


def _refuse_unsafe(installation: Installation) -> None:
    """Refuse plain http for personal data, and two organisations on one origin (section 8)."""
    config = installation.place.config
    origins = [o for said in config.orgs.values() for o in (said.origin, said.console) if o]
    if len({urlsplit(o).netloc for o in origins}) < len(origins):
        raise Misconfigured("origin_shared")
    if any(urlsplit(o).scheme != "https" for o in origins):
        raise Misconfigured("origin_plain")
    if not config.certificate and not config.proxies:
        raise Misconfigured("tls_missing")


async def until_stopped(
    installation: Installation,
    demo: DemoSurface | None,
    also: tuple[str, ...] = (),
    mailboxes: Callable[[Org], Mailboxes] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what runs. Raises Misconfigured (served already, no address)."""
    config = installation.place.config
    host, port = free(config.listen)
    with Serving(installation.place):
        await _serving(installation, demo, web_config(installation, also, demo is not None), (host, port), mailboxes)


def free(listen: str) -> tuple[str, int]:
    """Return the address and port to listen at, having bound them once. Raises Misconfigured where that cannot be.

    The server itself would share a port with whoever has it, and say nothing (SO_REUSEPORT).
    """
    host, _, port = listen.rpartition(":")
    try:
        family, kind, _, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that just ended are nobody's
            probe.bind((where[0], int(port), *where[2:]))  # the resolver would take 70000 for 4464
    except (OSError, OverflowError) as fault:
        what = (fault.strerror or "") if isinstance(fault, OSError) else str(fault)
        raise Misconfigured("listen_taken", listen=listen, what=what) from None
    return str(where[0]), int(port)


async def _serving(
    installation: Installation, demo: DemoSurface | None, web: WebConfig, at: tuple[str, int],
    mailboxes: Callable[[Org], Mailboxes] | None,
) -> None:  # fmt: skip
    steady()
    config = installation.place.config
    app = build(await surfaces(installation), demo, web)
    server = Server(
        app, address=at[0], port=at[1],
        interface=Interfaces.ASGINL, log_enabled=False, websockets=False,
        ssl_cert=Path(config.certificate) if config.certificate else None,
        ssl_key=Path(config.certificate_key) if config.certificate_key else None,
        ssl_protocol_min=SSLProtocols.tls12, http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN),
        backlog=1024, backpressure=CONNECTIONS,
    )  # fmt: skip
    async with running(installation, lambda org: daily(installation, org, mailboxes and mailboxes(org))):
        looking = asyncio.create_task(crawling(installation, web.key))
        await _until_signal(server)
        looking.cancel()


def steady() -> None:
    """Tell the collector that what was loaded stays: looking at it again and again is a sixth of a bulk import."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def _until_signal(server: Server) -> None:
    """Serve until a signal; a server that has not let go of its clients ``GRACE`` seconds later is left behind."""
    loop, serving = asyncio.get_running_loop(), asyncio.create_task(server.serve())

    def stop() -> None:
        server.stop()  # type: ignore[no-untyped-call]  # granian has no types here
        loop.call_later(GRACE, serving.cancel)

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def surfaces(installation: Installation) -> Mapping[str, DeskSurface]:
    """Give each organisation its pages. Raises Misconfigured: unpublished, or a sign-in provider that does not fit."""
    return {slug: await _surface(installation, slug, org) for slug, org in installation.orgs.items()}


async def _surface(installation: Installation, slug: str, org: Org) -> DeskSurface:
    found = await history.running(org.desk)
    if found is None:
        raise Misconfigured("unpublished", org=slug)
    ways = providers(installation.place, slug, org.desk.notice, org.desk.now)
    company = of_staff(installation.place, slug, org.desk.notice, org.desk.now)
    surface = DeskSurface(org.desk, org.site, providers=ways, company=company, effective=found.since)
    org.followers.append(surface.follow)
    for name, words in worded(shop(org.site, org.desk.notice), org.desk.notice) if org.site else ():
        await terms(org.desk, name, words)
    return surface


def web_config(installation: Installation, also: tuple[str, ...], demo: bool, posts: int = 60) -> WebConfig:
    """Say what the web room must know of addresses; the form key is derived from the key store, never stored."""
    config = installation.place.config
    origins = {slug: said.origin for slug, said in config.orgs.items()}
    consoles = {slug: said.console for slug, said in config.orgs.items() if said.console}
    if demo:
        consoles = dict(origins)
        origins[""] = next(iter(origins.values()))
    key = hashlib.sha256(b"tepati form key" + installation.keystore.secret("form", "")).digest()
    return WebConfig(
        key=key, origins=origins, now=now, random=random, demo=demo, also=also, proxies=config.proxies,
        posts_per_minute=posts, consoles=consoles, security=config.security,
        press=press.pdf if press.at_hand() else None,
    )  # fmt: skip


def loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
