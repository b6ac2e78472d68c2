"""Room flows: the values of one person, as they themselves may see them: proven ones in clear, the others masked.

Only ``acts.show`` and ``acts.export`` open them, on a known device, and each writes its line. Tables are files
(``acts.uploads``): no page shows their cells.
"""

from tepati.errors import Refused
from tepati.flows.desk import Sheet
from tepati.flows.ends import Kept, kept
from tepati.flows.opening import in_words
from tepati.flows.tables import is_table
from tepati.registers import records
from tepati.rules.facts import Facts, Use
from tepati.rules.types import mask

Values = dict[str, list[str]]  # field path -> its values, the newest first


def apart(facts: Facts) -> list[str]:
    """Name the records that nobody proved to be this person's."""
    return sorted(name for name, row in facts.rows.items() if not row.joined)


async def proven(
    sheet: Sheet, person: bytes, facts: Facts, found: list[Kept], language: str
) -> tuple[Values, Values]:  # fmt: skip
    """Open all proven values, and apart from them those that only a hold still keeps.

    Of a field that records say differently, each saying is shown, the newest first.
    """
    plain = {c for row in facts.rows.values() if not is_table(sheet.desk.notice, row.point) for c in row.ends}
    fields = frozenset(
        path for one in found if one.category in plain for path in one.fields if one.category not in facts.ended
    )
    if not fields:
        return {}, {}
    use = Use(act="show", purpose="requests", fields=fields, at=0, role="person", person=person)
    permit = await sheet.ask(use, facts)
    parts = await sheet.desk.vault.open(sheet.tx, permit, facts)
    made = {r.record: r.created for r in await records.of_person(sheet.tx, person)}
    own: Values = {}
    law: Values = {}
    for part in sorted(parts, key=lambda p: (made.get(p.record, 0), p.record), reverse=True):
        if is_table(sheet.desk.notice, facts.rows[part.record.hex()].point):
            continue
        said = law if part.category in facts.rows[part.record.hex()].held else own
        for name, secret in part.values.items():
            path = f"{part.category}.{name}"
            shown = in_words(sheet.desk.notice, {path: secret.show()}, language)[path]
            if shown not in said.setdefault(path, []):
                said[path].append(shown)
    return own, law


async def unproven(
    sheet: Sheet, person: bytes, facts: Facts, record: str, language: str, *, opens: bool
) -> tuple[list[Kept], Values]:  # fmt: skip
    """Show one record that nobody proved to be this person's: its categories, and its values masked."""
    row = facts.rows[record]
    alone = Facts(facts.population, told=facts.told, rows={record: row}, minor_until=facts.minor_until)
    found = kept(sheet, alone, joined=False)
    if not opens:
        return found, {}
    fields = frozenset(path for one in found for path in one.fields)
    use = Use(act="show", purpose="requests", fields=fields, at=0, role="person", record=record, person=person)
    permit = await sheet.ask(use, facts)
    if permit.how != "masked":
        raise Refused("unproven", "points")
    said: Values = {}
    for part in await sheet.desk.vault.open(sheet.tx, permit, facts):
        for name, secret in part.values.items():
            path, kind = f"{part.category}.{name}", sheet.desk.notice.data[part.category].fields[name].type
            shown = mask(kind, secret.show(), permit.how)
            said[path] = [in_words(sheet.desk.notice, {path: shown}, language)[path]]
    return found, said
