"""Composition root: whether this process is the only one that has an installation open, told by a lock on its folder.

What a crash left is finished or forgotten only by a process that is alone: to any other it may be an act under way.
"""

import fcntl
import os
from pathlib import Path

from tepati.errors import Misconfigured
from tepati.ports.config import Place

SQLITE = "sqlite:///"


class Presence:
    """A shared lock for as long as the process has the installation open; the kernel gives it back when it dies."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(folder / "running.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.alone = True
        except BlockingIOError:
            self.alone = False
            self.share()

    def share(self) -> None:
        """Let others come, once what had to be done alone is done; waits while another is alone."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Be gone."""
        os.close(self._file)


class Serving:
    """The lock of the one process that serves: of a SQLite file, whichever folder names it; else of a folder."""

    def __init__(self, place: Place) -> None:
        """Take it. Raises Misconfigured where another has it: two sequencers and two clocks on one SQLite file."""
        database = place.config.database
        file = database.removeprefix(SQLITE) if database.startswith(SQLITE) else str(place.folder / "serving")
        self._file = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise Misconfigured("served_already", lock=f"{file}.lock") from None

    def __enter__(self) -> None:
        """Hold it for the block; the kernel gives it back when the process dies."""

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
