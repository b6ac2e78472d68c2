"""Room notice: bytes in, a Notice out, or all its faults at once, each with its place and the way to mend it. Pure."""

import hashlib

import msgspec

from tepati.errors import BadNotice
from tepati.notice.checks import judge
from tepati.notice.checks.judge import Judge
from tepati.notice.finding import Finding, Findings
from tepati.notice.model import Notice
from tepati.notice.reader import Reader, read
from tepati.notice.scope import scope
from tepati.notice.settle import settle
from tepati.notice.tree import tree


class Loaded(msgspec.Struct, frozen=True):
    """What became of a file. ``notice`` is None where an error was found; ``digest`` is the SHA-256 of ``source``."""

    notice: Notice | None
    findings: tuple[Finding, ...]
    digest: bytes
    source: bytes
    readable: bool = True  # False: not even YAML, or too large

    def sound(self) -> Notice:
        """Give the notice, or raise BadNotice where it has faults."""
        if self.notice is None:
            first = next((f for f in self.findings if f.level == "error"), None)
            raise BadNotice("bad_notice", first=str(first), faults=len(self.findings))
        return self.notice


def load(source: bytes, name: str = "notice.yaml", lang: str = "en") -> Loaded:
    """Read a declaration; ``name`` and ``lang`` are for the findings only."""
    findings = Findings(name, lang)
    digest = hashlib.sha256(source).digest()
    root = tree(source, findings)
    if root is None:
        return Loaded(None, findings.all(), digest, source, readable=False)
    reader = Reader(scope(root), findings)
    notice = settle(read(reader, root), reader.marks)
    judge(Judge(notice, reader, findings))
    found = findings.all()
    sound = all(finding.level != "error" for finding in found)
    return Loaded(notice if sound else None, found, digest, source)
