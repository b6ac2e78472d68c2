"""F8: no optional cookie before a yes; refusing is as easy as agreeing, and everything goes on working without."""

import re
from http.cookies import SimpleCookie

import pytest

from tepati.web import choice
from tepati.web.choice import Choice
from tests.web.fake import NOW, declared

HOME = "/home-cleaning/"
PAGE = "/home-cleaning/kuki"
BANNER = 'form class="banner"'
DAY = 86_400_000_000


def given(answer) -> dict[str, object]:
    """Read every cookie of an answer."""
    made = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        made.load(line)
    return dict(made)


async def press(world, what: str, back: str = HOME, **more):
    async with world.client() as client:
        return await client.post(PAGE, data={"press": what, "back": back, **more})


async def seen(world, path: str, cookies: dict[str, str] | None = None, **headers):
    async with world.client(cookies=cookies or {}) as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_before_a_choice_the_banner_is_first_and_no_cookie_is_written(world):
    for path in (HOME, "/home-cleaning/en/", "/home-cleaning/pesan", "/home-cleaning/privasi", "/home-cleaning/janji"):
        page = await seen(world, path)
        body = page.text.partition("<body>")[2]
        assert body.index("skip") < body.index(BANNER) < body.index("<header")
        assert not given(page)


async def test_the_three_buttons_are_equal(world):
    """Same element, same class, one row: refusing is no smaller than agreeing."""
    banner = (await seen(world, HOME)).text.partition(BANNER)[2].partition("</form>")[0]
    buttons = re.findall(r"<button (.*?)>(.*?)</button>", banner)
    assert [text for _, text in buttons] == ["Tolak semua", "Atur pilihan", "Setuju semua"]
    assert {re.sub(r' value="\w+"', "", attributes) for attributes, _ in buttons} == {'class="plain" name="press"'}
    assert "checked" not in banner


async def test_refusing_writes_the_choice_alone_and_asks_no_more(world):
    answer = await press(world, "refuse", "/home-cleaning/janji")
    assert answer.headers["location"] == "/home-cleaning/janji"
    assert set(given(answer)) == {"home-cleaning-choice"}
    assert world.org.chosen == [("none", {"language": False, "display": False}, None)]
    kept = {name: morsel.value for name, morsel in given(answer).items()}
    page = await seen(world, HOME, kept)
    assert BANNER not in page.text
    assert not given(page)


async def test_agreeing_remembers_the_language_that_is_read(world):
    async with world.client() as client:
        answer = await client.post("/home-cleaning/en/cookies", data={"press": "accept", "back": "/home-cleaning/en/"})
    kept = given(answer)
    assert {name: kept[name].value for name in ("home-cleaning-language",)} == {"home-cleaning-language": "en"}
    assert set(kept) == {"home-cleaning-choice", "home-cleaning-language"}
    assert int(kept["home-cleaning-language"]["max-age"]) == 31_556_952  # a year as calendars have it
    assert int(kept["home-cleaning-choice"]["max-age"]) == 180 * 86_400
    for morsel in kept.values():
        assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "lax", "/")


async def test_withdrawing_deletes_what_was_kept(world):
    kept = {"home-cleaning-choice": Choice(frozenset({"language", "display"}), frozenset(), NOW).written,
            "home-cleaning-language": "en", "home-cleaning-display": "dark"}  # fmt: skip
    async with world.client(cookies=kept) as client:
        answer = await client.post(PAGE, data={"press": "save", "keep.language": "no", "keep.display": "no"})
    gone = given(answer)
    assert {name for name, morsel in gone.items() if morsel["max-age"] == "0"} == {
        "home-cleaning-language", "home-cleaning-display"}  # fmt: skip
    left = {"home-cleaning-choice": gone["home-cleaning-choice"].value, "home-cleaning-display": "dark"}
    page = await seen(world, HOME, left)
    assert '<html lang="id">' in page.text, "a cookie without a yes counts for nothing"


@pytest.mark.parametrize(
    ("form", "classes"),
    [({"shade": "dark", "size": "large"}, "dark large"), ({"shade": "light", "size": "usual"}, "light"),
     ({"shade": "system", "size": "usual"}, ""), ({"shade": "evil", "size": '"><script>'}, "")],
)  # fmt: skip
async def test_the_display_is_the_servers_to_draw(world, form, classes):
    answer = await press(world, "save", **{"keep.language": "no", "keep.display": "yes"}, **form)
    kept = {name: morsel.value for name, morsel in given(answer).items()}
    assert "home-cleaning-language" not in kept
    page = (await seen(world, HOME, kept)).text
    assert (f'<html lang="id" class="{classes}">' if classes else '<html lang="id">') in page


@pytest.mark.parametrize("value", ["dark.<script>", "dark large", "x" * 700, "DARK", "..", "large.large"])
async def test_a_display_nobody_offered_is_no_class(world, value):
    kept = {"home-cleaning-choice": Choice(frozenset({"display"}), frozenset({"language"}), NOW).written,
            "home-cleaning-display": value}  # fmt: skip
    page = (await seen(world, HOME, kept)).text
    assert re.search(r'<html lang="id"( class="(dark|large)")?>', page)
    assert "<script" not in page


