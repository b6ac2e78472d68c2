"""The door: decisions for each second of CPU, beside an empty call with the same arguments."""

import time
from collections.abc import Callable, Iterator

from bench.engines import Place
from bench.result import Result

ROUNDS, CALLS = 40, 10_000  # short rounds: the best of them had no neighbour


def measure(_place: Place, _people: int) -> Iterator[Result]:
    """Ask the questions of ``bench/decide.py``, by the CPU clock: neighbours on the machine do not count."""
    from bench import decide

    policy, known, asked = decide.notice(), decide.facts(), decide.uses()
    floor = rate(decide.empty, policy, next(iter(asked.values())), known)
    for name, use in asked.items():
        ours = rate(decide.decide, policy, use, known)
        yield Result(
            f"decide: {name}", "-", ours, "/s core", 1_000_000, "least", floor, "an empty call with the same arguments",
            yard="sha",
        )  # fmt: skip


def rate(call: Callable[..., object], policy: object, use: object, known: object) -> float:
    """Calls for each second of CPU, best of the rounds; the call is the caller's own, without a wrapper's."""
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(CALLS):
            call(policy, use, known)
        best = max(best, CALLS / (time.process_time() - begun))
    return best
