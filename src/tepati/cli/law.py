"""Room cli: ``tepati law``: an operator records the official text of a law they read; until then it gates nothing."""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.cli.port import at
from tepati.cli.say import language, plain
from tepati.errors import BadInput, Conflict
from tepati.notice import speech
from tepati.notice.law.pack import LAWS, Official, official, pack
from tepati.notice.words import words
from tepati.ports import config, laws

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command and its verbs."""
    parser = subparsers.add_parser("law", help="record the official text of a law, or list what each pack rests on")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("record", help="record a text you read; of the file only its SHA-256 is kept")
    new.add_argument("law", choices=LAWS, help="the rule pack")
    new.add_argument("--text", required=True, type=Path, metavar="FILE", help="the official text, as it was published")
    new.add_argument("--name", required=True, help="what the text is called, as its first page has it")
    new.add_argument("--date", required=True, type=dt.date.fromisoformat, metavar="DAY", help="the day it bears")
    new.add_argument(
        "--confirm", action="append", default=[], metavar="RULE=ARTICLE",
        help="a rule of the pack that stands in the text, and where; once for each (tepati law list names them)",
    )  # fmt: skip
    new.add_argument("--replace", action="store_true", help="in place of an earlier record")
    shown = verbs.add_parser("list", help="list the packs, their rules, and what gates")
    for verb, run in ((new, _record), (shown, _list)):
        at(verb, org=False)
        verb.set_defaults(run=run)


def _record(args: argparse.Namespace) -> int:
    """Record a text. Raises BadInput (nothing confirmed, no rule of the pack, empty), Conflict (one is recorded)."""
    place, today = config.read(args.data), dt.datetime.fromtimestamp(args.app().now() / 1_000_000, dt.UTC).date()
    known, sha256 = official(args.law, place.laws), laws.hashed(args.text)
    rules = _confirmed(args.law, args.confirm)
    name = " ".join(args.name.split())
    if not sha256 or not name or not name.isprintable() or len(name) > 200 or args.date > today:
        raise BadInput("law_text_unlike", file=str(args.text))
    made = Official(args.law, name, args.date, sha256, today, rules)
    if known and not args.replace:
        raise Conflict("law_recorded", law=args.law, name=known.name, date=str(known.date), sha256=known.sha256)
    others = [one for one in place.laws if one.law != args.law]
    laws.write(args.data, tuple(sorted((*others, made), key=lambda one: one.law)))
    print(plain(f"{words(language(), 'cli').say('law.recorded', sha256=made.sha256)}\n{_told(args.law, made)}"))
    print(words(language(), "cli").say("law.next"))
    return 0


def _confirmed(law: str, said: list[str]) -> tuple[tuple[str, str], ...]:
    known = [one.path for one in pack(law).ceiling]
    pairs = [(path.strip(), article.strip()) for path, _, article in (one.partition("=") for one in said)]
    if not pairs or len(dict(pairs)) != len(pairs):
        raise BadInput("law_unconfirmed", known=", ".join(known))
    for path, article in pairs:
        if path not in known or not any(map(str.isdigit, article)) or len(article) > 40 or not article.isprintable():
            raise BadInput("law_rule_unlike", rule=path, known=", ".join(known))
    return tuple(sorted(pairs))


def _list(args: argparse.Namespace) -> int:
    """List the packs; an installation that is none yet has recorded nothing."""
    found = laws.read(args.data)
    print(plain("\n\n".join(_told(law, official(law, found)) for law in LAWS)))
    return 0


def _told(law: str, text: Official | None) -> str:
    """Say what a pack is, which text it rests on, and of each rule whether it gates."""
    lang = language()
    said, facts = words(lang, "cli"), pack(law).read(text)
    day = speech.date(facts.in_force, lang)
    lines = [said.say("law.pack", name=law, title=facts.title_id if lang == "id" else facts.title_en, day=day)]
    if text:
        dates = {"date": speech.date(text.date, lang), "recorded": speech.date(text.recorded, lang)}
        lines.append(said.say("law.text", name=text.name, sha256=text.sha256, **dates))
    elif facts.awaits_text:
        lines.append(said.say("law.unread", name=law))
    for one in facts.ceiling:
        gates = facts.binds(one.mark, facts.in_force)
        rule = f"  {one.path} <= {one.most}  {facts.law} {said.say('law.article')} {one.article}"
        lines.append(f"{rule}  {said.say('law.gates' if gates else f'law.warns.{one.mark}')}")
    return "\n".join(lines)
