"""A whole organisation on either engine: FINECLEAN.ID from its own file, real vault and ledger, and a mailbox."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tepati.errors import Unavailable
from tepati.flows.acts.collect import Form
from tepati.flows.desk import Desk
from tepati.ledger.log import Log
from tepati.ledger.note import signer
from tepati.notice.load import Loaded, load
from tepati.ports.mail import Outgoing, Undeliverable
from tepati.registers import agreements
from tepati.registers.agreements import Agreement
from tepati.rules.facts import FOREVER
from tepati.rules.policy import Policy
from tepati.rules.policy import compile as compiled
from tepati.store.port import Store
from tepati.vault.heads import Heads
from tepati.vault.keystore import KeyStore
from tepati.vault.root import FileRoot
from tepati.vault.vault import Vault
from tests.conftest import Clock, Seeded

NOTICE = Path(__file__).parents[2] / "examples/home-cleaning/notice.yaml"
SLUG = "home-cleaning"


@dataclass
class Post:
    """Takes mail as a server would; ``down`` makes it fail, ``refuse`` is an address it knows nobody at."""

    sent: list[Outgoing] = field(default_factory=list)
    down: bool = False
    refuse: str = ""

    async def send(self, outgoing: Outgoing) -> None:
        if self.down:
            raise Unavailable("mail_down")
        if outgoing.to == self.refuse:
            raise Undeliverable("mail_refused")
        self.sent.append(outgoing)

    def link(self, page: str, to: str = "") -> str:
        """Return the secret in the newest link of a page."""
        for mail in reversed(self.sent):
            found = re.search(rf"/{page}/\w+/(\S+)", mail.text)
            if found and to in mail.to:
                return found[1].rstrip(".")
        raise AssertionError(f"no link to {page} in {len(self.sent)} mails")


@pytest.fixture
def post() -> Post:
    return Post()


@cache
def declared() -> tuple[Loaded, Policy]:
    """Read the declaration once: nothing of it can be changed."""
    loaded = load(NOTICE.read_bytes())
    return loaded, compiled(loaded.sound())


@pytest.fixture
def keystore(tmp_path: Path, clock: Clock, random: Seeded) -> Iterator[KeyStore]:
    """Open a key store in two folders of the test's own."""
    root = FileRoot(tmp_path / "root.key", random, create=True)
    opened = KeyStore((tmp_path / "keys-1", tmp_path / "keys-2"), root, random, clock)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store, keystore: KeyStore, clock: Clock, random: Seeded, run: Callable[[Any], Any]) -> Desk:
    """Open the door of FINECLEAN.ID, whose mail relay has signed."""
    loaded, policy = declared()
    opened = Desk(
        org=SLUG, notice=loaded.sound(), digest=loaded.digest, policy=policy, store=store,
        vault=Vault(SLUG, keystore, random),
        log=Log(SLUG, "fineclean.example", signer("fineclean.example", bytes(32)), pen=Heads(keystore).pen(SLUG)),
        now=clock, random=random, origin="https://fineclean.example", sender="halo@fineclean.example",
    )  # fmt: skip
    paper = Agreement(SLUG, "mailer", 0, FOREVER, "sha256:0")
    run(store.write(lambda tx: agreements.put(tx, opened.mac, paper, bytes(16))))
    return opened


def booking(desk: Desk, n: int = 1, **other: str) -> Form:
    """Fill in a booking form; ``other`` replaces values, with ``__`` for the dot."""
    values = {
        "identity.name": "Ratna Dewi", "identity.email": "ratna@contoh.example", "identity.phone": "0812 3456 7890",
        "identity.age": "18_or_over", "location.address": "Jalan Kenanga 7, Depok", "booking.service": "routine",
        "booking.date": "2026-11-25", "booking.slot": "s1330", "booking.method": "online", "booking.wish": "",
    } | {key.replace("__", "."): value for key, value in other.items()}  # fmt: skip
    return Form(
        point="booking", channel="site", values=values, ticks=frozenset({"offers_by_email"}), terms=True, language="id",
        shown=desk.digest, once=n.to_bytes(16, "big"),
    )  # fmt: skip
