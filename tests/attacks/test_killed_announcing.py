"""A process killed between any two steps of an announcement and of a take-over: one letter each, one version once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nobody_gets_two_letters_and_the_version_takes_over_once(tmp_path: Path, own_url: str) -> None:
    """SIGKILL at each of fourteen steps, on both engines; what follows is in ``announcing.scenario``."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [sys.executable, "-m", "tests.attacks.announcing", str(tmp_path), own_url]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
