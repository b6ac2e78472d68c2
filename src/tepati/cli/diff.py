"""Room cli: ``tepati diff OLD NEW``: what a new version widens and narrows, for whom, and what must happen first."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tepati.cli.check import UNREADABLE, sound
from tepati.cli.port import at, within
from tepati.cli.say import language, plain
from tepati.flows.acts.weigh import Weighed, weigh
from tepati.flows.coarse import FEW
from tepati.notice.changes import Change
from tepati.notice.labels import labels
from tepati.notice.model import Notice
from tepati.notice.revision import Revision, revision
from tepati.notice.speech import duration
from tepati.notice.uses import Use
from tepati.notice.words import words

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers

Say = Callable[..., str]
MINOR, MATERIAL = 0, 1


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "diff", help="compare two versions; exit 0 nothing widens, 1 something does, 2 unreadable or with faults"
    )
    parser.add_argument("old", metavar="OLD", help="the version in force, or another organisation's notice")
    parser.add_argument("new", metavar="NEW", help="the version to come")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--lang", choices=("id", "en"), default=language(), help="language of the answer")
    at(parser)
    parser.set_defaults(run=run, data=None)


def run(args: argparse.Namespace) -> int:
    """Compare two files, and with ``--data`` count whom it concerns. Raises what opening the installation raises."""
    both = [loaded.sound() for name in (args.old, args.new) if (loaded := sound(name))]
    if len(both) < 2:
        return UNREADABLE
    old, new = both
    found = revision(old, new)
    weighed = within(args, lambda _, place: weigh(place.org(args.org).desk, found)) if args.data else None
    if args.json:
        print(json.dumps(_facts(old, new, found, weighed), ensure_ascii=False, indent=1))
    else:
        print(plain("\n".join(_lines(args, old, new, found, weighed))))
    return MATERIAL if found.material else MINOR


def _facts(old: Notice, new: Notice, found: Revision, weighed: Weighed | None) -> dict[str, Any]:
    """Give it all as JSON; a figure of few people is told as null beside ``fewer_than``."""
    facts: dict[str, Any] = {"was": old.notice.version, "now": new.notice.version, "material": found.material}
    facts |= msgspec.to_builtins(found)
    if weighed:
        facts["told"], facts["asked"] = ({n: _figure(k) for n, k in some.items()} for some in _sums(weighed))
        facts["fewer_than"] = weighed.least
    return facts


def _sums(weighed: Weighed) -> tuple[Mapping[str, int], Mapping[str, int]]:
    return weighed.told, weighed.again


def _figure(n: int) -> int | None:
    return None if n == FEW else n


def _lines(
    args: argparse.Namespace, old: Notice, new: Notice, found: Revision, weighed: Weighed | None
) -> Iterator[str]:
    say: Say = lambda key, **values: words(args.lang, "cli").say(f"diff.{key}", **values)  # noqa: E731 - used throughout
    was, now = old.notice.version, new.notice.version
    yield say("head", old=args.old, new=args.new, was=was, now=now)
    if not found.changes:
        yield say("same")
        return
    yield say("material" if found.material else "minor")
    for way in ("wider", "narrower", "neither"):
        yield from _block(say(way, n=len(found.of(way))), [_change(one) for one in found.of(way)])
    yield from _block(say("opens", n=len(found.opens)), _uses(found.opens))
    yield from _block(say("closes", n=len(found.closes)), _uses(found.closes))
    again = [say("because", consent=one.consent, paths=", ".join(one.because)) for one in found.again]
    yield from _block(say("again"), again)
    if found.asks:
        yield from ("", say("asks", names=", ".join(found.asks)))
    yield from _block(say("worded"), list(found.worded))
    if now <= was:
        yield from ("", say("version", next=was + 1))
    if found.material:
        yield from _block(say("first", was=was), _first(say, args.lang, old, new, found))
    if weighed:
        yield from _block(say("counted"), _counted(say, weighed))


def _block(head: str, lines: list[str]) -> Iterator[str]:
    """Give a heading with its lines, and nothing where there are none."""
    if lines:
        yield from ("", head, *(f"  {line}" for line in lines if line))


def _change(one: Change) -> str:
    told = f"{one.path}: {one.was} -> {one.now}" if one.was and one.now else f"{one.path}: {_alone(one)}"
    return told if one.promise in ("", one.path) else f"{told}  ({one.promise})"


def _alone(one: Change) -> str:
    return f"+ {one.now}" if one.now else f"- {one.was}"


def _uses(uses: tuple[Use, ...]) -> list[str]:
    """Give uses a line for each purpose, user and consent, with all their fields."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for use in uses:
        lines.setdefault((use.purpose, use.who, use.consent), []).append(use.field)
    return [
        f"{purpose}{f', {who}' if who else ''}{f', with {consent}' if consent else ''}: {', '.join(fields)}"
        for (purpose, who, consent), fields in lines.items()
    ]


def _first(say: Say, lang: str, old: Notice, new: Notice, found: Revision) -> list[str]:
    """Say what the version in force asks for before a widening takes effect: telling, approvals, waiting."""
    agreed, said = found.approvals, labels(new, lang)
    people = ", ".join(said.population(name) for name in found.people) or say("nobody")
    line = say("approved_more" if agreed.people > 1 else "approved", n=agreed.people)
    line += say("outside") if agreed.outside else ""
    line += say("wait", length=duration(agreed.wait, lang)) if agreed.wait else ""
    by = labels(old, lang)
    how = ", ".join(filter(None, (by.telling(found.announce), by.channels(found.announce.by))))
    return [say("told", people=people, how=how), line]


def _counted(say: Say, weighed: Weighed) -> list[str]:
    told, again = _sums(weighed)
    return [
        f"{say(key)}: {say('people', name=name, n=say('few', least=weighed.least) if n == FEW else n)}"
        for key, some in (("to_tell", told), ("to_ask", again))
        for name, n in some.items()
    ]
