"""Room rules: a version follows another: what of it holds only for whom it reached (``reached``)."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from tepati.notice.model import Notice
from tepati.notice.revision import Revision, revision
from tepati.notice.vocabulary import BUILT_IN_PURPOSES
from tepati.rules.facts import FOREVER
from tepati.rules.policy import Policy, compile

_FOR = ("messages", "recipients", "roles", "consents")  # sections whose things name the purposes they are for
_LAWFUL = frozenset({"consent", "legal_obligation", "vital_interest"})  # a new purpose that needs nobody else's leave


def compiled(versions: Sequence[Notice]) -> Policy:
    """Compile the newest of versions that were in force one after the other, the oldest first."""
    policy = compile(versions[0], dict.fromkeys(versions[0].purposes, versions[0].notice.version))
    for old, new in pairwise(versions):
        policy = succeed(policy, old, new)
    return policy


def succeed(before: Policy, old: Notice, new: Notice) -> Policy:
    """Compile the version that follows the one ``before`` was compiled from."""
    found, version = revision(old, new), new.notice.version
    wider = _wider(new, found)
    since = {
        name: version if wider is None or name in wider else _since(before, name, version)
        for name in (*new.purposes, *BUILT_IN_PURPOSES)
    }
    policy = compile(new, since)
    asked = {one.consent: version for one in found.again}
    known = {q: at for aim in before.aims.values() for q, at in aim.renewed.items()} | asked
    aims = {
        name: msgspec.structs.replace(
            aim, told=aim.told if aim.later else since[name], renewed={q: known[q] for q in aim.pools if q in known}
        )
        for name, aim in policy.aims.items()
    }
    return msgspec.structs.replace(policy, aims=aims, before=before, alike=_places(before.alike, policy.alike))


def _places(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """Keep each address field in the index where its values stand; a new one joins those of its population."""
    moved = {now[path]: place for path, place in reversed(before.items()) if path in now}
    return {**before, **{path: before.get(path, moved.get(place, place)) for path, place in now.items()}}


def unfounded(old: Notice, new: Notice) -> tuple[str, ...]:
    """Name new purposes that rest on no yes, where the version in force promises to ask (``notice.new_purpose``)."""
    if old.notice.new_purpose != "consent":
        return ()
    return tuple(
        name
        for name, said in new.purposes.items()
        if not {name, said.was} & old.purposes.keys() and said.basis not in _LAWFUL
    )


def _since(before: Policy, name: str, version: int) -> int:
    """Give the version since which a purpose is as wide as it was before: this one where it was none, or not served."""
    aim = before.aims.get(name)
    return aim.told if aim is not None and aim.told < FOREVER else version


def _wider(new: Notice, found: Revision) -> frozenset[str] | None:
    """Name the purposes that a change widens; None: any of them."""
    named = {use.purpose for use in found.opens}
    for change in found.of("wider"):
        section, _, rest = change.path.partition(".")
        name = rest.partition(".")[0]
        if section == "purposes" and name in new.purposes:
            named.add(name)
        elif section in _FOR and name in (things := getattr(new, section)):
            said = things[name].for_
            named |= {said} if isinstance(said, str) else set(said)
        else:
            return None
    return frozenset(named)
