"""The command line misused: control characters, other folders, foreign configuration, files of another version."""

import shutil
from pathlib import Path

import pytest

from tests.attacks.demonstration import Demonstration

ORG = "home-cleaning"


@pytest.fixture
def idle(seeded: Demonstration, tmp_path: Path) -> Demonstration:
    """A seeded folder nobody serves, its configuration pointed at itself."""
    made = seeded.copy(tmp_path / "data")
    path = made.folder / "tepati.toml"
    path.write_text(path.read_text().replace(str(seeded.folder), str(made.folder)))
    return made


@pytest.mark.parametrize("evil", ["\x1b[2J\x1b]0;owned\x07", "a\nb", "' OR 1=1 --", "../../etc", "\u202e"])
def test_control_characters_do_not_reach_the_terminal(idle: Demonstration, evil: str) -> None:
    """What was typed is not printed back raw: a name from a ticket could drive the terminal."""
    data = ["--data", str(idle.folder), "--org"]
    for words in (
        ["look", "--number", evil, "--for", "orders", "--fields", "identity.name", *data, ORG],
        ["promises", *data, evil],
        ["ledger", "checkpoint", *data, evil],
        ["doctor", "--data", evil],
        ["verify", evil],
        ["check", evil],
        [evil],
    ):
        got = idle.cli(*words)
        said = got.stdout + got.stderr
        assert got.returncode in (1, 2), words
        assert "Traceback" not in said, (words, said[-500:])
        assert "\x1b" not in said, words
        assert "\x07" not in said, words
        assert "\u202e" not in said, words


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("listen =", "evil = 1\nlisten ="), "evil"),
        (("listen =", "listen = 5 #"), "listen"),
        (("sqlite:///", "mysql:///"), "database"),
        (("listen =", "listen = \x00"), "tepati.toml"),
    ],
)
def test_a_foreign_configuration_is_named(idle: Demonstration, change: tuple[str, str], word: str) -> None:
    """Unknown keys, other types, another engine, broken bytes: one sentence, no trace."""
    path = idle.folder / "tepati.toml"
    path.write_text(path.read_text().replace(*change, 1))
    got = idle.cli("promises", "--data", str(idle.folder), "--org", ORG)
    assert got.returncode == 1
    assert "Traceback" not in got.stderr
    assert word in got.stderr


def test_a_database_of_another_version_is_not_touched(idle: Demonstration) -> None:
    """A newer schema, or none of ours: refused before anything is written."""
    for text in ("UPDATE meta SET value = '99999' WHERE name LIKE '%schema%'", "DROP TABLE meta"):
        copied = idle.copy(idle.folder.with_name(f"copy{len(text)}"))
        path = copied.folder / "tepati.toml"
        path.write_text(path.read_text().replace(str(idle.folder), str(copied.folder)))
        copied.sql(text)
        got = copied.cli("promises", "--data", str(copied.folder), "--org", ORG)
        assert got.returncode == 1, got.stdout[:200]
        assert "Traceback" not in got.stderr


def test_loose_rights_are_told(idle: Demonstration) -> None:
    """A database that others may read fails the doctor; keys that others may read are not used at all."""
    (idle.folder / "tepati.db").chmod(0o644)
    got = idle.cli("doctor", "--data", str(idle.folder))
    assert got.returncode == 1
    assert "FAIL" in got.stdout
    for name, loose, right in (("keys-1", 0o755, 0o700), ("root.key", 0o644, 0o600)):
        (idle.folder / name).chmod(loose)
        got = idle.cli("promises", "--data", str(idle.folder), "--org", ORG)
        assert got.returncode == 1, f"{name} that others may read was used"
        assert "chmod" in got.stderr
        (idle.folder / name).chmod(right)


def test_a_mirror_that_is_missing_or_foreign_is_refused_or_mended(idle: Demonstration) -> None:
    """One mirror gone or broken: never silently less than two."""
    shutil.rmtree(idle.folder / "keys-2")
    got = idle.cli("doctor", "--data", str(idle.folder))
    assert "Traceback" not in got.stderr
    assert got.returncode == 1 or (idle.folder / "keys-2" / "keys.db").exists()
    (idle.folder / "keys-1" / "keys.db").write_bytes(b"SQLite format 3\x00" + bytes(4096))
    got = idle.cli("promises", "--data", str(idle.folder), "--org", ORG)
    assert "Traceback" not in got.stderr
