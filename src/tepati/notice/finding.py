"""Room notice: a finding of ``tepati check``: where, what is wrong, how to mend it; and the collector of findings."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from tepati.notice.law.pack import Cited, cited
from tepati.notice.words import Words, words

Level = Literal["error", "warning", "advice"]
MOST = 500  # faults of one file: the next is not looked for, each costs the search for a key like it
_WORSE: dict[Level, int] = {"advice": 0, "warning": 1, "error": 2}


class Mark(NamedTuple):
    """A place in the file; both numbers begin at 1, columns count characters."""

    line: int
    column: int


TOP = Mark(1, 1)


class Finding(msgspec.Struct, frozen=True):
    """One fault or remark. ``level`` error: the declaration cannot run; warning: it can; advice: somebody decides.

    ``article`` is the law behind it, ``mark`` how that is known (V read, R restated, M from memory, T Tepati's own).
    """

    file: str
    line: int
    column: int
    level: Level
    code: str
    path: str
    what: str
    mend: str
    article: str = ""
    mark: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        law = f" [{self.article}]" if self.article and self.article not in f"{self.what} {self.mend}" else ""
        return f"{self.file}:{self.line}:{self.column} {self.code}: {where}{self.what}. {self.mend}{law}"


class TooMany(Exception):
    """Nobody mends so many faults at once: reading stops."""


class Findings:
    """Collects all faults of one file; two of one code at one place are one.

    ``legible``: whether every value could be read. What is only objected to was read, and a version that was published
    before the objection was known runs all the same.
    """

    def __init__(self, file: str, lang: str = "en") -> None:
        self.file = file
        self.lang = lang
        self.legible = True
        self._found: dict[tuple[Mark, str, str], Finding] = {}
        self._paths: set[str] = set()

    def fault(self, mark: Mark, code: str, path: str = "", variant: str = "", **values: str | int) -> None:
        """Note what cannot be read as the language has it; where the law behind it is not verified, it only warns.

        Raises TooMany, once that is noted too.
        """
        if len(self._found) >= MOST:
            self.legible = False
            self._note("error", mark, "too-many", "", "", {"most": MOST})
            raise TooMany
        self.legible = self._fault(mark, code, path, variant, values) == "warning" and self.legible

    def object(self, mark: Mark, code: str, path: str = "", variant: str = "", **values: str | int) -> None:
        """Note what can be read and must not be published: a rule of law or of words is against it."""
        self._fault(mark, code, path, variant, values)

    def remark(self, mark: Mark, code: str, path: str = "", variant: str = "", **values: str | int) -> None:
        """Note what a reader should know; the declaration runs all the same."""
        self._note("warning", mark, code, path, variant, values)

    def advise(self, mark: Mark, code: str, path: str = "", variant: str = "", **values: str | int) -> None:
        """Note what somebody should look at or confirm; nothing is wrong."""
        self._note("advice", mark, code, path, variant, values)

    def paths(self) -> frozenset[str]:
        """Give the paths that have a fault so far."""
        return frozenset(self._paths)

    def faulty(self, path: str) -> bool:
        """Tell whether a fault was found at this path, above it or below it: what follows from it is not told again."""
        return any(p == path or p.startswith(f"{path}.") or path.startswith(f"{p}.") for p in self._paths if p)

    def all(self) -> tuple[Finding, ...]:
        """Give all findings in the order of the file; while there are errors, advice waits."""
        wrong = any(found.level == "error" for found in self._found.values())
        told = (found for found in self._found.values() if not (wrong and found.level == "advice"))
        return tuple(sorted(told, key=lambda f: (f.line, f.column, f.code, f.path)))

    def _fault(self, mark: Mark, code: str, path: str, variant: str, values: dict[str, str | int]) -> Level:
        self._paths.add(path)
        law = cited(code, variant)
        level: Level = "error" if law is None or law.firm else "warning"
        self._note(level, mark, code, path, variant, values)
        return level

    def _note(self, level: Level, mark: Mark, code: str, path: str, variant: str, values: dict[str, str | int]) -> None:
        said, law = words(self.lang, "check"), cited(code, variant) or Cited()
        article = str(values.get("article", law.article))
        values = {**values, "article": article.replace(" Art. ", " Pasal ") if self.lang == "id" else article}
        if "wanted" in values:
            form = str(values["wanted"])
            values["wanted"] = words(self.lang, "wanted").either(form, form, **values)
        key = f"{code}.{variant}" if variant else code
        say: Callable[[str], str] = lambda part: _say(said, f"{key}.{part}", path, values)  # noqa: E731 two uses, one line
        known = str(values.get("known_as", law.mark))
        cite = str(values["article"])
        found = Finding(self.file, *mark, level, code, path, say("what"), say("mend"), cite, known)
        other = self._found.setdefault((mark, code, path), found)
        if _WORSE[other.level] < _WORSE[level]:
            self._found[mark, code, path] = found


def _say(said: Words, key: str, path: str, values: dict[str, str | int]) -> str:
    return said.either(key, "", path=path, **values)


def nearest(name: str, known: "frozenset[str] | tuple[str, ...] | list[str]") -> str:
    """Give the known name most like ``name``, or "" where none is near."""
    import difflib  # noqa: PLC0415 costs 4 ms, needed for faulty files only

    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""
