"""Every form of every example, from the page to the mailed link: what is asked, kept, refused and recorded."""

import re
from html import unescape

import pytest

from tepati.errors import Misconfigured
from tepati.flows.acts.deliver import deliver
from tepati.flows.questions import question
from tepati.registers import acceptances, consents
from tepati.web.site.fitting import field_of, shop
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.web.examples import (
    EXAMPLES,
    FORMS,
    ORIGIN,
    PERSONAL,
    SLUGS,
    TYPED,
    client_of,
    declared,
    hidden,
    opened,
    path,
    read,
    sign,
    typed,
)  # fmt: skip

# What a test truly proves of an organisation's own promises, form by form.
TAKEN = dict.fromkeys(("", "register", "newsletter"), "T1")  # three points, each with its own fields
ASKED = {**{("online-store", key): "T2" for key in TAKEN}, ("hosting", ""): "W9"}
PROVEN = {("online-store", ""): "T14", ("hosting", ""): "W9", ("home-cleaning", ""): "F10",
          **{("office-booking", key): "S1" for key in ("", "profile")}}  # fmt: skip
REFUSED = {**{("online-store", key): promise for key, promise in TAKEN.items()}, ("point-of-sale", ""): "A10"}


def each(promises=None):
    """Every form of every example, marked with the promise that the test proves there."""
    named = promises or {}
    marks = {form: [pytest.mark.promise(named[form])] if form in named else [] for form in FORMS}
    return pytest.mark.parametrize(
        ("slug", "key"), [pytest.param(*form, id="-".join(form).rstrip("-"), marks=marks[form]) for form in FORMS]
    )


AGED = [(slug, key) for slug, key in FORMS if declared(slug)[0].notice.points[read(slug, key).point].age]
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere


@pytest.fixture
def door(store, keystore, clock, random, run):  # noqa: F811
    def open_(slug):
        desk = opened(slug, store, keystore, clock, random)
        run(sign(desk))
        return desk

    return open_


@pytest.fixture
def at(door, request):
    """The door of the example that the test is about."""
    return door(request.node.callspec.params["slug"])


def asked(slug, key):
    """The consents that a form asks."""
    notice = declared(slug)[0].notice
    return [
        name for name in notice.points[read(slug, key).point].asks
        if notice.consents[name].confirm == "link" and notice.consents[name].channel == "email"
    ]  # fmt: skip


async def kept(desk) -> int:
    return (await desk.store.read(lambda tx: tx.one("SELECT count(*) FROM record WHERE org = $1", desk.org)))[0]


async def sent(client, slug, key, lang="id", **other):
    """Open a form, fill it in, send it."""
    where = path(slug, key, lang)
    return await client.post(where, data=hidden((await client.get(where)).text) | typed(slug, key) | other)


@each(ASKED)
async def test_a_form_asks_what_its_point_collects_and_no_box_is_ticked(at, slug, key):
    async with client_of(at) as client:
        for lang in ("id", "en"):
            asks_no_more(at, (slug, key), lang, (await client.get(path(slug, key, lang))).text)


def asks_no_more(at, form, lang, page):
    """Compare a page with its point: inputs are declared, boxes empty, questions told in full."""
    slug, key = form
    form = page[page.index('class="two"') :]
    names = set(re.findall(r'name="([^"]+)"', form)) - {"_token", "_show", "terms"}
    assert names == {*read(slug, key).fields, *(f"asks.{name}" for name in asked(slug, key))}
    assert names - {f"asks.{name}" for name in asked(slug, key)} <= at.notice.points[read(slug, key).point].collects
    boxes = re.findall(r'<input type="checkbox"[^>]*>', form)
    assert len(boxes) == len(asked(slug, key))
    assert not [box for box in boxes if "checked" in box or "required" in box]
    for name in asked(slug, key):
        assert question(at.notice, name, lang) in unescape(form)
        assert question(at.notice, name, "id") in unescape(form), "the Indonesian words stand beside the English"
    assert bool(at.notice.points[read(slug, key).point].terms) == ('name="terms"' in form)


