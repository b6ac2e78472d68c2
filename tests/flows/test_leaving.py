"""Who leaves is out at once, and neither an old row nor an old backup lets them in again."""

import io
from dataclasses import replace

import pyotp
import pytest

from tepati.errors import Expired, NotFound, Refused, Tampered
from tepati.flows import members
from tepati.flows.acts.dismiss import dismiss, sign_out
from tepati.flows.acts.staff import sign_in, signed_in, undertake, welcome
from tepati.flows.desk import Desk, Sheet
from tepati.store.schema import TABLES
from tepati.vault.backup import backup
from tepati.vault.keystore import KeyStore
from tepati.vault.restore import restore
from tests.conftest import Clock
from tests.flows.people import PASSWORD, hired, lines
from tests.flows.test_staff import NEW

DAY = 86_400_000_000
ROW = "roles, version, since, gone, undertaken, password, factor, mac"


async def entered(desk: Desk, clock: Clock) -> tuple[bytes, str, str]:
    """Let Wulan in and sign her in; return her id, her session and her factor."""
    welcomed = await welcome(desk, NEW)
    await undertake(desk, welcomed.person)
    return welcomed.person, await again(desk, clock, welcomed.factor), welcomed.factor


async def again(desk: Desk, clock: Clock, factor: str) -> str:
    """Sign Wulan in with a code not used before."""
    clock.forward(seconds=31)
    return await sign_in(desk, NEW.email, PASSWORD, pyotp.TOTP(factor).at(clock() // 1_000_000))


async def test_the_dismissed_are_out_at_once(desk: Desk, clock: Clock) -> None:
    """Sessions end with the act; password and code are refused as for anybody; the act is a line."""
    person, token, factor = await entered(desk, clock)
    director = await hired(desk, "director")
    assert await dismiss(desk, director, NEW.email.upper()) == 1
    with pytest.raises(Expired):
        await signed_in(desk, token)
    with pytest.raises(Refused) as refused:
        await again(desk, clock, factor)
    assert refused.value.code == "sign_in_failed"
    with pytest.raises(NotFound):
        await dismiss(desk, director, NEW.email)
    assert [s.what for s in desk.vault.room.keystore.stops(desk.org, person)] == ["staff"]
    assert await lines(desk, "dismiss", "done") == ["roles"]


async def test_only_who_approves_the_notice_may_dismiss(desk: Desk, clock: Clock) -> None:
    """The attempt of another role is refused, and is a line; whoever is not bound may nothing."""
    _, token, _ = await entered(desk, clock)
    for actor in (await hired(desk, "dispatcher"), replace(await hired(desk, "director"), undertaken=0)):
        with pytest.raises(Refused):
            await dismiss(desk, actor, NEW.email)
    for nobody in ("nobody@fineclean.example", "no address"):
        with pytest.raises(NotFound):
            await dismiss(desk, actor, nobody)
    assert await signed_in(desk, token)
    assert sorted(await lines(desk, "dismiss", "refused")) == ["accountability.supervision", "roles.dispatcher"]


async def test_signed_out_is_out(desk: Desk, clock: Clock) -> None:
    """One session ends, another of the same member goes on."""
    _, first, factor = await entered(desk, clock)
    second = await again(desk, clock, factor)
    actor = await signed_in(desk, first)
    assert [await sign_out(desk, actor, first), await sign_out(desk, actor, first)] == [True, False]
    with pytest.raises(Expired):
        await signed_in(desk, first)
    assert await signed_in(desk, second)
    assert await lines(desk, "sign_out", "done") == ["security.second_factor"]


async def row(desk: Desk, person: bytes) -> tuple[object, ...]:
    """Copy a row as whoever has SQL can."""
    found = await desk.store.read(lambda tx: tx.one(f"SELECT {ROW} FROM staff WHERE person = $1", person))
    assert found is not None
    return tuple(found)


async def put_back(desk: Desk, person: bytes, old: tuple[object, ...]) -> None:
    """Put a row back by SQL."""
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(ROW.split(", "), 2))
    await desk.store.write(lambda tx: tx.run(f"UPDATE staff SET {sets} WHERE person = $1", person, *old))  # type: ignore[arg-type]


async def test_an_old_row_put_back_lets_nobody_in(desk: Desk, clock: Clock) -> None:
    """It verifies by its own MAC; the key store knows that something was taken away since."""
    person, _, factor = await entered(desk, clock)
    old = await row(desk, person)
    await dismiss(desk, await hired(desk, "director"), NEW.email)
    await put_back(desk, person, old)
    with pytest.raises(Refused):
        await again(desk, clock, factor)
    with pytest.raises(Tampered) as found:
        await undertake(desk, person)
    assert found.value.code == "staff_old"


async def narrowed(desk: Desk, person: bytes) -> None:
    """Take a member's roles away and give them another password."""

    async def act(sheet: Sheet) -> None:
        member = await members.present(sheet, person, members.floor(desk, person))
        line = await sheet.line("narrow", promise="roles", purpose="staff_access")
        await members.narrow(sheet, replace(member, roles=("editor",), password="x"), line)

    await desk.write(act)


async def brought_back(desk: Desk, raw: bytes) -> None:
    """Lose every row, and restore."""

    async def lose(tx: object) -> None:
        for table in sorted(TABLES, key=lambda t: t.name == "epoch"):
            where = " WHERE name NOT IN ('version', 'schema')" if table.name == "meta" else ""
            await tx.run(f"DELETE FROM {table.name}{where}")  # type: ignore[attr-defined]

    await desk.store.write(lose)
    await restore(io.BytesIO(raw), desk.store, desk.vault.room.keystore, desk.now())


@pytest.mark.parametrize("how", ["dismissed", "narrowed", "nothing"])
async def test_a_restore_brings_no_account_back_and_no_role(
    desk: Desk, keystore: KeyStore, clock: Clock, how: str
) -> None:
    """From a backup made before; who lost nothing since signs in as before, though they signed in meanwhile."""
    person, _, factor = await entered(desk, clock)
    director = await hired(desk, "director")
    out = io.BytesIO()
    await backup(desk.store, keystore, out, clock(), until=clock() + DAY)
    await again(desk, clock, factor)
    if how == "dismissed":
        await dismiss(desk, director, NEW.email)
    elif how == "narrowed":
        await narrowed(desk, person)
    await brought_back(desk, out.getvalue())
    if how == "nothing":
        assert (await signed_in(desk, await again(desk, clock, factor))).roles == NEW.roles
        return
    with pytest.raises(Refused):
        await again(desk, clock, factor)
    with pytest.raises(NotFound if how == "dismissed" else Tampered):
        await undertake(desk, person)
