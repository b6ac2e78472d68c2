"""Room notice: sentences on who sees it, what people can do, and how it is guarded."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from tepati.notice import speech
from tepati.notice.labels import Labels
from tepati.notice.model import Kept, Notice, Repeated, Voluntary
from tepati.notice.values import Duration


def access(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``access``."""
    role = said.notice.roles[name]
    if not role.sees:
        return said.say("promise.access_none", role=said.role(name))
    masked = veiled(said, name)
    key = "promise.access_masked" if masked == frozenset(role.sees) else "promise.access"
    values = {"role": said.role(name), "fields": said.groups(role.sees), "purposes": said.purposes(role.for_)}
    some = said.say("how.some", fields=said.fields(masked)) if masked and key == "promise.access" else ""
    return said.say(key, window=said.window(role), **values) + some


def veiled(said: Labels, name: str) -> frozenset[str]:
    """Name the fields that a role sees masked only."""
    return frozenset(field for field, how in said.notice.roles[name].how.items() if how != "full")


def sharing(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``sharing``."""
    one = said.notice.recipients[name]
    if one.gets:
        return given(said, name, said.groups(one.gets), one.for_)
    values = {"name": said.recipient(name), "kind": said.say(f"recipient.{one.kind}")}
    values["country"] = said.country(one.country)
    return said.say(f"promise.sharing_{ungiven(said.notice, name)}", **values)


def given(said: Labels, name: str, fields: str, purposes: Iterable[str]) -> str:
    """Say which fields a recipient gets, for what."""
    one = said.notice.recipients[name]
    return said.say(
        "promise.sharing", name=said.recipient(name), kind=said.say(f"recipient.{one.kind}"),
        country=said.country(one.country), fields=fields, purposes=said.purposes(purposes),
    )  # fmt: skip


def ungiven(notice: Notice, name: str) -> Literal["signed_in", "consent", "sealed", "none"]:
    """Tell what somebody is here who gets no field: who lets people in learns at least that they came."""
    one = notice.recipients[name]
    if notice.endpoints.get("sign_in") == name:
        return "signed_in"
    if one.consent:
        return "consent"
    return "sealed" if one.kind in ("processor", "sub_processor") else "none"


def agreement(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``agreement``."""
    return said.say("promise.agreement", name=said.recipient(path.split(".")[1]))


def transfer(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``transfer``."""
    name = path.split(".")[1]
    one = said.notice.recipients[name]
    step = one.transfer.step if one.transfer else "adequate"
    return said.say(f"promise.transfer_{step}", name=said.recipient(name), country=said.country(one.country))


def endpoint(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``endpoint``."""
    to, what = dict(said.notice.endpoints)[name], said.say(f"endpoint.{name}")  # type: ignore[index] # a name of the file
    if to in said.notice.recipients:
        return said.say("promise.endpoint", endpoint=what, name=said.recipient(to))
    return said.say("promise.endpoint_own", endpoint=what)


def disclosure(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``disclosure``."""
    if path == "disclosure.voluntary":
        return voluntary(said, said.notice.disclosure.voluntary)
    rule = said.notice.disclosure.compelled
    values = {"from": said.any_of("asker", rule.from_), "documents": said.any_of("document", rule.documents)}
    values["people"] = speech.capital(speech.people(rule.approvers, said.lang))
    if not (rule.tell.before or rule.tell.after or rule.tell.within):
        return said.say("promise.compelled_plain", **values)
    unless = said.say("tell.forbidden") if rule.tell.unless == "forbidden_by_law" else ""
    return said.say("promise.compelled", when=said.telling(rule.tell), by=said.by(rule.tell), unless=unless, **values)


def voluntary(said: Labels, rule: Voluntary | None) -> str:
    """Say for which reasons data is given without an order, who must agree, and when people are told."""
    if rule is None:
        return said.say("promise.voluntary_none")
    grounds = said.either(ground.label.of(said.lang) for ground in rule.grounds.values())
    people = speech.capital(speech.people(rule.approvers, said.lang))
    advice = said.say("tell.advice", role=said.role(rule.advice)) if rule.advice else ""
    text = said.say("promise.voluntary", grounds=grounds, people=people, advice=advice)
    if rule.tell is None:
        return text
    told = said.telling(msgspec.structs.replace(rule.tell, after=rule.tell.after or rule.tell.within))
    return f"{text} {said.say('promise.voluntary_told', by=said.by(rule.tell), when=told)}"


def business_transfer(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``business_transfer``."""
    rule = said.notice.business_transfer
    before, after = rule.tell.before or Duration(30, "day"), rule.tell.after or Duration(7, "day")
    may = said.say("moved.may", ways=said.either(said.say(f"moved.{way}") for way in rule.may)) if rule.may else ""
    values = {"by": said.by(rule.tell), "before": said.duration(before), "after": said.duration(after)}
    return said.say("promise.business_transfer", may=may, **values)


def prohibition(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``prohibition``."""
    rule = said.notice.never.get(name)
    fields = speech.capital(said.belonging(rule.of)) if rule else ""
    if f"never.{name}" in said.said:
        text = said.say(f"never.{name}")
    elif rule and rule.for_:
        text = said.say("never.own_for", fields=fields, kind=said.say(f"kind.{rule.for_}"))
    else:
        text = said.say("never.own_to", fields=fields)
    spared = _spared(said.notice, name, rule.except_) if rule else ()
    return f"{text.removesuffix('.')}{_but(said, spared)}." if spared else text


def _spared(notice: Notice, name: str, excepted: tuple[str, ...]) -> tuple[str, ...]:
    """Give what a prohibition spares; who may give data of their own accord must not say that they share none."""
    loose = "disclosure.voluntary"
    shares = name == "sharing" and notice.disclosure.voluntary is not None and loose not in excepted
    return (*excepted, loose) if shares else excepted


def _but(said: Labels, paths: tuple[str, ...]) -> str:
    """Say what is excepted: to whom, and for what."""
    parties = [path for path in paths if path.partition(".")[0] == "recipients"]
    others = [excepted(said, path) for path in paths if path not in parties]
    to = said.say("never.to", names=said.join(excepted(said, path) for path in parties)) if parties else ""
    for_ = said.say("never.for", names=said.join(others)) if others else ""
    return said.say("never.but", to=speech.listing([one for one in (to, for_) if one], said.lang))


def excepted(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``excepted``."""
    section, _, name = path.partition(".")
    if section == "recipients" and name in said.notice.recipients:
        return said.recipient(name)
    if section == "disclosure":
        return said.say("name.voluntary_disclosure" if name == "voluntary" else "name.disclosure")
    return said.own(None, name or section)


def right(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``right``."""
    right = dict(said.notice.rights)[name]  # type: ignore[index] # a name of the file
    label, channels = said.say(f"right.{name}"), said.channels(right.channels or ("site", "email"))
    label += said.say("right.ways", ways=said.each("way", right.ways)) if right.ways else ""
    if right.within:
        return said.say("promise.right_within", right=label, channels=channels, within=said.duration(right.within))
    return said.say("promise.right", right=label, channels=channels)


def mailbox(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``mailbox``."""
    box = said.notice.mailboxes[name]
    return said.say("promise.mailbox", address=box.address, does=said.say(f"does.{box.does}"))


def questions(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``questions``."""
    questions = said.notice.questions
    return said.say("promise.questions", channels=said.channels(questions.channels)) if questions else ""


def terms(said: Labels, name: str) -> str:
    """Make the sentence of a promise of kind ``terms``."""
    return said.say("promise.terms", page=said.notice.terms[name].page)


def clock(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``clock``."""
    section, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if section == "security":
        return security(said, path)
    if section == "rights":
        right = dict(said.notice.rights)[name]  # type: ignore[index] # a name of the file
        within = said.duration(right.within or Duration(72, "hour"))
        return said.say("promise.right_clock", right=said.say(f"right.{name}"), within=within)
    return _CLOCKS[section](said, path, name)


def case_clock(said: Labels, path: str, name: str) -> str:
    """Make the sentence of a promise of kind ``case_clock``."""
    case = said.notice.cases[name]
    if path.endswith(".tell") and case.tell:
        after = case.tell.after or case.tell.within
        when = said.say("tell.within", within=said.duration(after)) if after else said.say("tell.plain")
        return said.say("promise.case_tell", case=said.case(name), by=said.by(case.tell), when=when)
    return said.say(
        "promise.case_within", case=said.case(name), within=said.duration(case.within or Duration(1, "day"))
    )


def mailbox_clock(said: Labels, _: str, name: str) -> str:
    """Make the sentence of a promise of kind ``mailbox_clock``."""
    box = said.notice.mailboxes[name]
    within = said.duration(box.within or Duration(1, "day"))
    return said.say("promise.mailbox_within", address=box.address, within=within)


def guardian_clock(said: Labels, _: str, __: str) -> str:
    """Make the sentence of a promise of kind ``guardian_clock``."""
    return said.say(
        "promise.guardian_within", within=said.duration(said.notice.minors.guardian.within or Duration(1, "day"))
    )


def question_clock(said: Labels, _: str, __: str) -> str:
    """Make the sentence of a promise of kind ``question_clock``."""
    questions = said.notice.questions
    return said.say("promise.questions_within", within=said.duration(questions.within)) if questions else ""


def breach_clock(said: Labels, _: str, __: str) -> str:
    """Make the sentence of a promise of kind ``breach_clock``."""
    return said.say("promise.breach_within", within=said.duration(said.notice.breach.within))


_CLOCKS: dict[str, Callable[[Labels, str, str], str]] = {
    "cases": case_clock,
    "mailboxes": mailbox_clock,
    "minors": guardian_clock,
    "questions": question_clock,
    "breach": breach_clock,
}


def security(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``security``."""
    name = path.partition(".")[2]
    rule, value = said.notice.security, getattr(said.notice.security, name)
    values: dict[str, str | int] = {"tls": rule.transport.tls, "share": speech.number(rule.second_look, said.lang)}
    if isinstance(value, Kept):
        values["keep"] = said.duration(value.keep)
    if isinstance(value, Repeated):
        values["every"] = said.every(value.every)
    if rule.alerts:
        values["within"] = said.duration(rule.alerts.within)
    if rule.separation:
        values["apart"] = said.word(rule.separation.apart_from)
    return said.say(f"promise.security_{name}", **values)


def breach(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``breach``."""
    breach = said.notice.breach
    told = said.join(said.say(f"people.{who}", name=breach.authority) for who in breach.tell)
    return said.say("promise.breach", tell=told)


def accountability(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``accountability``."""
    name = path.partition(".")[2]
    value = getattr(said.notice.accountability, name)
    if name == "officer":
        return officer(said)
    every = said.every(value.every) if isinstance(value, Repeated) else ""
    keep = said.duration(value.keep) if isinstance(value, Kept) else ""
    return said.say(f"promise.{name}", every=every, keep=keep)


def officer(said: Labels) -> str:
    """Make the sentence of a promise of kind ``officer``."""
    officer = said.notice.accountability.officer
    if officer is None or not officer.name:
        email = officer.email if officer else said.notice.organisation.contact.email
        return said.say("promise.officer_none", email=email, because="").strip()
    return said.say("promise.officer", name=officer.name, email=officer.email)


def assessment(said: Labels, path: str) -> str:
    """Make the sentence of a promise of kind ``assessment``."""
    one = said.notice.accountability.impact_assessments.get(path.rpartition(".")[2])
    if one is None:
        return said.say("promise.assessments")
    values = {"purposes": said.purposes(one.covers), "by": said.word(one.by), "on": said.date(one.on)}
    return said.say("promise.assessment", **values)


def undertaking(said: Labels, _: str) -> str:
    """Make the sentence of a promise of kind ``undertaking``."""
    return said.say("promise.supervision", every=said.every(said.notice.accountability.supervision.undertaking))
