"""Room notice: what own sentences must not say: left-over placeholders, open-ended lists, consent by use."""

import re

from tepati.notice.finding import Findings, Mark

_LEFT = re.compile(
    r"\[[^\]]{3,}\]|\bTODO\b|\bXXX+\b|lorem ipsum|teks yang disarankan|suggested text|<[a-z_ ]{3,}>", re.IGNORECASE
)
_OPEN = re.compile(
    r"\b(dan (lain[- ]lain|lainnya|sebagainya|seterusnya)|dll\b|dsb\b|namun tidak terbatas|tidak terbatas pada"
    r"|including but not limited|not limited to|and so (on|forth)|et cetera|etc\b|and other (data|information|purposes)"
    r"|data lain(nya)?\b|informasi lain(nya)?\b|tujuan lain(nya)?\b)",
    re.IGNORECASE,
)
_BY_USE = re.compile(
    r"(dengan (tetap |terus )?(menggunakan|memakai|mengakses|mengunjungi).{0,60}(setuju|menyetujui|persetujuan)"
    r"|dianggap (telah )?(setuju|menyetujui)"
    r"|by (using|accessing|visiting|continuing).{0,60}(agree|consent|accept)"
    r"|deemed to (have )?(agree|consent|accept)\w*)",
    re.IGNORECASE,
)
_BRACES = re.compile(r"\{([^}]*)\}?")


def judge(findings: Findings, mark: Mark, path: str, said: str) -> None:
    """Judge one sentence that people will read."""
    unfinished(findings, mark, path, said)
    ended = _OPEN.search(said)
    if ended:
        findings.fault(mark, "open-ended", path, words=ended[0])
    used = _BY_USE.search(said)
    if used:
        findings.fault(mark, "consent-by-use", path, words=used[0], article="UU PDP Art. 22-23")
    for brace in _BRACES.finditer(said):
        if not re.fullmatch(r"\{[a-z_][a-z0-9_.]*\}", brace[0]):
            findings.fault(mark, "bad-placeholder", path, words=brace[0])


def unfinished(findings: Findings, mark: Mark, path: str, said: str) -> None:
    """Find what was left to be filled in."""
    left = _LEFT.search(said)
    if left:
        findings.fault(mark, "unfinished", path, words=left[0])
