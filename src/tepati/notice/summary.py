"""Room notice: the summary on one screen: what we take, why, who sees and gets it, how long, what you can do, by when.

Each line rests on promises whose sentences stand in the sections below it.
"""

from tepati.notice.audience import Audience
from tepati.notice.blocks import Block, Fact, Facts
from tepati.notice.life import lifetime
from tepati.notice.model import Life, Right
from tepati.notice.speech import capital

SEALED = ("processor", "sub_processor")


def summary(for_: Audience) -> tuple[Block, ...]:
    """Answer the seven questions a reader comes with."""
    return (Facts((_taken(for_), _used(for_), _seen(for_), _sent(for_), _ended(for_), _can(for_), _within(for_))),)


def _fact(for_: Audience, name: str, text: str, *also: str) -> Fact:
    known = tuple(path for path in also if path in for_.texts)
    return Fact(for_.say(f"sum_{name}"), " ".join(text.split()), also=known)


def _taken(for_: Audience) -> Fact:
    data, mine = for_.said.notice.data, for_.categories()
    asked = [name for name in mine if data[name].source == "person"]
    others = [name for name in mine if name not in asked]
    rest = for_.say("sum_what_rest", groups=for_.said.join(map(for_.said.category, others))) if others else ""
    text = for_.say("sum_what_text", asked=capital(for_.said.join(map(for_.said.category, asked))), rest=rest)
    return _fact(for_, "what", text, "data", *(f"data.{name}" for name in mine))


def _used(for_: Audience) -> Fact:
    purposes = {n: p for n, p in for_.said.notice.purposes.items() if for_.touches(p.uses)}
    plain = [name for name, one in purposes.items() if one.basis != "consent"]
    asked = [name for name, one in purposes.items() if one.basis == "consent"]
    consented = for_.say("sum_why_consent", purposes=for_.said.purposes(asked)) if asked else ""
    text = for_.say("sum_why_text", purposes=capital(for_.said.purposes(plain)), consented=consented)
    return _fact(for_, "why", text, "purposes", *(f"purposes.{name}" for name in purposes))


def _seen(for_: Audience) -> Fact:
    roles = for_.said.notice.roles
    plain = [n for n, r in roles.items() if for_.touches(r.sees) and any(how == "full" for how in r.how.values())]
    text = for_.say("sum_who_text", roles=capital(for_.said.join(map(for_.said.role, plain))))
    return _fact(for_, "who", text, "roles", "accountability.ledger", *(f"roles.{name}" for name in plain))


def _sent(for_: Audience) -> Fact:
    recipients, never = for_.said.notice.recipients, for_.said.notice.never
    getting = [name for name, one in recipients.items() if for_.touches(one.gets)]
    sealed = [name for name, one in recipients.items() if not one.gets and one.kind in SEALED]
    vows = [name for name in ("sale", "rent") if name in never and not never[name].except_]
    words = for_.said.either(for_.say(f"sum_{name}").lower() for name in vows)
    told = [for_.say("sum_gets_never", words=words)] if vows else []
    told += [for_.say("sum_gets_sealed", names=for_.said.join(map(for_.said.recipient, sealed)))] if sealed else []
    names = for_.said.join(map(for_.said.recipient, getting))
    text = for_.say("sum_gets_text", names=capital(names), never="") if getting else for_.say("sum_gets_none")
    paths = ("recipients", *(f"recipients.{name}" for name in (*getting, *sealed)), *(f"never.{name}" for name in vows))
    return _fact(for_, "gets", " ".join((text, *told)), *paths)


def _ended(for_: Audience) -> Fact:
    lives = {name: for_.said.notice.retention[name] for name in for_.categories() if name in for_.said.notice.retention}
    data = for_.said.notice.data
    asked = {name: life for name, life in lives.items() if data[name].source == "person" and not life.not_stored}
    stored = asked or lives
    longest = max(stored, key=lambda name: _reach(stored[name]))
    text = for_.say("sum_long_text", life=capital(lifetime(for_, stored[longest])), held=_held(for_, lives))
    holds = (f"retention.{name}.hold" for name in lives)
    return _fact(for_, "long", text, "retention", f"retention.{longest}", "rights.erasure", *holds)


def _held(for_: Audience, lives: dict[str, Life]) -> str:
    """Say what a law makes us keep longer: each rule once, with its longest term."""
    longest: dict[str, Life] = {}
    for life in sorted((life for life in lives.values() if life.hold), key=_term):
        longest[life.hold.rule if life.hold else ""] = life
    said = for_.said
    told = (
        for_.say("sum_long_held", rule=said.rule(rule), **{"for": said.duration(life.hold.for_)})
        for rule, life in longest.items() if life.hold
    )  # fmt: skip
    return " ".join(told)


def _reach(life: Life) -> tuple[int, int]:
    """Order lives by the longest that anything may stay, in seconds; then by the length from their event."""
    return (life.longest or life.for_).rough_seconds(), life.for_.rough_seconds()


def _term(life: Life) -> int:
    return life.hold.for_.rough_seconds() if life.hold else 0


def _can(for_: Audience) -> Fact:
    erasure = dict(for_.said.notice.rights).get("erasure")
    channels = for_.said.channels(erasure.channels if erasure and erasure.channels else ("site", "email"))
    named = tuple(f"rights.{name}" for name in ("access", "correction", "erasure", "restriction", "withdrawal"))
    return _fact(for_, "can", for_.say("sum_can_text", channels=channels), *named)


def _within(for_: Audience) -> Fact:
    rights, questions = dict(for_.said.notice.rights), for_.said.notice.questions
    clocks = {name: _clock(for_, rights.get(name)) for name in ("erasure", "access")}
    asked = for_.say("sum_when_asked", within=for_.said.duration(questions.within)) if questions else ""
    text = for_.say("sum_when_text", asked=asked, **clocks)
    return _fact(for_, "when", text, "rights.erasure.within", "rights.access.within", "questions.within")


def _clock(for_: Audience, right: Right | None) -> str:
    return for_.said.duration(right.within) if right and right.within else for_.say("when_asked").lower()
