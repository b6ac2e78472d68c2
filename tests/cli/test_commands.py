"""The command line as people meet it: help for everything, nonsense refused, and a company's first day end to end."""

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest

from tepati import app
from tepati.app.alone import Presence
from tepati.cli.backup import head
from tepati.cli.main import COMMANDS, main
from tepati.errors import BadInput, Expired
from tepati.flows.acts.keyed import keyed
from tepati.ports.config import read

NOTICE = Path(__file__).parents[2] / "examples/home-cleaning/notice.yaml"
ORG = "home-cleaning"
PASSWORD = "kata sandi panjang"

Said = tuple[int, str, str]
Call = Callable[..., Said]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run one command in this process; give its exit code, what it printed, and what it complained of."""
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TEPATI_PASSWORD", PASSWORD)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*args: object) -> Said:
        try:
            code = main([str(one) for one in args], lambda: app)
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_refuses_nonsense(call: Call, name: str) -> None:
    """``--help`` ends with 0 and names the command; an option that is none ends with 2, without a traceback."""
    code, out, _ = call(name, "--help")
    assert (code, out.split("\n")[0].split()[:3]) == (0, ["usage:", "tepati", name])
    code, _, err = call(name, "--no-such-option")
    assert (code, "Traceback" in err, f"tepati {name}" in err) == (2, False, True)


def test_without_a_command_all_are_listed(call: Call) -> None:
    """The help lists every command with its line; an unknown one is refused with the nearest."""
    code, out, _ = call()
    assert code == 0
    assert all(f"  {name} " in out and line in out for name, (_, line) in COMMANDS.items())
    code, _, err = call("promise")
    assert (code, "Did you mean 'promises'?" in err) == (2, True)
    assert call("--version")[0] == 0


@pytest.fixture
def data(call: Call, tmp_path: Path) -> Path:
    """Make an installation, its notice published."""
    folder = tmp_path / "data"
    assert call("init", NOTICE, "--org", ORG, "--origin", "https://shop.example", "--data", folder)[0] == 0
    assert call("publish", "--org", ORG, "--data", folder) == (0, "version 1 is published\n", "")
    return folder


def at(data: Path) -> tuple[object, ...]:
    """Name the organisation and its folder, as each command takes them."""
    return ("--org", ORG, "--data", data)


def signed_in(call: Call, data: Path, role: str) -> None:
    """Let somebody in, and sign in as them."""
    email = f"{role}@shop.example"
    who = ("--name", "Dimas Pratama", "--email", email, "--phone", "0812 0000 1111", "--role", role)
    code, out, _ = call("staff", "add", *who, *at(data))
    assert code == 0
    factor = pyotp.TOTP(out.rsplit(maxsplit=1)[-1]).at(app.now() // 1_000_000)
    assert call("staff", "sign-in", "--email", email, "--code", factor, *at(data))[0] == 0


def test_a_first_day(call: Call, data: Path, tmp_path: Path) -> None:
    """Sign in, sign the undertaking, look, tick, see the promises, export the ledger, and have it verified."""
    signed_in(call, data, "dispatcher")
    look = ("look", "HC-AAAA-AAAA", "--for", "orders", "--fields", "identity.name", *at(data))
    assert call(*look)[0] == 1
    assert call("staff", "undertake", *at(data)) == (0, "undertaking signed\n", "")
    code, out, err = call(*look)
    assert (code, out) == (1, "")
    assert err == "tepati: There is nothing under this number that you may see. Check how it is written.\n"
    code, out, _ = call("tick", "--data", data)
    assert (code, "daily round: audited" in out) == (0, True)
    assert "daily round: audited" not in call("tick", "--data", data)[1]
    code, out, _ = call("promises", "--json", *at(data))
    rows = json.loads(out)
    assert code == 0
    assert {"id", "ids", "kind", "text", "state", "grade", "coverage", "evidence", "law"} == rows[0].keys()
    _verified(call, data, tmp_path / "ledger")


@pytest.mark.parametrize("step", ["", "opened", "copied", "named", "shredded"])
def test_the_key_store_moves_and_a_kill_at_any_step_loses_nothing(
    call: Call, data: Path, tmp_path: Path, step: str
) -> None:
    """SIGKILL: before, the old key store is in force, or after, the new one; the same command then goes on."""
    old = [Path(key) for key in read(data).config.keys]
    new = [tmp_path / "baru-1", tmp_path / "baru-2"]
    move = ("keys", "move", "--data", data, "--to", *new)
    promises = call("promises", "--json", *at(data))
    if step and not (child := os.fork()):
        end = lambda at: at == step and os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        app.move_keys(data, (str(new[0]), str(new[1])), lambda _told: None, end)
        os._exit(1)
    if step:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert call("keys", "status", "--data", data)[0] == 0, "one of both is whole"
        told = [c["name"] for c in json.loads(call("doctor", "--json", "--data", data)[1])]
        assert ("moved" in told) == (step in {"named", "shredded"}), "old places wait for their end"
    code, out, err = call(*move)
    assert (code, err) == (0, "")
    assert "rotate-root" in out
    assert [Path(key) for key in read(data).config.keys] == new
    assert not [each for each in old if (each / "keys.db").exists()]
    assert call("promises", "--json", *at(data))[0] == promises[0] == 0
    assert call("keys", "roll", "--data", data)[0] == 0
    assert "nothing is left" in call(*move)[1]


def test_a_move_to_places_in_use_or_while_served_moves_nothing(call: Call, data: Path, tmp_path: Path) -> None:
    keys, new = read(data).config.keys, (tmp_path / "baru-1", tmp_path / "baru-2")
    assert call("keys", "move", "--data", data)[0] == 2
    for to in ((new[0], new[0]), (keys[1], new[0])):
        code, out, err = call("keys", "move", "--data", data, "--to", *to)
        assert (code, out, "holds keys already" in err) == (1, "", True)
    running = Presence(data)
    running.share()
    code, _, err = call("keys", "move", "--data", data, "--to", *new)
    running.leave()
    assert (code, "Stop serving" in err) == (1, True)
    assert read(data).config.keys == keys
    assert call("keys", "status", "--data", data)[0] == 0


def test_an_agreement_is_recorded_by_who_may_and_listed(call: Call, data: Path, tmp_path: Path) -> None:
    """Signed-in staff record the paper; of a paper that is not there nothing is recorded; doctor sees it in force."""
    signed_in(call, data, "privacy_desk")
    assert call("staff", "undertake", *at(data))[0] == 0
    paper = tmp_path / "paper.pdf"
    add = ("agreement", "add", "--recipient", "mailer", "--since", "2026-01-01", "--until", "2099-01-01", "--document")
    code, out, err = call(*add, paper, *at(data))
    assert (code, out, "paper.pdf cannot be used" in err) == (2, "", True)
    paper.write_bytes(b"signed")
    assert call(*add, paper, *at(data))[0] == 0
    assert "mailer               in force" in call("agreement", "list", *at(data))[1]
    checks = json.loads(call("doctor", "--json", "--data", data)[1])
    assert {c["about"]: c["level"] for c in checks if c["name"] == "agreement"}["mailer"] == "ok"


def test_a_security_case_needs_two(call: Call, data: Path) -> None:
    """One opens, another approves, each looks once; whoever acted opens nothing, and the list names nobody."""
    signed_in(call, data, "dispatcher")
    assert call("tick", "--data", data)[0] == 0
    signed_in(call, data, "director")
    assert call("staff", "undertake", *at(data))[0] == 0
    found = (call("case", "open", str(n), "--reason", "asked by her", *at(data)) for n in range(12))
    case = next(out.split()[1] for code, out, _ in found if code == 0)
    assert call("case", "approve", case, *at(data))[0] == 1, "the opener is one, not two"
    signed_in(call, data, "privacy_desk")
    assert call("staff", "undertake", *at(data))[0] == 0
    assert case in call("case", "list", *at(data))[1]
    assert call("case", "show", case, *at(data))[0] == 1
    assert call("case", "approve", case, *at(data))[0] == 0
    code, out, _ = call("case", "show", case, *at(data))
    assert (code, "Dimas Pratama" in out, " UTC" in out) == (0, True, True)
    code, out, err = call("case", "show", case, *at(data))
    assert (code, out, "once already" in err) == (1, "", True)


def test_a_key_is_made_shown_once_listed_and_ended(call: Call, data: Path) -> None:
    """The output of `key make` is the secret and nothing else; it works from its network until `key end`."""
    make = ("key", "make", "--role", "dispatcher", "--network", "10.2.0.0/16", "--days", "30", *at(data))
    code, _, err = call(*make)
    assert (code, "Nobody is signed in" in err) == (1, True)
    signed_in(call, data, "dispatcher")
    call("staff", "undertake", *at(data))
    assert call(*make)[:2] == (1, ""), "who does not answer for the staff makes none"
    signed_in(call, data, "director")
    call("staff", "undertake", *at(data))
    code, out, err = call(*make)
    assert (code, re.fullmatch(r"tpk_[\w=-]{50,}\n", out) is not None) == (0, True)
    secret = out.strip()
    assert secret not in err
    _, listed, _ = call("key", "list", *at(data))
    name = listed.split()[0]
    assert (secret in listed, "10.2.0.0/16" in listed, name in err) == (False, True, True)
    assert asyncio.run(acts_as(data, secret, "10.2.9.9")) == ("dispatcher",)
    assert asyncio.run(acts_as(data, secret, "10.3.0.1")) == ()
    assert call("key", "end", name, *at(data)) == (0, f"ended: {name}\n", "")
    assert call("key", "list", *at(data)) == (0, "", "")
    assert asyncio.run(acts_as(data, secret, "10.2.9.9")) == ()
    for wrong in ("director", "king"):
        code, out, err = call(*("key", "make", "--role", wrong, "--network", "10.0.0.5/8", "--days", "400", *at(data)))
        assert (code, out, [field in err for field in ("role:", "networks:", "days:")]) == (1, "", [True] * 3)


async def acts_as(data: Path, secret: str, address: str) -> tuple[str, ...]:
    """Say in which roles a key acts that calls from an address: none where it opens nothing."""
    installation = await app.open_installation(data)
    try:
        return (await keyed(installation.org(ORG).desk, secret, address)).roles
    except Expired:
        return ()
    finally:
        await installation.close()


def _verified(call: Call, data: Path, ledger: Path) -> None:
    """Export, verify as a stranger would, and see a changed byte found."""
    code, out, _ = call("ledger", "export", ledger, *at(data))
    assert (code, out.split()[1]) == (0, "entries,")
    code, out, _ = call("verify", ledger, "--json")
    report = json.loads(out)
    assert (code, report["sound"], report["standing"]) == (0, True, "unpinned")
    bundle = next(path for path in (ledger / "tile" / "entries").rglob("*") if path.is_file())
    raw = bytearray(bundle.read_bytes())
    raw[len(raw) // 2] ^= 1
    bundle.write_bytes(raw)
    assert call("verify", ledger)[0] == 1


def test_doctor_tells_each_check_as_an_object(call: Call, data: Path) -> None:
    """Every check has a name, a level and what was found; private files are found private."""
    code, out, _ = call("doctor", "--json", "--data", data)
    checks = json.loads(out)
    assert code == (1 if any(c["level"] == "fail" for c in checks) else 0)
    assert {"mirrors", "mode", "clock", "slow", "backup", "setting"} <= {c["name"] for c in checks}
    assert all(c["level"] == "ok" for c in checks if c["name"] in {"mode", "mirrors", "slow", "clock"})
    code, out, _ = call("doctor", "--data", data)
    assert "{" not in out


@pytest.mark.parametrize(("language", "refused"), [("C", "Refused by:"), ("id_ID.UTF-8", "Ditolak oleh:")])
def test_a_refusal_cites_the_promise_in_its_own_words(
    call: Call, data: Path, monkeypatch: pytest.MonkeyPatch, language: str, refused: str
) -> None:
    """Who may not is told what happened, which promise refuses, and what it says; nothing of a traceback."""
    signed_in(call, data, "cleaner")
    monkeypatch.setenv("LC_ALL", language)
    code, out, err = call("send", "offer", *at(data))
    assert (code, out) == (1, "")
    happened, path, sentence = err.splitlines()
    assert happened.startswith("tepati: ")
    assert path.strip() == f"{refused} accountability.supervision"
    assert sentence.strip().endswith(".")
    assert "{" not in err


REFUSED = {
    "a second installation": (("init", NOTICE, "--origin", "https://shop.example"), 1, "There is an installation"),
    "an origin that is none": (("init", NOTICE, "--origin", "shop"), 1, "is not the address of a site"),
    "a notice that is not there": (("init", "no.yaml", "--origin", "https://shop.example"), 2, "no.yaml cannot be"),
    "a notice that is none": (("init", __file__, "--origin", "https://shop.example"), 1, "The declaration has"),
    "the same version again": (("publish",), 1, "is not newer"),
    "nobody signed in": (("look", "HC-1", "--for", "orders", "--fields", "identity.name"), 1, "Nobody is signed in"),
    "wrong factors": (("staff", "sign-in", "--email", "x@y.example", "--code", "1"), 1, "Sign-in failed"),
    "a member without a role": (
        ("staff", "add", "--name", "A B", "--email", "a@b.example", "--phone", "0812 0000 1111", "--role", "king"),
        1, "roles: The notice declares no such role.",
    ),
}  # fmt: skip


def test_an_installation_without_a_name_is_called_as_its_organisation(call: Call, tmp_path: Path) -> None:
    """``tepati init notice.yaml``, as the tutorial has it: it has a name in addresses and commands."""
    folder = tmp_path / "data"
    code, out, _ = call("init", NOTICE, "--origin", "https://shop.example", "--data", folder)
    assert (code, tuple(read(folder).config.orgs)) == (0, ("fineclean-id",))
    assert "[orgs.fineclean-id.decoys]" in out


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_in_words(call: Call, data: Path, tmp_path: Path, name: str) -> None:
    """Each refusal says what happened and what to do, and leaves nothing behind."""
    args, expected, words = REFUSED[name]
    where = tmp_path / "new" if args[0] == "init" and name != "a second installation" else data
    code, out, err = call(*args, *at(where))
    assert (code, out) == (expected, "")
    assert err.startswith("tepati: ")
    assert words in err
    assert ("no passkey" in err) == (name == "wrong factors"), "told to everybody who fails, whatever is wrong"
    assert not (tmp_path / "new").exists()


WITHOUT_ORG = {
    "no installation": (("tick",), 1, "Run 'tepati init' first"),
    "no certificate": (("serve",), 1, "Personal data is not served without TLS"),
    "off this computer": (("demo", "--host", "0.0.0.0"), 1, "answers on this computer only"),
    "a backup that is not there": (("restore", "no.backup"), 2, "no.backup cannot be used"),
    "a database with rows": (("restore", "copy"), 1, "Restore into an empty one"),
    "a head that is none": (("restore", "copy", "--head", "x"), 1, "the second and third line of a checkpoint"),
    "a ledger that is not there": (("verify", "nowhere"), 2, "cannot read"),
    "no address to listen on": (("witness", "serve", ".", "--listen", "here"), 2, "write it as HOST:PORT"),
}


@pytest.mark.parametrize("name", WITHOUT_ORG)
def test_what_cannot_be_done_is_told_in_words(
    call: Call, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing ends in a traceback, whatever is missing; exit 2 where a file or an argument cannot be used."""
    monkeypatch.chdir(tmp_path)
    args, expected, words = WITHOUT_ORG[name]
    if "copy" in args:
        assert call("backup", "copy", "--data", data)[0] == 0
    where = tmp_path / "none" if name == "no installation" else data
    code, _, err = call(*args, *(() if args[0] in {"verify", "witness"} else ("--data", where)))
    assert (code, "Traceback" in err) == (expected, False)
    assert words in err


