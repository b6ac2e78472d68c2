"""A booking, from the form to the confirmed order, and what is refused on the way."""

from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.follow import follow
from tepati.flows.desk import Desk
from tests.flows.conftest import Post, booking


async def test_a_booking_is_confirmed_by_the_mailed_link(desk: Desk, post: Post) -> None:
    """The person books, gets a link, confirms booking and promotion, and gets the confirmation."""
    got = await collect(desk, booking(desk))
    assert (await deliver(desk, post)).sent == 1
    token = post.link("confirm")
    asked = await follow(desk, token)
    assert (asked.number, asked.questions) == (got.number, ("offers_by_email",))
    await agree(desk, token, frozenset({"offers_by_email"}), "id")
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    assert (await deliver(desk, post)).sent == 1
    assert "Ratna" in post.sent[-1].text
