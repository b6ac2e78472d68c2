"""What people write to each of the five examples is answered at the console and by mail, while its case is open."""

import re

import pytest

from tepati.flows.acts.deliver import deliver
from tepati.web.site.fitting import field_of
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.web.company import Company
from tests.web.examples import SLUGS, TYPED, hidden, read
from tests.web.office import words
from tests.web.test_uses import RATNA, company, refused  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
LIST, ONE, OPEN = "/konsol/tiket", "/konsol/tiket/nomor", "/konsol/tiket/buka"
DESKS = {  # who answers, what the notice calls the case, for which purpose, and how its writer is reached
    "home-cleaning": ("service_desk", "Pertanyaan atau keluhan", "service", "identity.email"),
    "online-store": ("support", "Tiket bantuan", "support", "ticket.email"),
    "point-of-sale": ("support", "Tiket bantuan", "service", "merchant.email"),
    "hosting": ("customer_service", "Tiket layanan", "support", "question.email"),
    "office-booking": ("support", "Tiket bantuan", "support", "contact.email"),
}


async def asks(c: Company) -> None:
    """Have Ratna write by the contact page and prove her address."""
    values = {}
    for name in read(c.slug).contact.fields:
        made = field_of(c.desk.notice, name)
        if made.type not in {"image", "reference"}:
            values[name] = next(iter(made.options)) if made.options else TYPED[made.type]
    page = f"/{c.slug}/hubungi"
    assert (await c.site.post(page, data=hidden((await c.site.get(page)).text) | values)).status_code == 303
    await deliver(c.desk, c.post)
    form = hidden((await c.site.get(c.link(RATNA))).text)
    assert (await c.site.post(f"/{c.slug}/k", data=form)).status_code == 303
    await c.settled()


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_question_is_answered_wherever_the_notice_takes_one(company, slug):  # noqa: F811
    """Counted on the first page, listed by the notice's own word, opened and answered; then it is shut to its desk."""
    c = await company(slug)
    role, called, purpose, address = DESKS[slug]
    await asks(c)
    clerk = await c.staff(role)
    assert "1" in re.search(r'/konsol/tiket"[^>]*>[^<]+<span>(\d+)', (await clerk.get("/konsol")).text)[1]
    (number,) = re.findall(rf"/{slug}{ONE}/([\w-]+)", (await clerk.get(LIST)).text)
    assert number in await clerk.text("/konsol")
    assert f"{number} {called}" in await clerk.text(LIST)
    shut = await clerk.text(f"{ONE}/{number}")
    assert f"Untuk dijawab {called} {number}" in shut
    assert TYPED["text"] not in shut
    assert TYPED["text"] in words((await clerk.press(f"{ONE}/{number}", OPEN)).text)
    c.post.sent.clear()
    done = await clerk.press(f"{ONE}/{number}", ONE, text="Bisa, <b>besok</b>.", way="email")
    assert done.status_code == 303, words(done.text)[:400]
    await c.settled()
    (mail,) = c.post.sent
    assert (mail.to, number in mail.subject, "Bisa, &lt;b&gt;besok&lt;/b&gt;." in mail.html) == (RATNA, True, True)
    assert number not in await clerk.text(LIST)
    assert refused(await c.looks(clerk, purpose, address, number=number), f"roles.{role}"), "the reason lived so long"
    assert OPEN not in (await clerk.get(f"{ONE}/{number}")).text
    theirs = await (await c.centre(RATNA)).get(f"/{slug}/pusat-privasi/pemakaian")
    assert "menjawab pertanyaan atau keluhan" in words(theirs)
    other = await c.staff("director", "officer") if "officer" in c.desk.notice.roles else await c.staff("director")
    assert (await other.get(LIST)).status_code == 403
    for page in ("/en/console/tickets", f"/en/console/tickets/number/{number}"):
        assert (await clerk.get(page)).status_code == 200


async def test_no_phone_where_the_notice_answers_by_mail_alone(company):  # noqa: F811
    """A way that the point of answers does not have is neither offered nor taken, and closes nothing."""
    c = await company("online-store")
    await asks(c)
    clerk = await c.staff("support")
    (number,) = re.findall(rf"/{c.slug}{ONE}/([\w-]+)", (await clerk.get(LIST)).text)
    assert 'value="phone"' not in (await clerk.get(f"{ONE}/{number}")).text
    forged = await clerk.press(f"{ONE}/{number}", ONE, text="Bisa.", way="phone")
    assert forged.status_code == 422
    assert number in await clerk.text(LIST)
    assert (await clerk.get("/konsol/tiket/catat/ticket")).status_code == 404, "nothing is taken down by phone either"
