"""Room flows: a child's form waits for their guardian: kept by itself, used for nothing, gone at its declared end.

It makes a person of its own, whom no address leads to: the answer is the same whether the child's address is known or
not, and nobody known is made a child by a form. The facts say that a guardian is missing, so the door refuses every
use. docs/decisions/0056-a-guardian-answers.md.
"""

import msgspec

from tepati.errors import BadInput
from tepati.flows import hours, links, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.mailboxes import mailbox
from tepati.flows.newcomers import introduce
from tepati.flows.numbers import number_of
from tepati.flows.submission import Collected, Entry, Form, line_of, link_of, record_of, repeated, request_of
from tepati.flows.visitors import secret_of
from tepati.notice.model import Notice
from tepati.registers import guardians, people
from tepati.registers.guardians import ASKED, WHOLE, Guardianship
from tepati.registers.macs import canonical
from tepati.rules.admit import Admission
from tepati.rules.retention import due
from tepati.rules.types import clean

PROMISE, ACT = "minors.guardian", "guardian"
ADDRESS = "guardian.email"  # the form's own name for the guardian's address: no field of the notice
ASKED_BEFORE = "guardian.asked"  # likewise, for whether it was asked for
LINK = "link"
HEARD = ("recorded_call", "document", "signature")  # second signals that staff write down
GUARDS = "guard_minors"  # the word of ``may``
KIND = "guardian"
LETTER, AGREED_LETTER = "guardian_asked", "guardian_agreed"
GIVEN_LETTER, AGAIN_LETTER = "guardian_given", "guardian_again"
LETTERS = (LETTER, AGREED_LETTER, GIVEN_LETTER, AGAIN_LETTER)  # all to the guardian
INDEX = "guardian"  # under which a guardian's address or telephone number is indexed


def heard(notice: Notice) -> tuple[str, ...]:
    """List the declared second signals, which staff write down."""
    return tuple(each for each in notice.minors.guardian.confirm if each in HEARD)


def mailed(notice: Notice) -> bool:
    """Say whether a guardian is asked by a mailed link."""
    return LINK in notice.minors.guardian.confirm


def keepers(notice: Notice) -> tuple[str, ...]:
    """Name the roles that write a guardian's answer down: those that may, and of them the named ones."""
    named = notice.minors.guardian.by
    return tuple(name for name, role in notice.roles.items() if GUARDS in role.may and (not named or name in named))


def serves(notice: Notice) -> bool:
    """Say whether a guardian can answer at all: by a way that this version knows, and before staff who may hear it."""
    ways = set(notice.minors.guardian.confirm)
    alone = ways == {LINK}
    return alone or (ways <= {LINK, *HEARD} and bool(keepers(notice)))


def needed(admission: Admission) -> bool:
    """Say whether a guardian has to answer: whoever is under age, whatever milder is said (UU PDP Art. 25)."""
    return admission.outcome == "guardian" or admission.minor_until > 0


def address_of(desk: Desk, form: Form, admission: Admission) -> str:
    """Read the guardian's address, "" where they have none and call. Raises BadInput: missing, none, or the child's."""
    said = form.guardian or ""
    if not said and heard(desk.notice):
        return ""
    try:
        address = clean("email", said) if mailed(desk.notice) else ""
    except BadInput as bad:
        raise BadInput("faulty_form", {ADDRESS: bad.code}) from None
    types = {path: field.type for path, field in desk.policy.collects[form.point]}
    own = {mailbox(value) for path, value in admission.fields.items() if types.get(path) == "email"}
    if address and mailbox(address) in own and desk.notice.minors.guardian.own_channel:
        desk.refusals.count(desk.now(), ACT, PROMISE)
        raise BadInput("faulty_form", {ADDRESS: "guardian_same"})
    return address


async def wait(sheet: Sheet, form: Form, admission: Admission, address: str) -> Collected:
    """Keep a child's form until its guardian answers, and write to them where they have an address."""
    desk, record = sheet.desk, record_of(sheet.desk, form)
    person = desk.mac(canonical("child 1", desk.org, form.once))[:16]
    number = number_of(desk.org, person, record)
    if await people.get(sheet.tx, desk.org, person):
        repeated(form, record, (await sheet.facts(person))[0].rows)
        return Collected(number, waits=True)
    until = _until(sheet, admission)
    alone = msgspec.structs.replace(admission, identifies={})  # no address leads to a child who may not be served
    await desk.vault.epoch(sheet.tx)
    entry = Entry(form, alone, person, record, await line_of(sheet, [(person, alone)], form), waits=until)
    asked = {question: await request_of(sheet, question, [person]) for question in admission.questions}
    if form.holds and hours.wanted(desk.notice, form.point):
        await hours.hold(sheet, (person, record), admission.fields, entry.line, sheet.at + hours.HELD)
    await introduce(sheet, [entry], asked)
    await _ask(sheet, entry, address, until)
    return Collected(number, waits=True)


async def turned(sheet: Sheet) -> None:
    """Write down that a form told an age of majority after it was asked for a guardian: the board counts these."""
    await sheet.line(ACT, promise=PROMISE, purpose="proof", answer="age_changed")


def _until(sheet: Sheet, admission: Admission) -> int:
    """Give the one end of all that waits: the declared one, or the earliest that any of its values has anyway."""
    policy, waits = sheet.desk.policy, sheet.desk.notice.minors.guardian.waits
    return min(sheet.desk.after(sheet.at, waits), *(due(policy, each, sheet.at, None) for each in admission.values))


async def _ask(sheet: Sheet, entry: Entry, address: str, until: int) -> None:
    """Write down that a guardian is asked; their address lies sealed beside it, and in the letter."""
    desk, form, letter = sheet.desk, entry.form, sheet.new_id()
    told = sheet.to_person(entry.person, {"at": sheet.at, "role": "person", "effect": "guardian asked"})
    line = await sheet.line(ACT, promise=PROMISE, purpose="proof", answer="asked", told=[told])
    sealed = await seal(sheet, entry.person, letter, address, until) if address else (b"", b"")
    row = Guardianship(
        entry.person, entry.record, number_of(desk.org, entry.person, entry.record), form.point, ASKED, WHOLE, "",
        sheet.at, until, 0, 0, link_of(sheet, entry), letter, adult(sheet, address) if address else b"",
        secret_of(sheet, form.device) if form.device else b"", sealed,
    )  # fmt: skip
    await guardians.add(sheet.tx, desk.mac, desk.org, row, line)
    if address and desk.mailboxes.take(desk.mac, address, sheet.at):
        token = await links.mint(sheet, entry.person, KIND, entry.record.hex(), until, line)
        fills = {"to": address, "link": desk.url("guardian", form.language, token), "until": str(until)}
        await post.put(sheet, entry.person, post.Letter(LETTER, form.language, fills), line)


def adult(sheet: Sheet, said: str) -> bytes:
    """Give the keyed hash by which the children of one guardian are counted: of their mailbox, or their number."""
    return sheet.desk.vault.index(INDEX, mailbox(said) if "@" in said else said)


async def seal(sheet: Sheet, person: bytes, letter: bytes, address: str, until: int) -> tuple[bytes, bytes]:
    """Seal a guardian's address for the letters to come."""
    return await sheet.desk.vault.seal_mail(sheet.tx, person, letter, address.encode(), until)


async def unseal(sheet: Sheet, one: Guardianship) -> str:
    """Open it, "" where there is none. Raises Tampered."""
    key, blob = one.sealed
    if not key:
        return ""
    return (await sheet.desk.vault.open_mail(sheet.tx, one.person, one.letter, key, blob)).decode()
