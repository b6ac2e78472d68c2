"""A choice of cookies is counted, of nobody; who is in their privacy centre finds it among what happened to them."""

from tepati.flows.acts.choose import choose
from tepati.flows.desk import Desk
from tepati.registers import counters
from tepati.store.port import Store
from tests.flows.conftest import Post
from tests.flows.people import count, guest, lines
from tests.flows.test_complain import came_in


async def counted(desk: Desk) -> dict[str, int]:
    sums = await desk.read(lambda sheet: counters.on(sheet.tx, desk.org))
    return {what: one.n for what, one in sums.get("cookies.choice", {}).items() if what.startswith("chosen_")}


async def test_of_nobody_only_a_number_is_kept(desk: Desk, store: Store) -> None:
    await choose(desk, "none", {"language": False, "display": False}, None)
    await choose(desk, "none", {"language": False, "display": False}, None)
    await choose(desk, "some", {"language": True, "display": False}, None)
    assert await counted(desk) == {"chosen_none": 2, "chosen_some": 1}
    assert await lines(desk, "choose", "none") == []
    assert await count(store, "opening") == 0


async def test_in_the_privacy_centre_it_is_a_line_of_its_person(desk: Desk, post: Post) -> None:
    await guest(desk, post)
    who = await came_in(desk, post)
    await choose(desk, "some", {"language": True, "display": False}, who)
    assert await counted(desk) == {"chosen_some": 1}
    assert await lines(desk, "choose", "some") == ["cookies.choice"]


async def test_the_count_is_no_sum_of_lines(desk: Desk, store: Store) -> None:
    """The recount of the ledger finds nothing that differs."""
    from tepati.board.recount import recount

    await choose(desk, "all", {"language": True, "display": True}, None)
    assert await recount(store, desk.org) == []
