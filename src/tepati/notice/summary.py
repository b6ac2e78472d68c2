"""Room notice: the summary on one screen: what we take, why, who sees and gets it, how long, what you can do, by when.

Each line rests on promises whose sentences stand in the sections below it.
"""

from tepati.notice.audience import Audience
from tepati.notice.blocks import Block, Fact, Facts
from tepati.notice.model import Life, Right
from tepati.notice.sayings.guarded import ungiven
from tepati.notice.speech import capital
from tepati.notice.values import Duration


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
    sealed = [name for name, one in recipients.items() if not one.gets and ungiven(for_.said.notice, name) == "sealed"]
    vows = [name for name in ("sale", "rent") if name in never and not never[name].except_]
    words = for_.said.either(for_.say(f"sum_{name}").lower() for name in vows)
    knows = [name for name in recipients if name not in getting and ungiven(for_.said.notice, name) == "signed_in"]
    told = [for_.say("sum_gets_signed_in", names=for_.said.join(map(for_.said.recipient, knows)))] if knows else []
    told += [for_.say("sum_gets_sealed", names=for_.said.join(map(for_.said.recipient, sealed)))] if sealed else []
    told += [for_.say("sum_gets_never", words=words)] if vows else []
    names = for_.said.join(map(for_.said.recipient, getting))
    text = for_.say("sum_gets_text", names=capital(names), never="") if getting else for_.say("sum_gets_none")
    paths = (
        "recipients",
        *(f"recipients.{name}" for name in (*getting, *knows, *sealed)),
        *(f"never.{name}" for name in vows),
    )
    return _fact(for_, "gets", " ".join((text, *told)), *paths)


def _ended(for_: Audience) -> Fact:
    """Say how long: what stays with an acquaintance, named, and then the longest that anything else stays."""
    retention = for_.said.notice.retention
    lives = {
        name: retention[name] for name in for_.categories() if name in retention and not retention[name].not_stored
    }
    known = {name: life for name, life in lives.items() if life.from_.event.startswith("person.")}
    rest = {name: life for name, life in lives.items() if name not in known}
    whose = for_.said.join(map(for_.said.held, known)) if rest else ""
    told = [_longest(for_, whose, known)] if known else []
    told += [_longest(for_, for_.say("sum_long_rest") if known else "", rest)] if rest else []
    text = for_.say("sum_long_text", lives=" ".join(told), held=_held(for_, lives))
    paths = (f"retention.{name}{part}" for part in ("", ".hold") for name in lives)
    return _fact(for_, "long", text, "retention", "rights.erasure", *paths)


def _longest(for_: Audience, whose: str, lives: dict[str, Life]) -> str:
    """Say the longest of some lives, and from what each is counted; ``whose`` is empty where there are no others."""
    said = for_.said
    events = list(dict.fromkeys(life.from_.event for life in lives.values()))
    ends = [said.event(events[0])] if len(events) == 1 else [_ending(for_, event) for event in events]
    since = said.either(said.say("life.since", event=end) for end in ends)
    longest = max((life.for_ for life in lives.values()), key=Duration.rough_seconds)
    key = "sum_long_part" if whose else "sum_long_all"
    return for_.say(key, whose=capital(whose), since=since, **{"for": said.duration(longest)})


def _ending(for_: Audience, event: str) -> str:
    """Name an event; the ends of all dealings alike."""
    dealing = event.partition(".")[0] in for_.said.notice.cases
    return for_.said.say("life.dealing") if dealing else for_.said.event(event)


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


def _term(life: Life) -> int:
    return life.hold.for_.rough_seconds() if life.hold else 0


_ASKED = ("access", "correction", "erasure", "restriction", "portability", "withdrawal", "objection")


def _can(for_: Audience) -> Fact:
    erasure = dict(for_.said.notice.rights).get("erasure")
    channels = for_.said.channels(erasure.channels if erasure and erasure.channels else ("site", "email"))
    named = tuple(f"rights.{name}" for name in _ASKED)
    objecting = for_.say("sum_can_object") if "rights.objection" in for_.texts else ""
    return _fact(for_, "can", for_.say("sum_can_text", channels=channels, objecting=objecting), *named)


def _within(for_: Audience) -> Fact:
    rights, questions = dict(for_.said.notice.rights), for_.said.notice.questions
    clocks = {name: _clock(for_, rights.get(name)) for name in ("erasure", "access")}
    asked = for_.say("sum_when_asked", within=for_.said.duration(questions.within)) if questions else ""
    text = for_.say("sum_when_text", asked=asked, **clocks)
    return _fact(for_, "when", text, "rights.erasure.within", "rights.access.within", "questions.within")


def _clock(for_: Audience, right: Right | None) -> str:
    return for_.said.duration(right.within) if right and right.within else for_.say("when_asked").lower()
