"""Room notice: what a check is given: the notice, the places in the file, and where to put findings."""

from collections.abc import Iterable

from tepati.notice.finding import Findings, Mark
from tepati.notice.law.pack import Official
from tepati.notice.model import Notice
from tepati.notice.reader import Reader
from tepati.notice.speech import listing


class Judge:
    """Judges one notice. What rests on a value that could not be read is not judged: its own fault is told already."""

    def __init__(self, notice: Notice, reader: Reader, findings: Findings, laws: tuple[Official, ...] = ()) -> None:
        self.notice = notice
        self.laws = laws
        self.reader = reader
        self._findings = findings
        self._untyped = findings.paths()

    def fault(self, path: str, code: str, variant: str = "", item: str = "", **values: str | int) -> None:
        """Note a fault at a path, or at one item of the list that stands there."""
        if not self._rests_on_fault(path):
            self._findings.object(self.at(path, item), code, path, variant, **values)

    def remark(self, path: str, code: str, variant: str = "", item: str = "", **values: str | int) -> None:
        """Note what does not keep the declaration from running."""
        if not self._rests_on_fault(path):
            self._findings.remark(self.at(path, item), code, path, variant, **values)

    def advise(self, path: str, code: str, variant: str = "", item: str = "", **values: str | int) -> None:
        """Note what somebody should look at or confirm."""
        if not self._rests_on_fault(path):
            self._findings.advise(self.at(path, item), code, path, variant, **values)

    def at(self, path: str, item: str = "") -> Mark:
        return self.reader.at(path, item)

    def written(self, path: str) -> bool:
        """Tell whether the path stands in the file (or is filled by default)."""
        return path in self.reader.marks

    def clean(self, *sections: str) -> bool:
        """Tell whether no value of these sections failed to be read: only then is something *missing* there."""
        return not any(path.partition(".")[0] in sections for path in self._untyped)

    @property
    def lang(self) -> str:
        """The language of the findings."""
        return self._findings.lang

    def _rests_on_fault(self, path: str) -> bool:
        near = (p for p in self._untyped if p)
        return any(p == path or p.startswith(f"{path}.") or path.startswith(f"{p}.") for p in near)


def named(names: Iterable[str]) -> str:
    """Join names for a finding; ``-`` where there are none."""
    return listing(sorted(names), "en") or "-"