@pytest.mark.parametrize("root", [("ab" * 32), "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="])
def test_a_head_is_read_as_an_export_or_a_checkpoint_writes_it(root: str) -> None:
    assert head(f"shop=11:{root}") == ("shop", (11, b"\xab" * 32))


@pytest.mark.parametrize("wrong", ["", "x", "shop=1", "shop=1:abcd", "shop=-1:" + "ab" * 32, "=1:" + "ab" * 32])
def test_a_head_that_is_half_typed_begins_no_new_ledger(wrong: str) -> None:
    """A root cut short would be none that is known, and the ledger would be left for good."""
    with pytest.raises(BadInput):
        head(wrong)


def test_a_damaged_configuration_is_named(call: Call, data: Path) -> None:
    """The file and what is wrong with it, in a sentence."""
    for said in ("database = ", 'listen = "here"\n', "unknown = 1\n"):
        copy = data.with_name("damaged")
        shutil.copytree(data, copy, dirs_exist_ok=True)
        (copy / "tepati.toml").write_text(said + (data / "tepati.toml").read_text())
        code, _, err = call("tick", "--data", copy)
        assert (code, "tepati.toml cannot be used" in err) == (1, True)


def test_the_root_lies_beside_the_data_or_where_it_is_put(call: Call, tmp_path: Path) -> None:
    """Never inside it by itself: a copy of the folder opens nothing."""
    for folder, named in ((tmp_path / "data", None), (tmp_path / "other", tmp_path / "far" / "root.key")):
        more = ("--root", named) if named else ()
        args = ("init", NOTICE, "--org", ORG, "--origin", "https://shop.example", "--data", folder, *more)
        assert call(*args)[0] == 0
        root = named or tmp_path / "data.root.key"
        assert root.stat().st_mode & 0o777 == 0o600
        assert not list(folder.rglob("*root*"))
