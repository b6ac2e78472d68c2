"""Composition root: the key store of an installation moves to two other places (``vault/moving.py`` has the order)."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from tepati.app.alone import Presence
from tepati.app.compose import now, random
from tepati.app.places import keystore_of, mirrors_of
from tepati.app.roots import root_of
from tepati.errors import Misconfigured
from tepati.ports.config import SERVED, Config, read, write
from tepati.vault import moving
from tepati.vault.folder import FILE

Step = Callable[[str], None]


def _on(_step: str) -> None:
    """Go on: tests stop here instead."""


def move_keys(folder: Path, to: tuple[str, str], say: Callable[[str], None], step: Step = _on) -> int:
    """Move the key store to two places, and shred the old ones; asked again after a crash, go on. Return 0.

    Raises Misconfigured (another process has it open; a place in use, or named twice), Unavailable.
    """
    place, presence = read(folder), Presence(folder)
    to = _whole(to[0]), _whole(to[1])
    try:
        if not presence.alone:
            raise Misconfigured("keystore_in_use")
        if place.config.keys != to:
            _copy(place.config, to, say, step)
            write(folder, replace(place.config, keys=to))
            say("the configuration names them now")
            step("named")
        _shred(replace(place.config, keys=to), say, step)
    finally:
        presence.leave()
    return 0


def _whole(key: str) -> str:
    """Name a folder as it is named from everywhere."""
    return key if key.startswith(SERVED) else str(Path(key).resolve())


def _copy(config: Config, to: tuple[str, str], say: Callable[[str], None], step: Step) -> None:
    old = keystore_of(config, root_of(config.root, random), random, now)
    try:
        if not old.alone():
            raise Misconfigured("keystore_in_use")
        if to[0] == to[1] or set(to) & set(config.keys):
            raise Misconfigured("keystore_taken")
        new = mirrors_of(to, random)
        try:
            step("opened")
            moving.copy(old.mirrors[0], new, moving.note(old.mirrors[0], config.keys))
            step("copied")
        finally:
            for each in new:
                each.close()
    finally:
        old.close()
    say(f"copied to {to[0].partition('?')[0]} and {to[1].partition('?')[0]}, read back, agreed")


def _shred(config: Config, say: Callable[[str], None], step: Step) -> None:
    """Shred the places that the note of a move names; do nothing where none was made."""
    kept = keystore_of(config, root_of(config.root, random), random, now)
    try:
        said = moving.noted(kept.mirrors[0])
        if said is None:
            say("nothing is left of an older key store")
            return
        if any(key.startswith(SERVED) or (Path(key) / FILE).exists() for key in said.places):
            for key, old in zip(said.places, mirrors_of(said.places, random), strict=True):
                say(f"{key.partition('?')[0]}: {old.raze()}")
                step("shredded")
        kept.commit([moving.forget()])
    finally:
        kept.close()
    say("what a copy of the old places holds opens under the root: run tepati keys rotate-root")
