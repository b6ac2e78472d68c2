"""A root inside a PKCS#11 token, against SoftHSM2: keys are made inside, never leave, and end there."""

import itertools
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tepati.app.roots import root_of
from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.vault.keystore import KeyStore
from tepati.vault.root import Grade
from tepati.vault.token import TokenRoot, Where, where

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN, LABEL = "1234 rahasia", "tepati-root"
_labels = itertools.count(1)


def ready() -> str:
    """Name what is missing, or nothing."""
    if not find_spec("pkcs11"):
        return "python-pkcs11 (requirements/hsm.txt)"
    return "" if shutil.which("softhsm2-util") and module() else "softhsm2"


def module() -> str:
    return next((path for path in MODULES if Path(path).exists()), "")


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory):
    """Give SoftHSM2 a folder of the tests' own; the module reads its settings once a process."""
    if lacks := ready():
        if os.environ.get("CI") == "true":
            pytest.fail(f"under CI a missing part is a failure: {lacks}")
        pytest.skip(lacks)
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    (folder / "pin").write_text(f"{PIN}\n")
    made = ["softhsm2-util", "--init-token", "--free", "--label", "tepati", "--pin", PIN, "--so-pin", "so rahasia"]
    subprocess.run(made, check=True, capture_output=True)
    yield folder
    os.environ.pop("SOFTHSM2_CONF", None)


@pytest.fixture
def uri(softhsm):
    """Name a key of each test's own in the one token."""
    label = f"{LABEL}-{next(_labels)}"
    return f"pkcs11:token=tepati;object={label}?module-path={module()}&pin-source=file:{softhsm / 'pin'}"


def test_a_key_is_made_inside_and_wraps(uri, random) -> None:
    """What is wrapped opens again under the same words, and under no others; the value never leaves the token."""
    root = root_of(uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"epoch 1")
    assert (root.version, wrapped[:4], len(wrapped)) == (1, b"\0\0\0\1", 4 + 12 + 32 + 16)
    assert root.unwrap(wrapped, b"epoch 1") == b"k" * 32
    for changed, aad in ((wrapped, b"epoch 2"), (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"epoch 1")):
        with pytest.raises(Tampered, match="keystore_entry"):
            root.unwrap(changed, aad)
    import pkcs11

    [key] = root._found().values()
    with pytest.raises(pkcs11.exceptions.PKCS11Error):
        key[pkcs11.Attribute.VALUE]
    assert root_of(uri, random, create=True).version == 1, "made once"


def test_a_destroyed_version_is_in_the_token_no_more(uri, random) -> None:
    """Rotated, the old one still opens; destroyed, it is looked for again, and nothing it wrapped opens."""
    root = root_of(uri, random, create=True)
    old = root.wrap(b"o" * 32, b"")
    assert root.rotate() == 2
    assert root.unwrap(old, b"") == b"o" * 32
    with pytest.raises(Misconfigured, match="root_newest"):
        root.destroy(2)
    assert root.destroy(1) == Grade("overwritten"), "SoftHSM is a file: it attests nothing"
    assert list(root._found()) == [2]
    with pytest.raises(Misconfigured, match="root_version"):
        root.unwrap(old, b"")
    assert root.destroy(1) == Grade("overwritten"), "twice is once"


async def test_a_key_store_lives_under_a_token_and_changes_its_root(uri, world) -> None:
    """Epochs, indexes and MACs are wrapped in the token; after a rotation all open, and the old version is gone."""
    world.keystore.close()
    world.root = root_of(uri, world.random, create=True)
    world.keystore = KeyStore((world.folder / "t-a", world.folder / "t-b"), world.root, world.random, world.clock)
    world.vault.room.keystore = world.keystore
    person, _ = await world.add()
    assert world.keystore.rotate_root() == Grade("overwritten")
    world.keystore.close()
    world.keystore = KeyStore(
        (world.folder / "t-a", world.folder / "t-b"), root_of(uri, world.random), world.random, world.clock
    )
    world.vault.room.keystore = world.keystore
    assert await world.look(person, "identity.name") == {"identity.name": "Siti Rahayu"}
    assert list(world.root._found()) == [2]


