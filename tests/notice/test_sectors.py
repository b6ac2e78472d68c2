"""A clinic, a school and a lender of our own invention: other sectors' practices load, check, render and are served."""

from html import unescape
from pathlib import Path

import httpx
import pytest

from tepati import app
from tepati.app.serve import surfaces, web_config
from tepati.cli.main import main
from tepati.notice.activities import record
from tepati.notice.document import document
from tepati.notice.impact import impact
from tepati.notice.load import load
from tepati.notice.promises import promises
from tepati.notice.render import render
from tepati.web import addresses
from tepati.web.server import build

SECTORS = {path.stem: path for path in sorted((Path(__file__).parent / "sectors").glob("*.yaml"))}
POINTS = {"clinic": "appointment", "school": "tour", "lender": "meeting"}
OFFER = {"clinic": "clinic", "school": "grade", "lender": "branch"}
PAGES = ("home", "book", "notice", "history", "news", "board", "verify", "cookies", "centre")
LANGS = pytest.mark.parametrize("lang", ["id", "en"])
EACH = pytest.mark.parametrize("name", SECTORS)


@EACH
def test_it_loads_without_a_fault(name):
    loaded = load(SECTORS[name].read_bytes(), name)
    assert [str(f) for f in loaded.findings if f.level == "error"] == []
    assert {f.code for f in loaded.findings if f.level == "warning"} == {"not-yet"}
    assert {"confirm", "not-carried"} <= {f.code for f in loaded.findings}


@EACH
@LANGS
def test_it_can_be_read_in_both_languages(name, lang):
    notice = load(SECTORS[name].read_bytes()).sound()
    for written in (document(notice, lang), record(notice, lang), impact(notice, lang)):
        for form in ("text", "md", "html"):
            text = render(written, form)
            assert notice.organisation.name in text or (notice.organisation.legal_name in text)
            assert form == "html" or "{" not in text
    assert all(promise.text.of(lang).strip() for promise in promises(notice))


def test_what_other_sectors_do_is_said():
    """The practices of other notices that the language must be able to say (clinic, school, lender)."""
    clinic, school, lender = (load(SECTORS[name].read_bytes()).sound() for name in ("clinic", "school", "lender"))
    assert clinic.roles["doctor"].whose == "assigned"
    assert clinic.roles["doctor"].emergency
    assert clinic.retention["record"].then == "anonymise"
    assert clinic.consents["refer"].witness == "registrar"
    assert clinic.disclosure.compelled.tell.before.unit == "working_day"
    assert school.populations["pupil"].represented_by["parents"].until_age == 18
    assert school.consents["show_pictures"].by == "guardian"
    assert lender.retention["face"].not_stored
    assert lender.recipients["agent"].from_.offset.unit == "working_day"
    assert lender.points["change"].proposal.silence == "dropped"
    assert "promotion" not in {message.kind for one in (clinic, school, lender) for message in one.messages.values()}


def _site(name: str) -> str:
    point, offer = POINTS[name], OFFER[name]
    said = (
        'title = { id = "Selamat datang", en = "Welcome" }\nlead = { id = "Isi formulir ini.", en = "Fill this in." }\n'
    )
    press = 'press = { id = "Kirim", en = "Send" }\n'
    asked = sorted(load(SECTORS[name].read_bytes()).sound().points[point].collects)
    press += f'[[groups]]\ntitle = {{ id = "Isian", en = "Form" }}\nfields = {asked}\n'
    return f'point = "{point}"\ndate = "{point}.date"\nslot = "{point}.slot"\noffer = "{point}.{offer}"\n{said}{press}'


@EACH
async def test_it_is_published_and_its_public_pages_are_served(name, tmp_path, monkeypatch, capsys):
    """Init, publish and serve, as a company does it; everything a stranger may open answers 200 in both languages."""
    monkeypatch.setenv("LC_ALL", "C")
    folder, notice = tmp_path / "data", tmp_path / "notice.yaml"
    notice.write_bytes(SECTORS[name].read_bytes())
    (tmp_path / "site.toml").write_text(_site(name))
    where = ["--org", name, "--data", str(folder)]
    assert _apart(main, ["init", str(notice), "--origin", "https://x.example", *where]) == 0, capsys.readouterr()
    assert _apart(main, ["publish", *where]) == 0, capsys.readouterr()
    installation = await app.open_installation(folder)
    try:
        served = build(await surfaces(installation), None, web_config(installation, (), demo=False))
        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url="https://x.example") as client:
            for page in (path for one in PAGES for path in addresses.SITE[one]):
                answer = await client.get(f"/{name}{page}", follow_redirects=True)
                assert answer.status_code == 200, (page, answer.text[-600:])
                assert load(notice.read_bytes()).sound().organisation.name in answer.text
            _side_by_side(name, unescape((await client.get(f"/{name}/janji")).text))
    finally:
        await installation.close()


def _side_by_side(name: str, board: str) -> None:
    """Sentences that contradict each other stand on the public board, both, with the reading in force."""
    if name != "lender":
        assert "Kalimat yang bertentangan" not in board
        return
    pair = board.partition("Kalimat yang bertentangan")[2]
    assert "Kami tidak menjual data pribadi." in pair
    assert "embeli piutang yang terdaftar" in pair
    assert "Yang berlaku P5" in pair


def _apart(main_, words: list[str]) -> int:
    """Run a command beside this event loop: a command has a loop of its own."""
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(main_, words, lambda: app).result()
