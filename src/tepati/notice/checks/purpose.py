"""Room notice: checks on purposes, consents and cases."""

from collections.abc import Callable

from tepati.notice.checks.judge import Judge, named

_FED = ("staff", "derived")  # sources that need no collection point


def bases(judge: Judge) -> None:
    """Each basis carries what the law asks of it (UU PDP Art. 20, 21)."""
    asked = {consent.for_ for consent in judge.notice.consents.values()}
    for name, purpose in judge.notice.purposes.items():
        path = f"purposes.{name}"
        if purpose.basis == "consent" and name not in asked and judge.clean("consents"):
            judge.fault(f"{path}.basis", "consent-without-question", purpose=name)
        if purpose.basis == "legitimate_interest" and purpose.balance is None:
            judge.fault(f"{path}.basis", "balance-missing", purpose=name)
        if purpose.basis == "legal_obligation" and not purpose.because:
            judge.fault(f"{path}.basis", "because-missing", purpose=name)
        if purpose.kind == "marketing" and not purpose.objection:
            judge.fault(f"{path}.objection", "objection-closed", purpose=name)
        if purpose.kind == "marketing" and purpose.basis not in ("consent", "legitimate_interest"):
            judge.fault(f"{path}.basis", "marketing-basis", purpose=name, basis=purpose.basis)


def sources(judge: Judge) -> None:
    """A purpose may use a field only where a point collects it for that purpose (idea 3)."""
    if not judge.clean("points", "data", "consents"):
        return
    collected: dict[str, set[str]] = {name: set() for name in judge.notice.purposes}
    for point in judge.notice.points.values():
        asked = [judge.notice.consents[c].for_ for c in point.asks if c in judge.notice.consents]
        for purpose_name in (*point.for_, *asked):
            collected.setdefault(purpose_name, set()).update(point.collects)
    for name, purpose in judge.notice.purposes.items():
        for field in sorted(purpose.uses - collected[name]):
            if judge.notice.data[field.partition(".")[0]].source not in _FED:
                judge.fault(f"purposes.{name}.uses", "use-without-source", item=field, field=field, purpose=name)


def consents(judge: Judge) -> None:
    """One question, one purpose, on a channel that the purpose knows."""
    asked = {name for point in judge.notice.points.values() for name in point.asks}
    for name, consent in judge.notice.consents.items():
        path = f"consents.{name}"
        purpose = judge.notice.purposes.get(consent.for_)
        if purpose is None:
            continue
        if consent.channel and consent.channel not in purpose.channels:
            values = {"channel": consent.channel, "purpose": consent.for_, "known": named(purpose.channels)}
            judge.fault(f"{path}.channel", "channel-unknown", **values)
        if purpose.basis != "consent" and not consent.recipient:
            judge.fault(f"{path}.for", "consent-for-other-basis", purpose=consent.for_, basis=purpose.basis)
        if name not in asked and judge.clean("points"):
            judge.remark(path, "never-asked", consent=name)


def cases(judge: Judge) -> None:
    """A case is opened by somebody, and never by the one whose access rests on it."""
    opened = {point.opens for point in judge.notice.points.values()}
    for name, case in judge.notice.cases.items():
        if name not in opened and not case.opened_by and judge.clean("points"):
            judge.fault(f"cases.{name}", "case-never-opened", case=name)
        for role_name in case.opened_by:
            role = judge.notice.roles.get(role_name)
            starts = role.from_.event.partition(".")[0] if role and role.from_ else ""
            if role and name in (role.while_, starts):
                judge.fault(f"cases.{name}.opened_by", "opens-own-door", item=role_name, role=role_name, case=name)


CHECKS: tuple[Callable[[Judge], None], ...] = (bases, sources, consents, cases)