def test_another_process_rotates_and_is_noticed(uri, random, softhsm) -> None:
    """The next wrapping is under the version that another process made."""
    root = root_of(uri, random, create=True)
    code = "import sys, os; from tepati.app.roots import root_of; print(root_of(sys.argv[1], os.urandom).rotate())"
    ran = subprocess.run([sys.executable, "-c", code, uri], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert ran.stdout == "2\n", ran.stderr
    assert root.wrap(b"", b"")[:4] == b"\0\0\0\2"


def test_a_key_that_can_leave_is_refused(uri, random) -> None:
    """Destroying what was exported is worth nothing: such a key is no root."""
    import pkcs11

    root = root_of(uri, random, create=True)
    root._session.generate_key(
        pkcs11.KeyType.AES, 256, label=where(uri).label, id=(7).to_bytes(4), store=True,
        template={pkcs11.Attribute.SENSITIVE: False, pkcs11.Attribute.EXTRACTABLE: True},
    )  # fmt: skip
    with pytest.raises(Misconfigured, match="root_exportable"):
        root_of(uri, random)


def test_a_token_that_is_not_there_says_so_without_the_pin(uri, random, softhsm) -> None:
    """A wrong module, token or key is told by name; no secret stands in the message."""
    there = where(uri)
    for at in (Where("/no/module.so", there.token, LABEL, ""), Where(there.module, "nobody", LABEL, "")):
        with pytest.raises(Misconfigured, match="root_token") as wrong:
            TokenRoot(at, PIN, random)
        assert PIN not in f"{wrong.value!r} {wrong.value.__cause__!r} {wrong.value.__context__!r}"
    with pytest.raises(Misconfigured, match="root_missing"):
        root_of(uri.replace("object=", "object=x"), random)


# the library reports the search that a closed session took along when it is collected
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_session_that_ended_is_opened_anew(uri, random) -> None:
    """A module that restarted does not need Tepati to restart."""
    root = root_of(uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    root._session.close()
    assert root.unwrap(wrapped, b"") == b"k" * 32
    assert root.rotate() == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_token_that_is_gone_is_unavailable_and_forges_nothing(uri, random, monkeypatch) -> None:
    """No answer is no forged entry, and destroys nothing."""
    root = root_of(uri, random, create=True)
    wrapped = root.wrap(b"k" * 32, b"")
    root._session.close()
    monkeypatch.setattr(root, "_at", Where(where(uri).module, "nobody", where(uri).label, ""))
    for act in (lambda: root.unwrap(wrapped, b""), lambda: root.destroy(1), root.rotate, lambda: root.wrap(b"", b"")):
        with pytest.raises(Unavailable, match="root_unreachable"):
            act()


@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:", "pkcs11:token=t;object=o", "pkcs11:token=t;object=o?module-path=/m.so",
        "pkcs11:token=t;object=o?module-path=/m.so&pin-source=file:/p&pin-value=1234",
    ],
)  # fmt: skip
def test_an_address_that_says_too_little_or_a_secret_is_refused(uri) -> None:
    with pytest.raises(Misconfigured, match="root_form"):
        where(uri)


def test_an_address_is_read_as_rfc_7512_writes_it() -> None:
    assert where("pkcs11:token=My%20Token;object=root?module-path=/m.so&pin-source=file:/run/pin") == Where(
        "/m.so", "My Token", "root", "/run/pin"
    )


def test_without_the_extra_a_token_names_what_to_install(random, monkeypatch) -> None:
    """The core has no such library; who configures a token is told which list to install."""
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(Misconfigured, match="root_extra"):
        TokenRoot(Where("/m.so", "t", "o", "/p"), "", random)
