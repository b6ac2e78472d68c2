"""Room notice: how long data lives, as a phrase and as a section."""

from tepati.notice.audience import Audience, row
from tepati.notice.blocks import Block, Cell, Row
from tepati.notice.model import Life
from tepati.notice.speech import capital, sentence


def retention(for_: Audience) -> tuple[Block, ...]:
    """List how long each category lives, what happens then, what is held longer, and when a case ends."""
    mine = [name for name in for_.categories() if name in for_.said.notice.retention]
    holds = for_.sentences(*(f"retention.{name}.hold" for name in mine))
    cases = [name for name, case in for_.said.notice.cases.items() if case.of in for_.people]
    ends = for_.sentences(*(path for name in cases for path in (f"cases.{name}", *for_.under(f"cases.{name}"))))
    return (
        *for_.table(("group", "for_long", "then", "because"), (_row(for_, name) for name in mine)),
        *for_.items((*holds, *ends)),
        *for_.paragraph("security.backups", "systems", *for_.under("systems")),
    )


def lifetime(for_: Audience, kept: Life) -> str:
    """Say how long something lives, and from when."""
    if kept.not_stored:
        return for_.said.say("life.not_stored")
    return for_.said.say("life.line", event=for_.said.event(kept.from_.event), **{"for": for_.said.duration(kept.for_)})


def _row(for_: Audience, name: str) -> Row:
    life, said = for_.said.notice.retention[name], for_.said
    longest = said.say("life.longest", longest=said.duration(life.longest)) if life.longest else ""
    then = "" if life.not_stored else said.say(f"life.{life.then}")
    uses = [p for p, one in said.notice.purposes.items() if any(f.partition(".")[0] == name for f in one.uses)]
    why = Cell(capital(said.purposes(uses)), sentence(life.because.of(said.lang)) if life.because else "")
    first = Cell(capital(said.held(name)), for_.words(f"retention.{name}", life))
    return row(first, Cell(capital(lifetime(for_, life)), longest), then, why, of=(f"retention.{name}",))
