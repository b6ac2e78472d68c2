"""Room rules: a notice compiled for the door: closed lists as look-ups, so that one question costs a few of them."""

from collections.abc import Mapping

import msgspec

from tepati.notice.model import Category, Field, Life, Notice, Point
from tepati.notice.values import Duration
from tepati.rules.aims import Aim, Fields, aims, declared
from tepati.rules.calendar import Calendar, calendar, midnight_after
from tepati.rules.deadlines import after
from tepati.rules.facts import Facts, Row
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
    openers: dict[str, Fields]  # kind of case -> the points that open one
    windows: dict[str, Window]  # point -> when it is open, where it is not always
    holds: dict[str, Held]
    data: dict[str, Category]
    points: dict[str, Point]
    collects: dict[str, tuple[tuple[str, Field], ...]]  # point -> the declared fields it collects, in order
    came_for: dict[str, str]  # point -> the purpose that its records came for
    lives: dict[str, Life]
    covers: frozenset[str]
    adult: int
    addresses: tuple[str, ...]  # the fields in which the address stands that identifies people
    alike: dict[str, str]  # every identifying e-mail field -> the first of its population, whose index it shares
    days: Calendar
    proofs: Duration
    access: Duration
    consented: Duration
    clocks: dict[str, Duration] = {}  # path of a promised time -> that time, where the notice names one
    was: dict[str, str] = {}  # ``data.<name>`` or ``cases.<name>`` -> its name in the version before
    over: dict[str, int] = {}  # kind of case -> the instant with which every one of it ends
    before: "Policy | None" = None  # of the version that this one followed: who was not told of this one stays under it

    @property
    def address(self) -> str:
        """The first of the addresses, or ""."""
        return next(iter(self.addresses), "")

    def address_of(self, facts: Facts, purpose: str = "requests", record: str = "") -> str:
        """Name the address that a purpose may use of somebody: in a proven record of theirs first, or in this record.

        Records under one address hold it in different fields: each serves the purposes of the point it came by.
        People of another population (a merchant's buyers) have addresses of their own.
        """
        own = [path for path in self.alike if self.data[path.partition(".")[0]].of == facts.population]
        if own and own[0] not in self.addresses:
            return next((path for path in own if path in self.aims[purpose].uses), own[0])
        uses = self.aims[purpose].uses
        return next((path for path in self.held(facts, record) if path in uses), self.address_for(purpose))

    def mark_of(self, facts: Facts) -> str:
        """Name a field of somebody by which the door is asked about all of them: their address, or what they left."""
        address, came = self.address_of(facts), {row.point for row in facts.rows.values()} & self.points.keys()
        points = [self.points[name] for name in came]
        if any(address in point.collects for point in points):
            return address
        return min((path for point in points for path in point.collects & self.fields), default=address)

    def address_for(self, purpose: str) -> str:
        """Name the address that a purpose may use, whoever it is."""
        return next((path for path in self.addresses if path in self.aims[purpose].uses), self.address)

    def held(self, facts: Facts, record: str = "", *, proven: bool = False) -> tuple[str, ...]:
        """Name the addresses in somebody's records, the proven ones first (or alone), or in one of them."""
        if len(self.addresses) == 1:
            return self.addresses
        rows = [facts.rows[record]] if record in facts.rows else sorted(facts.rows.values(), key=lambda r: not r.joined)
        rows = [row for row in rows if row.joined or not proven]
        return tuple(dict.fromkeys(path for row in rows for path in self.addresses if self._holds(row, path)))

    def _holds(self, row: Row, path: str) -> bool:
        point = self.points.get(row.point)
        return (
            point is not None and path in point.collects and path.partition(".")[0] in row.ends.keys() - row.held.keys()
        )

    def governing(self, told: int) -> "tuple[Policy, ...]":
        """List the versions that hold for somebody, the newest first, back to the one they were told."""
        found, each = [self], self
        while each.version > told and each.before is not None:
            each = each.before
            found.append(each)
        return tuple(found)

    def called(self, section: str, name: str, told: int) -> "tuple[tuple[Policy, str], ...]":
        """Pair the versions that hold for somebody with the name that a thing of the newest has in each."""
        found = []
        for each in self.governing(told):
            found.append((each, name))
            name = each.was.get(f"{section}.{name}", name)
        return tuple(found)

    def proof_due(self, at: int) -> int:
        """Give the last instant of a person's opening written at ``at``: as long as the ledger is kept."""
        return after(at, self.proofs, self.days)

    def access_due(self, at: int) -> int:
        """Give the last instant of an actor's opening: the term of the access log, which no erasure shortens."""
        return after(at, self.access, self.days)

    def line_due(self, at: int) -> int:
        """Give the last instant of a line of the ledger: no sooner than of anything that rests on it."""
        return max(after(at, term, self.days) for term in (self.proofs, self.access, self.consented))


