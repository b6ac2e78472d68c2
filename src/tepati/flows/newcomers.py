"""Room flows: people whom nobody knows yet are written down, one or many at once, by the first they submit.

Nothing is read here: all their rows go together, one statement or one copy a table. Each permit is asked, each fact is
under its MAC, as for one.
"""

from collections.abc import Mapping, Sequence

from tepati.flows.desk import Sheet
from tepati.flows.submission import Entry, event_of, record_row, row_of, to_seal, write_letters
from tepati.registers import acceptances, consents, people, records
from tepati.registers.acceptances import Acceptance
from tepati.rules.facts import Facts


async def introduce(sheet: Sheet, entries: Sequence[Entry], asked: Mapping[str, bytes]) -> None:
    """Write down new people's first submissions, all of one line; ``asked`` gives each question's line.

    The epoch was read before. They are provisional until their address is proven. Raises Conflict when somebody was
    first, at the latest when the act commits.
    """
    desk, tx, vault = sheet.desk, sheet.tx, sheet.desk.vault
    for entry in entries:
        vault.fresh(tx, entry.person)
        await people.add(tx, desk.org, entry.person, entry.admission.population, sheet.at, entry.line)
        await records.add(tx, desk.org, entry.person, record_row(sheet, entry, proven=False), entry.line)
        await _show(sheet, entry)
        await _request(sheet, entry, asked)
    await _claim(sheet, entries)
    await vault.put_new(tx, [to_seal(sheet, entry, proven=False) for entry in entries])
    if mailed := [entry for entry in entries if _may_write(sheet, entry)]:
        await write_letters(sheet, mailed)
    await vault.first_facts(tx, [(entry.person, _facts(sheet, entry)) for entry in entries])


def _may_write(sheet: Sheet, entry: Entry) -> bool:
    """Say whether a letter proves this address: none goes to a mailbox that strangers had us write to too often."""
    desk = sheet.desk
    told = entry.admission.identifies
    address = next((told[path] for path in desk.policy.addresses if path in told), "")
    free = bool(entry.form.actor) or not address or desk.mailboxes.take(desk.mac, address, sheet.at)
    proven = entry.form.attested or entry.form.channel == "sign_in"  # staff or a provider proved what there is
    return free and not proven and not entry.waits


def _facts(sheet: Sheet, entry: Entry) -> Facts:
    rows = {entry.record.hex(): row_of(sheet, entry, proven=False)}
    told = sheet.desk.notice.notice.version if entry.form.shown == sheet.desk.digest else 0  # ``cases.join`` finds it
    return Facts(entry.admission.population, told=told, rows=rows, minor_until=entry.admission.minor_until)


async def _claim(sheet: Sheet, entries: Sequence[Entry]) -> None:
    vault = sheet.desk.vault
    claims: dict[str, list[tuple[bytes, bytes]]] = {}
    for entry in entries:
        for field, value in entry.admission.identifies.items():
            claims.setdefault(field, []).append((vault.index(field, value), entry.person))
    for field, new in claims.items():
        await vault.claim_new(sheet.tx, field, new)


async def _show(sheet: Sheet, entry: Entry) -> None:
    """Write down which notice a new person was shown and which terms were accepted, apart (neither is a consent).

    For a person already known this waits, in the link, until the link proves who ticked.
    """
    org, notice, form = sheet.desk.org, sheet.desk.notice, entry.form
    shown = Acceptance("notice", notice.notice.version, "shown", form.language, sheet.at, form.shown)
    await acceptances.add(sheet.tx, org, entry.person, shown, entry.line, fresh=True)
    if terms := entry.admission.terms:
        version, thing = notice.terms[terms].version, f"terms.{terms}"
        accepted = Acceptance(thing, version, "accepted", form.language, sheet.at, form.shown)
        await acceptances.add(sheet.tx, org, entry.person, accepted, entry.line, fresh=True)


async def _request(sheet: Sheet, entry: Entry, asked: Mapping[str, bytes]) -> None:
    for question in entry.admission.questions:
        event = event_of(sheet, entry, question)
        await consents.say(sheet.tx, sheet.desk.org, entry.person, event, asked[question], fresh=True)
