"""Room notice: what a document is made of. Plain text everywhere; nothing here is markup.

``promises`` of a part are those it puts into words: each promise has one such place. ``also`` are others it rests on.
"""

import msgspec


class Said(msgspec.Struct, frozen=True):
    """One sentence, or a few that stand together."""

    text: str
    promises: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """Sentences that follow each other."""

    said: tuple[Said, ...]

    @property
    def text(self) -> str:
        return " ".join(one.text for one in self.said)

    @property
    def parts(self) -> tuple[Said, ...]:
        return self.said


class Fact(msgspec.Struct, frozen=True):
    """A term and what holds of it; ``href`` where the text is a link (``mailto:``, ``tel:`` or a path)."""

    term: str
    text: str
    promises: tuple[str, ...] = ()
    href: str = ""
    also: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, tag=True):
    """Terms with what holds of them."""

    facts: tuple[Fact, ...]

    @property
    def parts(self) -> tuple[Fact, ...]:
        return self.facts


class Cell(msgspec.Struct, frozen=True):
    """One cell: the text, and a second, smaller line."""

    text: str
    small: str = ""


class Row(msgspec.Struct, frozen=True):
    """One row; the first cell names it."""

    cells: tuple[Cell, ...]
    promises: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, tag=True):
    """A table with a head; every row has as many cells as the head."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def parts(self) -> tuple[Row, ...]:
        return self.rows


class Items(msgspec.Struct, frozen=True, tag=True):
    """A list of sentences."""

    items: tuple[Said, ...]

    @property
    def parts(self) -> tuple[Said, ...]:
        return self.items


Block = Paragraph | Facts | Table | Items
Spoken = Said | Fact | Row


class Section(msgspec.Struct, frozen=True):
    """A headed part; ``id`` is its anchor, the same in both languages."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    told: tuple[str, ...] = ()  # the promises that the lead puts into words

    @property
    def promises(self) -> tuple[str, ...]:
        """Name the promises that have their place here."""
        return (*self.told, *(path for block in self.blocks for part in block.parts for path in part.promises))
