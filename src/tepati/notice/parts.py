"""Room notice: the first sections of the document: who speaks, what is collected, what for, what is asked and sent."""

from collections.abc import Iterable

from tepati.notice.audience import Audience, row
from tepati.notice.blocks import Block, Cell, Paragraph, Row, Said
from tepati.notice.sayings.held import met, stand
from tepati.notice.sayings.used import asked, limit
from tepati.notice.speech import capital, rate


def who(for_: Audience) -> tuple[Block, ...]:
    """Say who speaks, as what, of which data, and which language governs."""
    organisation = for_.said.notice.organisation
    values = {"name": organisation.legal_name or organisation.name}
    business = organisation.business.of(for_.said.lang) if organisation.business else ""
    speaks = for_.say("who_text", business=business, **values) if business else for_.say("who_plain", **values)
    people = [name for name in for_.said.notice.populations if name in for_.people]
    governs = Said(for_.say("prevails"), also=("notice.shown",)) if len(organisation.languages) > 1 else None
    return (
        Paragraph((Said(speaks, also=_paths(people)), *_stands(for_, people), *for_.sentences("notice.covers"))),
        *((Paragraph((governs,)),) if governs else ()),
    )


def _paths(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"populations.{name}" for name in people)


def _stands(for_: Audience, people: Iterable[str]) -> tuple[Said, ...]:
    """Say what we are to them; those to whom we are the same stand in one sentence."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for name in people:
        one = for_.said.notice.populations[name]
        alike.setdefault((one.we_are, one.instructed_by, name if one.says else ""), []).append(name)
    return tuple(
        Said(for_.texts[f"populations.{own}"] if own else _standing(for_, we_are, by, names), _paths(names))
        for (we_are, by, own), names in alike.items()
    )


def _standing(for_: Audience, we_are: str, by: str, names: list[str]) -> str:
    told = (met(for_.said, name) for name in names)
    return " ".join((stand(for_.said, we_are, by, *names), *filter(None, told)))


def data(for_: Audience) -> tuple[Block, ...]:
    """List what is collected, what is said of single fields, and the ways in."""
    heads = ("group", "fields", "source", "class")
    defined = Said(for_.say("groups"), also=tuple(f"data.{name}" for name in for_.categories()))
    return (
        *for_.table(heads, (_category(for_, name) for name in for_.categories())),
        Paragraph((defined,)),
        *for_.items(_singled(for_)),
        *for_.paragraph("points"),
        *for_.table(("way", "data", "for"), _points(for_)),
    )


def _category(for_: Audience, name: str) -> Row:
    category, said = for_.said.notice.data[name], for_.said
    fields = said.fields([f"{name}.{field}" for field in category.fields])
    guarded = for_.say("guarded").lower() if category.treat_as else ""
    first = Cell(capital(said.category(name)), for_.words(f"data.{name}", category))
    source, apart = said.sources(name)
    kind = Cell(said.klass(category.class_), guarded)
    return row(first, fields, Cell(capital(source), apart), kind, of=(f"data.{name}",))


def _singled(for_: Audience) -> tuple[Said, ...]:
    """Say what holds of single fields; what comes from one account stands in one sentence."""
    data = for_.said.notice.data
    paths = [f"data.{c}.fields.{f}" for c in for_.categories() for f in data[c].fields]
    paths = [path for path in paths if path in for_.texts]
    claimed = [path for path in paths if data[path.split(".")[1]].fields[path.split(".")[3]].claim]
    told = for_.sentences(*(path for path in paths if path not in claimed))
    if len(claimed) < 2:
        return (*told, *for_.sentences(*claimed))
    fields = for_.said.fields([f"{path.split('.')[1]}.{path.split('.')[3]}" for path in claimed])
    return (*told, Said(for_.say("claims", fields=fields), tuple(claimed)))


def _points(for_: Audience) -> list[Row]:
    found = []
    for name, point in for_.said.notice.points.items():
        if point.who not in for_.people:
            continue
        purposes = list(dict.fromkeys((*point.for_, *(for_.said.notice.consents[c].for_ for c in point.asks))))
        channels = for_.said.recipient(point.sent_by) if point.sent_by else for_.said.channels(point.channels)
        own = for_.words(f"points.{name}", point)
        often = limit(for_.said, name)
        note = f"{own or channels}; {often[:1].lower()}{often[1:].rstrip('.')}" if often else own or channels
        first = Cell(capital(for_.said.entry(name)), note)
        fields = capital(for_.said.groups(for_.own(point.collects)))
        found.append(row(first, fields, for_.said.purposes(purposes), of=(f"points.{name}",)))
    return found


def purposes(for_: Audience) -> tuple[Block, ...]:
    """List purposes with their basis, the weighing of interests, statistics and decisions."""
    notice, assessed = for_.said.notice, "accountability.impact_assessments"
    mine = [name for name, one in notice.purposes.items() if for_.touches(one.uses)]
    weighed = (Said(_weighed(for_, name), also=(f"purposes.{name}",)) for name in mine if notice.purposes[name].balance)
    return (
        *for_.table(("purpose", "data", "basis"), (_purpose(for_, name) for name in mine)),
        *for_.items(weighed),
        *for_.paragraph("statistics", *for_.under("statistics")),
        *for_.paragraph("decisions", *for_.under("decisions"), "never.automated_decisions"),
        *for_.paragraph("notice.new_purpose", assessed, *for_.under(assessed)),
    )


def _purpose(for_: Audience, name: str) -> Row:
    purpose, said = for_.said.notice.purposes[name], for_.said
    first = Cell(capital(said.purpose(name)), for_.words(f"purposes.{name}", purpose))
    basis = Cell(said.say(f"basis.{purpose.basis}"), said.rule(purpose.because) if purpose.because else "")
    return row(first, said.groups(for_.own(purpose.uses)), basis, of=(f"purposes.{name}",))


def _weighed(for_: Audience, name: str) -> str:
    purpose = for_.said.notice.purposes[name]
    balance, lang = purpose.balance, for_.said.lang
    if balance is None:
        return ""
    values = {"purpose": for_.said.purpose(name), "by": for_.said.word(balance.by), "on": for_.said.date(balance.on)}
    values |= {"interest": balance.interest.of(lang), "effect": balance.effect.of(lang)}
    return for_.say("balance" if purpose.objection else "balance_closed", **values)


def consents(for_: Audience) -> tuple[Block, ...]:
    """List what is asked before it is done, what is accepted apart from it, and what is sent."""
    notice = for_.said.notice
    mine = [name for name, one in notice.consents.items() if for_.meets(one.for_)]
    return (
        *for_.paragraph("notice.shown"),
        *for_.table(("consent", "confirm", "valid"), (_consent(for_, name) for name in mine)),
        *for_.paragraph(*for_.under("terms")),
        *for_.paragraph("messages"),
        *for_.table(("message", "channel", "when", "fields"), _messages(for_)),
    )


def _consent(for_: Audience, name: str) -> Row:
    consent, said = for_.said.notice.consents[name], for_.said
    valid = said.duration(consent.valid) if consent.valid else for_.say("until_withdrawn")
    first = Cell(capital(asked(said, name)), for_.words(f"consents.{name}", consent))
    return row(first, said.any_of("confirm", (consent.confirm,)), valid, of=(f"consents.{name}",))


def _messages(for_: Audience) -> list[Row]:
    """Give the kinds of messages; those alike in kind, channel, purpose and occasion stand in one row."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, one in for_.said.notice.messages.items():
        if for_.meets(one.for_) or for_.touches(one.fields):
            own = name if one.says else ""
            alike.setdefault((one.kind, one.channel, one.for_, one.on_behalf_of, own), []).append(name)
    return [_message(for_, names) for names in alike.values()]


def _message(for_: Audience, names: list[str]) -> Row:
    said, messages = for_.said, for_.said.notice.messages
    one = messages[names[0]]
    kind = said.say(f"message.{one.kind}")
    if one.on_behalf_of:
        kind = said.say("message.behalf", kind=kind, name=said.recipient(one.on_behalf_of))
    own = for_.words(f"messages.{names[0]}", one)
    purpose = said.purpose(one.for_)
    first = Cell(capital(kind), own or ("" if kind in purpose else purpose))
    moments = list(dict.fromkeys(said.at(messages[name].when) for name in names if messages[name].when))  # type: ignore[arg-type] # asked for beside
    asks = said.notice.purposes[one.for_].basis == "consent"
    when = capital("; ".join(moments)) or for_.say("by_campaign" if asks else "by_occasion")
    limit = rate(one.limit, said.lang) if one.limit else ""
    fields = frozenset(field for name in names for field in messages[name].fields)
    promises = tuple(f"messages.{name}" for name in names)
    return row(first, said.say(f"channel.{one.channel}"), Cell(when, limit), said.fields(fields), of=promises)
