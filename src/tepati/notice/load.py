"""Room notice: bytes in, a Notice out, or all its faults at once, each with its place and the way to mend it. Pure."""

import hashlib

import msgspec

from tepati.errors import BadNotice
from tepati.notice.checks import judge
from tepati.notice.checks.judge import Judge
from tepati.notice.finding import Finding, Findings, TooMany
from tepati.notice.law.pack import Official
from tepati.notice.model import Notice
from tepati.notice.reader import Reader, read
from tepati.notice.scope import scope
from tepati.notice.settle import settle
from tepati.notice.tree import tree


class Loaded(msgspec.Struct, frozen=True):
    """What became of a file. ``notice`` is None where an error was found; ``digest`` is the SHA-256 of ``source``.

    ``declared`` is there as long as every value could be read: rules of law and of words grow with Tepati, and a
    version that was published before one of them came runs on, and is shown, as it was published.
    """

    notice: Notice | None
    findings: tuple[Finding, ...]
    digest: bytes
    source: bytes
    readable: bool = True  # False: not even YAML, or too large
    declared: Notice | None = None

    def sound(self) -> Notice:
        """Give the notice, or raise BadNotice where it has faults."""
        return self._or_bad(self.notice)

    def published(self) -> Notice:
        """Give a notice that was published, whatever today's rules object to. Raises BadNotice: it cannot be read."""
        return self._or_bad(self.declared)

    def objections(self) -> tuple[Finding, ...]:
        """List what keeps the file from being published today."""
        return tuple(found for found in self.findings if found.level == "error")

    def _or_bad(self, notice: Notice | None) -> Notice:
        if notice is None:
            raise BadNotice("bad_notice", first=str(next(iter(self.objections()), None)), faults=len(self.findings))
        return notice


def load(source: bytes, name: str = "notice.yaml", lang: str = "en", laws: tuple[Official, ...] = ()) -> Loaded:
    """Read a declaration; ``name`` and ``lang`` are for the findings only; ``laws``: official texts that were read."""
    findings = Findings(name, lang)
    digest = hashlib.sha256(source).digest()
    try:
        return _loaded(source, digest, findings, laws)
    except TooMany:
        return Loaded(None, findings.all(), digest, source)


def _loaded(source: bytes, digest: bytes, findings: Findings, laws: tuple[Official, ...]) -> Loaded:
    root = tree(source, findings)
    if root is None:
        return Loaded(None, findings.all(), digest, source, readable=False)
    reader = Reader(scope(root), findings)
    notice = settle(read(reader, root), reader.marks)
    judge(Judge(notice, reader, findings, laws))
    found, declared = findings.all(), notice if findings.legible else None
    sound = all(finding.level != "error" for finding in found)
    return Loaded(notice if sound else None, found, digest, source, declared=declared)
