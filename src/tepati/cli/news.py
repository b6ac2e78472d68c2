"""Room cli: signed-in staff who speak for the organisation announce something on its site, or list what was."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.cli.say import language
from tepati.flows import history
from tepati.flows.acts.post_news import post_news
from tepati.notice.speech import instant
from tepati.notice.values import Text

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command and its verbs."""
    parser = subparsers.add_parser("news", help="announce something on the site, or list what was announced")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("add", help="announce, as signed-in staff; it is shown to all and stays: name no customer")
    for lang, word in (("id", "Indonesian"), ("en", "English")):
        new.add_argument(f"--title-{lang}", required=True, metavar="TITLE", help=f"its title in {word}")
        new.add_argument(f"--text-{lang}", required=True, metavar="TEXT", help=f"its text in {word}")
    shown = verbs.add_parser("list", help="list what was announced, the newest first")
    acting((new, _add), (shown, _list))


async def _add(args: argparse.Namespace, app: App, installation: Installation) -> int:
    desk = installation.org(args.org).desk
    actor = await app.signed_in(installation, args.org)
    title, text = Text(args.title_id, args.title_en), Text(args.text_id, args.text_en)
    await post_news(desk, actor, title, text)
    print(f"announced at {desk.url('news', 'id', '')}")
    return 0


async def _list(args: argparse.Namespace, _app: App, installation: Installation) -> int:
    desk, lang = installation.org(args.org).desk, language()
    for one in await history.told(desk):
        print(f"{instant(one.at, desk.notice.organisation.timezone, lang)}  {one.title.of(lang)}")
    return 0
