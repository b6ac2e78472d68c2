"""News is announced by who speaks for the organisation; every published notice stays, and a changed one is noticed."""

import pytest

from tepati.errors import BadInput, Refused, Tampered
from tepati.flows import history
from tepati.flows.acts.post_news import post_news
from tepati.flows.acts.publish import publish
from tepati.flows.desk import Desk
from tepati.notice.values import Text
from tepati.store.port import Store
from tests.flows.conftest import NOTICE
from tests.flows.people import hired, lines

TITLE, TEXT = Text("Libur Lebaran", "Eid holiday"), Text("Kami libur tiga hari.", "We close for three days.")


async def test_a_steward_announces(desk: Desk) -> None:
    await post_news(desk, await hired(desk, "director"), TITLE, TEXT)
    (told,) = await history.told(desk)
    assert (told.title, told.text) == (TITLE, TEXT)
    assert await lines(desk, "news", "published") == ["notice.page"]


@pytest.mark.parametrize("role", ["dispatcher", "analyst", "editor"])
async def test_others_do_not_and_the_refusal_names_them(desk: Desk, role: str) -> None:
    actor = await hired(desk, role)
    with pytest.raises(Refused, match="act_not_given"):
        await post_news(desk, actor, TITLE, TEXT)
    assert await history.told(desk) == []
    assert await lines(desk, "news", "refused") == [f"roles.{role}"]


@pytest.mark.parametrize(
    ("title", "text", "faults"),
    [(Text("", "x"), TEXT, {"title.id": "missing"}), (Text("a\nb", "x"), TEXT, {"title.id": "line_break"}),
     (Text("x", "y" * 121), TEXT, {"title.en": "too_long"}), (TITLE, Text("a\x00", ""), {"text.id": "control_character",
                                                                                         "text.en": "missing"})],
)  # fmt: skip
async def test_both_languages_are_needed_and_readable(desk: Desk, title: Text, text: Text, faults: dict) -> None:
    with pytest.raises(BadInput) as bad:
        await post_news(desk, await hired(desk, "director"), title, text)
    assert bad.value.faults == faults


async def test_every_published_version_is_there_as_it_was(desk: Desk) -> None:
    source = NOTICE.read_text("utf-8")
    await publish(desk, source, desk.now())
    (only,) = await history.versions(desk)
    assert (only.version, only.source, only.digest) == (1, source, desk.digest)
    assert only.notice is not None


async def test_a_version_that_sql_changed_is_noticed(desk: Desk, store: Store) -> None:
    await publish(desk, NOTICE.read_text("utf-8"), desk.now())
    await store.write(lambda tx: tx.run("UPDATE notice SET source = replace(source, '7x24', '70x24')"))
    with pytest.raises(Tampered):
        await history.versions(desk)
