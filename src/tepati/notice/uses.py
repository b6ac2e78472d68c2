"""Room notice: the uses that a notice allows, so that two versions can be told apart by what may happen. Pure.

The rule is idea 3 of language.md: a purpose may use a field of a record when the record's point collects it, the point
is for that purpose or asks a consent for it, and the purpose uses the field. Everything else narrows it.
"""

from collections.abc import Iterable, Iterator

import msgspec

from tepati.notice.changes import Change, renamed
from tepati.notice.model import Notice


class Use(msgspec.Struct, frozen=True, order=True):
    """One field that may be used. ``who``: nothing for the purpose itself, or ``roles.<r>``, ``recipients.<r>``,
    ``messages.<m>``; ``consent``: without whose yes it may not.
    """

    purpose: str
    who: str
    field: str
    consent: str = ""


class Opened(msgspec.Struct, frozen=True):
    """What opens and what closes from one version to the next."""

    opens: tuple[Use, ...]
    closes: tuple[Use, ...]


class Asked(msgspec.Struct, frozen=True):
    """A consent whose earlier yes does not cover what it would now stand for; ``because``: the keys that widened it."""

    consent: str
    because: tuple[str, ...]


def uses(notice: Notice) -> frozenset[Use]:
    """List every use that the notice allows somebody at some time."""
    return frozenset([*_purposes(notice), *_roles(notice), *_recipients(notice), *_messages(notice)])


def opened(old: Notice, new: Notice) -> Opened:
    """Tell which uses open and which close; what was only renamed does neither."""
    moved = renamed(old, new)
    before, after = frozenset(_called(use, moved) for use in uses(old)), uses(new)
    return Opened(tuple(sorted(after - before)), tuple(sorted(before - after)))


def asked_again(old: Notice, new: Notice, found: Iterable[Change]) -> tuple[Asked, ...]:
    """List the consents to ask again: a yes covers the purpose, the fields, the channel, the recipient it named."""
    wider = [change.path for change in found if change.way == "wider"]
    kept = set(renamed(old, new)["consents"].values())
    rests = {name: _rests_on(new, name) for name in new.consents if name in kept}
    again = {name: tuple(path for path in wider if path.startswith(on)) for name, on in rests.items()}
    return tuple(Asked(name, because) for name, because in again.items() if because)


def _rests_on(notice: Notice, name: str) -> tuple[str, ...]:
    """Name the keys that a consent's question is made of."""
    consent = notice.consents[name]
    purpose = f"purposes.{consent.for_}."
    own = tuple(f"consents.{name}.{key}" for key in ("for", "channel", "recipient", "by"))
    to = f"recipients.{consent.recipient}."
    given = tuple(f"{to}{key}" for key in ("gets", "for", "country", "kind", "countries")) if consent.recipient else ()
    return (*own, *(f"{purpose}{key}" for key in ("kind", "basis", "uses")), *given)


def _purposes(notice: Notice) -> Iterator[Use]:
    for point in notice.points.values():
        served = [(name, "") for name in point.for_] + [(notice.consents[c].for_, c) for c in point.asks]
        for name, consent in served:
            for field in point.collects & notice.purposes[name].uses:
                yield Use(name, "", field, consent)


def _roles(notice: Notice) -> Iterator[Use]:
    for name, role in notice.roles.items():
        for purpose in role.for_:
            used = notice.purposes[purpose].uses if purpose in notice.purposes else role.sees
            yield from (Use(purpose, f"roles.{name}", field) for field in role.sees & used)


def _recipients(notice: Notice) -> Iterator[Use]:
    for name, one in notice.recipients.items():
        for purpose in one.for_:
            yield from (Use(purpose, f"recipients.{name}", field, one.consent) for field in one.gets)


def _messages(notice: Notice) -> Iterator[Use]:
    for name, message in notice.messages.items():
        yield from (Use(message.for_, f"messages.{name}", field) for field in message.fields)


def _called(use: Use, moved: dict[str, dict[str, str]]) -> Use:
    """Give a use of the old version under the names of the new one."""
    section, _, name = use.who.partition(".")
    category, _, field = use.field.partition(".")
    now = moved["data"].get(category, category)
    return Use(
        purpose=moved["purposes"].get(use.purpose, use.purpose),
        who=f"{section}.{moved[section].get(name, name)}" if section else "",
        field=f"{now}.{moved.get(f'data.{now}', {}).get(field, field)}",
        consent=moved["consents"].get(use.consent, use.consent),
    )
