"""Room flows: letters waiting to leave. What a letter needs lies sealed until it is sent; the address is read then.

The outbox row names the letter's kind and record; the sealed part carries language, links and numbers. Name and
address are opened at the moment of sending, under a permit asked at that moment: a no said meanwhile still counts.
"""

from collections.abc import Sequence

import msgspec

from tepati.errors import NotFound, Tampered
from tepati.flows.desk import Sheet
from tepati.flows.receipts import Slip
from tepati.registers import outbox

KEEP = 7 * 86_400_000_000  # a letter that could not leave for a week is given up, and its seal ends


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """A letter to one person: its kind, its language, what fills it, the record (hex) whose fields it may use.

    ``slips`` are the lines whose receipts it carries.
    """

    kind: str
    language: str
    fills: dict[str, str]
    record: str = ""
    slips: tuple[Slip, ...] = ()


async def put(sheet: Sheet, person: bytes, letter: Letter, ledger_id: bytes, due: int = 0) -> bytes:
    """Put a letter into the outbox in this transaction; return its id."""
    return (await put_all(sheet, [(person, letter)], ledger_id, due))[0]


async def put_all(sheet: Sheet, letters: Sequence[tuple[bytes, Letter]], ledger_id: bytes, due: int = 0) -> list[bytes]:
    """Put letters (person, letter) into the outbox, as ``put``."""
    keep = (due or sheet.at) + KEEP
    mails = [(person, sheet.new_id(), msgspec.msgpack.encode(letter), keep) for person, letter in letters]
    sealed = await sheet.desk.vault.seal_mails(sheet.tx, mails)
    rows = [
        outbox.Mail(person, mail, f"{letter.kind}:{letter.record}", due or sheet.at, key, blob)
        for (person, letter), (_, mail, _, _), (key, blob) in zip(letters, mails, sealed, strict=True)
    ]
    await outbox.add_all(sheet.tx, sheet.desk.org, rows, ledger_id)
    return [mail for _, mail, _, _ in mails]


async def take(sheet: Sheet, waiting: outbox.Mail) -> Letter:
    """Open a waiting letter in this transaction, when the door has said yes to sending it.

    Raises Tampered when the row was pointed at another person, or says another kind of letter than the seal: the door
    was asked for what the row says.
    """
    try:
        raw = await sheet.desk.vault.open_mail(sheet.tx, waiting.person, waiting.mail, waiting.key, waiting.blob)
    except NotFound:
        raise Tampered("mail_key") from None
    letter = msgspec.msgpack.decode(raw, type=Letter)
    if waiting.message != f"{letter.kind}:{letter.record}":
        raise Tampered("mail_kind")
    return letter
