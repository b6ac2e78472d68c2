"""Room notice: what a document is made of. Plain text everywhere; nothing here is markup."""

import msgspec


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """One paragraph and the promises it rests on."""

    text: str
    promises: tuple[str, ...] = ()


class Fact(msgspec.Struct, frozen=True):
    """A term and what holds of it; ``href`` where the text is a link (``mailto:``, ``tel:`` or a path)."""

    term: str
    text: str
    promises: tuple[str, ...] = ()
    href: str = ""


class Facts(msgspec.Struct, frozen=True, tag=True):
    """Terms with what holds of them."""

    facts: tuple[Fact, ...]

    @property
    def promises(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for fact in self.facts for path in fact.promises))


class Cell(msgspec.Struct, frozen=True):
    """One cell: the text, and a second, smaller line."""

    text: str
    small: str = ""


class Row(msgspec.Struct, frozen=True):
    """One row; the first cell names it."""

    cells: tuple[Cell, ...]
    promises: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, tag=True):
    """A table with a head; every row has as many cells as the head."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def promises(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for row in self.rows for path in row.promises))


class Items(msgspec.Struct, frozen=True, tag=True):
    """A list of sentences, each with its promises."""

    items: tuple[Paragraph, ...]

    @property
    def promises(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for item in self.items for path in item.promises))


Block = Paragraph | Facts | Table | Items


class Section(msgspec.Struct, frozen=True):
    """A headed part; ``id`` is its anchor, the same in both languages."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