@each(PROVEN)
async def test_a_form_is_answered_by_mail_and_its_link_confirms_it(at, post, slug, key):  # noqa: F811
    """The version shown, the terms and each yes are written down apart, and only once the link was used."""
    boxes = asked(slug, key)
    async with client_of(at) as client:
        answer = await sent(client, slug, key, **{f"asks.{name}": "yes" for name in boxes})
        assert answer.status_code == 303, re.findall(r'<li><a href="#.*?</a>', answer.text)
        number = re.search(r'<b class="id">([^<]+)</b>', (await client.get(answer.headers["location"])).text)[1]
        assert (await deliver(at, post)).sent == 1
        mail = post.sent[-1]
        assert mail.to == TYPED["email"]
        assert number in mail.text
        assert not [TYPED[kind] for kind in PERSONAL if kind != "email" and TYPED[kind] in mail.text + mail.html]
        link = re.search(rf"{ORIGIN}(/{slug}/k/\S+)", mail.text)[1]
        page = await client.get(link)
        assert page.status_code == 200
        person = (await at.store.read(lambda tx: tx.one("SELECT person FROM person WHERE org = $1", at.org)))[0]
        said = await at.store.read(lambda tx: consents.of_person(tx, person))
        assert {each.state for each in said} <= {consents.REQUESTED}, "a tick without proof is no consent"
        done = await client.post(f"/{slug}/k", data=hidden(page.text) | {f"asks.{name}": "yes" for name in boxes})
        assert done.status_code == 303
        assert number in (await client.get(done.headers["location"])).text
        assert (await client.get(link)).status_code == 410
    given = await at.store.read(lambda tx: consents.of_person(tx, person))
    assert {each.question for each in given if each.state == consents.GIVEN} == set(boxes)
    events = [each for each in await at.store.read(lambda tx: consents.history(tx, person)) if each.notice]
    assert {each.words for each in events} == {at.words(name, "id") for name in boxes}
    shown = await at.store.read(lambda tx: acceptances.of_person(tx, person))
    terms = at.notice.points[read(slug, key).point].terms
    wanted = {("notice", 1, "shown")} | ({(f"terms.{terms}", 1, "accepted")} if terms else set())
    assert {each[:3] for each in shown} == wanted


@each(REFUSED)
async def test_what_was_not_asked_is_refused_and_nothing_is_kept(at, post, slug, key):  # noqa: F811
    point = read(slug, key).point
    left_out = sorted(at.notice.points[point].collects - set(read(slug, key).fields))
    async with client_of(at) as client:
        for name in ("person.nik", *left_out[:1]):
            answer = await sent(client, slug, key, **{name: "3174010101900001"})
            assert answer.status_code == 403
            assert f"points.{point}" in answer.text
            assert name in answer.text
            assert "3174010101900001" not in answer.text
    assert await kept(at) == 0
    assert (await deliver(at, post)).sent == 0


@each()
async def test_a_faulty_field_is_named_above_and_beside(at, slug, key):
    fields = read(slug, key).fields
    mail = next(name for name in fields if field_of(at.notice, name).type == "email")
    ticks = {f"asks.{name}": "yes" for name in asked(slug, key)}
    async with client_of(at) as client:
        for value in ("", "bukan alamat", "x" * 300):
            answer = await sent(client, slug, key, **ticks, **{mail: value})
            assert answer.status_code == 422
            assert f'<a href="#{mail.replace(".", "-")}">' in answer.text
            assert f'id="{mail.replace(".", "-")}-wrong"' in answer.text
            assert TYPED["card_number"] not in answer.text, "a card's number is never sent back"
        where = path(slug, key)
        twice = [*(hidden((await client.get(where)).text) | typed(slug, key)).items(), (mail, "b@contoh.example")]
        form = "&".join(f"{name}={value}" for name, value in twice)
        kind = {"content-type": "application/x-www-form-urlencoded"}
        assert (await client.post(where, content=form, headers=kind)).status_code == 400
    assert await kept(at) == 0


@pytest.mark.parametrize("key", [key for slug, key in FORMS if slug == "online-store"])
@pytest.mark.parametrize("slug", ["online-store"])
async def test_a_token_opens_only_the_form_it_was_made_for(at, slug, key):
    other = "register" if key != "register" else ""
    async with client_of(at) as client:
        token = hidden((await client.get(path(slug, other))).text)["_token"]
        assert (await sent(client, slug, key, _token=token)).status_code == 400
    assert await kept(at) == 0


