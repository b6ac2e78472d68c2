"""Room notice: for whom a document is written, and what it says to them."""

from collections.abc import Iterable

import msgspec

from tepati.notice.blocks import Block, Cell, Items, Paragraph, Row, Said, Table
from tepati.notice.labels import Labels
from tepati.notice.model import Notice
from tepati.notice.speech import capital


class Audience(msgspec.Struct, frozen=True):
    """For whom the document is written: names and phrases, the kinds of people, and the sentences of all promises."""

    said: Labels
    people: frozenset[str]
    texts: dict[str, str]

    def categories(self) -> list[str]:
        """Name the categories that hold data of these people."""
        data = self.said.notice.data
        return [name for name, one in data.items() if {one.of, one.also_of} & self.people]

    def touches(self, fields: Iterable[str]) -> bool:
        """Tell whether any field is of these people."""
        return bool(self.own(fields))

    def own(self, fields: Iterable[str]) -> frozenset[str]:
        """Keep the fields that are of these people."""
        mine = set(self.categories())
        return frozenset(field for field in fields if field.partition(".")[0] in mine)

    def meets(self, purpose: str) -> bool:
        """Tell whether a purpose uses data of these people."""
        found = self.said.notice.purposes.get(purpose)
        return found is not None and self.touches(found.uses)

    def sentences(self, *paths: str) -> tuple[Said, ...]:
        """Give the sentences of those promises that there are."""
        return tuple(Said(self.texts[path], (path,)) for path in paths if self.texts.get(path))

    def paragraph(self, *paths: str) -> tuple[Block, ...]:
        """Join the sentences of promises to one paragraph, if there are any."""
        found = self.sentences(*paths)
        return (Paragraph(found),) if found else ()

    def items(self, said: Iterable[Said]) -> tuple[Block, ...]:
        """List sentences, if there are any."""
        found = tuple(said)
        return (Items(found),) if found else ()

    def under(self, section: str) -> list[str]:
        """Name the promises of a section's named things and clocks."""
        return [path for path in self.texts if path.startswith(f"{section}.")]

    def say(self, key: str, **values: str | int) -> str:
        return self.said.say(f"doc.{key}", **values)

    def table(self, heads: tuple[str, ...], rows: Iterable[Row]) -> tuple[Block, ...]:
        """Make a table, if there are rows. ``heads``: keys of the wording."""
        found = tuple(rows)
        return (Table(tuple(self.say(f"table_{head}") for head in heads), found),) if found else ()

    def words(self, path: str, thing: object) -> str:
        """Give the company's own sentence of a promise, where it wrote one."""
        own = getattr(thing, "says", None)
        return self.texts.get(path, "") if own else ""


def readers(notice: Notice, population: str = "") -> frozenset[str]:
    """Give the kinds of people a document is for: the one named, or all who are not the controller's own staff."""
    if population:
        return frozenset({population})
    sources: dict[str, set[str]] = {}
    for category in notice.data.values():
        sources.setdefault(category.of, set()).add(category.source)
    return frozenset(name for name in notice.populations if sources.get(name) != {"staff"})


def row(*cells: Cell | str, of: tuple[str, ...]) -> Row:
    """Make a row; plain words begin with a capital."""
    return Row(tuple(cell if isinstance(cell, Cell) else Cell(capital(cell)) for cell in cells), of)
