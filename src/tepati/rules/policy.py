"""Room rules: a notice compiled for the door: closed lists as look-ups, so that one question costs a few of them."""

from collections.abc import Mapping

import msgspec

from tepati.notice.model import Category, Field, Life, Notice, Point
from tepati.notice.values import Duration
from tepati.rules.aims import Aim, Fields, aims, declared
from tepati.rules.calendar import Calendar, calendar
from tepati.rules.deadlines import after
from tepati.rules.windows import Window, window


class Held(msgspec.Struct, frozen=True):
    """A recorded decision to keep fields past their end, for one rule of law."""

    rule: str
    fields: Fields
    for_: Duration


class Policy(msgspec.Struct, frozen=True):
    """All that the door asks a notice. Made by ``compile``; immutable; safe to share between threads."""

    version: int
    aims: dict[str, Aim]
    fields: Fields
    populations: frozenset[str]
    roles: frozenset[str]
    messages: frozenset[str]
    recipients: frozenset[str]
    opens: dict[str, str]  # point -> the kind of case it opens
    windows: dict[str, Window]  # point -> when it is open, where it is not always
    holds: dict[str, Held]
    data: dict[str, Category]
    named: dict[str, Field]  # every declared field by its path
    points: dict[str, Point]
    entered: dict[str, tuple[str, ...]]  # point -> the paths it collects, sorted
    lives: dict[str, Life]
    covers: frozenset[str]
    adult: int
    address: str  # the field in which the address stands that identifies people, or ""
    days: Calendar
    proofs: Duration
    access: Duration

    def proof_due(self, at: int) -> int:
        """Give the last instant of a person's opening written at ``at``: as long as the ledger is kept."""
        return after(at, self.proofs, self.days)

    def access_due(self, at: int) -> int:
        """Give the last instant of an actor's opening: the term of the access log, which no erasure shortens."""
        return after(at, self.access, self.days)


def compile(notice: Notice, since: Mapping[str, int] | None = None) -> Policy:
    """Compile a notice. ``since`` says from which version on a purpose is as wide as it is now (default 1).

    A person told an older version than that is not served by the purpose: a widening holds person by person.
    """
    log = notice.security.access_log
    return Policy(
        version=notice.notice.version,
        aims=aims(notice, since or {}),
        fields=declared(notice),
        populations=frozenset(notice.populations),
        roles=frozenset(notice.roles),
        messages=frozenset(notice.messages),
        recipients=frozenset(notice.recipients),
        opens={name: point.opens for name, point in notice.points.items() if point.opens},
        windows={name: found for name, point in notice.points.items() if (found := window(point, notice))},
        holds={
            name: Held(life.hold.rule, life.hold.fields, life.hold.for_)
            for name, life in notice.retention.items()
            if life.hold
        },
        data=notice.data,
        named={f"{name}.{path}": field for name, held in notice.data.items() for path, field in held.fields.items()},
        points=notice.points,
        entered={name: tuple(sorted(point.collects & declared(notice))) for name, point in notice.points.items()},
        lives=notice.retention,
        covers=frozenset(notice.notice.covers),
        adult=notice.minors.under,
        address=_address(notice),
        days=calendar(notice),
        proofs=notice.accountability.ledger.keep,
        access=log.keep if log else Duration(5, "year"),
    )


def _address(notice: Notice) -> str:
    """Name the e-mail field that identifies people at the first point that collects one."""
    for point in notice.points.values():
        for path in sorted(point.collects & declared(notice)):
            category, _, name = path.partition(".")
            field = notice.data[category].fields[name]
            if field.identifies and field.type == "email":
                return path
    return ""