def compile(notice: Notice, since: Mapping[str, int] | None = None) -> Policy:
    """Compile a notice. ``since`` says from which version on a purpose is as wide as it is now (default 1).

    A person told an older version than that is not served by what it widened: see ``succession``.
    """
    log, known = notice.security.access_log, declared(notice)
    served = aims(notice, since or {})
    return Policy(
        version=notice.notice.version,
        aims=served,
        fields=known,
        populations=frozenset(notice.populations),
        roles=frozenset(notice.roles),
        messages=frozenset(notice.messages),
        recipients=frozenset(notice.recipients),
        openers=_openers(notice),
        windows={name: found for name, point in notice.points.items() if (found := window(point, notice))},
        holds={
            name: Held(life.hold.rule, life.hold.fields, life.hold.for_)
            for name, life in notice.retention.items()
            if life.hold
        },
        data=notice.data,
        points=notice.points,
        collects={name: _collects(notice, point.collects & known) for name, point in notice.points.items()},
        came_for={name: _came_for(served, name, point) for name, point in notice.points.items()},
        lives=notice.retention,
        covers=frozenset(notice.notice.covers),
        adult=notice.minors.under,
        addresses=_addresses(notice),
        alike=_alike(notice),
        days=calendar(notice),
        proofs=notice.accountability.ledger.keep,
        access=log.keep if log else Duration(5, "year"),
        consented=notice.accountability.proofs.keep,
        clocks=_clocks(notice),
        was={f"data.{name}": one.was for name, one in notice.data.items() if one.was}
        | {f"cases.{name}": one.was for name, one in notice.cases.items() if one.was},
        over={name: ends(notice, name) for name, case in notice.cases.items() if case.last_day},
    )


def ends(notice: Notice, kind: str) -> int:
    """Give the last instant (microsecond) of the last day of every case of a kind; 0 where it has none."""
    case = notice.cases.get(kind)
    return midnight_after(case.last_day, calendar(notice)) - 1 if case and case.last_day else 0


def _clocks(notice: Notice) -> dict[str, Duration]:
    """Give the promised times by their paths."""
    rights = {f"rights.{name}.within": right.within for name, right in notice.rights.items()}
    cases = {f"cases.{name}.within": case.within for name, case in notice.cases.items()}
    questions = {"questions.within": notice.questions.within} if notice.questions else {}
    return {path: within for path, within in {**rights, **cases, **questions}.items() if within}


def _collects(notice: Notice, paths: Fields) -> tuple[tuple[str, Field], ...]:
    parted = ((path, *path.split(".", 1)) for path in sorted(paths))
    return tuple((path, notice.data[category].fields[name]) for path, category, name in parted)


def _came_for(served: Mapping[str, Aim], name: str, point: Point) -> str:
    """Name the purpose a record came for: one necessary for what was asked, else any the point is for or asks."""
    necessary = [purpose for purpose in point.for_ if name in served[purpose].unproven]
    asked = [purpose for purpose, aim in served.items() if set(aim.pools) & set(point.asks)]
    return next(iter([*necessary, *point.for_, *asked]), "requests")


def _addresses(notice: Notice) -> tuple[str, ...]:
    """Name the e-mail fields that identify people of one population, that of the first point that collects one."""
    telling = _alike(notice)
    found = [path for point in notice.points.values() for path in sorted(point.collects) if path in telling]
    return tuple(dict.fromkeys(path for path in found if telling[path] == telling[found[0]]))


def _alike(notice: Notice) -> dict[str, str]:
    """Give each e-mail field that identifies people the first one of its population: one address there is one person.

    What a later version declares after it leads to the same people.
    """
    first: dict[str, str] = {}
    return {
        path: first.setdefault(held.of, path)
        for category, held in notice.data.items()
        for name, field in held.fields.items()
        if field.identifies and field.type == "email" and (path := f"{category}.{name}")
    }


def _openers(notice: Notice) -> dict[str, Fields]:
    return {
        kind: frozenset(name for name, point in notice.points.items() if point.opens == kind) for kind in notice.cases
    }