async def test_the_remembered_language_leads_whoever_comes_from_outside(world):
    """The bare home only, and never against a link of ours."""
    kept = {"home-cleaning-choice": Choice(frozenset({"language"}), frozenset({"display"}), NOW).written,
            "home-cleaning-language": "en"}  # fmt: skip
    outside = await seen(world, HOME, kept, sec_fetch_site="none")
    assert (outside.status_code, outside.headers["location"]) == (303, "/home-cleaning/en/")
    assert (await seen(world, HOME, kept, sec_fetch_site="same-origin")).status_code == 200
    assert (await seen(world, "/home-cleaning/privasi", kept, sec_fetch_site="none")).status_code == 200
    refused = kept | {"home-cleaning-choice": Choice(frozenset(), frozenset({"language"}), NOW).written}
    assert (await seen(world, HOME, refused, sec_fetch_site="none")).status_code == 200


@pytest.mark.parametrize(("signal", "asks"), [("1", False), ("0", True), ("true", True), ("1,1", True), ("", True)])
async def test_the_browsers_signal_is_a_no(world, signal, asks):
    """W3C GPC: exactly 1. It asks nothing and keeps nothing; an explicit choice goes before it."""
    page = await seen(world, HOME, sec_gpc=signal)
    assert (BANNER in page.text) == asks
    assert not given(page)
    if signal == "1":
        told = (await seen(world, PAGE, sec_gpc="1")).text
        assert "Global Privacy Control" in told
        kept = {"home-cleaning-choice": Choice(frozenset({"display"}), frozenset({"language"}), NOW).written,
                "home-cleaning-display": "dark"}  # fmt: skip
        assert 'class="dark"' in (await seen(world, HOME, kept, sec_gpc="1")).text


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/home-cleaning/../../evil", "/other/",
     "javascript:x", "/home-cleaning/\r\nSet-Cookie: a=b", "/home-cleaning/?next=//x", ""],
)  # fmt: skip
async def test_the_way_back_leads_to_no_other_site(world, back):
    answer = await press(world, "refuse", back)
    if answer.status_code == 303:
        assert answer.headers["location"] == "/home-cleaning/kuki"
    assert "a=b" not in str(answer.headers)


@pytest.mark.parametrize(
    "form", [{}, {"press": "x"}, {"press": "save", "keep.session": "no"}, {"press": "accept", "keep.evil": "yes"}]
)
async def test_a_choice_nobody_offered_is_none(world, form):
    async with world.client() as client:
        answer = await client.post(PAGE, data=form)
    assert answer.status_code in (400, 403)
    assert not given(answer)
    assert not world.org.chosen


async def test_another_site_chooses_for_nobody(world):
    async with world.client() as client:
        answer = await client.post(PAGE, data={"press": "accept"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert not world.org.chosen


async def test_every_answer_is_needed_and_none_is_made_beforehand(world):
    page = (await seen(world, PAGE)).text
    assert "checked" not in page.partition("<main")[2]
    answer = await press(world, "save", **{"keep.language": "yes"})
    assert answer.status_code == 422
    assert "Pilih Ya atau Tidak" in answer.text
    assert not world.org.chosen


async def test_the_page_lists_each_cookie_as_the_notice_does(world):
    page = (await seen(world, PAGE)).text
    for name in declared().notice.cookies.set:
        assert f"<code>home-cleaning-{name}</code>" in page
    assert "pilihan bahasa dan tampilan tidak diingat" in page


async def test_choosing_by_hand_leads_to_the_page_and_chooses_nothing(world):
    answer = await press(world, "set")
    assert answer.headers["location"] == PAGE
    assert not given(answer)
    assert not world.org.chosen


@pytest.mark.parametrize(
    ("kept", "asks"),
    [("", True), ("x", True), ("0~language", True), ("99999999999999", True),
     (Choice(frozenset(), frozenset({"language", "display"}), NOW - 179 * DAY).written, False),
     (Choice(frozenset(), frozenset({"language", "display"}), NOW - 181 * DAY).written, True),
     (Choice(frozenset(), frozenset({"language", "display"}), NOW + DAY).written, True),
     (Choice(frozenset({"language"}), frozenset(), NOW).written, True)],
)  # fmt: skip
async def test_it_is_asked_again_when_the_notice_says_or_a_cookie_is_new(world, kept, asks):
    page = await seen(world, HOME, {"home-cleaning-choice": kept} if kept else None)
    assert (BANNER in page.text) == asks


def test_a_yes_and_a_no_to_one_cookie_is_a_no():
    notice = declared().notice
    said = choice.read(notice, f"{NOW // choice.MINUTE}~language~-language~evil", NOW)
    assert (said.yes, said.no) == (frozenset(), frozenset({"language"}))


async def test_everything_promised_works_refused(world):
    """``cookies.refused.still``: booking and complaint, without any cookie that waits for a choice."""
    from tests.web.forms import TYPED, hidden

    kept = {"home-cleaning-choice": Choice(frozenset(), frozenset({"language", "display"}), NOW).written}
    async with world.client(cookies=kept) as client:
        form = hidden((await client.get("/home-cleaning/pesan")).text)
        answer = await client.post("/home-cleaning/pesan", data={**form, **TYPED})
    assert answer.status_code == 303
    assert set(given(answer)) <= {"home-cleaning-device"}
