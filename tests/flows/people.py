"""People the flows are tested with: staff with one role, guests who confirmed, payments that were reported."""

from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.countersign import countersign
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.desk import Desk
from tepati.store.port import Store
from tests.flows.conftest import Post, booking

PASSWORD = "kata sandi panjang"


async def hired(desk: Desk, *roles: str) -> Actor:
    """Let a member of staff in, bound by the undertaking."""
    new = Newcomer("Wulan", f"{roles[0]}@fineclean.example", "0812 0000 2222", PASSWORD, roles)
    person = (await welcome(desk, new)).person
    return Actor(person, roles, await undertake(desk, person))


async def confirmed(desk: Desk, number: str) -> str:
    """Have a colleague confirm what one member wrote down alone; return its number."""
    await countersign(desk, await hired(desk, "director", "privacy_desk", "dispatcher", "service_desk"), number)
    return number


async def guest(desk: Desk, post: Post, n: int = 1, *, yes: bool = True, **other: str) -> str:
    """Book, confirm and answer the question about offers; return the number."""
    number = (await collect(desk, booking(desk, n, **other))).number
    await deliver(desk, post)
    mine = post.link("confirm", other.get("identity__email", "ratna@contoh.example"))  # others' letters may leave too
    await agree(desk, mine, frozenset({"offers_by_email"} if yes else ()), "id")
    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass  # the confirmation waits for its receipt's place in the ledger
    await deliver(desk, post)
    return number


async def paid(desk: Desk, number: str, n: int = 900) -> None:
    """Report a payment as the provider does."""
    values = {"payment.reference": "REF-7", "payment.method": "qris", "payment.status": "paid",
              "payment.amount": "185000 IDR"}  # fmt: skip
    form = Form("payment_report", "api", values, frozenset(), terms=False, language="id", shown=desk.digest,
                once=n.to_bytes(16, "big"), sender="payment_provider", about=number)  # fmt: skip
    await collect(desk, form)


async def count(store: Store, table: str) -> int:
    """Count rows; ``table`` may carry a condition."""
    row = await store.read(lambda tx: tx.one(f"SELECT count(*) FROM {table}"))
    return int(row[0] or 0) if row else 0


async def person_of(desk: Desk, email: str = "ratna@contoh.example") -> bytes:
    """Find a customer by their address."""
    found = await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, email))
    assert found is not None
    return found


async def lines(desk: Desk, act: str, answer: str) -> list[str]:
    """Name the promises of the ledger's lines of one act and answer, oldest first."""
    from tepati.ledger.entry import decode

    while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    rows = await desk.store.read(lambda tx: tx.all("SELECT entry FROM log_leaf ORDER BY idx"))
    found = [decode(bytes(row[0])) for row in rows]  # type: ignore[arg-type]
    return [line.promise for line in found if (line.act, line.answer) == (act, answer)]
