"""A new version weighed against the people who are there: whom it concerns, and nobody told apart in a small group."""

import pytest
from msgspec.structs import replace

from tepati.flows.acts.weigh import weigh
from tepati.flows.coarse import FEW
from tepati.flows.desk import Desk
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.notice.revision import Revision, revision
from tests.flows.conftest import NOTICE, Post
from tests.flows.people import guest, hired

OFFERS = "uses: [identity.name, identity.email, identity.phone], channels: [email, whatsapp]}"


def wider(notice: Notice) -> Revision:
    """Offers may use the address too, which nobody was asked."""
    source = NOTICE.read_text("utf-8")
    return revision(notice, load(source.replace(OFFERS, OFFERS.replace("phone]", "phone, location]")).encode()).sound())


@pytest.mark.parametrize(("many", "seen"), [(2, FEW), (10, 10)])
async def test_whom_it_concerns_is_counted_and_few_are_not_told_apart(
    desk: Desk, post: Post, many: int, seen: int
) -> None:
    await hired(desk, "dispatcher")
    for n in range(1, many + 2):
        await guest(desk, post, n, yes=n <= many, identity__email=f"guest{n}@contoh.example")
    weighed = await weigh(desk, wider(desk.notice))
    assert weighed.again == {"offers_by_email": seen, "offers_by_whatsapp": 0}
    assert weighed.told == {"customer": FEW if many + 1 < weighed.least else many + 1}


async def test_staff_are_among_those_told(desk: Desk) -> None:
    await hired(desk, "dispatcher")
    said = replace(desk.notice.security, audit=None)
    weighed = await weigh(desk, revision(desk.notice, replace(desk.notice, security=said)))
    assert weighed.told == {"customer": 0, "staff": FEW}
