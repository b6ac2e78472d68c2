"""A root in a key service as an operator meets it: made by init, changed by keys rotate-root, told by doctor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports.awskms import Kms, serving

ROOT = Path(__file__).parents[2]
NOTICE = ROOT / "examples/home-cleaning/notice.yaml"


@pytest.fixture
def call(tmp_path):
    """Run a command as a process, with credentials in its environment."""
    env = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C", "AWS_ACCESS_KEY_ID": "AKIDTEST",
        "AWS_SECRET_ACCESS_KEY": "rahasia/sekali+",
    }  # fmt: skip

    def run(*args):
        command = [sys.executable, "-m", "tepati", *map(str, args), "--data", str(tmp_path / "data")]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_a_root_in_aws_from_the_first_day_to_its_change(call, tmp_path) -> None:
    """No command prints a secret; what ends is told with the day that the service set."""
    kms, told = Kms(), []
    with serving(tmp_path, kms) as uri:
        told.append(call("init", NOTICE, "--org", "shop", "--origin", "https://shop.example", "--root", uri))
        told.append(call("publish", "--org", "shop"))
        told.append(call("keys", "rotate-root"))
        assert [done.returncode for done in told] == [0, 0, 0], [done.stderr for done in told]
        assert told[2].stdout.startswith("root: version 1 destroyed: scheduled until 2026-12-08\n")
        told.append(call("doctor", "--json"))
        found = {(c["name"], c["about"], c["level"]): c["found"] for c in json.loads(told[3].stdout)}
        assert found["root_version", "", "ok"] == {"version": 2, "grade": "scheduled"}
        assert found["root_older", "1", "ok"] == {"until": "2026-12-08"}
        assert ("endpoint", "key_store", "ok") in found
        told.append(call("doctor"))
        assert "Root: version 1 ends on 2026-12-08, as the key service says." in told[4].stdout
    told.append(call("keys", "status"))
    assert told[5].returncode == 1
    assert "does not answer" in told[5].stderr
    assert "sekali" not in "".join(done.stdout + done.stderr for done in told)
    assert not list(tmp_path.rglob("*.root.key"))
