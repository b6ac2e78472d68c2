"""How tests fill in the booking form, from the page itself as a browser would."""

import re

TYPED = {
    "booking.service": "routine", "booking.date": "2026-10-02", "booking.slot": "s0800", "booking.method": "online",
    "identity.name": "Ratna Wulandari", "identity.email": "ratna@contoh.example", "identity.phone": "0812 3456 7890",
    "identity.age": "18_or_over", "location.address": "Jalan Melati 7, Depok",
}  # fmt: skip
BOOK = "/home-cleaning/pesan"
TYPE = {"content-type": "application/x-www-form-urlencoded"}


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of a page's own form: the banner about cookies is another form."""
    body = re.sub(r'<form class="banner".*?</form>', "", page, flags=re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))


async def filled(client, path: str = BOOK, **more) -> dict[str, str]:
    """A form as a person would send it: the page's hidden inputs and typed values."""
    return hidden((await client.get(path)).text) | TYPED | more
