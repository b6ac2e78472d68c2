"""Staff by the company's own OpenID Connect provider: invited, connected in a session, our code where it is needed."""

import re
from html import unescape

import httpx
import pyotp
import pytest

from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.ways import Company as Own
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import PASSWORD
from tests.web.company import CONSOLE
from tests.web.office import hidden, words
from tests.web.test_provider import SLUG, company, provider, rows, served  # noqa: F401 - fixtures

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
EMAIL = "bima@smartoffice.example"
DOOR, BACK, CODE = "/konsol/masuk", "/konsol/masuk/kembali", "/konsol/masuk/kode"
MINE, ACCOUNT, STAFF = "/konsol/catatan-saya", "/konsol/catatan-saya/akun", "/konsol/karyawan"


class Desk:
    """A browser of a member of staff, or of somebody who would be one."""

    def __init__(self, app, trust) -> None:
        self.trust = trust
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=CONSOLE, headers={"accept-encoding": ""}
        )

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/{SLUG}{path}")

    async def press(self, page: str, action: str, holding: str = "", **typed: str) -> httpx.Response:
        """Press the button of a page's form to an address, the one that holds a word."""
        text = (await self.get(page)).text
        forms = re.findall(rf'<form method="post" action="/{SLUG}{action}"[^>]*>.*?</form>', text, re.DOTALL)
        form = next(form for form in forms if holding in form)
        return await self.client.post(f"/{SLUG}{action}", data=hidden(form) | typed)

    async def there(self, left: httpx.Response) -> httpx.Response:
        """Sign in at the provider, and come back."""
        away = unescape(re.search(r'content="0; url=([^"]+)"', left.text)[1])
        async with httpx.AsyncClient(verify=self.trust) as browser:
            return await self.client.get((await browser.get(away)).headers["location"])

    async def comes(self) -> httpx.Response:
        return await self.there(await self.press(DOOR, "/konsol/masuk/perusahaan"))

    @property
    def signed_in(self) -> bool:
        return any(c.name.endswith("staff_session") for c in self.client.cookies.jar)


def onward(answer: httpx.Response) -> str:
    return re.search(r'content="0; url=([^"]+)"', answer.text)[1].removeprefix(f"/{SLUG}")


@pytest.fixture
def office(company, served):  # noqa: F811
    company.surface.company = Own(company.surface.providers["google"])
    return company


@pytest.fixture
def anybody(office, served):  # noqa: F811
    return lambda: Desk(office.app, served[1])


async def hired(office, anybody) -> tuple[Desk, pyotp.TOTP]:
    """Let Bima in, and sign him in by password and code."""
    made = await welcome(office.desk, Newcomer("Bima", EMAIL, "", PASSWORD, ("support",)))
    await undertake(office.desk, made.person)
    browser, codes = anybody(), pyotp.TOTP(made.factor)
    typed = {"email": EMAIL, "password": PASSWORD, "code": codes.at(office.clock() // 1_000_000)}
    assert (await browser.press(DOOR, DOOR, **typed)).status_code == 303
    return browser, codes


async def connected(office, anybody, provider) -> tuple[Desk, pyotp.TOTP, Desk]:  # noqa: F811
    """Have Bima invited by the director, and connect his account."""
    bima, codes = await hired(office, anybody)
    director = anybody()
    director.client = (await office.staff("director")).client
    invited = await director.press(STAFF, STAFF, f'value="enlist"><input type="hidden" name="email" value="{EMAIL}"')
    assert invited.status_code == 303
    assert "Diundang" in words((await bima.get(MINE)).text)
    back = await bima.there(await bima.press(MINE, ACCOUNT, "connect"))
    assert onward(back) == ACCOUNT
    assert (await bima.press(ACCOUNT, ACCOUNT, "finish")).headers["location"] == f"/{SLUG}{MINE}"
    assert "Terhubung" in words((await bima.get(MINE)).text)
    return bima, codes, director


@pytest.mark.promise("W2")
async def test_only_who_was_invited_and_connected_it_comes_in_and_our_code_is_still_asked(office, anybody, provider):  # noqa: F811
    bima, _ = await hired(office, anybody)
    stranger = anybody()
    assert "tidak membuka konsol mana pun" in words((await stranger.comes()).text)
    assert (await bima.press(ACCOUNT, ACCOUNT, do="connect")).status_code == 403
    assert (await bima.press(ACCOUNT, ACCOUNT, do="finish")).status_code == 410
    assert await rows(office, "connection") == 0
    assert not stranger.signed_in


async def test_a_connected_account_takes_the_place_of_the_password_and_leaves_with_its_owner(
    office, anybody, provider, clock  # noqa: F811
):  # fmt: skip
    _, codes, director = await connected(office, anybody, provider)
    again = anybody()
    back = await again.comes()
    assert (onward(back), again.signed_in) == (CODE, False)
    used = codes.at(clock() // 1_000_000)
    assert (await again.press(CODE, CODE, code=used)).status_code == 403, "a code works once"
    clock.forward(seconds=60)
    done = await again.press(CODE, CODE, code=codes.at(clock() // 1_000_000))
    assert (onward(done), again.signed_in) == ("/konsol", True)
    assert (await again.get("/konsol")).status_code == 200
    await deliver(office.desk, office.post)
    told = office.post.sent[-1]
    assert (told.to, told.subject) == (EMAIL, "Cara masuk Anda ke konsol ditambah")
    assert (await again.client.get(f"/{SLUG}{BACK}")).status_code == 410
    assert "Anda masuk" in words((await again.get(MINE)).text)
    dismissed = await director.press(STAFF, STAFF, f'value="dismiss"><input type="hidden" name="email" value="{EMAIL}"')
    assert dismissed.status_code == 303
    assert await rows(office, "connection") == 0
    assert "tidak membuka konsol" in words((await anybody().comes()).text)
    assert (await again.get("/konsol")).status_code == 303


async def test_the_providers_second_factor_counts_where_the_operator_takes_its_word(office, anybody, provider):  # noqa: F811
    """``amr`` must be a list that says ``mfa``, ``acr`` one that was named; else our code, five tries, and no more."""
    await connected(office, anybody, provider)
    way = office.surface.providers["google"]
    strong = Own(way, mfa=True, acr=frozenset({"urn:two"}))
    for own, said, enough in (
        (Own(way), {"amr": ["pwd", "mfa"]}, False), (strong, {"amr": ["pwd"]}, False), (strong, {"amr": "mfa"}, False),
        (strong, {"acr": "urn:one"}, False), (strong, {"amr": ["pwd", "mfa"]}, True),
        (strong, {"acr": "urn:two"}, True), (strong, {"amr": ["mfa"], "sub": "2048"}, False),
    ):  # fmt: skip
        office.surface.company, provider.changed = own, said
        browser = anybody()
        await browser.comes()
        assert browser.signed_in == enough, (said, enough)
    office.surface.company, provider.changed = Own(way), {}
    again = anybody()
    await again.comes()
    said = [(await again.press(CODE, CODE, code=f"00000{n}")).status_code for n in range(6)]
    assert said == [403] * 5 + [503]
    assert not again.signed_in
    office.surface.company = None
    assert (await again.client.post(f"/{SLUG}/konsol/masuk/perusahaan", data={})).status_code in (400, 404)
    assert "akun perusahaan" not in words((await anybody().get(DOOR)).text)
