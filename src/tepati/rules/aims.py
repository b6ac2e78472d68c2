"""Room rules: what each purpose may use, and under it who may ask, what is sent, who receives, where data entered.

Everything is a closed list: what is not in a look-up is refused.
"""

from collections.abc import Mapping

import msgspec

from tepati.notice.model import Category, Message, Notice, Purpose
from tepati.notice.values import STRICTNESS
from tepati.notice.vocabulary import BUILT_IN_PURPOSES, CARRIED_BY, REACHED_BY
from tepati.rules.facts import FOREVER, How
from tepati.rules.windows import Window, window

Fields = frozenset[str]
Pool = dict[str, Fields]  # point -> the fields it collects that the purpose uses

_CONTACT = {"name", "email", "phone"}
# What a member of staff does by seeing; everything else needs a word of ``may``.
_LOOKS = frozenset(
    {"look", "show", "list", "reveal", "open", "read", "search", "assign", "move", "close", "count", "watch", "happen"}
)
_HANDLED = frozenset({"erase", "restrict", "object", "withdraw", "correct", "complete", "export", "answer"})
# Bases of what the person themselves asked for, or the law: all that an unproven record may serve (design section 5).
_NECESSARY = frozenset({"contract", "legal_obligation", "vital_interest"})


STAFF = "staff"  # where members of staff enter: no collection point, they are let in (``flows.acts.staff``)


class Seat(msgspec.Struct, frozen=True):
    """What one role may see for one purpose. ``acts`` is None where any act may be asked (the person, the system)."""

    promise: str
    fields: Fields
    how: How = "full"
    ways: tuple[tuple[Fields, How], ...] = ()  # filled where fields differ, the strictest first
    window: Window | None = None
    assigned: bool = False
    keeps: Fields = frozenset()  # of what only a hold still keeps, whichever law's: the person's own (UU PDP Art. 7)
    acts: frozenset[str] | None = None


class Sending(msgspec.Struct, frozen=True):
    """A declared message: its fields and the address of its channel, and the questions any of which must be a yes."""

    promise: str
    channel: str
    fields: Fields
    questions: tuple[str, ...]
    wanted: Fields  # before what the relay of the channel may get was taken off
    carrier: str  # the promise of that relay, or the message's own
    reaches: bool  # its channel is one of the purpose
    question: str = ""  # the only question of a purpose that rests on consent, and the points its yes opens
    pool: Pool = {}


class Gate(msgspec.Struct, frozen=True):
    """What one recipient may get for one purpose."""

    promise: str
    fields: Fields
    window: Window | None = None
    questions: tuple[str, ...] = ()  # any of them must be a yes
    later: bool = False  # what it needs is enforced by a later part: refused until then


class Aim(msgspec.Struct, frozen=True):
    """A purpose, compiled."""

    name: str
    promise: str
    uses: Fields
    consent: bool = False
    asks: bool = False  # some question is for it, or must be
    exempt: bool = False  # a restriction of everything does not stop it
    built_in: bool = False
    later: bool = False
    observe: bool = False
    told: int = 1  # the notice version that must have been told; FOREVER where it is ``later``
    because: str = ""
    keeps: Fields = frozenset()  # what holds keep for this purpose's rule, and for no other
    channels: frozenset[str] = frozenset()
    seats: dict[str, Seat] = {}
    sendings: dict[str, Sending] = {}
    gates: dict[str, Gate] = {}
    points: Pool = {}
    pools: dict[str, Pool] = {}  # question -> points, those that ask it included
    by_channel: dict[str, tuple[str, ...]] = {}  # "" holds every question that names no recipient
    unproven: frozenset[str] = frozenset()  # points whose unjoined records it may use
    classes: tuple[Fields, ...] = ()  # fields of one category that enter at the same points, whatever was agreed to
    renewed: dict[str, int] = {}  # question -> the version that widened it: a yes given under an older one covers less


def declared(notice: Notice) -> Fields:
    """List the fields of known type; an ``unclear`` one is kept out of every use."""
    return frozenset(
        f"{category}.{name}"
        for category, held in notice.data.items()
        for name, field in held.fields.items()
        if field.type != "unclear"
    )


