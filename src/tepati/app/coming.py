"""Composition root: the demo's next version of a notice: proposed and approved by one, it waits for a second yes.

What it changes stands beside the notice (``next.toml``), so that whoever tries the demo sees what would widen, for
whom, and who must be asked, before anything is published; with one press more it is.
"""

from pathlib import Path

import msgspec

from tepati.app.compose import Org
from tepati.errors import Misconfigured
from tepati.flows.actor import Actor
from tepati.flows.acts import publish

FILE = "next.toml"


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passage of the notice, and what stands there in the next version."""

    was: str
    now: str


class Next(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The changes, in the order in which they are made."""

    changes: tuple[Change, ...]


def text(file: Path, source: str) -> str:
    """Write the next version of a notice. Raises Misconfigured: the file cannot be read, or a passage is not there."""
    try:
        found = msgspec.toml.decode(file.read_bytes(), type=Next)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Misconfigured("people_toml", file=str(file), what=str(fault)) from None
    for change in found.changes:
        if source.count(change.was) != 1:
            raise Misconfigured("people_toml", file=str(file), what=change.was)
        source = source.replace(change.was, change.now)
    return source


async def proposed(org: Org, notice: Path, director: Actor) -> None:
    """Propose and approve the next version, where one stands beside the notice."""
    file = notice.with_name(FILE)
    if file.exists():
        digest = await publish.propose(org.desk, director, text(file, org.loaded.source.decode()))
        await publish.approve(org.desk, director, digest)
