"""The launcher, in a repository of its own whose lock is empty: a real venv, no network."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ECHO = "import json, os, sys\nprint(json.dumps({'args': sys.argv[1:], 'path': sys.path, 'cwd': os.getcwd()}))\n"


def repository(at: Path) -> Path:
    """Make a repository whose command line echoes."""
    (at / "src/tepati").mkdir(parents=True)
    (at / "src/tepati/__init__.py").touch()
    (at / "src/tepati/__main__.py").write_text(ECHO)
    (at / "requirements").mkdir()
    for name in ("core", "dev", "hsm", "pdf"):
        (at / f"requirements/{name}.txt").write_text("# nothing is needed\n")
    shutil.copy(ROOT / "tepati", at / "tepati")
    return at


def call(program: Path, *args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher; no index may be asked, and HOME cannot be written."""
    alone = {"PIP_NO_INDEX": "1", "HOME": "/nonexistent", "PATH": os.environ["PATH"]} | env
    return subprocess.run([program, *args], env=alone, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository in a folder with a space, started for the first time twice at once."""
    place = repository(tmp_path_factory.mktemp("launcher") / "a folder")
    env = {"PIP_NO_INDEX": "1", "HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    both = [
        subprocess.Popen([place / "tepati", str(n)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(2)
    ]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "".join(err for _, err in said).count("making") == 1, said
    return place


def test_it_forwards_every_word_from_anywhere(made: Path, tmp_path: Path) -> None:
    """Arguments with spaces and wildcards, another directory, a chain of symlinks."""
    (tmp_path / "one").symlink_to(made / "tepati")
    (tmp_path / "two").symlink_to("one")
    ran = call(tmp_path / "two", "look", "a b", "*", "", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["args"] == ["look", "a b", "*", ""]
    assert said["cwd"] == str(tmp_path)


def test_a_later_start_installs_nothing_and_says_nothing(made: Path) -> None:
    """The stamp agrees: neither pip nor another Python is needed."""
    ran = call(made / "tepati", "x", PATH="/usr/bin:/bin")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_callers_directory_is_no_place_to_import_from(made: Path, tmp_path: Path) -> None:
    """A file named like one of our modules, where somebody happens to stand, is not run."""
    (tmp_path / "json.py").write_text("raise SystemExit('run by mistake')")
    ran = call(made / "tepati", "x", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert str(tmp_path) not in json.loads(ran.stdout)["path"]


def test_a_changed_lock_is_installed_once(made: Path) -> None:
    """Another lock, another stamp."""
    with (made / "requirements/core.txt").open("a") as lock:
        lock.write("# changed\n")
    assert "installing requirements/core.txt" in call(made / "tepati", "x").stderr
    assert call(made / "tepati", "x").stderr == ""


def test_a_failed_install_starts_nothing_and_the_next_call_begins_anew(made: Path) -> None:
    """Without the pinned packages nothing runs; what an interrupted or failed install left is not trusted."""
    lock = made / "requirements/core.txt"
    lock.write_text(f"no-such==1 --hash=sha256:{'0' * 64}\n")
    failed = call(made / "tepati", "x")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "could not install requirements/core.txt" in failed.stderr
    assert (made / ".venv/.making").exists()
    (made / ".venv/left-behind").touch()
    lock.write_text("# nothing is needed\n")
    ran = call(made / "tepati", "x")
    assert ran.returncode == 0, ran.stderr
    assert not (made / ".venv/left-behind").exists()
    assert not (made / ".venv/.making").exists()


@pytest.mark.parametrize("version", ["3.9", "3.10"])
def test_an_old_python_is_named(tmp_path: Path, version: str) -> None:
    """The message says what is needed and what was found."""
    place, tools = repository(tmp_path / "r"), tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "readlink", "cmp", "id", "cp", "mv", "rm", "mkdir"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    old = tools / "python3"
    old.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "Python {version}.0" && exit 0\nexit 1\n')
    old.chmod(0o755)
    ran = call(place / "tepati", "x", PATH=str(tools))
    assert ran.returncode == 1
    assert "Python 3.11 or newer is needed" in ran.stderr
    assert f"Python {version}.0" in ran.stderr
    assert not (place / ".venv").exists()


def test_what_cannot_be_tested_is_told_and_under_ci_fails(made: Path) -> None:
    """Without PostgreSQL, Chromium and Go the suite says so; ``CI=true`` makes it a failure."""
    script = (made / "tepati").read_text()
    blind = script.replace("root_on_debian() {", "root_on_debian() { return 1; ").replace(
        "missing() {", "missing() { echo postgresql; return 0; "
    )
    (made / "blind").write_text(blind)
    (made / "blind").chmod(0o755)
    assert "NOT TESTED, because missing here: postgresql" in call(made / "blind", "test").stderr
    ran = call(made / "blind", "test", CI="true")
    assert ran.returncode == 1
    assert "under CI a missing part is a failure" in ran.stderr
