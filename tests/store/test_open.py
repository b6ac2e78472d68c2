"""Opening: the schema is made once, whoever else tries; a newer or another schema is refused."""

import asyncio
import re
from pathlib import Path

import pytest

from tepati.errors import Misconfigured, TepatiError, Unavailable
from tepati.store import open as opening
from tepati.store.open import open_store
from tepati.store.port import Engine, Store


def _jitter() -> float:
    return 0.1


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database without a schema, of each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


async def _meta(store: Store) -> dict[object, object]:
    rows = await store.read(lambda tx: tx.all("SELECT name, value FROM meta"))
    return {row[0]: row[1] for row in rows}


async def test_opening_twice_makes_one_schema(empty: str) -> None:
    """The second opening finds what the first made, and changes nothing."""
    first = await open_store(empty, jitter=_jitter)
    made = await _meta(first)
    await first.close()
    second = await open_store(empty, jitter=_jitter)
    assert await _meta(second) == made
    assert made["version"] == str(opening.VERSION)
    await second.close()


async def test_many_may_open_at_once(empty: str) -> None:
    """Several workers that start together make one schema between them."""
    stores = await asyncio.gather(*(open_store(empty, jitter=_jitter) for _ in range(4)))
    assert len({str(await _meta(store)) for store in stores}) == 1
    for store in stores:
        await store.close()


async def test_a_newer_database_is_refused(empty: str) -> None:
    """An old program never writes into a schema it does not know."""
    store = await open_store(empty, jitter=_jitter)
    await store.write(lambda tx: tx.run("UPDATE meta SET value = '99' WHERE name = 'version'"))
    await store.close()
    with pytest.raises(Misconfigured, match="store_newer found=99"):
        await open_store(empty, jitter=_jitter)


async def test_a_schema_declared_otherwise_is_refused(empty: str) -> None:
    """Who changes schema.py without a migration hears of it at the next start."""
    store = await open_store(empty, jitter=_jitter)
    await store.write(lambda tx: tx.run("UPDATE meta SET value = 'other' WHERE name = 'schema'"))
    await store.close()
    with pytest.raises(Misconfigured, match="store_other_schema"):
        await open_store(empty, jitter=_jitter)


async def test_a_migration_runs_once(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version brings an older database forward in one transaction, once."""
    await (await open_store(empty, jitter=_jitter)).close()
    ran: list[Engine] = []

    def second(engine: Engine) -> list[str]:
        ran.append(engine)
        return ["CREATE TABLE later (a text)", "INSERT INTO later (a) VALUES ('x')"]

    monkeypatch.setattr(opening, "MIGRATIONS", (second,))
    monkeypatch.setattr(opening, "VERSION", 2)
    for _ in range(2):
        store = await open_store(empty, jitter=_jitter)
        assert await store.read(lambda tx: tx.all("SELECT a FROM later")) == [("x",)]
        assert (await _meta(store))["version"] == "2"
        await store.close()
    assert len(ran) == 1


async def test_a_migration_that_fails_did_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration is none: the database stays of its version, and opens with the old program."""
    await (await open_store(empty, jitter=_jitter)).close()
    with monkeypatch.context() as patch:
        patch.setattr(opening, "MIGRATIONS", (lambda _: ["CREATE TABLE later (a text)", "CREATE TABLE meta (a text)"],))
        patch.setattr(opening, "VERSION", 2)
        with pytest.raises(TepatiError, match="store_"):
            await open_store(empty, jitter=_jitter)
    store = await open_store(empty, jitter=_jitter)
    assert (await _meta(store))["version"] == "1"
    await store.write(lambda tx: tx.run("CREATE TABLE later (a text)"))
    await store.close()


@pytest.mark.parametrize("url", ["mysql://secret@host/a", "sqlite://a.db", "a.db", ""])
async def test_an_unknown_address_is_refused_without_repeating_it(url: str) -> None:
    """An address may hold a password: the error does not show it."""
    with pytest.raises(Misconfigured) as caught:
        await open_store(url, jitter=_jitter)
    assert not re.search(r"secret|a\.db", str(caught.value))


@pytest.mark.parametrize(
    ("url", "told"),
    [("postgresql://tepati:secret@/none?host=/nowhere", "store_gone"),
     ("sqlite:////nowhere/a.db", "store_unopened file=/nowhere/a.db"), ("sqlite:////dev", "store_unopened file=/dev")],
)  # fmt: skip
async def test_a_database_that_is_not_there_is_unavailable(url: str, told: str) -> None:
    """Nothing was done, try again; a file is named to whoever starts the program, a password never is."""
    with pytest.raises(Unavailable, match=f"^{told}$") as caught:
        await open_store(url, jitter=_jitter)
    assert caught.value.__context__ is None


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A mistaken path does not overwrite somebody's file."""
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear customer, " * 500)
    with pytest.raises(Unavailable, match="store_corrupt"):
        await open_store(f"sqlite:///{path}", jitter=_jitter)
    assert path.read_bytes() == b"Dear customer, " * 500
