"""Room flows: the values a permit opens, newest record first, shown as the permit says. The only way to a value."""

from collections.abc import Callable

from tepati.flows.desk import Sheet
from tepati.notice import speech
from tepati.notice.model import Notice
from tepati.registers import records
from tepati.rules.facts import Facts, Permit
from tepati.rules.types import mask


async def opened(sheet: Sheet, permit: Permit, facts: Facts) -> dict[str, str]:
    """Open the fields of a permit; of several records that hold a field, the newest speaks (design section 2)."""
    values: dict[str, str] = {}
    parts = await sheet.desk.vault.open(sheet.tx, permit, facts)
    made = {}
    if len({part.record for part in parts}) > 1:  # only then is there an older and a newer one
        made = {r.record: r.created for r in await records.of_person(sheet.tx, permit.person)}
    for part in sorted(parts, key=lambda p: (made.get(p.record, 0), p.record)):
        for field, secret in part.values.items():
            path = f"{part.category}.{field}"
            if path in permit.fields:
                kind = sheet.desk.notice.data[part.category].fields[field].type
                values[path] = mask(kind, secret.show(), permit.how)
    return values


def in_words(notice: Notice, values: dict[str, str], language: str) -> dict[str, str]:
    """Say values as people write them: options by the notice's own labels, days and hours in words."""
    zone, kept = notice.organisation.timezone, notice.data
    said = chosen(notice, values, language)
    for path, value in said.items():
        category, _, name = path.partition(".")
        said[path] = speech.written(value, kept[category].fields[name].type, zone, language)
    return said


def chosen(notice: Notice, values: dict[str, str], language: str) -> dict[str, str]:
    """Say chosen options alone, for files that programs read: what stands in the vault is the option's name."""
    said = {}
    for path, value in values.items():
        category, _, name = path.partition(".")
        label = notice.data[category].fields[name].options.get(value)
        said[path] = label.of(language) if label else value
    return said


def band_in_words(band: str, say: Callable[..., str]) -> str:
    """Say a band of ages (``under_13``, ``13_to_17``, ``18_or_over``) by the words of the site; else what it is."""
    match band.split("_"):
        case ["under", age]:
            return say("age.under", age=age)
        case [low, "to", high]:
            return say("age.between", low=low, high=high)
        case [age, "or", "over"]:
            return say("age.over", age=age)
    return band
