"""Room web: what the operator decides: addresses, proxies, limits; keys, clock and randomness come from app.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from tepati.notice.document import Document

BODY_LIMIT = 64 * 1024  # bytes; the longest honest booking is under 8 kB
BODY_TIMEOUT = 10.0  # seconds for a whole body; granian's header timeout covers what comes before

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class WebConfig:
    """``origins`` maps a slug to ``scheme://host[:port]``; ``""`` is the origin of the front page.

    ``key`` (32 random bytes) signs form tokens and tickets. ``demo`` alone may serve personal data over plain http
    and several organisations on one origin. ``also`` are further Host values of the demo (localhost beside 127.0.0.1).
    ``posts_per_minute`` is the limit of one network (IPv4 /24, IPv6 /64); 0 switches it off (benchmarks).
    """

    key: bytes
    origins: Mapping[str, str]
    now: Callable[[], int]
    random: Callable[[int], bytes]
    demo: bool = False
    also: tuple[str, ...] = ()
    consoles: Mapping[str, str] = field(default_factory=dict)  # slug -> origin of its console; absent: none is served
    proxies: tuple[str, ...] = ()
    body_limit: int = BODY_LIMIT
    body_timeout: float = BODY_TIMEOUT
    posts_per_minute: int = 60
    access_code: str = ""
    press: Callable[[Document, bytes], bytes] | None = None  # sets a notice as PDF; None: the extra is not installed
    security: str = ""  # where to tell of a hole: mailto: or https (RFC 9116); empty: no security.txt

    def hosts(self) -> dict[str, frozenset[str]]:
        """Map each Host value that is answered to what it shows: a slug, ``<slug>:console``, "" for the front page."""
        found: dict[str, set[str]] = {}
        consoles = {console_of(slug): origin for slug, origin in self.consoles.items()}
        for slug, origin in (*self.origins.items(), *consoles.items()):
            for host in {urlsplit(origin).netloc.lower(), *(self.also if self.demo else ())}:
                found.setdefault(host, set()).add(slug)
        return {host: frozenset(slugs) for host, slugs in found.items()}

    def networks(self) -> tuple[Network, ...]:
        """Return the declared proxies as networks. Raises ValueError for a malformed one."""
        return tuple(ip_network(each) for each in self.proxies)


def console_of(slug: str) -> str:
    """Name an organisation's console among the things that a Host may show."""
    return f"{slug}:console"


@lru_cache(1024)
def trusted(address: str, networks: tuple[Network, ...]) -> bool:
    """Say whether ``address`` belongs to a declared proxy; what is no address is not trusted."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
