"""Room notice: sentences on what data is used for."""

from tepati.notice import speech
from tepati.notice.labels import Labels


def case(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``case``."""
    case = said.notice.cases[name]
    if case.idle:
        return said.say("promise.case", case=said.case(name), idle=said.duration(case.idle))
    return said.say("promise.case_plain", case=said.case(name))


def purpose(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``purpose``."""
    purpose = said.notice.purposes[name]
    basis = said.say(f"basis.{purpose.basis}")
    basis = basis[:1].lower() + basis[1:]
    return said.say("promise.purpose", fields=said.fields(purpose.uses), purpose=said.purpose(name), basis=basis)


def point(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``point``."""
    point = said.notice.points[name]
    fields, label = said.fields(point.collects), said.point(name)
    if not point.for_:
        return said.say("promise.point_asks", point=label, fields=fields)
    return said.say("promise.point", point=label, fields=fields, purposes=said.purposes(point.for_))


def consent(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``consent``."""
    consent = said.notice.consents[name]
    purpose = said.purpose(consent.for_)
    if consent.recipient in said.notice.recipients:
        return said.say("promise.consent_recipient", recipient=said.recipient(consent.recipient))
    if consent.channel:
        return said.say("promise.consent_channel", purpose=purpose, channel=said.say(f"channel.{consent.channel}"))
    return said.say("promise.consent_plain", purpose=purpose)


def message(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``message``."""
    message = said.notice.messages[name]
    values = {"channel": said.say(f"channel.{message.channel}"), "kind": said.say(f"message.{message.kind}")}
    values |= {"purpose": said.purpose(message.for_), "fields": said.fields(message.fields)}
    if not message.fields:
        return said.say("promise.message_bare", **values)
    if message.limit:
        return said.say("promise.message_limit", limit=speech.rate(message.limit, said.lang), **values)
    return said.say("promise.message", **values)


def cookie(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``cookie``."""
    cookie = said.notice.cookies.set[name]
    klass = said.say(f"cookie.{cookie.class_}").lower()
    if cookie.life is None:
        return said.say("promise.cookie_session", name=name, **{"class": klass})
    return said.say("promise.cookie", name=name, life=said.duration(cookie.life), **{"class": klass})


def cookie_choice(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``cookie_choice``."""
    cookies = said.notice.cookies
    if path == "cookies.choice":
        return said.say("promise.cookie_choice", again=said.duration(cookies.choice.again))
    still = said.join(said.point(name) for name in cookies.refused.still)
    if cookies.refused.loses is None or not cookies.refused.still:
        return said.say("promise.cookie_refused_all")
    return said.say("promise.cookie_refused", still=still, loses=cookies.refused.loses.of(said.lang))


def visits(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``visits``."""
    visits = said.notice.visits
    if visits is None:
        return ""
    return said.say("promise.visits", fields=said.fields(visits.records), purpose=said.purpose(visits.for_))


def statistics(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``statistics``."""
    statistics = said.notice.statistics
    if path == "statistics":
        return said.say("promise.statistics", smallest=statistics.smallest_group)
    group = statistics.groups[path.split(".")[2]]
    fields, by = said.fields(group.of), said.each("dimension", group.by)
    return said.say("promise.group", fields=fields, by=by, smallest=group.smallest_group)


def release(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``release``."""
    release = said.notice.statistics.releases[name]
    audience = said.say("people.public")
    if release.audience in said.notice.recipients:
        audience = said.recipient(release.audience)
    elif release.audience in said.notice.roles:
        audience = said.role(release.audience)
    return said.say("promise.release", audience=audience, every=said.every(release.every))


def decision(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``decision``."""
    decision = said.notice.decisions[name]
    role, within = said.role(decision.review.by), said.duration(decision.review.within)
    return said.say("promise.decision", effect=decision.effect.of(said.lang), role=role, within=within)
