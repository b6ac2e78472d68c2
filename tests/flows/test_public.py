"""What anybody may read of the ledger does not say when somebody acted: heads come on a fixed beat, tiles with them."""

import pytest

from tepati.errors import NotFound
from tepati.flows import public
from tests.flows.inside import integrated
from tests.flows.people import guest


async def test_heads_and_tiles_are_shown_once_a_minute(desk, post, clock):
    """What came since is neither in the head nor in a tile, by whatever width it is asked for."""
    await guest(desk, post)
    clock.forward(seconds=60)
    first, note = await public.head(desk), await public.checkpoint(desk)
    assert first.size > 3
    assert await public.tile(desk, f"0/000.p/{first.size}")
    await guest(desk, post, 2, identity__email="budi@contoh.example")
    await integrated(desk)
    clock.forward(seconds=1)
    assert (await public.head(desk), await public.checkpoint(desk)) == (first, note)
    for width in (first.size + 1, first.size + 2):
        with pytest.raises(NotFound):
            await public.tile(desk, f"0/000.p/{width}")
    clock.forward(seconds=60)
    later = await public.head(desk)
    assert later.size > first.size
    assert await public.checkpoint(desk) != note
    assert await public.tile(desk, f"0/000.p/{later.size}")


async def test_before_the_first_line_there_is_nothing(desk):
    assert (await public.head(desk)).size == 0
    for asked in (public.checkpoint(desk), public.tile(desk, "0/000.p/1"), public.tile(desk, "x")):
        with pytest.raises(NotFound):
            await asked
