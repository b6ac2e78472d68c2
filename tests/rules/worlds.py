"""Random notices, people and questions for the property tests of the door. Small, but every kind of key occurs.

A world is made from one seed that Hypothesis draws: thousands a second, each found again by its number. The odds are
set so that permits are met as often as each refusal (a test counts them).
"""

import datetime as dt
import random

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tepati.notice import model as m
from tepati.notice.values import Duration, Moment, Telling, Text
from tepati.rules.facts import FOREVER, Dealing, Facts, Row, Use

NOW = 1_800_000_000_000_000
HOUR = 3_600_000_000
FIELDS = ("a.name", "a.email", "a.phone", "b.text", "b.note", "c.code")
TYPES = {"name": "name", "email": "email", "phone": "phone", "text": "text", "note": "text", "code": "reference"}
CHANNELS = ("email", "whatsapp", "site")
KINDS = ("order", "visit")
BASES = ("consent", "consent", "contract", "legal_obligation", "legitimate_interest")
RULE = "UU KUP 28(11)"
SAID = Text("d", "d")
EVENTS = ("opened", "closed", "starts", "charged")
RECORDS = ("r1", "r2", "r3")
DEALINGS = ("d1", "d2", "d3")

seeds = st.integers(0, 2**48)
many = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))


class Dice(random.Random):
    """Chance, repeatable."""

    def one_in(self, n):
        return self.randrange(n) == 0

    def some(self, names, least=0, most=None):
        names = sorted(names)
        return tuple(self.sample(names, self.randint(min(least, len(names)), min(most or len(names), len(names)))))

    def fields(self, least=3):
        return frozenset(self.some(FIELDS, least))

    def instant(self):
        return NOW + self.randint(-6, 6) * HOUR

    def moment(self):
        offset = Duration(1, "day") if self.one_in(5) else Duration(self.randint(1, 6), "hour")
        sign, at = self.choice((-1, 0, 1)), 18 * 60 if self.one_in(6) else None
        return Moment(f"{self.choice(KINDS)}.{self.choice(EVENTS)}", sign, offset if sign else None, at)

    def window(self):
        kind = self.choice(("", "", "", "while", "from", "until", "both"))
        if kind == "while":
            return {"while_": self.choice(KINDS)}
        parts = {"from": ("from_",), "until": ("until",), "both": ("from_", "until")}.get(kind, ())
        return {part: self.moment() for part in parts}


def data():
    by_category = {}
    for path in FIELDS:
        category, _, name = path.partition(".")
        by_category.setdefault(category, {})[name] = m.Field(type=TYPES[name], identifies=name == "email")
    return {c: m.Category(class_="general", of="customer", fields=fields) for c, fields in by_category.items()}


def purpose(dice):
    basis = dice.choice(BASES)
    return m.Purpose(
        kind="service", basis=basis, uses=dice.fields(4), because=RULE if basis == "legal_obligation" else "",
        channels=dice.some(CHANNELS, 1), enforce="observe" if dice.one_in(12) else "refuse",
    )  # fmt: skip


def notice(dice):
    names = tuple(f"p{i}" for i in range(dice.randint(2, 4)))
    partners = tuple(f"x{i}" for i in range(dice.randint(0, 2)))
    purposes = {name: purpose(dice) for name in names}
    asking = tuple(name for name in names if purposes[name].basis == "consent") or names
    consents = {}
    for i in range(dice.randint(2, 5)):
        to = dice.choice(partners) if partners and dice.one_in(4) else ""
        channel = dice.choice(("", *CHANNELS)) if to else dice.choice(CHANNELS)
        aim = dice.choice(names if dice.one_in(4) else asking)
        consents[f"q{i}"] = m.Consent(for_=aim, channel=channel, recipient=to)
    points = {
        f"e{i}": m.Point(
            channels=("site",), who="customer", collects=dice.fields(4), for_=dice.some(names, 1),
            asks=dice.some(consents), opens=dice.choice(("", *KINDS)), automatic=dice.one_in(3),
        )
        for i in range(dice.randint(2, 3))
    }  # fmt: skip
    roles = {f"s{i}": role(dice, names) for i in range(dice.randint(2, 3))}
    recipients = {
        x: m.Recipient(
            kind="controller", gets=dice.fields(4), for_=dice.some(names, 1),
            consent=dice.choice(tuple(consents)) if dice.one_in(4) else "", **dice.window(),
        )
        for x in partners
    }  # fmt: skip
    messages = {
        f"m{i}": m.Message(
            kind="service", for_=dice.choice(names), channel=dice.choice(CHANNELS), when=None, fields=dice.fields(),
            on_behalf_of=dice.choice(partners) if partners and dice.one_in(4) else "",
        )
        for i in range(dice.randint(1, 3))
    }  # fmt: skip
    sections = {"roles": roles, "recipients": recipients, "messages": messages}
    return frame(purposes, points, consents, held=not dice.one_in(3), **sections)


def role(dice, names):
    sees = dice.fields()
    hows = {f: dice.choice(("full", "masked")) for f in sees} if dice.one_in(4) else dict.fromkeys(sees, "full")
    return m.Role(
        sees=sees, for_=dice.some((*names, "requests"), 1), whose="assigned" if dice.one_in(4) else "all", how=hows,
        may=dice.some(("send", "correct")), **dice.window(),
    )  # fmt: skip


