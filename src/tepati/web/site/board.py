"""Room web: the public part of the promise board. Bad news first; its figures come coarse from the board room."""

from collections import Counter

from litestar import get
from litestar.params import FromPath

from tepati.notice.document import articles
from tepati.web.ports import Board, BoardRow
from tepati.web.site.frame import Asked, Page, visit
from tepati.web.site.home import ORDER

BAD = ("broken", "gap")
STANDS = ("broken", "gap", "due", "kept", "unproven", "unused")
FOLD = 5  # so many rows without an occasion are folded away: still counted, still linked
SECTIONS = ("use", "see", "give", "keep", "rights", "guard", "notice")
BELONGS = {
    "purposes": "use", "points": "use", "consents": "use", "messages": "use", "data": "use", "visits": "use",
    "cookies": "use", "statistics": "use", "decisions": "use", "never": "use", "cases": "use", "minors": "use",
    "roles": "see", "recipients": "give", "disclosure": "give", "business_transfer": "give", "endpoints": "give",
    "retention": "keep", "systems": "keep", "rights": "rights", "mailboxes": "rights", "questions": "rights",
    "populations": "rights", "security": "guard", "breach": "guard", "accountability": "guard",
}  # fmt: skip


@get(["/{org:str}/janji", "/{org:str}/en/promises"])
async def board(request: Asked, org: FromPath[str]) -> Page:
    """Show every public promise with its state, its evidence in one sentence, and how far that reaches."""
    at = visit(request, org, "board")
    judged = await at.org.board()
    counts = Counter(row.state for row in judged.rows)
    return await at.draw(
        "site/board.html",
        board=judged,
        ordered=sorted(judged.rows, key=lambda row: ORDER.index(row.state)),
        counts=[(state, counts[state]) for state in ORDER if counts[state]],
        bad=[row for row in judged.rows if row.state in BAD],
        sections=_sections(judged),
        cited=lambda row: articles(tuple(row.law.split(", ")), at.lang),
    )


def _sections(judged: Board) -> list[tuple[str, list[BoardRow], list[BoardRow]]]:
    """Group the rows; what had an occasion stands first, what had none is folded away where it is many."""
    grouped: dict[str, list[BoardRow]] = {name: [] for name in SECTIONS}
    for row in sorted(judged.rows, key=lambda row: STANDS.index(row.state)):
        grouped[BELONGS.get(row.id.partition(".")[0], "notice")].append(row)
    return [(name, *_folded(rows)) for name, rows in grouped.items() if rows]


def _folded(rows: list[BoardRow]) -> tuple[list[BoardRow], list[BoardRow]]:
    quiet = [row for row in rows if row.state == "unused"]
    if len(quiet) < FOLD or len(quiet) == len(rows) < 2 * FOLD:
        return rows, []
    return [row for row in rows if row.state != "unused"], quiet
