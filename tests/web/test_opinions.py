"""Feedback is read to improve the site and for nothing else: with a reason, without its author, each time a line."""

import pytest

from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import lines
from tests.web.office import words
from tests.web.test_uses import BUDI, RATNA, company, refused  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
PAGE = "/konsol/masukan"
BAD = "Ongkirnya <b>mahal</b>."


@pytest.mark.promise("T4")
async def test_feedback_is_read_for_improving_and_for_nothing_else(company):  # noqa: F811
    """Its reader sees words and page, never who wrote; any other role or purpose is refused; an objection is heeded."""
    c = await company("online-store")
    await c.comes(RATNA, "feedback", **{"feedback.opinion": BAD})
    await c.comes(BUDI, "feedback", **{"feedback.opinion": "Fotonya bagus."})
    reader = await c.staff("product_team")
    assert PAGE in (await reader.get("/konsol")).text
    assert "mahal" not in (await reader.get(PAGE)).text
    for reason in ("", "  ", "x" * 201):
        assert (await reader.press(PAGE, PAGE, reason=reason)).status_code == 422
    assert await lines(c.desk, "read", "allowed") == []
    shown = (await reader.press(PAGE, PAGE, reason="Rapat perbaikan")).text
    assert "Ongkirnya &lt;b&gt;mahal&lt;/b&gt;." in shown
    assert "Fotonya bagus." in shown
    assert not [who for who in (RATNA, BUDI, "Ratna") if who in shown]
    assert "Dibaca orang per orang untuk tujuan ini: 2 kali." in await c.evidence(reader, "purposes.improvement")
    theirs = await c.centre(RATNA)
    assert "membaca masukan kamu" in words(await theirs.get(f"{theirs.centre}/pemakaian"))
    await theirs.get(f"{theirs.centre}/batasi")
    form = theirs.form(f"{theirs.centre}/batasi") | {"for.improvement": "yes"}
    assert (await theirs.client.post(f"{theirs.centre}/batasi", data=form)).status_code == 303
    later = words((await reader.press(PAGE, PAGE, reason="Lagi")).text)
    assert ("mahal" in later, "Fotonya bagus." in later, "1 masukan tidak ditampilkan" in later) == (False, True, True)


@pytest.mark.promise("T4")
async def test_no_other_role_or_purpose_reads_feedback(company):  # noqa: F811
    """At the console as over the API; the address with it serves an answer alone, and its reader never sees it."""
    c = await company("online-store")
    await c.comes(RATNA, "feedback", **{"feedback.opinion": BAD})
    reader = await c.staff("product_team")
    token = (await reader.get(PAGE)).text.split('name="_token" value="')[2].split('"')[0]
    for role in ("support", "editor", "packer", "director"):
        other = await c.staff(role)
        assert (await other.get(PAGE)).status_code == 403
        form = {"_token": token, "reason": "x"}
        assert (await other.client.post(f"/{c.slug}{PAGE}", data=form)).status_code in {400, 403}
        for purpose in c.desk.notice.roles[role].for_:
            assert (await c.looks(other, purpose, "feedback.opinion", email=RATNA)).status_code == 403
    for purpose, promise in (("support", "purposes.support"), ("newsletter", "purposes.newsletter")):
        assert refused(await c.looks(reader, purpose, "feedback.opinion", email=RATNA), promise)
    for field in ("feedback.email", "ticket.question"):
        assert (await c.looks(reader, "improvement", field, email=RATNA)).status_code == 403
    assert await lines(c.desk, "read", "allowed") == []
