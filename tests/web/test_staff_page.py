"""The page of the staff opens for whoever answers for them."""

from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.web.office import console, signed_in


async def test_the_staff_page_opens_and_says_whose_undertaking_ends(desk, clock):  # noqa: F811
    opened, app = console(desk, clock)
    director = await signed_in(opened, app, clock, "director")
    for path in ("/konsol/karyawan", "/en/console/staff"):
        assert "Wulan" in await director.text(path)
