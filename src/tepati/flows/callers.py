"""Room flows: people are found by their telephone number at the desk: several may share one, and it proves nobody.

A number never joins records, signs in, or opens anything: it only leads who has a task to those who have it on file.
"""

from tepati.errors import BadInput
from tepati.flows.desk import Sheet
from tepati.notice.model import Notice
from tepati.rules.facts import Facts
from tepati.rules.types import clean


def phones(notice: Notice) -> tuple[str, ...]:
    """Name the fields that hold people's own telephone numbers."""
    return tuple(
        f"{category}.{name}"
        for category, held in notice.data.items()
        for name, field in held.fields.items() if field.type == "phone" and held.source_of(name) == "person"
    )  # fmt: skip


def number(said: str) -> str:
    """Return the normal form of what was said, where it is a telephone number, else nothing."""
    try:
        return clean("phone", said)
    except BadInput:
        return ""


async def index(sheet: Sheet, person: bytes, facts: Facts) -> None:
    """Make the numbers of a person's proven records lead to them, as the facts will be."""
    for field in phones(sheet.desk.notice):
        await sheet.desk.vault.share(sheet.tx, person, facts, field)


async def holders(sheet: Sheet, said: str) -> list[bytes]:
    """Return who has a number on file, in an order that says nothing."""
    found: set[bytes] = set()
    for field in phones(sheet.desk.notice):
        found.update(await sheet.desk.vault.find_shared(sheet.tx, field, said))
    return sorted(found)
