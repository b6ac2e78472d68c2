"""``tepati ledger``, ``verify`` and ``witness`` from the shell's side: an auditor and a company play one round."""

import asyncio
import contextlib
import json
from types import SimpleNamespace

import pytest

from tepati.cli.main import main
from tepati.ledger.log import Log
from tepati.store.open import open_store
from tests.ledger.logs import AT, ORIGIN, SIGNER, entry

NOW = AT + 3_600_000_000


@pytest.fixture
def app(tmp_path):
    """An installation of one organisation, opened anew for every command, as the composition root does."""

    async def open_installation(folder):
        store = await open_store(f"sqlite:///{tmp_path / 'store.db'}", jitter=lambda: 0.5)
        desk = SimpleNamespace(store=store, log=Log("fineclean", ORIGIN, SIGNER))
        return SimpleNamespace(org=lambda slug: SimpleNamespace(desk=desk), close=store.close)

    made = SimpleNamespace(now=lambda: NOW, random=lambda n: b"\x05" * n, open_installation=open_installation)
    return lambda: made


def add(app, start, end):
    async def work():
        installation = await app().open_installation(None)
        desk = installation.org("fineclean").desk
        rows = [(b"%016d" % i, i % 16, AT, entry(i)) for i in range(start, end)]
        await desk.store.write(lambda tx: desk.log.append_many(tx, rows))
        while await desk.store.write(lambda tx: desk.log.integrate(tx, AT)):
            pass
        await installation.close()

    asyncio.run(work())


@pytest.fixture
def tell(app, capsys):
    """Run a command; give its exit code and what it printed."""

    def run(*words):
        with contextlib.suppress(SystemExit):
            code = main([str(word) for word in words], app)
            return code, capsys.readouterr().out
        pytest.fail(capsys.readouterr().err)

    return run


def test_one_round_between_a_company_and_its_auditor(app, tell, tmp_path):
    add(app, 0, 300)
    out, witness, policy = tmp_path / "out", tmp_path / "w", tmp_path / "policy"
    code, said = tell("ledger", "export", out, "--org", "fineclean")
    assert (code, said.startswith("300 entries")) == (0, True)
    code, said = tell("verify", out)
    assert (code, "only internal consistency" in said) == (0, True)
    code, said = tell("witness", "init", witness, "--name", "auditor.example/w1", "--log", SIGNER.key)
    key = said.split()[-1]
    assert "+" in key
    policy.write_text(f"log {SIGNER.key}\nwitness auditor {key}\nquorum auditor\n")
    code, said = tell("verify", out, "--policy", policy, "--json")
    assert (code, json.loads(said)["standing"]) == (1, "unwitnessed")
    assert tell("witness", "cosign", witness, out, "--out", tmp_path / "cosigned")[0] == 0
    code, said = tell("ledger", "cosigned", tmp_path / "cosigned", "--witness", key, "--org", "fineclean")
    assert (code, said) == (0, "1 of 1 witnesses have cosigned this head\n")
    add(app, 300, 310)
    tell("ledger", "export", out, "--org", "fineclean")
    code, said = tell("verify", out, "--policy", policy, "--json")
    told = json.loads(said)
    assert (code, told["standing"], told["size"], told["witnessed_size"]) == (0, "witnessed", 310, 300)
    code, said = tell("ledger", "checkpoint", "--org", "fineclean", "--json")
    assert (json.loads(said)["size"], json.loads(said)["witnessed_size"]) == (310, 300)
    assert tell("ledger", "reconcile", "--org", "fineclean")[1].count("line_without_effect") == 310


def test_a_changed_export_is_told_by_number_and_exit_code(app, tell, tmp_path):
    add(app, 0, 300)
    out = tmp_path / "out"
    tell("ledger", "export", out, "--org", "fineclean")
    bundle = out / "tile" / "entries" / "000"
    raw = bundle.read_bytes()
    bundle.write_bytes(raw[: raw.index(b"agree")] + b"erase" + raw[raw.index(b"agree") + 5 :])
    code, said = tell("verify", out)
    assert (code, said.startswith("NOT SOUND"), "Entry 0 was altered." in said) == (1, True, True)


def test_a_witness_refuses_a_fork_from_the_shell(app, tell, tmp_path):
    add(app, 0, 300)
    tell("ledger", "export", tmp_path / "out", "--org", "fineclean")
    tell("witness", "init", tmp_path / "w", "--name", "auditor.example/w1", "--log", SIGNER.key)
    assert tell("witness", "cosign", tmp_path / "w", tmp_path / "out")[0] == 0
    (tmp_path / "store.db").unlink()
    add(app, 1, 400)
    tell("ledger", "export", tmp_path / "other", "--org", "fineclean")
    assert tell("witness", "cosign", tmp_path / "w", tmp_path / "other")[0] == 1


def test_what_cannot_be_read_is_said(tell, tmp_path):
    assert tell("verify", tmp_path / "nothing")[0] == 2
    (tmp_path / "policy").write_text("trust me\n")
    assert tell("verify", tmp_path, "--policy", tmp_path / "policy")[0] == 2
    assert tell("verify", tmp_path)[0] == 2