def frame(purposes, points, consents, *, held=True, **sections):
    life = {"from_": Moment("record.created"), "for_": Duration(1, "year")}
    since, for_ = dt.date(2026, 11, 1), Duration(10, "year")
    hold = m.Hold(rule=RULE, fields=frozenset({"a.name", "a.email"}), reading=SAID, for_=for_, by=SAID, on=since)
    announce = m.Announce(material=Telling())
    return m.Notice(
        tepati=1,
        organisation=m.Organisation(name="X", contact=m.Contact(email="x@example.org")),
        notice=m.Publication(version=1, effective=dt.date(2026, 12, 1), covers=("site",), announce=announce),
        populations={"customer": m.Population(we_are="controller")},
        cases={kind: m.Case(of="customer", moments={"starts": "planned", "charged": "recorded"}) for kind in KINDS},
        data=data(),
        retention={"a": m.Life(**life, hold=hold if held else None), "b": m.Life(**life), "c": m.Life(**life)},
        purposes=purposes,
        points=points,
        consents=consents,
        **sections,
    )


def dealing(dice):
    moments = {name: dice.instant() for name in ("starts", "charged") if not dice.one_in(3)}
    closed = dice.instant() if dice.one_in(3) else 0
    return Dealing(
        dice.choice((*KINDS, *KINDS, "request")),
        NOW - dice.randint(-1, 8) * HOUR,
        closed,
        moments,
        dice.choice(("me", "me", "you", "")),
    )


def person(dice, notice):
    """A person: mostly able to be served, so that permits are met as often as refusals."""
    points = (*notice.points, "ghost") if dice.one_in(9) else tuple(notice.points)
    names = tuple(notice.purposes)
    rows = RECORDS[: dice.choice((0, 1, 1, 2, 3))]
    return Facts(
        "stranger" if dice.one_in(25) else "customer",
        joined=not dice.one_in(3),
        told=0 if dice.one_in(20) else dice.randint(1, 3),
        minor_until=dice.instant() if dice.one_in(6) else 0,
        guardian=dice.one_in(3),
        consents={q: FOREVER if dice.one_in(3) else dice.instant() for q in notice.consents if not dice.one_in(3)},
        restricted=dice.some((*names, "*"), 1, 2) if dice.one_in(12) else (),
        objected=dice.some(names, 1, 2) if dice.one_in(12) else (),
        ended=dice.some(("a", "b", "c"), 1) if dice.one_in(6) else (),
        holds={"a": dice.instant(), "b": dice.instant()} if dice.one_in(2) else {},
        rows={n: row(dice, points) for n in rows},
        dealings={n: dealing(dice) for n in DEALINGS[: dice.randint(0, 3)]},
    )


def row(dice, points):
    held = {c: dice.instant() for c in dice.some(("a", "b", "c"), 1, 2)} if dice.one_in(9) else {}
    return Row(dice.choice(points), 1, not dice.one_in(4), dice.choice(("", *DEALINGS)), held=held)


def use(dice, notice, *, sets=False):
    """A question; mostly one that a role, a message or a recipient of the notice could ask."""
    kinds = (
        ("message", "recipient", "system", "any")
        if sets
        else ("role", "role", "message", "recipient", "system", "person", "any")
    )
    asked = _asked(dice, notice, dice.choice(kinds))
    if sets:
        return msgspec.structs.replace(asked, role="system")
    return msgspec.structs.replace(
        asked, actor="" if dice.one_in(6) else "me", person=b"p" * 16, tx=7,
        dealing=dice.choice(DEALINGS) if dice.one_in(5) else "", record=dice.choice(RECORDS) if dice.one_in(6) else "",
    )  # fmt: skip


def _asked(dice, notice, kind):
    at = dice.instant()
    if kind == "role":
        name = dice.choice(tuple(notice.roles))
        said = notice.roles[name]
        aim = dice.choice(said.for_)
        return Use(dice.choice(("look", "look", "correct")), aim, pick(dice, said.sees, used(notice, aim)), at, name)
    if kind == "message":
        name = dice.choice(tuple(notice.messages))
        sent = notice.messages[name]
        return Use(
            "send", sent.for_, pick(dice, sent.fields, used(notice, sent.for_)), at, channel=sent.channel, message=name
        )
    if kind == "recipient" and notice.recipients:
        name = dice.choice(tuple(notice.recipients))
        got = notice.recipients[name]
        aim = dice.choice(got.for_)
        return Use("share", aim, pick(dice, got.gets, used(notice, aim)), at, recipient=name)
    if kind == "person":
        return Use("look", dice.choice(("requests", "requests", "proof")), pick(dice, FIELDS, FIELDS[:3]), at, "person")
    if kind == "any":
        return Use(
            dice.choice(("look", "send", "correct", "dance")),
            dice.choice((*notice.purposes, "requests", "proof", "disclosure", "ghost")),
            frozenset(dice.some((*FIELDS, "a.ghost"), 0, 3)), at,
            dice.choice((*notice.roles, "system", "person", "ghost")),
            channel=dice.choice(("", *CHANNELS, "ghost")), recipient=dice.choice(("", *notice.recipients, "ghost")),
            message=dice.choice(("", *notice.messages, "ghost")),
        )  # fmt: skip
    name = dice.choice(tuple(notice.purposes))
    return Use("count", name, pick(dice, notice.purposes[name].uses, FIELDS), at)


def used(notice, aim):
    return notice.purposes[aim].uses if aim in notice.purposes else FIELDS


def pick(dice, fields, wished):
    """One or two of the fields, mostly of those that the purpose uses: few enough that records hold them."""
    likely = set(fields) & set(wished)
    return frozenset(dice.some(likely if likely and not dice.one_in(10) else FIELDS, 1, 2))
