"""Room notice: checks on where data enters, messages, cookies and statistics."""

from collections.abc import Callable

from tepati.notice.checks.judge import Judge, named

_UNCOVERED = ("device", "upload", "import", "api", "sign_in", "camera")  # no way in which people speak to us
_SMALLEST = 5
# Files, and values by which people are found: one cell of thousands is no place for them.
_NO_COLUMN = (
    "file",
    "image",
    "voice",
    "document",
    "signature",
    "password",
    "email",
    "phone",
    "nik",
    "npwp",
    "username",
)


def channels(judge: Judge) -> None:
    """A record from a channel the notice does not cover is refused; so no point may live there."""
    covered = judge.notice.notice.covers
    for name, point in judge.notice.points.items():
        for channel in point.channels:
            if channel not in covered and channel not in _UNCOVERED:
                judge.fault(f"points.{name}.channels", "channel-not-covered", item=channel, channel=channel, point=name)


def collecting(judge: Judge) -> None:
    """Nothing is collected that no purpose of the point uses; consent is asked, not presumed."""
    for name, point in judge.notice.points.items():
        asked = [judge.notice.consents[c].for_ for c in point.asks if c in judge.notice.consents]
        for purpose_name in point.for_:
            purpose = judge.notice.purposes.get(purpose_name)
            if purpose and purpose.basis == "consent":
                judge.fault(f"points.{name}.for", "consent-not-asked", item=purpose_name, purpose=purpose_name)
        uses = {f for p in (*point.for_, *asked) if p in judge.notice.purposes for f in judge.notice.purposes[p].uses}
        for field in sorted(point.collects - uses) if judge.clean("purposes", "consents") else ():
            judge.fault(f"points.{name}.collects", "collected-for-nothing", item=field, field=field, point=name)
        _whose(judge, name)


def _whose(judge: Judge, name: str) -> None:
    point = judge.notice.points[name]
    for field in sorted(point.collects):
        category = judge.notice.data[field.partition(".")[0]]
        if not {category.of, category.also_of} & {point.who, *point.about}:
            values = {"field": field, "people": category.of, "point": name}
            judge.fault(f"points.{name}.collects", "whose-data", item=field, **values)


def tables(judge: Judge) -> None:
    """A table holds plain values of its sender, by none of which people are found, and asks nothing beside."""
    for name, point in judge.notice.points.items():
        if point.rows == "one":
            continue
        if point.asks or point.opens or point.age or point.about or point.terms or point.automatic:
            judge.fault(f"points.{name}.rows", "table-asks", point=name)
        for path in sorted(point.collects):
            category, _, field = path.partition(".")
            one = judge.notice.data[category].fields[field]
            if one.type in _NO_COLUMN or one.identifies or not one.stored:
                judge.fault(f"points.{name}.collects", "no-column", item=path, field=path, point=name)


def messages(judge: Judge) -> None:
    """A message serves its purpose: the channel, the fields, and its true kind."""
    for name, message in judge.notice.messages.items():
        path, purpose = f"messages.{name}", judge.notice.purposes.get(message.for_)
        if purpose is None:
            continue
        if purpose.kind == "marketing" and message.kind != "promotion":
            judge.fault(f"{path}.kind", "promotion-disguised", message=name, kind=message.kind)
        if message.channel not in purpose.channels:
            values = {"channel": message.channel, "purpose": message.for_, "known": named(purpose.channels)}
            judge.fault(f"{path}.channel", "channel-unknown", **values)
        if message.kind == "promotion" and not message.stop:
            judge.fault(path, "no-way-out", message=name)
        for field in sorted(message.fields - purpose.uses):
            judge.fault(f"{path}.fields", "message-uses-too-much", item=field, field=field, purpose=message.for_)


def cookies(judge: Judge) -> None:
    """Optional cookies wait for a yes (UU PDP Art. 20, 22)."""
    for name, cookie in judge.notice.cookies.set.items():
        path = f"cookies.set.{name}"
        if cookie.class_ in ("analytics", "marketing") and not cookie.for_:
            judge.fault(path, "cookie-without-purpose", cookie=name)
        purpose = judge.notice.purposes.get(cookie.for_)
        if purpose is None:
            continue
        if cookie.class_ in ("analytics", "marketing") and purpose.basis != "consent":
            judge.fault(f"{path}.for", "cookie-basis", cookie=name, purpose=cookie.for_, basis=purpose.basis)
        for field in sorted(cookie.holds - purpose.uses):
            judge.fault(f"{path}.holds", "cookie-holds-too-much", item=field, field=field, purpose=cookie.for_)


def visits(judge: Judge) -> None:
    """Nothing is recorded of a visit that its purpose does not use."""
    visits_ = judge.notice.visits
    purpose = judge.notice.purposes.get(visits_.for_) if visits_ else None
    if visits_ is None or purpose is None:
        return
    for field in sorted(visits_.records - purpose.uses):
        judge.fault("visits.records", "visits-record-too-much", item=field, field=field, purpose=visits_.for_)


def statistics(judge: Judge) -> None:
    """Figures of fewer than five people single one of them out."""
    statistics_ = judge.notice.statistics
    if statistics_.smallest_group < _SMALLEST:
        judge.fault("statistics.smallest_group", "group-too-small", count=statistics_.smallest_group)
    for name, group in statistics_.groups.items():
        if group.smallest_group < _SMALLEST and judge.written(f"statistics.groups.{name}.smallest_group"):
            judge.fault(f"statistics.groups.{name}.smallest_group", "group-too-small", count=group.smallest_group)
        purpose = judge.notice.purposes.get(group.for_)
        for field in sorted(group.of - purpose.uses) if purpose else ():
            judge.fault(
                f"statistics.groups.{name}.of", "figures-use-too-much", item=field, field=field, purpose=group.for_
            )


def terms(judge: Judge) -> None:
    """The point and the terms say the same of where they are accepted: each acceptance names one text."""
    for name, one in judge.notice.terms.items():
        for point in one.accepted_at:
            asked = judge.notice.points[point].terms if point in judge.notice.points else name
            if asked != name:
                judge.fault(f"terms.{name}.accepted_at", "terms-twice", item=point, point=point, terms=name)
    for name, place in judge.notice.points.items():
        held = judge.notice.terms.get(place.terms)
        if held is not None and held.accepted_at and name not in held.accepted_at:
            judge.fault(f"points.{name}.terms", "terms-elsewhere", point=name, terms=place.terms)


CHECKS: tuple[Callable[[Judge], None], ...] = (
    channels,
    collecting,
    tables,
    messages,
    cookies,
    visits,
    statistics,
    terms,
)