@pytest.mark.parametrize(("slug", "key"), AGED)
async def test_whoever_is_under_age_is_asked_for_a_guardian_and_nothing_is_kept(at, post, slug, key):  # noqa: F811
    notice, fields = at.notice, read(slug, key).fields
    aged = next(name for name in fields if field_of(notice, name).type in {"age_band", "birth_date"})
    young = "under_18" if field_of(notice, aged).type == "age_band" else "2011-02-03"
    asked = {"id": "orang tua atau wali", "en": "parent or guardian"}
    async with client_of(at) as client:
        for lang, said in asked.items():
            answer = await sent(client, slug, key, lang, **{aged: young})
            assert answer.status_code == 422
            assert said in unescape(answer.text)
            assert 'name="guardian.email"' in answer.text
    assert await kept(at) == 0
    assert (await deliver(at, post)).sent == 0


@pytest.mark.promise("W19")
@pytest.mark.parametrize("slug", ["hosting"])
async def test_age_is_asked_at_transactions_and_nowhere_else(at, slug):
    async with client_of(at) as client:
        order = (await client.get(path(slug))).text
        ask = (await client.get(f"/{slug}/hubungi")).text
        answer = await client.post(f"/{slug}/hubungi", data=hidden(ask) | {"customer.birth_date": "2011-02-03"})
    assert 'name="customer.birth_date"' in order
    assert "birth_date" not in ask
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize(
    "slug", [pytest.param(s, marks=[pytest.mark.promise("W17")] if s == "hosting" else []) for s in SLUGS]
)
async def test_a_question_is_sent_from_the_contact_page_and_confirmed(at, post, slug):  # noqa: F811
    """It opens a case once the address is proven."""
    contact = read(slug).contact
    values = {}
    for name in contact.fields:
        made = field_of(at.notice, name)
        if made.type not in {"image", "reference"}:
            values[name] = next(iter(made.options)) if made.options else TYPED[made.type]
    async with client_of(at) as client:
        page = await client.get(f"/{slug}/hubungi")
        answer = await client.post(f"/{slug}/hubungi", data=hidden(page.text) | values)
        assert answer.status_code == 303
        await deliver(at, post)
        link = re.search(rf"{ORIGIN}(/{slug}/k/\S+)", post.sent[-1].text)[1]
        done = await client.post(f"/{slug}/k", data=hidden((await client.get(link)).text))
    assert done.status_code == 303
    opened_now = await at.store.read(lambda tx: tx.all("SELECT kind FROM dealing WHERE org = $1", slug))
    assert [str(row[0]) for row in opened_now] == [at.notice.points[contact.point].opens]


@pytest.mark.promise("W22")
@pytest.mark.parametrize("slug", ["hosting"])
async def test_an_order_needs_no_optional_cookie(at, post, slug):  # noqa: F811
    async with client_of(at) as client:
        await client.post(f"/{slug}/kuki", data={"press": "refuse", "back": f"/{slug}/"})
        assert (await sent(client, slug, "")).status_code == 303
        await deliver(at, post)
        link = re.search(rf"{ORIGIN}(/{slug}/k/\S+)", post.sent[-1].text)[1]
        done = await client.post(f"/{slug}/k", data=hidden((await client.get(link)).text))
        assert done.status_code == 303
        optional = {name for name, made in at.notice.cookies.set.items() if made.class_ != "necessary"}
        assert optional
        assert not [cookie for cookie in client.cookies.jar if cookie.name.rpartition("-")[2] in optional]


@pytest.mark.parametrize("slug", ["online-store"])
async def test_a_subscription_without_a_yes_is_not_taken(at, slug):
    async with client_of(at) as client:
        answer = await sent(client, slug, "newsletter")
    assert answer.status_code == 422
    assert '<a href="#asks-news_by_email">' in answer.text
    assert 'aria-describedby="asks-news_by_email-wrong"' in answer.text
    assert await kept(at) == 0


@pytest.mark.parametrize("slug", ["office-booking"])
async def test_a_moment_out_of_range_is_a_fault_of_its_field(at, slug):
    async with client_of(at) as client:
        for starts in ("2026-11-17T09:00", "2027-11-17T09:00", "kapan saja", "2026-11-24"):
            answer = await sent(client, slug, "", **{"reservation.starts": starts})
            assert answer.status_code == 422, starts
            assert '<a href="#reservation-starts">' in answer.text


