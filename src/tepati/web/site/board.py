"""Room web: the public part of the promise board. Bad news first; its figures come coarse from the board room."""

from collections import Counter
from dataclasses import dataclass

from litestar import get
from litestar.params import FromPath

from tepati.notice.document import Document, articles
from tepati.web.ports import Board, BoardRow
from tepati.web.site.frame import Asked, Page, visit
from tepati.web.site.home import ORDER
from tepati.web.site.opposed import aside, heading, opposed

BAD = ("broken", "gap")
STANDS = ("broken", "gap", "due", "kept", "unproven", "unused")
LOUD = (*BAD, "due")  # never folded
SHOWN = 2  # rows that stand open in a section, at least: more than a hundred rows would hide the answer
FOLD = 2  # so few others are not worth folding


@get(["/{org:str}/janji", "/{org:str}/en/promises"])
async def board(request: Asked, org: FromPath[str]) -> Page:
    """Show every public promise with its state, its evidence in one sentence, and how far that reaches."""
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
        parts=_parts(judged, at.house.document(org, at.lang)),
        cited=lambda row: articles(tuple(row.law.split(", ")), at.lang),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the notice: the rows that stand open, and the others folded away by their state."""

    id: str
    title: str
    open: tuple[BoardRow, ...]
    folded: tuple[tuple[str, tuple[BoardRow, ...]], ...]


def _parts(judged: Board, doc: Document) -> list[Part]:
    """Group the rows under the headings of the notice, in its order; under each in the order of STANDS."""
    places = doc.places()
    grouped: dict[str, list[BoardRow]] = {section.id: [] for section in doc.sections}
    for row in sorted(judged.rows, key=lambda row: STANDS.index(row.state)):
        grouped[places.get(row.id, doc.sections[-1].id)].append(row)
    titles = {section.id: f"{number}. {section.title}" for number, section in enumerate(doc.sections, 1)}
    return [_part(name, titles[name], rows) for name, rows in grouped.items() if rows]


def _part(name: str, title: str, rows: list[BoardRow]) -> Part:
    """Open what a reader must see and the promises that close a list; fold the rest: still counted, still linked."""
    shown = [row for row in rows if row.state in LOUD or ("." not in row.id and row.state != "unused")]
    spare = [row for row in rows if row not in shown]
    if len(spare) > FOLD:
        shown += spare[: max(0, SHOWN - len(shown))]
    else:
        shown = rows
    folded = [(state, tuple(row for row in rows if row.state == state and row not in shown)) for state in STANDS]
    return Part(name, title, tuple(row for row in rows if row in shown), tuple(one for one in folded if one[1]))