def _typed(notice: Notice, types: set[str]) -> Fields:
    return frozenset(f for f in declared(notice) if type_of(notice.data, f) in types)


def type_of(data: Mapping[str, Category], field: str) -> str:
    """Give the semantic type of a declared ``category.field``."""
    category, _, name = field.partition(".")
    return data[category].fields[name].type


def aims(notice: Notice, since: Mapping[str, int]) -> dict[str, Aim]:
    """Compile every purpose, the built-in ones too; ``since`` as in ``policy.compile``."""
    known = declared(notice)
    served = {name: _aim(name, said, notice, since.get(name, 1)) for name, said in notice.purposes.items()}
    builtin = {"requests": known, "disclosure": known, "proof": _typed(notice, _CONTACT)}
    return served | {name: _built_in(name, builtin[name], notice) for name in BUILT_IN_PURPOSES}


def _built_in(name: str, uses: Fields, notice: Notice) -> Aim:
    """Answering people, orders of the powers, and proofs: always lawful, always narrow, declared in no file."""
    seats = _seats(name, uses, notice)
    seats["person"] = Seat("rights.access", uses, keeps=_held(notice) & uses if name == "requests" else frozenset())
    seats["system"] = Seat("rights.access", uses)
    return Aim(
        name=name,
        promise="disclosure.compelled" if name == "disclosure" else "rights.access",
        uses=uses,
        exempt=True,
        built_in=True,
        later=name == "disclosure",
        told=FOREVER if name == "disclosure" else 0,
        seats=seats,
        points={STAFF: _of_staff(uses)} | {name: point.collects & uses for name, point in notice.points.items()},
        unproven=frozenset(notice.points),
    )


def _aim(name: str, said: Purpose, notice: Notice, told: int) -> Aim:
    uses = said.uses & declared(notice)
    points = {p: point.collects & uses for p, point in notice.points.items() if name in point.for_}
    points = {STAFF: _of_staff(uses)} | points if said.kind == "staff" else points
    questions = [q for q, asked in notice.consents.items() if asked.for_ == name]
    seen = {f for role in notice.roles.values() if name in role.for_ for f in role.sees}  # else it is only sent on
    later = any(notice.populations[notice.data[_category(f)].of].we_are == "processor" for f in uses & seen)
    pools = {q: points | _asking(q, uses, notice) for q in questions}
    return Aim(
        name=name,
        promise=f"purposes.{name}",
        uses=uses,
        consent=said.basis == "consent",
        asks=said.basis == "consent" or bool(questions),
        exempt=said.basis == "legal_obligation",
        later=later,
        observe=said.enforce == "observe",
        told=FOREVER if later else told,
        because=said.because,
        keeps=_held(notice, said.because) & uses if said.because else frozenset(),
        channels=frozenset(said.channels),
        seats=_seats(name, uses, notice) | {"system": Seat(promise=f"purposes.{name}", fields=uses)},
        sendings=_sendings(name, said, pools, notice),
        gates=_gates(name, uses, notice),
        points=points,
        pools=pools,
        by_channel=_by_channel(questions, notice),
        unproven=_unproven(name, said, notice),
        classes=_classes(uses, [points, *pools.values()]),
    )


def _of_staff(fields: Fields) -> Fields:
    return frozenset(f for f in fields if _category(f) == STAFF)


def _held(notice: Notice, rule: str = "") -> Fields:
    """List the fields that holds keep: for one rule, or for any."""
    holds = [life.hold for life in notice.retention.values() if life.hold]
    return frozenset().union(*(hold.fields for hold in holds if rule in {"", hold.rule}))


def _category(field: str) -> str:
    return field.partition(".")[0]


def _asking(question: str, uses: Fields, notice: Notice) -> Pool:
    return {p: point.collects & uses for p, point in notice.points.items() if question in point.asks}


def _classes(uses: Fields, pools: list[Pool]) -> tuple[Fields, ...]:
    """Group fields that are there or not there together: the bits of ``standing.blocked``, in a stable order."""
    grouped: dict[tuple[object, ...], set[str]] = {}
    for field in sorted(uses):
        where = tuple(tuple(sorted(p for p, held in pool.items() if field in held)) for pool in pools)
        grouped.setdefault((_category(field), where), set()).add(field)
    return tuple(frozenset(fields) for fields in grouped.values())


