"""Room notice: the default sentence of every promise, made from its declaration, in either language."""

from collections.abc import Callable

from tepati.notice.labels import Labels
from tepati.notice.model import Clause, Kept, Repeated
from tepati.notice.values import Duration

Sentence = Callable[[Labels, str], str]


def sentence(said: Labels, path: str, kind: str) -> str:
    """Make the sentence of the promise at ``path``."""
    if kind == "closed_list":
        return said.say(f"promise.closed_{path}")
    return SENTENCES[kind](said, path.rpartition(".")[2] if kind in _BY_NAME else path)


def _announcing(said: Labels, _: str) -> str:
    told = said.notice.notice.announce.material
    before = said.duration(told.before or Duration(0, "day"))
    return said.say("promise.announce", by=said.channels(told.by), before=before)


def _showing(said: Labels, path: str) -> str:
    return said.say(f"promise.{path.partition('.')[2]}", page=said.notice.notice.page)


def _scope(said: Labels, _: str) -> str:
    return said.say("promise.covers", channels=said.channels(said.notice.notice.covers))


def _new_purpose(said: Labels, _: str) -> str:
    asked = said.notice.notice.new_purpose == "consent"
    return said.say("promise.new_purpose_consent" if asked else "promise.new_purpose_told")


def _approvals(said: Labels, _: str) -> str:
    rule = said.notice.notice.approvals
    if rule.wait:
        return said.say("promise.approvals_wait", people=rule.people, wait=said.duration(rule.wait))
    return said.say("promise.approvals", people=rule.people)


def _population(said: Labels, name: str) -> str:
    people = said.notice.populations[name]
    by = said.population(people.instructed_by) if people.instructed_by else ""
    key = {"controller": "controller", "processor": "processor", "joint_controller": "joint"}[people.we_are]
    return said.say(f"promise.population_{key}", label=said.population(name), by=by)


def _guardian(said: Labels, path: str) -> str:
    rule = said.notice.minors
    if path == "minors":
        return said.say("promise.minors", under=rule.under)
    return said.say("promise.guardian", confirm=said.each("confirm", rule.guardian.confirm))


def _age_gate(said: Labels, path: str) -> str:
    if path == "minors.asked_at":
        points = said.join(said.point(name) for name in said.notice.minors.asked_at)
        return said.say("promise.minors_asked", points=points)
    rules = said.notice.points[path.split(".")[1]].age
    return " ".join(said.say(f"promise.age_{outcome}", age=age) for age, outcome in rules.items())


def _collection(said: Labels, name: str) -> str:
    category = said.notice.data[name]
    fields = said.fields([f"{name}.{field}" for field in category.fields])
    source = said.source(category.source)
    return said.say("promise.collection", category=said.category(name), fields=fields, source=source)


def _field(said: Labels, path: str) -> str:
    _, category, _, name = path.split(".")
    field, label = said.notice.data[category].fields[name], said.field(f"{category}.{name}")
    if field.type == "unclear":
        return said.say("promise.field_unclear", field=label)
    if not field.stored:
        return said.say("promise.field_not_stored", field=label)
    if field.precision:
        metres = f"{field.precision // 1000} km" if field.precision % 1000 == 0 else f"{field.precision} m"
        return said.say("promise.field_precision", field=label, metres=metres)
    return said.say("promise.field_claim" if field.claim else "promise.field_each", field=label)


def _life(said: Labels, name: str) -> str:
    life = said.notice.retention[name]
    category = said.category(name)
    if life.not_stored:
        return said.say("promise.life_now", category=category)
    values = {"for": said.duration(life.for_), "event": said.event(life.from_.event), "category": category}
    values["then"] = said.say({"destroy": "life.destroyed", "erase": "life.erased"}.get(life.then, "life.anonymised"))
    if life.longest:
        return said.say("promise.life_longest", longest=said.duration(life.longest), **values)
    return said.say("promise.life", **values)


def _hold(said: Labels, path: str) -> str:
    hold = said.notice.retention[path.split(".")[1]].hold
    if hold is None:
        return ""
    values = {"fields": said.fields(hold.fields), "for": said.duration(hold.for_), "rule": hold.rule}
    return said.say("promise.hold", reading=hold.reading, by=hold.by, on=said.date(hold.on), **values)


def _system(said: Labels, name: str) -> str:
    system = said.notice.systems[name]
    holds = said.join(said.category(category) for category in system.holds)
    return said.say("promise.system", label=said.own(system.label, name), holds=holds)


def _case(said: Labels, name: str) -> str:
    case = said.notice.cases[name]
    if case.idle:
        return said.say("promise.case", case=said.case(name), idle=said.duration(case.idle))
    return said.say("promise.case_plain", case=said.case(name))


