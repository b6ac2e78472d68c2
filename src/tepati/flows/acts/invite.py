"""Room flows: somebody said yes on a page of the organisation's own: a link is mailed, and only its button gives it.

Whoever calls learns nothing of whom we know: the answer is the same for a stranger, for who was asked and said no, and
for who was asked twice and did not answer. Asked again is only when the notice lets it (``consents.<c>.again``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tepati.errors import BadInput, Conflict, NotFound, Refused
from tepati.flows import links, post, relay
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.questions import bound
from tepati.flows.relay import BY, Whom
from tepati.flows.told import Says
from tepati.registers import consents
from tepati.registers.consents import Event
from tepati.registers.links import count_since
from tepati.rules.facts import Facts
from tepati.rules.reached import outgrown

DAY = 86_400_000_000
LIFE = 2 * DAY  # of the link
LETTERS_A_DAY = 2  # to one person
ASKED = 2  # letters about one question that nobody answered, until it may be asked again
LINK = "link"


@dataclass(frozen=True, slots=True)
class Read:
    """What the person read and said yes to: the notice's version, each question with the SHA-256 of its words."""

    version: int
    words: Mapping[str, bytes]
    language: str


async def invite(desk: Desk, actor: Actor, whom: Whom, read: Read) -> None:
    """Mail a link that asks for these consents, where they may be asked; else do nothing, and say nothing of it.

    Raises BadInput (no such question or language), Refused (role, or a question that no link confirms; written down),
    Conflict (the version or the words are not those in force).
    """
    if read.language not in desk.notice.organisation.languages:
        raise BadInput("faulty_form", {"language": "language_not_offered"})
    if not read.words or any(name not in desk.notice.consents for name in read.words):
        raise BadInput("faulty_form", {"questions": "not_an_option"})

    async def act(sheet: Sheet) -> None:
        roles = {name: _may(sheet, actor, name) for name in read.words}
        _in_force(desk, read)
        try:
            person = await relay.person_of(sheet, whom)
        except NotFound:
            return
        if await count_since(sheet.tx, person, links.ASKS, sheet.at - DAY) >= LETTERS_A_DAY:
            return
        facts, _ = await sheet.facts(person)
        said = await consents.history(sheet.tx, person)
        if open_ := {name: role for name, role in roles.items() if _open(sheet, facts, said, name)}:
            await _ask(sheet, actor, person, open_, read)

    await desk.write(act)


def _may(sheet: Sheet, actor: Actor, question: str) -> str:
    """Name the role that may pass a yes on. Raises Refused."""
    declared = sheet.desk.notice.consents[question]
    role = relay.permitted(sheet, actor, "agree", declared.for_, question)
    if declared.confirm != LINK:
        raise Refused("unproven", f"consents.{question}")
    return role


def _in_force(desk: Desk, read: Read) -> None:
    """Check that what was read is what is asked today. Raises Conflict: whoever asks reads it again."""
    now = {name: bound(desk.notice, name, read.language) for name in read.words}
    if read.version != desk.notice.notice.version or now != dict(read.words):
        raise Conflict("words_changed")


def _open(sheet: Sheet, facts: Facts, said: list[Event], question: str) -> bool:
    """Say whether this person may be asked: of age or answered for, known by their mailbox, no answer that holds."""
    desk, declared = sheet.desk, sheet.desk.notice.consents[question]
    stands = facts.consents.get(question, 0) > sheet.at and question not in outgrown(
        desk.policy.aims[declared.for_], facts
    )
    stopped = declared.for_ in facts.objected or {"*", declared.for_} & set(facts.restricted)
    young = facts.minor_until > sheet.at and not facts.guardian
    if not facts.joined or young or stands or stopped:
        return False
    recent = [one for one in said if one.question == question and desk.after(one.at, declared.again) > sheet.at]
    answered = next((n for n, one in enumerate(recent) if one.state != consents.REQUESTED), len(recent))
    if answered < len(recent) and recent[answered].state in {consents.REFUSED, consents.WITHDRAWN}:
        return False
    return sum(one.method.startswith(BY) for one in recent[:answered]) < ASKED


async def _ask(sheet: Sheet, actor: Actor, person: bytes, open_: Mapping[str, str], read: Read) -> None:
    """Write down each request, and mail one link for all."""
    desk, line = sheet.desk, b""
    for question, role in open_.items():
        says: Says = {"at": sheet.at, "question": question, "effect": consents.REQUESTED, "role": role}
        own: Says = {"at": sheet.at, "role": role, "reason": actor.noted(""), "effect": f"passed on {question}"}
        told = [sheet.to_person(person, says), sheet.to_actor(actor.person, own)]
        purpose = desk.notice.consents[question].for_
        line = await sheet.line("agree", promise=f"consents.{question}", purpose=purpose, answer="requested", told=told)
        event = Event(
            sheet.new_id(), question, consents.REQUESTED, sheet.at, 0, desk.words(question, read.language),
            read.language, f"{BY}{role}", desk.digest,
        )  # fmt: skip
        await consents.asked(sheet.tx, desk.org, person, event, line)
    about = links.Asking(read.version, tuple(open_)).about
    token = await links.mint(sheet, person, links.ASKS, about, sheet.at + LIFE, line)
    fills = {"link": desk.url("confirm", read.language, token), "until": str(sheet.at + LIFE)}
    await post.put(sheet, person, post.Letter("confirm_consent", read.language, fills), line)
