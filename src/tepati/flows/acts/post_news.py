"""Room flows: a steward announces something on the site, in both languages; the ledger holds that it was, and who."""

from tepati.errors import BadInput
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.notice.values import Text
from tepati.registers import news
from tepati.registers.news import News
from tepati.rules.types import clean

PROMISE = "notice.page"
TITLE = 120  # characters


async def post_news(desk: Desk, actor: Actor, title: Text, text: Text) -> News:
    """Publish a piece of news; it names no customer, and stays.

    Raises BadInput (``title.id``, ``text.en`` ...), Refused (this member may not speak for the organisation).
    """
    told = _clean(title, text)

    async def act(sheet: Sheet) -> News:
        steward(sheet, actor, "news", PROMISE)
        made = News(news.name(desk.mac, desk.org, sheet.at, *told), sheet.at, *told)
        seen = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "news"})
        line = await sheet.line("news", promise=PROMISE, purpose="proof", answer="published", told=[seen])
        await news.add(sheet.tx, desk.org, made, line)
        return made

    return await desk.write(act)


def _clean(title: Text, text: Text) -> tuple[Text, Text]:
    """Take four texts without what cannot be seen; all of them are needed, for both languages weigh the same."""
    faults: dict[str, str] = {}
    done: dict[str, str] = {}
    for name, said in (("title.id", title.id), ("title.en", title.en), ("text.id", text.id), ("text.en", text.en)):
        try:
            done[name] = clean("text", said)
        except BadInput as bad:
            faults[name] = bad.code
            continue
        if name.startswith("title") and (len(done[name]) > TITLE or "\n" in done[name]):
            faults[name] = "too_long" if len(done[name]) > TITLE else "line_break"
    if faults:
        raise BadInput("faulty_form", faults)
    return Text(done["title.id"], done["title.en"]), Text(done["text.id"], done["text.en"])