def _purpose(said: Labels, name: str) -> str:
    purpose = said.notice.purposes[name]
    basis = said.say(f"basis.{purpose.basis}")
    basis = basis[:1].lower() + basis[1:]
    return said.say("promise.purpose", fields=said.fields(purpose.uses), purpose=said.purpose(name), basis=basis)


def _point(said: Labels, name: str) -> str:
    point = said.notice.points[name]
    fields, label = said.fields(point.collects), said.point(name)
    if not point.for_:
        return said.say("promise.point_asks", point=label, fields=fields)
    return said.say("promise.point", point=label, fields=fields, purposes=said.purposes(point.for_))


def _consent(said: Labels, name: str) -> str:
    consent = said.notice.consents[name]
    purpose = said.purpose(consent.for_)
    if consent.recipient in said.notice.recipients:
        return said.say("promise.consent_recipient", recipient=said.recipient(consent.recipient))
    if consent.channel:
        return said.say("promise.consent_channel", purpose=purpose, channel=said.say(f"channel.{consent.channel}"))
    return said.say("promise.consent_plain", purpose=purpose)


def _message(said: Labels, name: str) -> str:
    from tepati.notice import speech  # noqa: PLC0415 one word of it

    message = said.notice.messages[name]
    values = {"channel": said.say(f"channel.{message.channel}"), "kind": said.say(f"message.{message.kind}")}
    values |= {"purpose": said.purpose(message.for_), "fields": said.fields(message.fields)}
    if not message.fields:
        return said.say("promise.message_bare", **values)
    if message.limit:
        return said.say("promise.message_limit", limit=speech.rate(message.limit, said.lang), **values)
    return said.say("promise.message", **values)


def _cookie(said: Labels, name: str) -> str:
    cookie = said.notice.cookies.set[name]
    klass = said.say(f"cookie.{cookie.class_}").lower()
    if cookie.life is None:
        return said.say("promise.cookie_session", name=name, **{"class": klass})
    return said.say("promise.cookie", name=name, life=said.duration(cookie.life), **{"class": klass})


def _cookie_choice(said: Labels, path: str) -> str:
    cookies = said.notice.cookies
    if path == "cookies.choice":
        return said.say("promise.cookie_choice", again=said.duration(cookies.choice.again))
    still = said.join(said.point(name) for name in cookies.refused.still)
    if cookies.refused.loses is None or not cookies.refused.still:
        return said.say("promise.cookie_refused_all")
    return said.say("promise.cookie_refused", still=still, loses=cookies.refused.loses.of(said.lang))


def _visits(said: Labels, _: str) -> str:
    visits = said.notice.visits
    if visits is None:
        return ""
    return said.say("promise.visits", fields=said.fields(visits.records), purpose=said.purpose(visits.for_))


def _statistics(said: Labels, path: str) -> str:
    statistics = said.notice.statistics
    if path == "statistics":
        return said.say("promise.statistics", smallest=statistics.smallest_group)
    group = statistics.groups[path.split(".")[2]]
    fields, by = said.fields(group.of), said.each("dimension", group.by)
    return said.say("promise.group", fields=fields, by=by, smallest=group.smallest_group)


def _release(said: Labels, name: str) -> str:
    release = said.notice.statistics.releases[name]
    audience = said.say("people.public")
    if release.audience in said.notice.recipients:
        audience = said.recipient(release.audience)
    elif release.audience in said.notice.roles:
        audience = said.role(release.audience)
    return said.say("promise.release", audience=audience, every=said.every(release.every))


def _decision(said: Labels, name: str) -> str:
    decision = said.notice.decisions[name]
    role, within = said.role(decision.review.by), said.duration(decision.review.within)
    return said.say("promise.decision", effect=decision.effect.of(said.lang), role=role, within=within)


def _access(said: Labels, name: str) -> str:
    role = said.notice.roles[name]
    if not role.sees:
        return said.say("promise.access_none", role=said.role(name))
    masked = all(how != "full" for how in role.how.values())
    values = {"role": said.role(name), "fields": said.fields(role.sees), "purposes": said.purposes(role.for_)}
    return said.say("promise.access_masked" if masked else "promise.access", window=said.window(role), **values)


def _sharing(said: Labels, name: str) -> str:
    one = said.notice.recipients[name]
    values = {"name": said.recipient(name), "kind": said.say(f"recipient.{one.kind}")}
    values |= {"country": said.country(one.country), "fields": said.fields(one.gets)}
    if one.gets:
        return said.say("promise.sharing", purposes=said.purposes(one.for_), **values)
    if one.consent:
        return said.say("promise.sharing_consent", **values)
    sealed = one.kind in ("processor", "sub_processor")
    return said.say("promise.sharing_sealed" if sealed else "promise.sharing_none", **values)


