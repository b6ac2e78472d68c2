"""Room board: checks of ``tepati doctor`` on where keys are kept: the key store on servers, the root's versions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from tepati.board.examination import Check, Level
from tepati.errors import TepatiError
from tepati.store.port import Tx

DURABLE: Final[dict[str, tuple[str, ...]]] = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write"),
}


class Look(Protocol):
    """What a place of the key store on a server says of itself (``vault.mirror.Look``)."""

    @property
    def server(self) -> str: ...

    @property
    def database(self) -> str: ...

    @property
    def copies(self) -> tuple[str, ...]: ...

    @property
    def settings(self) -> Mapping[str, str]: ...

    @property
    def sealed(self) -> bool: ...


async def server(tx: Tx) -> tuple[str, str]:
    """Name the application's own server and database; ("", "") where it is a file."""
    if tx.engine == "sqlite":
        return "", ""
    row = await tx.one("SELECT system_identifier::text, current_database()::text FROM pg_control_system()")
    return (str(row[0]), str(row[1])) if row else ("", "")


def served(look: Callable[[], Sequence[Look]], own: tuple[str, str]) -> list[Check]:
    """Check the places of a key store on servers, against each other and the application's own (``server``)."""
    try:
        looks = look()
    except TepatiError as error:
        return [Check("mirrors", "fail", {"code": error.code})]
    return [check for n, one in enumerate(looks) for check in _place(n + 1, one, looks, own)]


def _place(number: int, one: Look, looks: Sequence[Look], own: tuple[str, str]) -> list[Check]:
    about = str(number)
    twins = sum(other.server == one.server for other in looks) > 1
    level: Level = "fail" if (one.server, one.database) == own else "warn" if twins or one.server == own[0] else "ok"
    why = {"fail": "database", "warn": "server", "ok": ""}[level]
    copies = ", ".join(one.copies)
    return [
        Check("place", level, {"why": why}, about),
        Check("place_copies", "warn" if copies else "ok", {"copies": copies}, about),
        Check("place_sealed", "ok" if one.sealed else "fail", about=about),
        *[
            Check("place_setting", "fail", {"setting": name, "value": one.settings.get(name, "-")}, about)
            for name, good in DURABLE.items()
            if one.settings.get(name) not in good
        ],
    ]


def moved(left: Callable[[], Sequence[str]]) -> list[Check]:
    """Warn of the places that a move of the key store left: its last steps were not done."""
    try:
        places = left()
    except TepatiError:
        return []  # told by the check of the mirrors
    return [Check("moved", "warn", {}, ", ".join(place.partition("?")[0] for place in places))] if places else []


class Fate(Protocol):
    """What the destruction of a key is worth, and when it is due (microseconds)."""

    @property
    def kind(self) -> str: ...

    @property
    def until(self) -> int: ...


class Root(Protocol):
    """Of a root: what destroying a version is worth, and how older ones stand (``vault.root.Root``)."""

    @property
    def version(self) -> int: ...

    @property
    def grade(self) -> Fate: ...

    def fates(self) -> "Mapping[int, Fate | None]": ...


def versions(root: Root, day: Callable[[int], str]) -> list[Check]:
    """Say what the end of a root version is worth, and of each older one when it comes; one that lives on is told."""
    try:
        newest, fates = root.version, root.fates()
    except TepatiError as error:
        return [Check("root_version", "fail", {"code": error.code})]
    return [
        Check("root_version", "ok", {"version": newest, "grade": root.grade.kind}),
        *[
            Check("root_older", "ok" if fate else "warn", {"until": day(fate.until) if fate else ""}, str(version))
            for version, fate in fates.items()
        ],
    ]