@pytest.mark.parametrize("slug", SLUGS)
async def test_the_home_leads_to_every_form_and_speaks_as_its_notice(at, slug):
    async with client_of(at) as client:
        home = (await client.get(f"/{slug}/")).text
        for key in read(slug).further:
            assert path(slug, key) in home
            page = await client.get(path(slug, key))
            assert f'hreflang="en" href="{path(slug, key, "en")}"' in page.text
            assert (await client.get(path(slug, key) + "x")).status_code == 404
        for page in ("pesan", "privasi", "janji", "berita", "hubungi", "pusat-privasi"):
            assert f'href="/{slug}/{page}' in home
    formal = re.findall(r"\bAnda\b", home)
    assert bool(formal) == (at.notice.organisation.form_of_address == "Anda"), formal
    assert '<svg class="logo"' in home


@pytest.mark.parametrize("slug", SLUGS)
async def test_each_has_a_stylesheet_of_its_own_under_the_same_policy(at, slug):
    async with client_of(at) as client:
        page = await client.get(f"/{slug}/hubungi", headers={"accept-encoding": ""})
        sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', page.text)[1]
        style = (await client.get(sheet)).text
    accent = read(slug).shop.look.accent
    assert (accent.light in style and accent.dark in style) if accent else "--nila: #24478f" in style
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert " style=" not in page.text


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('point = "order"', 'point = "orders"', "points.orders"),
        ('point = "order"', 'point = "browsing"', "points.browsing.channels: site"),
        ('"buyer.email", "buyer.age"]', '"buyer.email"]', "buyer.age in no group"),
        ('"buyer.email", "buyer.age"]', '"buyer.age"]', "identifies its sender"),
        ('"order.amount"]', '"order.amount", "order.amount"]', "groups: order.amount stands twice"),
        ('"order.amount"]', '"order.amount", "buyer.nik"]', "buyer.nik"),
        ('offer = "order.goods"', 'offer = "order.goods"\nprize = 1', "prize"),
        ('offer = "order.goods"', 'offer = "buyer.name"', "buyer.name: not of type choice"),
        ('offer = "order.goods"', 'offer = "order.goods"\ndate = "order.goods"', "one without the other"),
        ('light = "#0b5b57"', 'light = "#8fd0cc"', "contrast"),
        ('light = "#0b5b57"', 'light = "teal"', "look.accent.light"),
        ('mark = ["M4.5', 'mark = ["<script>", "M4.5', "look.mark"),
        ('path = { id = "kabar"', 'path = { id = "Kabar/1"', "forms.newsletter.path"),
        ('path = { id = "kabar"', 'path = { id = "daftar"', "path: daftar stands twice"),
        ('point = "newsletter"', 'point = "register"', "points: register stands twice"),
        ('[options."order.goods".tote]', '[options."order.goods".hat]', "options.order.goods: hat"),
        ('"order.amount" = { id = "Jumlah"', '"order.sum" = { id = "Jumlah"', "labels: order.sum"),
        ("[terms]", "[terms_of]", "terms"),
        ('fields = ["ticket.question", ', "fields = [", "ticket.question"),
    ],
)
def test_what_does_not_fit_is_named(store_url, old, new, named):
    source = (EXAMPLES / "online-store" / "site.toml").read_text("utf-8")
    assert old in source
    with pytest.raises(Misconfigured) as wrong:
        shop(source.replace(old, new, 1).encode(), declared("online-store")[0].sound())
    assert named in str(wrong.value.values["what"])


@pytest.mark.parametrize("slug", ["online-store"])
async def test_letters_and_errors_speak_as_the_notice_does(at, post, slug):  # noqa: F811
    """What people typed is never bent along: somebody may be called so."""
    async with client_of(at) as client:
        lost = await client.get(f"/{slug}/tidak-ada")
        assert (await sent(client, slug, "", **{"buyer.name": "Anda Pratama"})).status_code == 303
        faulty = await sent(client, slug, "", **{"buyer.name": "Anda Pratama", "buyer.email": "x"})
    await deliver(at, post)
    assert "Anda Pratama" in faulty.text
    for said in (lost.text, post.sent[-1].text, post.sent[-1].html, faulty.text.replace("Anda Pratama", "")):
        assert not re.search(r"\bAnda\b", said)
    assert "kamu" in post.sent[-1].text