def _agreement(said: Labels, path: str) -> str:
    return said.say("promise.agreement", name=said.recipient(path.split(".")[1]))


def _transfer(said: Labels, path: str) -> str:
    name = path.split(".")[1]
    one = said.notice.recipients[name]
    step = one.transfer.step if one.transfer else "adequate"
    return said.say(f"promise.transfer_{step}", name=said.recipient(name), country=said.country(one.country))


def _endpoint(said: Labels, name: str) -> str:
    to, what = dict(said.notice.endpoints)[name], said.say(f"endpoint.{name}")  # type: ignore[index] # a name of the file
    if to in said.notice.recipients:
        return said.say("promise.endpoint", endpoint=what, name=said.recipient(to))
    return said.say("promise.endpoint_own", endpoint=what)


def _disclosure(said: Labels, path: str) -> str:
    if path == "disclosure.voluntary":
        voluntary = said.notice.disclosure.voluntary
        if voluntary is None:
            return said.say("promise.voluntary_none")
        grounds = said.join(ground.label.of(said.lang) for ground in voluntary.grounds.values())
        return said.say("promise.voluntary", grounds=grounds, approvers=voluntary.approvers)
    rule = said.notice.disclosure.compelled
    values = {"from": said.each("asker", rule.from_), "documents": said.each("document", rule.documents)}
    if rule.tell.before or rule.tell.after or rule.tell.within:
        return said.say("promise.compelled", approvers=rule.approvers, when=said.telling(rule.tell), **values)
    return said.say("promise.compelled_plain", approvers=rule.approvers, **values)


def _business_transfer(said: Labels, _: str) -> str:
    told = said.notice.business_transfer.tell
    before = said.duration(told.before or Duration(30, "day"))
    return said.say("promise.business_transfer", before=before, after=said.duration(told.after or Duration(7, "day")))


def _prohibition(said: Labels, name: str) -> str:
    rule = said.notice.never.get(name)
    fields = said.fields(rule.of) if rule else ""
    if f"never.{name}" in said.said:
        text = said.say(f"never.{name}")
    elif rule and rule.for_:
        text = said.say("never.own_for", fields=fields, kind=said.say(f"kind.{rule.for_}"))
    else:
        text = said.say("never.own_to", fields=fields)
    if not rule or not rule.except_:
        return text[:1].upper() + text[1:]
    excepted = said.join(_excepted(said, path) for path in rule.except_)
    return said.say("never.except", sentence=text[:1].upper() + text[1:], **{"except": excepted})


def _excepted(said: Labels, path: str) -> str:
    section, _, name = path.partition(".")
    if section == "recipients" and name in said.notice.recipients:
        return said.recipient(name)
    if section == "disclosure":
        return said.say("name.disclosure")
    return said.own(None, name or section)


def _right(said: Labels, name: str) -> str:
    right = dict(said.notice.rights)[name]  # type: ignore[index] # a name of the file
    label, channels = said.say(f"right.{name}"), said.channels(right.channels or ("site", "email"))
    if right.within:
        return said.say("promise.right_within", right=label, channels=channels, within=said.duration(right.within))
    return said.say("promise.right", right=label, channels=channels)


def _mailbox(said: Labels, name: str) -> str:
    box = said.notice.mailboxes[name]
    return said.say("promise.mailbox", address=box.address, does=said.say(f"does.{box.does}"))


def _questions(said: Labels, _: str) -> str:
    questions = said.notice.questions
    return said.say("promise.questions", channels=said.channels(questions.channels)) if questions else ""


def _terms(said: Labels, name: str) -> str:
    return said.say("promise.terms", page=said.notice.terms[name].page)


def _clock(said: Labels, path: str) -> str:
    section, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if section == "security":
        return _security(said, path)
    if section == "rights":
        right = dict(said.notice.rights)[name]  # type: ignore[index] # a name of the file
        within = said.duration(right.within or Duration(72, "hour"))
        return said.say("promise.right_clock", right=said.say(f"right.{name}"), within=within)
    return _CLOCKS[section](said, path, name)


def _case_clock(said: Labels, path: str, name: str) -> str:
    case = said.notice.cases[name]
    if path.endswith(".tell") and case.tell:
        return said.say("promise.case_tell", case=said.case(name), when=said.telling(case.tell))
    return said.say(
        "promise.case_within", case=said.case(name), within=said.duration(case.within or Duration(1, "day"))
    )


def _mailbox_clock(said: Labels, _: str, name: str) -> str:
    box = said.notice.mailboxes[name]
    within = said.duration(box.within or Duration(1, "day"))
    return said.say("promise.mailbox_within", address=box.address, within=within)


