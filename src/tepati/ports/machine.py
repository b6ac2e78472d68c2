"""Room ports: what the machine under the installation is like: file modes, space, file systems, limits, neighbours."""

import asyncio
import contextlib
import resource
import shutil
from pathlib import Path
from typing import NamedTuple

MOUNTS = Path("/proc/self/mounts")


class Space(NamedTuple):
    """Bytes of a file system: free and all."""

    free: int
    total: int


class Machine:
    """The machine this process runs on. Nothing here changes it."""

    def mode(self, path: Path) -> int | None:
        """Return the permission bits of a file or folder, or None where there is none."""
        try:
            return path.stat().st_mode & 0o777
        except OSError:
            return None

    def device(self, path: Path) -> int | None:
        """Return the number of the device a path lies on, or None where there is no such path."""
        try:
            return path.stat().st_dev
        except OSError:
            return None

    def space(self, path: Path) -> Space:
        """Return free and total bytes of the file system a path lies on."""
        usage = shutil.disk_usage(path)
        return Space(usage.free, usage.total)

    def filesystem(self, path: Path) -> str:
        """Name the kind of file system a path lies on (``ext4``, ``btrfs`` ...); "" where the system does not say."""
        target = str(path.resolve())
        best, kind = -1, ""
        for mount, named in self._mounts():
            inside = target == mount or target.startswith(mount.rstrip("/") + "/")
            if inside and len(mount) >= best:
                best, kind = len(mount), named
        return kind

    def _mounts(self) -> list[tuple[str, str]]:
        try:
            lines = MOUNTS.read_text("utf-8", "replace").splitlines()
        except OSError:
            return []
        parts = [line.split(" ") for line in lines]
        return [(p[1].replace("\\040", " "), p[2]) for p in parts if len(p) > 2]

    def core_dumps(self) -> int:
        """Return the size a core dump of this process may have; 0 is off, -1 has no limit."""
        return resource.getrlimit(resource.RLIMIT_CORE)[0]

    async def reaches(self, host: str, port: int, seconds: float = 3) -> bool:
        """Say whether somebody answers at an address; nothing is sent."""
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), seconds)
        except (OSError, TimeoutError):
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True
