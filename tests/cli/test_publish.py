"""``tepati publish`` and what it does with proposals: each verb as a program of its own, refusals in this process."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pyotp
import pytest

from tepati import app
from tests.cli.test_commands import NOTICE, ORG, PASSWORD, Call, at, call  # noqa: F401 - a fixture among them

ROOT = Path(__file__).parents[2]
TWO = ("approvals: {people: 1, wait: 24 hours}", "approvals: {people: 2}")
NEXT = ("version: 1\n  effective: 2026-08-01", "version: 2\n  effective: 2026-11-01")
WIDER = ("for: [bookkeeping]}", "for: [bookkeeping, orders]}")


def text(*changes: tuple[str, str]) -> str:
    said = NOTICE.read_text("utf-8")
    for old, new in changes:
        assert old in said, old
        said = said.replace(old, new, 1)
    return said


@pytest.fixture
def data(call: Call, tmp_path: Path) -> Path:  # noqa: F811
    """Make an installation whose notice asks for two approvals, and publish it."""
    first = tmp_path / "notice.yaml"
    first.write_text(text(TWO), "utf-8")
    folder = tmp_path / "data"
    assert call("init", first, "--org", ORG, "--origin", "https://shop.example", "--data", folder)[0] == 0
    assert call("publish", *at(folder)) == (0, "version 1 is published\n", "")
    return folder


def tepati(*args: object, data: Path) -> tuple[int, str, str]:
    """Run a command as a process; give its exit code, what it printed, and what it complained of."""
    env = os.environ | {"LC_ALL": "C", "COLUMNS": "100", "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "tepati", *(str(one) for one in args), *(str(one) for one in at(data))]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


class Members:
    """Those who sign in on this account, one after the other."""

    def __init__(self, call: Call, data: Path) -> None:  # noqa: F811
        self.call, self.data = call, data
        self.used: dict[str, pyotp.TOTP] = {}

    def come(self, email: str, role: str) -> None:
        """Let somebody in, sign in as them, and sign the undertaking."""
        who = ("--name", "Dimas Pratama", "--email", email, "--phone", "0812 0000 1111", "--role", role)
        code, out, _ = self.call("staff", "add", *who, *at(self.data))
        assert code == 0
        factor = pyotp.TOTP(out.rsplit(maxsplit=1)[-1]).at(app.now() // 1_000_000)
        assert self.call("staff", "sign-in", "--email", email, "--code", factor, *at(self.data))[0] == 0
        assert self.call("staff", "undertake", *at(self.data))[0] == 0


def told(said: tuple[int, str, str], code: int, words: str) -> str:
    """Check how a command ended and what it said; give its output."""
    assert said[0] == code, said
    assert words in said[1] + said[2], said
    assert "Traceback" not in said[2]
    return said[1]


def test_a_later_version_is_proposed_approved_taken_back_and_published(
    call: Call, data: Path, tmp_path: Path,  # noqa: F811
) -> None:  # fmt: skip
    """Digests, counts and days are said; nothing is published before the second director approves those bytes."""
    members, file = Members(call, data), tmp_path / "next.yaml"
    file.write_text(text(TWO, NEXT, WIDER), "utf-8")
    told(call("publish", file, *at(data)), 1, "Nobody is signed in")
    members.come("satu@shop.example", "director")
    out = told(tepati("publish", file, data=data), 0, "tepati publish approve")
    digest = re.search(r"proposed: ([0-9a-f]{64})\n", out)[1]
    told(call("publish", file, *at(data)), 1, "Version 2")
    assert f"{digest}  version 2  material  0 of 2 approved\n" == tepati("publish", "list", data=data)[1]
    assert tepati("publish", "approve", digest, data=data) == (0, "approved; still missing: 1\n", "")
    told(call("publish", "approve", digest, *at(data)), 1, "You approved this proposal already")
    told(call("publish", "approve", digest[:-2] + "00", *at(data)), 1, "tepati: ")
    assert tepati("publish", "withdraw", digest, data=data) == (0, "taken back\n", "")
    assert "0 of 2 approved" in call("publish", "list", *at(data))[1]
    assert call("publish", "approve", digest, *at(data))[0] == 0
    members.come("petugas@shop.example", "dispatcher")
    for verb in (("approve", digest), ("withdraw", digest), ("list",)):
        told(call("publish", *verb, *at(data)), 1, "roles.dispatcher")
    members.come("dua@shop.example", "director")
    told(call("publish", "withdraw", digest, *at(data)), 1, "neither proposed nor approved")
    told(tepati("publish", "approve", digest, data=data), 0, "version 2 is published; it holds from ")
    assert call("publish", "list", *at(data)) == (0, "", "")
    told(call("publish", file, *at(data)), 1, "is not newer")


def test_what_cannot_be_proposed_is_told_in_words(call: Call, data: Path, tmp_path: Path) -> None:  # noqa: F811
    """A file with faults, one that is not there, a verb without its digest, and a proposal that its maker withdrew."""
    members, file = Members(call, data), tmp_path / "next.yaml"
    members.come("satu@shop.example", "director")
    file.write_text(text(TWO, NEXT, ("kind: improvement", "kind: improvment")), "utf-8")
    told(call("publish", file, *at(data)), 2, "tepati check")
    told(call("publish", tmp_path / "none.yaml", *at(data)), 2, "none.yaml")
    told(call("publish", "approve", *at(data)), 1, "tepati: ")
    told(call("publish", file, "00" * 32, *at(data)), 1, "tepati: ")
    told(call("publish", *at(data)), 1, "is not newer")
    file.write_text(text(TWO, NEXT, WIDER), "utf-8")
    digest = re.search(r"[0-9a-f]{64}", told(call("publish", file, *at(data)), 0, "proposed"))[0]
    assert call("publish", "withdraw", digest, *at(data))[0] == 0
    assert call("publish", "list", *at(data)) == (0, "", "")
    told(call("publish", "approve", digest, *at(data)), 1, "tepati: ")
    told(call("publish", file, *at(data)), 0, f"proposed: {digest}")
