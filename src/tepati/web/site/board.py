"""Room web: the public part of the promise board. Bad news first; its figures come coarse from the board room.

The first page says how it stands, and shows in full what was not kept and what is running. The rest is counted by part
of the notice and by state, a page each: a slow phone shows the answer without laying out a hundred and fifty rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import get
from litestar.params import FromPath

from tepati.errors import NotFound
from tepati.notice.document import Document, articles
from tepati.web import addresses
from tepati.web.ports import Board, BoardRow
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.home import ORDER
from tepati.web.site.opposed import aside, heading, opposed

BAD = ("broken", "gap")
STANDS = ("broken", "gap", "due", "kept", "unproven", "unused")
LOUD = (*BAD, "due")  # shown in full on the first page


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the notice, and its rows in the order of STANDS."""

    id: str
    title: str
    rows: tuple[BoardRow, ...]

    @property
    def loud(self) -> list[BoardRow]:
        """Give the rows that the first page shows in full."""
        return [row for row in self.rows if row.state in LOUD]

    @property
    def counts(self) -> dict[str, int]:
        """Count the rows by state."""
        return dict(Counter(row.state for row in self.rows))


@get(addresses.both("board"))
async def board(request: Asked, org: FromPath[str]) -> Page:
    """Say how the public promises stand; show in full those that were not kept or are running."""
    at = visit(request, org, "board")
    judged = await at.org.board()
    counts = Counter(row.state for row in judged.rows)
    return await at.draw(
        "site/board.html",
        opposed=opposed(at.org.notice, at.org.digest, at.lang),
        heading=heading(at.lang),
        aside=aside(at.org.notice, at.lang),
        board=judged,
        ordered=sorted(judged.rows, key=lambda row: ORDER.index(row.state)),
        counts=[(state, counts[state]) for state in ORDER if counts[state]],
        bad=[row for row in judged.rows if row.state in BAD],
        parts=_parts(judged.rows, at.house.document(org, at.lang)),
        cited=lambda row: articles(tuple(row.law.split(", ")), at.lang),
    )


@get(addresses.tailed("board_part", "part"))
async def one_part(request: Asked, org: FromPath[str], part: FromPath[str]) -> Page:
    """Show every promise of one part of the notice. Raises NotFound."""
    at = visit(request, org, "board_part")
    judged = await at.org.board()
    doc = at.house.document(org, at.lang)
    titles = {section.id: section.title for section in doc.sections}
    if part not in titles:
        raise NotFound("page")
    parts = [one for one in _parts(judged.rows, doc) if one.id == part]
    return await _listed(at, part, judged, parts, titles[part])


@get(addresses.tailed("board_state", "word"))
async def one_state(request: Asked, org: FromPath[str], word: FromPath[str]) -> Page:
    """Show every promise in one state, under the headings of the notice. Raises NotFound."""
    at = visit(request, org, "board_state")
    if word not in STANDS:
        raise NotFound("page")
    judged = await at.org.board()
    rows = [row for row in judged.rows if row.state == word]
    return await _listed(at, word, judged, _parts(rows, at.house.document(org, at.lang)), at.say(f"state.{word}"))


async def _listed(at: Visit, tail: str, judged: Board, parts: Sequence[Part], title: str) -> Page:
    return await at.draw(
        "site/board_rows.html", tail=tail, board=judged, title=title, parts=parts, state=tail if tail in STANDS else "",
        cited=lambda row: articles(tuple(row.law.split(", ")), at.lang),
    )  # fmt: skip


def _parts(rows: Sequence[BoardRow], doc: Document) -> list[Part]:
    """Group rows under the headings of the notice, in its order; under each in the order of STANDS."""
    places = doc.places()
    grouped: dict[str, list[BoardRow]] = {section.id: [] for section in doc.sections}
    for row in sorted(rows, key=lambda row: STANDS.index(row.state)):
        grouped[places.get(row.id, doc.sections[-1].id)].append(row)
    titles = {section.id: f"{number}. {section.title}" for number, section in enumerate(doc.sections, 1)}
    return [Part(name, titles[name], tuple(rows)) for name, rows in grouped.items() if rows]
