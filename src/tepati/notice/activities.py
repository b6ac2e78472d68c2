"""Room notice: the record of processing activities (UU PDP Art. 31), written from the declaration. Pure.

One section an activity: a purpose with its basis, people, data, sources, who sees and who receives it, how long it is
kept, and whether its impact is assessed (Art. 34). What happened to it stands in the ledger; this is what may happen.
"""

from collections.abc import Iterable

from tepati.notice.audience import Audience
from tepati.notice.blocks import Fact, Facts, Items, Section
from tepati.notice.document import Document
from tepati.notice.labels import labels
from tepati.notice.life import lifetime
from tepati.notice.model import Notice, Purpose
from tepati.notice.promises import promises
from tepati.notice.risk import risks, signs
from tepati.notice.speech import capital, date
from tepati.notice.words import words


def record(notice: Notice, lang: str) -> Document:
    """Write the record of one organisation, for all kinds of people."""
    scope = everybody(notice, lang)
    guards = scope.sentences(*(path for path in scope.texts if path.startswith(("security.", "breach."))))
    summary = Section("summary", _say(scope, "who"), _say(scope, "who_lead"), (_controller(scope),))
    activities = [_activity(scope, name, purpose) for name, purpose in notice.purposes.items()]
    return paper(
        scope, _say(scope, "title"), summary,
        (*activities, Section("security", _say(scope, "guards"), "", (Items(guards),))),
    )  # fmt: skip


def everybody(notice: Notice, lang: str) -> Audience:
    """Take in all kinds of people that a notice is about."""
    texts = {promise.id: promise.text.of(lang) for promise in promises(notice)}
    return Audience(labels(notice, lang), frozenset(notice.populations), texts)


def paper(scope: Audience, title: str, summary: Section, sections: tuple[Section, ...]) -> Document:
    """Head a paper of the data protection officer: whose it is, and of which version of the notice it was written."""
    said, notice = scope.said, scope.said.notice
    version, effective = notice.notice.version, notice.notice.effective
    return Document(
        lang=said.lang, title=title, organisation=notice.organisation.legal_name or notice.organisation.name,
        version=version, effective=effective, contents=scope.say("contents"),
        subtitle=scope.say("effective", version=version, date=date(effective, said.lang)),
        summary=summary, sections=sections,
    )  # fmt: skip


def _say(scope: Audience, key: str, **values: str | int) -> str:
    return scope.said.say(f"record.{key}", **values)


def _controller(scope: Audience) -> Facts:
    notice = scope.said.notice
    organisation, officer = notice.organisation, notice.accountability.officer
    contact = organisation.contact
    people = [f"{scope.said.population(n)} ({_say(scope, p.we_are)})" for n, p in notice.populations.items()]
    return _facts(
        scope,
        controller=organisation.legal_name or organisation.name,
        business=organisation.business.of(scope.said.lang) if organisation.business else "",
        contact=", ".join(filter(None, (contact.postal, contact.email, contact.phone))),
        officer=", ".join(filter(None, (officer.name, officer.email, officer.phone)))
        if officer
        else _say(scope, "none"),
        supervision=notice.accountability.supervision.by,
        people=capital("; ".join(people)),
        activities=str(len(notice.purposes)),
    )


def _activity(scope: Audience, name: str, purpose: Purpose) -> Section:
    said = scope.said
    own = purpose.says.of(said.lang) if purpose.says else ""
    return Section(f"purpose-{name}", capital(said.purpose(name)), own, (described(scope, name, purpose),))


