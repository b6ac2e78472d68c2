"""docs/tutorial.md runs: each step's file says to ``tepati check`` exactly what stands below it."""

import argparse
import re
from pathlib import Path

import pytest

from tepati.cli import check
from tepati.notice.load import load

TUTORIAL = (Path(__file__).parents[2] / "docs/tutorial.md").read_text("utf-8")
STEPS = re.findall(r"## \d+\. (.*?)\n.*?```yaml\n(.*?)```\n\n```text\n(.*?)```", TUTORIAL, re.DOTALL)


@pytest.mark.parametrize(("title", "source", "says"), STEPS, ids=[step[0] for step in STEPS])
def test_a_step_says_what_stands_below_it(title, source, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("notice.yaml").write_text(source, "utf-8")
    parser = argparse.ArgumentParser()
    check.add(parser.add_subparsers())
    args = parser.parse_args(["check", "notice.yaml"])
    assert args.run(args) == (1 if " errors, " in says else 0), title
    assert capsys.readouterr().out == says


def test_it_begins_small_and_ends_with_a_notice_that_can_run():
    assert len(STEPS) == 6
    assert STEPS[0][1].count("\n") <= 10
    last = load(STEPS[-1][1].encode()).sound()
    assert last.clauses
    assert last.recipients["courier"].agreement
    assert [title for title, source, _ in STEPS if load(source.encode()).notice] == [STEPS[n][0] for n in (1, 3, 5)]
