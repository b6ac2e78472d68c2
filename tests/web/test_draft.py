"""The notice's editor over the real acts: text and form side by side, judged, taken home, proposed."""

import re
from html import unescape

from tepati.flows.acts.publish import publish
from tepati.web.edge import DRAFT_LIMIT
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest
from tests.web.fake import EXAMPLE
from tests.web.office import ORG, console, form_to, hidden, signed_in, words

PAGE = "/konsol/kebijakan/sunting"
SOURCE = (EXAMPLE / "notice.yaml").read_text("utf-8")
TEXT = re.compile(r'<textarea id="teks"[^>]*>\n(.*?)</textarea>', re.DOTALL)
NEXT = SOURCE.replace("version: 1", "version: 2", 1)


async def office(desk, clock):  # noqa: F811
    """Open the console of an organisation whose notice is in force."""
    await publish(desk, SOURCE)
    return console(desk, clock)


def text(page: str) -> str:
    return unescape(TEXT.search(page)[1])


async def press(staff, button: str, **typed: str):
    """Press a button of the editor; values that the page shows go along as a browser sends them."""
    page = (await staff.get(PAGE)).text
    form = form_to(page, PAGE)
    shown = {name: value for name, value in hidden(form).items() if name.startswith("was.")}
    sent = hidden(form) | {f"set.{name[4:]}": value for name, value in shown.items()} | {"text": text(page)} | typed
    return await staff.client.post(ORG + PAGE, data=sent | {"press": button})


async def test_it_begins_with_what_is_in_force(desk, clock):  # noqa: F811
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    page = (await director.get(PAGE)).text
    assert text(page) == SOURCE
    assert "Tidak ada yang berubah dari versi yang berlaku." in words(page)
    assert 'name="set.notice.announce.material.before"' in page
    other = (await press(director, "part.retention")).text
    assert 'name="set.retention.booking.for"' in other
    hint = re.search(r'aria-describedby="(h[^"]+)"', other[other.index("set.retention.booking.for") :])[1]
    assert f'<small id="{hint}">Berapa lama.</small>' in other, "what the key means, as the schema says it"
    assert "Kata yang dikenal: destroy, erase, anonymise. Bila tidak ditulis: destroy." in words(other)


async def test_a_value_of_the_form_goes_into_the_text_and_its_meaning_is_told(desk, post, clock):  # noqa: F811
    """What widens, whom it concerns and how many, before anything is published; every other byte stays."""
    opened, app = await office(desk, clock)
    await guest(opened, post)
    director = await signed_in(opened, app, clock, "director")
    answer = await press(director, "check", text=NEXT, part="retention", **{
        "set.retention.booking.for": "3 years", "was.retention.booking.for": "2 years"})  # fmt: skip
    page = words(answer.text)
    assert "Perubahan penting" in page
    assert "retention.booking.for" in page
    assert "Diberi tahu: pelanggan" in page
    assert "kurang dari 10" in page
    new = [line for line in text(answer.text).splitlines() if line not in NEXT.splitlines()]
    assert [line.replace("3 years", "2 years", 1) in NEXT for line in new] == [True]
    assert (await director.get(PAGE)).text.count("for: 3 years") == 0, "nothing is kept"


async def test_it_is_judged_as_it_is_typed(desk, clock):  # noqa: F811
    """The script's answer: each finding with its line, and the verdict; faults are no page of their own."""
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    told = (await press(director, "told", text=SOURCE.replace("retention:", "retentoin:", 1))).json()
    line = next(n for n, each in enumerate(SOURCE.splitlines(), 1) if each.startswith("retention:"))
    assert any(each["level"] == "error" and each["line"] == line for each in told["findings"])
    assert "belum dapat diajukan" in told["verdict"]
    good = (await press(director, "told", text=NEXT, part="notice")).json()
    assert all(each["level"] != "error" for each in good["findings"])
    assert good["values"]["notice.version"] == "2"
    assert good["text"] == NEXT


