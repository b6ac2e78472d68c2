"""Room notice: a finding of ``tepati check``: where, what is wrong, how to mend it; and the collector of findings."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from tepati.notice.words import Words, words

Level = Literal["error", "warning"]


class Mark(NamedTuple):
    """A place in the file; both numbers begin at 1, columns count characters."""

    line: int
    column: int


TOP = Mark(1, 1)


class Finding(msgspec.Struct, frozen=True):
    """One fault or remark. ``level`` error: the declaration cannot run; warning: it can."""

    file: str
    line: int
    column: int
    level: Level
    code: str
    path: str
    what: str
    mend: str
    article: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.file}:{self.line}:{self.column} {self.code}: {where}{self.what}. {self.mend}"


class Findings:
    """Collects all faults of one file; two of one code at one place are one."""

    def __init__(self, file: str, lang: str = "en") -> None:
        self.file = file
        self._lang = lang
        self._found: dict[tuple[Mark, str, str], Finding] = {}
        self._paths: set[str] = set()

    def fault(self, mark: Mark, code: str, path: str = "", variant: str = "", **values: str | int) -> None:
        """Note what makes the declaration unfit to run."""
        self._paths.add(path)
        self._note("error", mark, code, path, variant, values)

    def remark(self, mark: Mark, code: str, path: str = "", variant: str = "", **values: str | int) -> None:
        """Note what a reader should know; the declaration runs all the same."""
        self._note("warning", mark, code, path, variant, values)

    def paths(self) -> frozenset[str]:
        """Give the paths that have a fault so far."""
        return frozenset(self._paths)

    def faulty(self, path: str) -> bool:
        """Tell whether a fault was found at this path, above it or below it: what follows from it is not told again."""
        return any(p == path or p.startswith(f"{path}.") or path.startswith(f"{p}.") for p in self._paths if p)

    def all(self) -> tuple[Finding, ...]:
        """Give all findings in the order of the file."""
        return tuple(sorted(self._found.values(), key=lambda f: (f.line, f.column, f.code, f.path)))

    def _note(self, level: Level, mark: Mark, code: str, path: str, variant: str, values: dict[str, str | int]) -> None:
        said = words(self._lang, "check")
        key = f"{code}.{variant}" if variant else code
        say: Callable[[str], str] = lambda part: _say(said, f"{key}.{part}", path, values)  # noqa: E731 two uses, one line
        found = Finding(self.file, *mark, level, code, path, say("what"), say("mend"), str(values.get("article", "")))
        self._found.setdefault((mark, code, path), found)


def _say(said: Words, key: str, path: str, values: dict[str, str | int]) -> str:
    return said.either(key, "", path=path, **values)


def nearest(name: str, known: "frozenset[str] | tuple[str, ...] | list[str]") -> str:
    """Give the known name most like ``name``, or "" where none is near."""
    import difflib  # noqa: PLC0415 costs 4 ms, needed for faulty files only

    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""
