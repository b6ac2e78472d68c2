"""News is announced by who speaks for the organisation; every published notice stays, and a changed one is noticed."""

import datetime as dt
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from tepati.board.board import board
from tepati.errors import BadInput, Refused, Tampered
from tepati.flows import history
from tepati.flows.acts.audit import audit
from tepati.flows.acts.post_news import post_news
from tepati.flows.acts.publish import publish
from tepati.flows.desk import Desk
from tepati.notice.values import Text
from tepati.registers import news
from tepati.registers.news import News
from tepati.rules.calendar import instant
from tepati.store.port import Store
from tests.flows.conftest import NOTICE
from tests.flows.people import hired, lines

TITLE, TEXT = Text("Libur Lebaran", "Eid holiday"), Text("Kami libur tiga hari.", "We close for three days.")


async def test_a_steward_announces(desk: Desk) -> None:
    await post_news(desk, await hired(desk, "director"), TITLE, TEXT)
    (told,) = await history.told(desk)
    assert (told.title, told.text) == (TITLE, TEXT)
    assert await lines(desk, "news", "published") == ["notice.page"]


@pytest.mark.parametrize(
    "sql",
    ["UPDATE news SET text_id = 'Kami libur tiga minggu.' WHERE title_id = 'Libur Lebaran'",
     "UPDATE news SET title_en = text_en, text_en = title_en WHERE title_id = 'Libur Lebaran'",
     "UPDATE news SET at = at + 1 WHERE title_id = 'Libur Lebaran'", ""],
)  # fmt: skip
async def test_news_that_sql_wrote_is_not_told_and_is_found(desk: Desk, store: Store, sql: str) -> None:
    """The others stay on the page; the board learns of it from the first reader, and the nightly audit finds it."""
    director = await hired(desk, "director")
    await post_news(desk, director, Text("Jam buka", "Opening hours"), TEXT)
    await post_news(desk, director, TITLE, TEXT)
    assert await history.altered(desk) == []
    forged = News(bytes(16), desk.now(), Text("Baru", "New"), TEXT)
    await store.write(lambda tx: tx.run(sql) if sql else news.add(tx, desk.org, forged, bytes(16)))
    titles = {one.title.id for one in await history.told(desk)}
    assert titles == ({"Jam buka"} if sql else {"Libur Lebaran", "Jam buka"})
    assert "news_tampered" in desk.alarms
    assert await history.altered(desk) == ["news altered 1"]


@pytest.mark.parametrize("sql", ["DELETE FROM news", "UPDATE news SET org = 'x'"])
async def test_news_that_sql_took_down_is_missed_at_night(desk: Desk, store: Store, sql: str) -> None:
    """Its line stands in the ledger, though an opening stands under it too: the audit names it, and the board a gap."""
    director = await hired(desk, "director")
    await post_news(desk, director, Text("Jam buka", "Opening hours"), TEXT)
    await post_news(desk, director, TITLE, TEXT)
    await store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    await store.write(lambda tx: tx.run("DELETE FROM agreement"))  # the fixture's paper, which has no line
    assert await audit(desk) == []
    await store.write(lambda tx: tx.run(f"{sql} WHERE title_id = 'Libur Lebaran'"))
    (missed,) = await audit(desk)
    assert (missed.kind, missed.at.split()[0]) == ("taken_down", "news")
    judged = await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))
    (ledger,) = [row for row in judged.rows if row.promise.id == "accountability.ledger"]
    assert ledger.state == "gap"


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
    await publish(desk, source)
    (only,) = await history.versions(desk)
    assert (only.version, only.source, only.digest) == (1, source, desk.digest)
    assert only.notice is not None


async def test_a_notice_holds_from_the_day_it_declares_and_never_before_it_could_be_read(desk: Desk) -> None:
    said = changed(desk.notice, notice=changed(desk.notice.notice, effective=dt.date(2027, 1, 4)))
    ahead = replace(desk, notice=said, now=lambda: instant(dt.datetime(2026, 12, 1, tzinfo=dt.UTC)))
    assert await history.running(ahead) is None
    await publish(ahead, NOTICE.read_text("utf-8"))
    found = await history.running(ahead)
    assert found is not None
    assert (found.since, found.effective) == (dt.date(2027, 1, 4), instant(dt.datetime(2027, 1, 3, 17, tzinfo=dt.UTC)))


async def test_a_notice_published_late_holds_from_then(desk: Desk) -> None:
    late = instant(dt.datetime(2027, 3, 1, 18, 30, tzinfo=dt.UTC))
    await publish(replace(desk, now=lambda: late), NOTICE.read_text("utf-8"))
    found = await history.running(desk)
    assert found is not None
    assert (found.since, found.effective) == (dt.date(2027, 3, 2), late)


async def test_a_version_that_sql_changed_is_noticed(desk: Desk, store: Store) -> None:
    await publish(desk, NOTICE.read_text("utf-8"))
    await store.write(lambda tx: tx.run("UPDATE notice SET source = replace(source, '7x24', '70x24')"))
    with pytest.raises(Tampered):
        await history.versions(desk)
