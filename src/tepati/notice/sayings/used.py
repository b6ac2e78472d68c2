"""Room notice: sentences on what data is used for."""

from tepati.notice import speech
from tepati.notice.labels import Labels
from tepati.notice.sayings.guarded import ungiven


def case(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``case``."""
    case = said.notice.cases[name]
    idle = said.duration(case.idle) if case.idle else ""
    whole = said.say("promise.case" if idle else "promise.case_plain", case=said.case(name), idle=idle)
    if case.last_day:
        whole = f"{whole} {said.say('promise.case_ends', day=speech.date(case.last_day, said.lang))}"
    return f"{whole} {said.say('promise.case_reopen', reopen=said.duration(case.reopen))}" if case.reopen else whole


def purpose(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``purpose``."""
    purpose = said.notice.purposes[name]
    basis = said.say(f"basis.{purpose.basis}")
    basis = basis[:1].lower() + basis[1:]
    if purpose.because:
        basis = f"{basis} ({said.rule(purpose.because)})"
    return said.say("promise.purpose", fields=said.groups(purpose.uses), purpose=said.purpose(name), basis=basis)


def point(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``point``."""
    point = said.notice.points[name]
    values = {"fields": said.groups(point.collects), "point": said.entry(name), "purposes": said.purposes(point.for_)}
    kind = "point_table" if point.rows != "one" else "point_staff" if point.entered_by else "point"
    most = speech.number(point.most_rows, said.lang)
    whole = said.say(f"promise.{kind}" if point.for_ else "promise.point_asks", most=most, **values)
    return f"{whole} {limit(said, name)}".rstrip()


def limit(said: Labels, name: str) -> str:
    """Say how often one person, or one member of staff, may enter something at a point; "" where nothing limits it."""
    point = said.notice.points[name]
    each = "point_limit_staff" if point.entered_by else "point_limit"
    return said.say(f"promise.{each}", limit=speech.rate(point.limit, said.lang)) if point.limit else ""


def consent(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``consent``."""
    consent = said.notice.consents[name]
    ends = said.say("consent.valid", valid=said.duration(consent.valid)) if consent.valid else said.say("consent.open")
    return said.say("promise.consent", what=asked(said, name), ends=ends)


def asked(said: Labels, name: str) -> str:
    """Say what one consent is asked for, as a clause: ``mengirim promo lewat e-mail``."""
    consent = said.notice.consents[name]
    purpose, party = said.purpose(consent.for_), said.notice.recipients.get(consent.recipient)
    recipient = said.recipient(consent.recipient) if party else ""
    if party and party.gets:
        return said.say("consent.given", recipient=recipient, fields=said.groups(party.gets), purpose=purpose)
    if party and ungiven(said.notice, consent.recipient) == "signed_in":
        return said.say("consent.signed_in", recipient=recipient)
    if party and not consent.channel:
        return said.say("consent.joined", recipient=recipient, purpose=purpose)
    if not consent.channel:
        return purpose
    channel = said.say(f"channel.{consent.channel}")
    key = "consent.behalf" if party else "consent.here" if consent.channel in ("site", "app") else "consent.channel"
    return said.say(key, purpose=purpose, channel=channel, recipient=recipient)


def message(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``message``."""
    message = said.notice.messages[name]
    values = {"channel": said.say(f"channel.{message.channel}"), "kind": said.say(f"message.{message.kind}")}
    values["purpose"] = said.purpose(message.for_)
    values["holds"] = said.say("message.holds", fields=said.fields(message.fields)) if message.fields else ""
    values["limit"] = f", {speech.rate(message.limit, said.lang)}" if message.limit else ""
    if message.on_behalf_of:
        values["kind"] = said.say("message.behalf", kind=values["kind"], name=said.recipient(message.on_behalf_of))
    if message.when:
        return said.say("promise.message", when=said.at(message.when), **values)
    asked = said.notice.purposes[message.for_].basis == "consent"
    return said.say("promise.message_asked" if asked else "promise.message_campaign", **values)


def cookie(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``cookie``."""
    cookie = said.notice.cookies.set[name]
    values = {
        "name": said.cookie_name(name),
        "class": said.say(f"cookie.{cookie.class_}").lower(),
        "use": said.cookie(name),
    }
    if cookie.life is None:
        return said.say("promise.cookie_session", **values)
    return said.say("promise.cookie", life=said.duration(cookie.life), **values)


def cookie_choice(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``cookie_choice``."""
    cookies = said.notice.cookies
    if path == "cookies.choice":
        return said.say("promise.cookie_choice", again=said.duration(cookies.choice.again))
    still = said.join(said.entry(name) for name in cookies.refused.still)
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
    fields, by = said.groups(group.of), said.each("dimension", group.by)
    return said.say("promise.group", fields=fields, by=by, smallest=group.smallest_group)


def release(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``release``."""
    release = said.notice.statistics.releases[name]
    if release.audience == "public":
        return said.say("promise.release_public", every=said.every(release.every))
    known = release.audience in said.notice.recipients
    audience = said.recipient(release.audience) if known else said.role(release.audience)
    return said.say("promise.release", audience=audience, every=said.every(release.every))


def decision(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``decision``."""
    decision = said.notice.decisions[name]
    role, within = said.role(decision.review.by), said.duration(decision.review.within)
    return said.say("promise.decision", effect=decision.effect.of(said.lang), role=role, within=within)
