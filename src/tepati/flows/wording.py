"""Room flows: how a letter that may leave is worded: its fields, its way out, what every letter says of its sender."""

from collections.abc import Mapping

from tepati.flows import letters, links, texting
from tepati.flows.desk import Desk, Sheet
from tepati.flows.post import Letter
from tepati.flows.till import rows
from tepati.notice.labels import labels
from tepati.ports.gateway import Texting
from tepati.ports.mail import Attachment, Outgoing
from tepati.registers import outbox
from tepati.rules.aims import type_of

NAMING = frozenset({"name", "email"})  # types of fields by which a letter addresses somebody
STOP_LIFE = 400 * 86_400_000_000  # a way out works for more than a year after the promotion left
REHEARSAL = "rehearsal"  # a message tried on its sender (flows.acts.rehearse)


async def written(  # noqa: PLR0913 - what a letter is made of
    sheet: Sheet, waiting: outbox.Mail, letter: Letter, to: str, values: Mapping[str, str], fills: Mapping[str, str],
    line: bytes, files: tuple[Attachment, ...] = (),
) -> Outgoing | Texting:  # fmt: skip
    """Write a letter by its channel: ``values`` are the opened fields, ``fills`` all that may stand in it."""
    desk, channel = sheet.desk, texting.texted(texting.channel_of(sheet.desk, letter.kind))
    stop, house = await _stop(sheet, waiting.person, letter, line), _house(sheet.desk, letter.language)
    if channel:
        await texting.count(sheet, channel)
        return texting.written(desk, waiting, letter.kind, to, {**fills, **stop, **house})
    if letter.kind == REHEARSAL:
        said = _tried(desk, letter, {**fills, **house})
    else:
        kind, more = _words(desk, letter, values)
        said = letters.letter(kind, letter.language, {**fills, **stop, **house}, more)
    return Outgoing(
        to=to, sender=desk.sender, subject=said.subject, text=said.text, html=said.html,
        message_id=outbox.message_id(waiting.mail, desk.host).strip("<>"), at=sheet.at, automatic=True,
        unsubscribe=stop.get("stop", ""), attachments=files,
    )  # fmt: skip


def _words(desk: Desk, letter: Letter, values: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """Name the words of a letter; a message without words of its own shows its fields, all but names, as rows."""
    message = desk.notice.messages.get(letter.kind)
    kind = letters.words_of(letter.kind, message.kind) if message else letter.kind
    if kind == letter.kind:
        return kind, []
    if words := letters.answering(letter.fills):
        return words, []
    if message and message.kind == "receipt" and letters.HANDED in letter.fills:
        kind = letters.RECEIPTS
    shown = {f: v for f, v in values.items() if type_of(desk.notice.data, f) not in NAMING}
    return kind, rows(desk.notice, shown, letter.language)


def _tried(desk: Desk, letter: Letter, fills: Mapping[str, str]) -> letters.Letter:
    """Write a test: names of fields stand for their values, and its way out leads to the site alone."""
    called, message = labels(desk.notice, letter.language), desk.notice.messages[letter.fills["of"]]
    samples = {path.replace(".", "_"): f"[{called.field(path)}]" for path in message.fields}
    home = {"stop": desk.url("home", letter.language, "")}
    words = letters.words_of(letter.fills["of"], message.kind)
    return letters.rehearsal(words, letter.language, {**samples, **home, **fills})


async def _stop(sheet: Sheet, person: bytes, letter: Letter, line: bytes) -> dict[str, str]:
    """Make the one-click way out that each promotion carries (RFC 8058)."""
    message, language = sheet.desk.notice.messages.get(letter.kind), letter.language
    if message is None or message.kind != "promotion":
        return {}
    asked = sheet.desk.notice.consents.items()
    question = next(n for n, c in asked if c.for_ == message.for_ and c.channel == message.channel)
    token = await links.mint(sheet, person, "stop", question, sheet.at + STOP_LIFE, line)
    return {"stop": sheet.desk.url("confirm", language, token)}


def _house(desk: Desk, language: str) -> dict[str, str]:
    """Fill what every letter says of its sender."""
    speaker = desk.notice.organisation
    return {
        "organisation": speaker.name, "form": speaker.form_of_address, "contact": speaker.contact.email,
        "site": desk.url("home", language, ""), "centre": desk.url("centre", language, ""),
        "privacy": desk.url("notice", language, ""), "verify": desk.url("verify", language, ""),
        "timezone": speaker.timezone, "lang": language,
    }  # fmt: skip