async def test_entries_are_added_and_taken_out_by_the_form(desk, clock):  # noqa: F811
    """No line is written by hand: a purpose comes with what it needs, left empty, and goes again; all else stays."""
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    answer = await press(director, "add.purposes", part="purposes", **{"add.purposes": "newsletter"})
    came = [line for line in text(answer.text).splitlines() if line not in SOURCE.splitlines()]
    assert came == ['  newsletter: {kind: "", basis: "", uses: []}']
    assert re.search(r'name="set\.purposes\.newsletter\.kind"[^>]*autofocus', answer.text)
    assert "purposes.newsletter.kind" in words(answer.text), "check asks for what was left empty"
    typed = {"text": text(answer.text), "part": "purposes", "drop.purposes": "newsletter"}
    assert text((await press(director, "drop.purposes", **typed)).text) == SOURCE
    section = await press(director, "add.", **{"add.": "systems"})
    assert text(section.text) == f"{SOURCE.rstrip()}\nsystems: {{}}\n"
    short = {"part": "data", "open.data.identity.fields": "phone"}
    assert "phone: {type: phone}" in text((await press(director, "open.data.identity.fields", **short)).text)
    value = {"part": "notice", "set.notice.version": "2", "was.notice.version": "1", "add.notice": "history"}
    both = text((await press(director, "add.notice", **value)).text)
    assert both == NEXT.replace("  approvals:", "  history: public\n  approvals:", 1) or "version: 2" in both


async def test_what_the_form_cannot_do_is_told_and_nothing_is_lost(desk, clock):  # noqa: F811
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    for button, name in (
        ("add.purposes", "orders"), ("add.purposes", "a: b"), ("add.purposes", "Ä"), ("add.retention.identity", "kind"),
        ("drop.purposes", "nobody"), ("add.nowhere", "x"), ("open.purposes", "orders"), ("add.purposes", "x" * 61),
    ):  # fmt: skip
        answer = await press(director, button, part="purposes", **{button: name})
        assert (answer.status_code, text(answer.text)) == (409, SOURCE), (button, name)
        assert "Itu tidak dapat dilakukan lewat isian" in words(answer.text)


async def test_it_is_taken_home_or_proposed(desk, clock):  # noqa: F811
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    taken = await press(director, "take", text=NEXT)
    assert taken.content == NEXT.encode()
    assert "attachment" in taken.headers["content-disposition"]
    same = await press(director, "propose")
    assert same.status_code == 409
    assert text(same.text) == SOURCE, "what was typed is still there"
    proposed = await press(director, "propose", text=NEXT)
    assert (proposed.status_code, proposed.headers["location"]) == (303, f"{ORG}/konsol/kebijakan")
    assert "Versi 2" in await director.text("/konsol/kebijakan")
    broken = await press(director, "propose", text="tepati: [")
    assert broken.status_code == 200
    assert "belum dapat diajukan" in words(broken.text)


async def test_a_version_that_the_pages_do_not_fit_is_not_proposed(desk, clock):  # noqa: F811
    """A form that names a field which the next version drops would end in a fault on the day it takes over."""
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    less = re.sub(r"\n +wish: .*", "", NEXT, count=1)
    assert less != NEXT
    answer = await press(director, "propose", text=less)
    assert "site.toml" in words(answer.text)
    assert text(answer.text) == less
    assert "Versi 2" not in await director.text("/konsol/kebijakan")


async def test_only_who_speaks_for_the_organisation_edits(desk, clock):  # noqa: F811
    opened, app = await office(desk, clock)
    planner = await signed_in(opened, app, clock, "dispatcher")
    assert (await planner.get(PAGE)).status_code == 403
    director = await signed_in(opened, app, clock, "director")
    form = hidden(form_to((await director.get(PAGE)).text, PAGE))
    stolen = await planner.client.post(ORG + PAGE, data=form | {"text": NEXT, "press": "propose"})
    assert stolen.status_code in {400, 403}


async def test_what_is_typed_is_never_markup_and_has_an_end(desk, clock):  # noqa: F811
    opened, app = await office(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    bad = "</textarea><script>alert(1)</script>"
    page = (await press(director, "check", text=bad, part=bad)).text
    assert "<script>alert" not in page
    assert text(page) == bad
    flood = await director.client.post(ORG + PAGE, content=b"text=" + b"a" * DRAFT_LIMIT, headers={
        "content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert flood.status_code == 413
