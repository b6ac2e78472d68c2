"""What an attacker with SQL and no keys does, and the honest acts around it."""

from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.desk import Desk
from tepati.store.port import Store, Value
from tests.flows.conftest import Post, booking

A, B = "ratna@contoh.example", "korban@contoh.example"
YES = frozenset({"offers_by_email"})


async def sql(store: Store, text: str, *args: Value) -> int:
    """Run one statement as somebody with the database's password."""
    return await store.write(lambda tx: tx.run(text, *args))


async def rows(store: Store, text: str, *args: Value) -> list[tuple[Value, ...]]:
    """Read as somebody with the database's password."""
    return list(await store.read(lambda tx: tx.all(text, *args)))


async def cell(store: Store, text: str, *args: Value) -> Value:
    """Read one value; it must be there."""
    found = await rows(store, text, *args)
    assert found, text
    return found[0][0]


async def person(desk: Desk, email: str) -> bytes:
    """Return who holds an address."""
    found = await desk.read(lambda s: desk.vault.find(s.tx, "identity.email", email))
    assert found is not None
    return found


async def confirmed(desk: Desk, post: Post, n: int, email: str, yes: frozenset[str] = YES, **other: str) -> str:
    """Book and confirm; return the number."""
    number = (await collect(desk, booking(desk, n, identity__email=email, **other))).number
    await deliver(desk, post)
    await agree(desk, post.link("confirm", email), yes, "id")
    await deliver(desk, post)
    return number


async def hired(desk: Desk, role: str, email: str = "dimas@fineclean.example") -> Actor:
    """Let a member of staff in, bound by the undertaking."""
    new = Newcomer("Dimas", email, "0812 0000 1111", "kata sandi panjang", (role,))
    got = await welcome(desk, new)
    return Actor(got.person, (role,), await undertake(desk, got.person))


async def alarms(store: Store) -> list[str]:
    """List the codes of alarms that the board shows."""
    return [str(row[0]) for row in await rows(store, "SELECT detail FROM observation WHERE outcome = 'tampered'")]
