"""Room notice: the defaults that depend on other keys, and what the law says where the notice is silent."""

from collections.abc import Container

from msgspec.structs import replace

from tepati.notice.law.pack import Silence, pack
from tepati.notice.model import Life, Notice, Point, Purpose, Right, Role
from tepati.notice.scalars import NEUTRAL_MOMENT, written_duration
from tepati.notice.values import STRICTNESS, Duration, How
from tepati.notice.vocabulary import RightName

_LAWFUL = ("minors", "disclosure.compelled", "business_transfer", "breach", "notice.shown")
_GUARDS = ("security.transport", "security.storage", "security.second_factor", "accountability.processing_record")
_PROOFS = ("accountability.supervision", "accountability.proofs", "accountability.ledger", "never.automated_decisions")


def settle(notice: Notice, written: Container[str]) -> Notice:
    """Fill what follows from other keys; ``written`` are the paths that stand in the file."""
    rights, silent = _rights(notice)
    defaults = {path for path in (*_LAWFUL, *_GUARDS, *_PROOFS) if path not in written and path not in silent}
    announce = notice.notice.announce
    groups = notice.statistics.groups
    smallest = notice.statistics.smallest_group
    return replace(
        notice,
        notice=replace(notice.notice, announce=replace(announce, minor=announce.minor or announce.material)),
        purposes={name: _objection(name, purpose, written) for name, purpose in notice.purposes.items()},
        roles={name: _how(role, notice) for name, role in notice.roles.items()},
        points={name: _terms(name, point, notice) for name, point in notice.points.items()},
        retention={name: _life(life) for name, life in notice.retention.items()},
        statistics=replace(
            notice.statistics,
            groups={n: g if g.smallest_group else replace(g, smallest_group=smallest) for n, g in groups.items()},
        ),
        rights=rights,
        defaults=frozenset(defaults | silent),
    )


def _objection(name: str, purpose: Purpose, written: Container[str]) -> Purpose:
    if f"purposes.{name}.objection" in written:
        return purpose
    open_to = purpose.basis == "legitimate_interest" or purpose.kind == "marketing"
    return replace(purpose, objection=open_to)


def _how(role: Role, notice: Notice) -> Role:
    """Say of each field how a role sees it: as the role says, and never more than the field's own ``mask`` shows."""
    otherwise = role.how.get("*", "full")
    own = {field: role.how.get(field, otherwise) for field in sorted(role.sees)}
    return replace(
        role, how={field: max(how, _mask(notice, field), key=STRICTNESS.__getitem__) for field, how in own.items()}
    )


def _terms(name: str, point: Point, notice: Notice) -> Point:
    """Ask for the terms where they say they are accepted, though the point itself does not name them."""
    listed = [terms for terms, one in notice.terms.items() if name in one.accepted_at]
    return point if point.terms or len(listed) != 1 else replace(point, terms=listed[0])


def _mask(notice: Notice, path: str) -> How:
    category, _, name = path.partition(".")
    held = notice.data.get(category)
    return held.fields[name].mask or "full" if held and name in held.fields else "full"


def _life(life: Life) -> Life:
    return replace(life, from_=NEUTRAL_MOMENT, for_=Duration(0, "minute")) if life.not_stored else life


def _rights(notice: Notice) -> tuple[dict[RightName, Right], set[str]]:
    silences = [silence for law in notice.laws for silence in pack(law).default]
    missing = {s.right: _right(s) for s in silences if s.right not in notice.rights}
    given = {s.right: s for s in silences if s.right in notice.rights}
    rights = {name: _clocked(right, given.get(name)) for name, right in notice.rights.items()}
    silent = {f"rights.{name}" for name in missing}
    silent |= {f"rights.{name}.within" for name, right in missing.items() if right.within}
    silent |= {f"rights.{n}.within" for n, right in notice.rights.items() if not right.within and rights[n].within}
    return {**rights, **missing}, silent


def _right(silence: Silence) -> Right:
    told = "always" if silence.told == "always" else ""
    return Right(within=written_duration(silence.within), channels=("site", "email"), told=told)  # type: ignore[arg-type]


def _clocked(right: Right, silence: Silence | None) -> Right:
    """Fill what a right leaves open with what holds where nothing at all is said of it: writing it narrows nothing."""
    if silence is None:
        return right
    whole = _right(silence)
    return replace(
        right,
        within=right.within or whole.within,
        channels=right.channels or whole.channels,
        told=right.told or whole.told,
    )