def _by_channel(questions: list[str], notice: Notice) -> dict[str, tuple[str, ...]]:
    own = [q for q in questions if not notice.consents[q].recipient]
    channels: set[str] = {notice.consents[q].channel for q in own if notice.consents[q].channel}
    return {c: tuple(q for q in own if notice.consents[q].channel == c) for c in channels} | {"": tuple(own)}


def _unproven(name: str, said: Purpose, notice: Notice) -> frozenset[str]:
    """List the points whose records serve this purpose even while their address is unproven.

    A record came for what its person asked, or the law asks: not for an interest of the organisation, and never for a
    consent, which stays requested until its link was used. A device's record has no address that could be proven.
    """
    if said.basis == "consent":
        return frozenset()
    necessary = said.basis in _NECESSARY
    return frozenset(p for p, point in notice.points.items() if name in point.for_ and (necessary or point.automatic))


def _seats(purpose: str, uses: Fields, notice: Notice) -> dict[str, Seat]:
    seats = {}
    for name, role in notice.roles.items():
        if purpose not in role.for_ or name in {"person", "system"}:
            continue
        fields = role.sees & uses
        hows: dict[str, How] = {f: role.how.get(f, "full") for f in fields}
        alike = len(set(hows.values())) <= 1
        acts = set(role.may).union(_LOOKS, _HANDLED if "handle_requests" in role.may else ())
        seats[name] = Seat(
            promise=f"roles.{name}",
            fields=fields,
            how=next(iter(hows.values()), "full") if alike else "full",
            ways=() if alike else _ways(hows),
            window=window(role, notice),
            assigned=role.whose == "assigned",
            acts=frozenset(acts),
        )
    return seats


def _ways(hows: Mapping[str, How]) -> tuple[tuple[Fields, How], ...]:
    order = sorted(set(hows.values()), key=lambda how: -STRICTNESS[how])
    return tuple((frozenset(field for field, said in hows.items() if said == how), how) for how in order)


def strictest(seat: Seat, fields: Fields) -> How:
    """Give the strictest way of showing any of the fields: one permit has one way."""
    for shown, how in seat.ways:
        if not shown.isdisjoint(fields):
            return how
    return seat.how


def _sendings(purpose: str, said: Purpose, pools: dict[str, Pool], notice: Notice) -> dict[str, Sending]:
    mine = {name: message for name, message in notice.messages.items() if message.for_ == purpose}
    return {name: _sending(name, message, said, pools, notice) for name, message in mine.items()}


def _sending(name: str, message: Message, said: Purpose, pools: dict[str, Pool], notice: Notice) -> Sending:
    uses = said.uses & declared(notice)
    relay = notice.endpoints.get(CARRIED_BY[message.channel], "none") if message.channel in CARRIED_BY else "none"
    carrier = notice.recipients.get(relay)
    fields = (message.fields & uses) | (uses & _typed(notice, REACHED_BY.get(message.channel, set())))
    carried = fields if carrier is None else fields & carrier.gets if message.for_ in carrier.for_ else frozenset()
    wanted = (message.for_, message.channel, message.on_behalf_of)
    questions = tuple(
        q for q, asked in notice.consents.items() if (asked.for_, asked.channel, asked.recipient) == wanted
    )
    only = questions[0] if len(questions) == 1 and said.basis == "consent" else ""
    return Sending(
        promise=f"messages.{name}",
        channel=message.channel,
        fields=carried,
        questions=questions,
        wanted=fields,
        carrier=f"recipients.{relay}" if carrier else f"messages.{name}",
        reaches=message.channel in said.channels,
        question=only,
        pool=pools.get(only, {}),
    )


def _gates(purpose: str, uses: Fields, notice: Notice) -> dict[str, Gate]:
    out = {}
    for name, recipient in notice.recipients.items():
        if purpose not in recipient.for_:
            continue
        named = tuple(q for q, asked in notice.consents.items() if asked.for_ == purpose and asked.recipient == name)
        out[name] = Gate(
            promise=f"recipients.{name}",
            fields=recipient.gets & uses,
            window=window(recipient, notice),
            questions=(recipient.consent,) if recipient.consent else named,
            later=bool(recipient.members or recipient.chosen_by),
        )
    return out