def _guardian_clock(said: Labels, _: str, __: str) -> str:
    return said.say(
        "promise.guardian_within", within=said.duration(said.notice.minors.guardian.within or Duration(1, "day"))
    )


def _question_clock(said: Labels, _: str, __: str) -> str:
    questions = said.notice.questions
    return said.say("promise.questions_within", within=said.duration(questions.within)) if questions else ""


def _breach_clock(said: Labels, _: str, __: str) -> str:
    return said.say("promise.breach_within", within=said.duration(said.notice.breach.within))


_CLOCKS: dict[str, Callable[[Labels, str, str], str]] = {
    "cases": _case_clock,
    "mailboxes": _mailbox_clock,
    "minors": _guardian_clock,
    "questions": _question_clock,
    "breach": _breach_clock,
}


def _security(said: Labels, path: str) -> str:
    name = path.partition(".")[2]
    rule, value = said.notice.security, getattr(said.notice.security, name)
    values: dict[str, str | int] = {"tls": rule.transport.tls, "share": rule.second_look}
    if isinstance(value, Kept):
        values["keep"] = said.duration(value.keep)
    if isinstance(value, Repeated):
        values["every"] = said.every(value.every)
    if rule.alerts:
        values["within"] = said.duration(rule.alerts.within)
    if rule.separation:
        values["apart"] = rule.separation.apart_from
    return said.say(f"promise.security_{name}", **values)


def _breach(said: Labels, _: str) -> str:
    breach = said.notice.breach
    told = said.join(said.say(f"people.{who}", name=breach.authority) for who in breach.tell)
    return said.say("promise.breach", tell=told)


def _accountability(said: Labels, path: str) -> str:
    name = path.partition(".")[2]
    value = getattr(said.notice.accountability, name)
    if name == "officer":
        return _officer(said)
    every = said.every(value.every) if isinstance(value, Repeated) else ""
    keep = said.duration(value.keep) if isinstance(value, Kept) else ""
    return said.say(f"promise.{name}", every=every, keep=keep)


def _officer(said: Labels) -> str:
    officer = said.notice.accountability.officer
    if officer is None or not officer.name:
        email = officer.email if officer else said.notice.organisation.contact.email
        return said.say("promise.officer_none", email=email, because="").strip()
    return said.say("promise.officer", name=officer.name, email=officer.email)


def _assessment(said: Labels, path: str) -> str:
    one = said.notice.accountability.impact_assessments.get(path.rpartition(".")[2])
    if one is None:
        return said.say("promise.assessments")
    return said.say("promise.assessment", purposes=said.purposes(one.covers), by=one.by, on=said.date(one.on))


def _undertaking(said: Labels, _: str) -> str:
    return said.say("promise.supervision", every=said.every(said.notice.accountability.supervision.undertaking))


def clause(said: Labels, one: Clause) -> str:
    """Give the reason or the information of a clause that no promise keeps."""
    told = one.not_carried or one.information
    return told.of(said.lang) if told else ""


# Kinds whose sentence needs only the thing's name; the others are given the whole path.
_BY_NAME = frozenset(
    {
        "population",
        "collection",
        "life",
        "system",
        "case",
        "purpose",
        "point",
        "consent",
        "message",
        "cookie",
        "release",
    }
    | {"decision", "access", "sharing", "endpoint", "prohibition", "right", "mailbox", "terms"}
)
SENTENCES: dict[str, Sentence] = {
    "announcing": _announcing,
    "showing": _showing,
    "scope": _scope,
    "new_purpose": _new_purpose,
    "approvals": _approvals,
    "population": _population,
    "guardian": _guardian,
    "age_gate": _age_gate,
    "collection": _collection,
    "field": _field,
    "life": _life,
    "hold": _hold,
    "system": _system,
    "case": _case,
    "purpose": _purpose,
    "point": _point,
    "consent": _consent,
    "message": _message,
    "cookie": _cookie,
    "cookie_choice": _cookie_choice,
    "visits": _visits,
    "statistics": _statistics,
    "release": _release,
    "decision": _decision,
    "access": _access,
    "sharing": _sharing,
    "agreement": _agreement,
    "transfer": _transfer,
    "endpoint": _endpoint,
    "disclosure": _disclosure,
    "business_transfer": _business_transfer,
    "prohibition": _prohibition,
    "right": _right,
    "mailbox": _mailbox,
    "questions": _questions,
    "terms": _terms,
    "clock": _clock,
    "security": _security,
    "breach": _breach,
    "accountability": _accountability,
    "assessment": _assessment,
    "undertaking": _undertaking,
}
