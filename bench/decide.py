"""Measure the door: decisions a second on one core, beside the floor of an empty call with the same arguments.

``python -m bench.decide [--json]``. Each figure is the best of several short rounds: a busy neighbour shows less.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tepati.notice.load import load
from tepati.rules.decide import decide
from tepati.rules.facts import FOREVER, Dealing, Facts, Permit, Row, Use
from tepati.rules.policy import Policy, compile
from tepati.rules.standing import standing

ROUNDS, CALLS = 40, 8_000
NOW = 1_800_000_000_000_000
DAY = 86_400_000_000
CASE, VISIT = "c" * 32, "d" * 32
PERSON = b"\x01" * 16


def notice() -> Policy:
    """Compile the example the first part is built on."""
    path = Path(__file__).parent.parent / "examples" / "home-cleaning" / "notice.yaml"
    loaded = load(path.read_bytes())
    if loaded.notice is None:
        raise SystemExit("\n".join(map(str, loaded.findings)))
    return compile(loaded.notice)


def facts() -> Facts:
    """Make a person with one booking, open, a visit tomorrow, and a yes to offers by mail."""
    booking, visit = Dealing("booking", NOW - DAY), Dealing(
        "visit", NOW - DAY, moments={"starts": NOW + DAY // 4, "ends": NOW + DAY // 3}, assigned="ab" * 16
    )  # fmt: skip
    return Facts(
        "customer", joined=True, told=1, consents={"offers_by_email": FOREVER},
        rows={"r" * 32: Row("booking", 1, True, CASE)}, dealings={CASE: booking, VISIT: visit},
    )  # fmt: skip


def uses() -> dict[str, Use]:
    """Give the questions of the common path."""
    names = frozenset({"identity.name", "identity.phone", "location.address"})
    cleaned = frozenset({"identity.name", "location.address", "booking.service"})
    look = Use("look", "orders", names, NOW, "dispatcher", "ab" * 16, person=PERSON, tx=1)
    return {
        "role reads 3 fields, case open": look,
        "the same, its dealing named": msgspec.structs.replace(look, dealing=CASE),
        "cleaner inside the visit's window": msgspec.structs.replace(look, role="cleaner", fields=cleaned),
        "campaign mail with consent": Use(
            "send", "offers", frozenset({"identity.name", "identity.email"}), NOW, channel="email", message="offer",
            person=PERSON, tx=1,
        ),
    }  # fmt: skip


def empty(policy: Policy, use: Use, facts: Facts) -> Permit | None:  # noqa: ARG001 - the floor takes what decide takes
    """Do nothing: what a call alone costs."""
    return None


def rate(call: Callable[[Policy, Use, Facts], object], policy: Policy, use: Use, known: Facts) -> float:
    """Calls a second of CPU time, best of the rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            call(policy, use, known)
        best = max(best, CALLS / (time.process_time() - start))
    return best


def measure() -> dict[str, float]:
    """Measure each question and the floor in one run."""
    policy, known = notice(), facts()
    questions = uses()
    figures = {name: rate(decide, policy, use, known) for name, use in questions.items()}
    figures["floor: an empty call"] = rate(empty, policy, next(iter(questions.values())), known)
    figures["standing rows of a person"] = rate(lambda p, _, f: standing(p, f), policy, questions.popitem()[1], known)
    return figures


if __name__ == "__main__":
    result = measure()
    if "--json" in sys.argv:
        print(json.dumps({name: round(per) for name, per in result.items()}))
    else:
        for name, per in result.items():
            print(f"{name:40} {per:12,.0f} / s  {1e6 / per:8.3f} us")
