"""How the tests come into the privacy centre: by the mailed link, on a device that is known, or on one that is not."""

from tepati.flows.acts import enter
from tepati.flows.acts.deliver import deliver
from tepati.flows.desk import Desk
from tepati.flows.visitors import Visitor
from tests.conftest import Clock
from tests.flows.conftest import Post

EMAIL = "ratna@contoh.example"


async def come_in(desk: Desk, post: Post, email: str = EMAIL, device: str = "") -> tuple[Visitor, enter.Entered]:
    """Ask for a link, press its button, and say who came in."""
    await enter.ask(desk, email, "id")
    await deliver(desk, post)
    entered = await enter.enter(desk, post.link("enter", email), device, "android")
    return await enter.visitor(desk, entered.session, entered.device), entered


async def known(desk: Desk, post: Post, clock: Clock, email: str = EMAIL) -> Visitor:
    """Come in on a device that waited its day."""
    who, entered = await come_in(desk, post, email)
    await enter.know(desk, who, "android", "id")
    clock.forward(hours=24)
    who, _ = await come_in(desk, post, email, entered.device)
    assert who.known
    return who


async def integrated(desk: Desk) -> None:
    """Give every pending line its place."""
    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
