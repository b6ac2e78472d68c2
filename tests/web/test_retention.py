"""F6 with a clock that moves: the dry run says it, the sweep does it, and the hold stays, on both engines."""

from tepati.flows.acts.sweep import sweep
from tepati.rules.facts import FOREVER
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, guest, paid
from tests.web.office import console, signed_in

PAGE = "/konsol/masa-simpan"


async def test_the_dry_run_says_it_the_sweep_does_it_and_the_hold_stays(desk, post, clock, store):  # noqa: F811
    """Counted before, destroyed after, zero overdue; the facts that tax law keeps stay, and the page says so."""
    opened, app = console(desk, clock)
    await paid(opened, await guest(opened, post))
    clerk = await signed_in(opened, app, clock, "director")
    calm = await clerk.text(PAGE)
    assert "0 bagian data lewat masa simpan" in calm
    assert "kurang dari 10" not in calm
    row = await store.read(
        lambda tx: tx.one("SELECT min(due) FROM sealed WHERE category = 'payment' AND due < $1", FOREVER)
    )
    clock.at = int(row[0]) - 3_600_000_000
    before = await count(store, "sealed WHERE category = 'payment'")
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    tonight = await clerk.text(PAGE)
    assert "kurang dari 10" in tonight
    assert await count(store, "sealed WHERE category = 'payment'") == before, "a dry run destroys nothing"
    clock.forward(hours=2)
    assert "belum dimusnahkan" in await clerk.text(PAGE)
    while await sweep(opened):
        pass
    after = await clerk.text(PAGE)
    assert "0 bagian data lewat masa simpan" in after
    assert await count(store, "dek WHERE ending >= 'hold:' AND ending < 'hold;' AND category = 'payment'") == 1
    held = after.partition("Data pembayaran: UU KUP")[2]
    assert "kurang dari 10" in held