def described(scope: Audience, name: str, purpose: Purpose) -> Facts:
    """Describe the processing for one purpose: basis, people, data, who sees, who receives, how long."""
    said, notice = scope.said, scope.said.notice
    held = list(dict.fromkeys(field.partition(".")[0] for field in sorted(purpose.uses)))
    return _facts(
        scope,
        kind=said.say(f"kind.{purpose.kind}"),
        basis=": ".join(filter(None, (said.say(f"basis.{purpose.basis}"), said.rule(purpose.because)))),
        people=said.join(said.population(notice.data[c].of) for c in held),
        data="; ".join(_held(scope, c, purpose) for c in held),
        sources=_sources(scope, name),
        seen="; ".join(
            f"{said.role(r)} {said.window(one)}" for r, one in notice.roles.items() if name in one.for_
        ) or said.say("list.none"),
        received="; ".join(
            _recipient(scope, r, purpose) for r, one in notice.recipients.items()
            if name in one.for_ and one.gets & purpose.uses
        ) or said.say("list.none"),
        sent=said.join(
            f"{said.say(f'message.{one.kind}')} ({said.channels([one.channel])})"
            for one in notice.messages.values() if one.for_ == name
        ),
        kept="; ".join(
            f"{said.category(c)}: {lifetime(scope, notice.retention[c])}" for c in held if c in notice.retention
        ),
        objection=_say(scope, "open" if purpose.objection else "closed"),
        impact=_impact(scope, name),
    )  # fmt: skip


def _facts(scope: Audience, **told: str) -> Facts:
    """Give terms with what holds of them; nothing of what was left empty."""
    return Facts(tuple(Fact(_say(scope, f"term_{key}"), _begun(text)) for key, text in told.items() if text))


def _begun(text: str) -> str:
    """Begin a fact with a capital; an address stays as it is."""
    return text if "@" in text.partition(" ")[0] else capital(text)


def _held(scope: Audience, category: str, purpose: Purpose) -> str:
    fields = [field for field in purpose.uses if field.partition(".")[0] == category]
    kind = scope.said.klass(scope.said.notice.data[category].class_)
    return f"{scope.said.category(category)} ({scope.said.fields(fields)}; {kind.lower()})"


def _sources(scope: Audience, purpose: str) -> str:
    """Name the points that collect for a purpose, by its own right or by a consent they ask."""
    notice = scope.said.notice
    asking = {name for name, one in notice.consents.items() if one.for_ == purpose}
    points = {n: p for n, p in notice.points.items() if purpose in p.for_ or asking & set(p.asks)}
    return "; ".join(f"{scope.said.point(n)} ({scope.said.channels(p.channels)})" for n, p in points.items())


def _recipient(scope: Audience, name: str, purpose: Purpose) -> str:
    one = scope.said.notice.recipients[name]
    step = f", {_say(scope, f'step_{one.transfer.step}')}" if one.transfer else ""
    kind, country = scope.said.say(f"recipient.{one.kind}"), scope.said.country(one.country)
    return f"{scope.said.recipient(name)} ({kind}, {country}{step}): {scope.said.fields(one.gets & purpose.uses)}"


def _impact(scope: Audience, name: str) -> str:
    """Say whether an assessment is due by the declaration, and which one covers it (UU PDP Art. 34)."""
    notice = scope.said.notice
    done = [one for one in notice.accountability.impact_assessments.values() if name in one.covers]
    why = [_say(scope, f"risk_{reason}") for reason in risks(notice, name)]
    area = words(scope.said.lang, "impact")
    open_ = [area.say(f"trigger.{sign}") for sign in signs(notice, name)]
    due = _say(scope, "due", why=scope.said.join(why)) if why else _say(scope, "not_due")
    if open_ and not why:
        due = area.say("weigh", why=scope.said.join(open_))
    return " ".join(
        (due, *(_done(scope, scope.said.word(one.by), scope.said.date(one.on), one.result) for one in done))
    )


def _done(scope: Audience, by: str, on: str, result: str) -> str:
    return _say(scope, "assessed", by=by, on=on, result=_say(scope, f"result_{result}"))


def rows(document: Document) -> Iterable[tuple[str, ...]]:
    """Give the activities as a table: a head, then one row each; what an activity does not say is empty."""
    told = [(one.title, {f.term: f.text for b in one.blocks if isinstance(b, Facts) for f in b.facts})
            for one in document.sections if one.id.startswith("purpose-")]  # fmt: skip
    terms = tuple(dict.fromkeys(term for _, facts in told for term in facts))
    yield (document.title, *terms)
    yield from ((title, *(facts.get(term, "") for term in terms)) for title, facts in told)
