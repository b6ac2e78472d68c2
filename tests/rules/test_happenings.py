"""Who writes down what happened in a case: whoever sees what waits for it, for a purpose of theirs."""

from pathlib import Path

import pytest

from tepati.notice.load import load
from tepati.rules.happenings import moments

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("slug", "roles", "written"),
    [
        ("hosting", ("accounting",), {("order", "charged"): ("accounting", "charging")}),
        ("hosting", ("stranger", "sales", "accounting"), {("order", "charged"): ("accounting", "charging")}),
        ("hosting", ("sales", "customer_service", "technician", "editor", "director"), {}),
        ("home-cleaning", ("dispatcher", "cleaner", "customer_service", "owner"), {}),  # ``called_off`` has its own act
    ],
)
def test_what_waits_for_a_moment_names_who_writes_it_down(slug, roles, written):
    notice = load((EXAMPLES / slug / "notice.yaml").read_bytes()).sound()
    assert moments(notice, roles) == written
